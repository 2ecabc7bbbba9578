"""Names that a user gave: found, or refused with the nearest ones."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["named"]

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
    by_lower: dict[str, str] = {}
    for known in (*names, *aliases):
        by_lower.setdefault(known.lower(), aliases.get(known, known))
    near = difflib.get_close_matches(
        name.lower()[:LONGEST], list(by_lower), n=3 * MOST_NEAREST, cutoff=0.5
    )
    nearest = list(dict.fromkeys(by_lower[match] for match in near))[:MOST_NEAREST]
    hint = f"; the nearest: {', '.join(map(shorten, nearest))}" if nearest else ""
    raise UsageError(f"no {what} {shorten(name)}{hint}")
