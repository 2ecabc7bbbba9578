"""What the rules share: how they quote what they found, and how they look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.auditing.rule import INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["any_of", "letter", "listed", "matches", "quoted", "unpaired"]

LONGEST_QUOTE = 80
LETTERS = {i: chr(ord("A") + i) for i in range(26)}
UNSEEN = r"[\p{Cc}\p{Zl}\p{Zp}]"


def quoted(text: pl.Expr) -> pl.Expr:
    r"""Return the text between quotation marks, on one line, cut where it is long.

    Examples
    --------
    >>> pl.select(quoted(pl.lit(" a\n b "))).item()
    '"a b"'
    """
    line = text.str.replace_all(UNSEEN, " ").str.replace_all(r"\s+", " ").str.strip_chars()
    cut = pl.concat_str(line.str.head(LONGEST_QUOTE), pl.lit("..."))
    return pl.format(
        '"{}"', pl.when(line.str.len_chars() > LONGEST_QUOTE).then(cut).otherwise(line)
    )


def listed(choices: pl.DataFrame) -> pl.DataFrame:
    """Return one row an item: ``_index`` and ``listed``, its choices as a quoted list."""
    return choices.group_by(INDEX, maintain_order=True).agg(
        listed=quoted(pl.col("choice")).str.join(", ")
    )


def letter(position: pl.Expr) -> pl.Expr:
    """Name a choice by its letter, and by its number, from 1, where the letters run out.

    Examples
    --------
    >>> pl.DataFrame({"p": [0, 25, 26]}).select(letter(pl.col("p"))).to_series().to_list()
    ['A', 'Z', '27']
    """
    named = position.replace_strict(LETTERS, default=None, return_dtype=pl.String)
    return named.fill_null((position + 1).cast(pl.String))


def matches(frame: pl.DataFrame, column: str, pattern: str) -> pl.DataFrame:
    """Keep the rows whose text the pattern fits; ``found`` is the first fit."""
    # To look whether it fits is much faster than to extract, and few rows fit.
    return frame.filter(pl.col(column).str.contains(pattern)).with_columns(
        found=pl.col(column).str.extract(pattern, 0).str.strip_chars()
    )


def any_of(words: Sequence[str]) -> str:
    """Return the pattern that fits any of the words or patterns."""
    return f"(?:{'|'.join(words)})"


def unpaired(text: pl.Expr) -> pl.Expr:
    """Whether a round bracket that the text opens is never closed.

    Examples
    --------
    >>> frame = pl.DataFrame({"x": ["f(x)", "sum (of all", "1) and 2)", "[0, 1)"]})
    >>> frame.select(unpaired(pl.col("x"))).to_series().to_list()
    [False, True, False, False]
    """
    opened, closed = (text.str.count_matches(sign, literal=True) for sign in "()")
    # Half-open intervals mix brackets, so that a square one excuses a round one.
    square = text.str.contains(r"[\[\]]")
    return (opened > closed) & ~square
