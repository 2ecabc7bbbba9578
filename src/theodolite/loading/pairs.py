"""``NAME=VALUE,...``: what a caller says of a file's columns and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Pairs", "as_pairs", "parse_columns", "parse_pairs", "twice"]

Pairs = tuple[tuple[str, str], ...]


def parse_columns(text: str, *, example: str = "model_a=left,model_b=right") -> Pairs:
    """Read ``NAME=COLUMN,...``; ``NAME==TEXT`` stands for a constant.

    Examples
    --------
    >>> parse_columns("model_a=left,model_b=right")
    (('model_a', 'left'), ('model_b', 'right'))
    >>> parse_columns("baseline==gpt-4-0314")
    (('baseline', '=gpt-4-0314'),)
    """
    return parse_pairs(text, "--columns", example)


def parse_pairs(text: str, option: str, example: str) -> Pairs:
    """Read ``NAME=VALUE,...``; an error names the option and shows the example."""
    pairs = []
    for part in text.split(","):
        name, sign, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not (name and sign and value):
            raise UsageError(f"{option}: {shorten(part)} is not NAME=VALUE, as in {example}")
        pairs.append((name, value))
    return tuple(pairs)


def as_pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> Pairs:
    """Return a mapping or pairs as pairs."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple((name, value) for name, value in pairs)


def twice(values: Sequence[str]) -> str | None:
    """Return the first value that stands more than once, if one does.

    Examples
    --------
    >>> twice(["a", "b", "a"])
    'a'
    """
    return next((value for value in values if values.count(value) > 1), None)
