"""Names that a user gave: found, or refused with the nearest ones."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING

from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["named", "nearest"]

MOST_NEAREST = 5
# Longer than any name; what is compared takes time with the square of the length.
LONGEST = 300


def named(name: str, names: Sequence[str], aliases: Mapping[str, str], *, what: str) -> str:
    """Return the one of ``names`` that a user means by its name or an alias.

    Parameters
    ----------
    name
        What was given.
    names, aliases
        What there is, and other names of it.
    what
        What a name is of, in an error.

    Raises
    ------
    UsageError
        There is none; the message has the nearest names, letter case left out of account.

    Examples
    --------
    >>> named("gemma", ["Gemma-7B"], {"gemma": "Gemma-7B"}, what="model")
    'Gemma-7B'
    """
    if name in names:
        return name
    if name in aliases:
        return aliases[name]
    near = nearest(name, (*names, *aliases), aliases)
    hint = f"; the nearest: {', '.join(map(shorten, near))}" if near else ""
    raise UsageError(f"no {what} {shorten(name)}{hint}")


def nearest(
    name: str, names: Iterable[str], aliases: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Return the few names most like one that is not there, letter case left out of account."""
    by_lower: dict[str, str] = {}
    for known in names:
        by_lower.setdefault(known.lower(), aliases.get(known, known))
    near = difflib.get_close_matches(
        name.lower()[:LONGEST], list(by_lower), n=3 * MOST_NEAREST, cutoff=0.5
    )
    return list(dict.fromkeys(by_lower[match] for match in near))[:MOST_NEAREST]
