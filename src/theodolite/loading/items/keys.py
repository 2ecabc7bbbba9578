"""What is keyed as right: a letter, a position or the text of a choice.

A column is read in one way all through. Where the cells can be read in two ways that differ,
nobody can tell which is meant, and the file is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.loading.items.cells import match, refuse
from theodolite.tables.checks import Kind, to_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from theodolite.loading.source import Source

__all__ = ["as_letters", "as_positions", "as_texts", "keyed"]

DIGITS = r"^\d{1,9}$"
ORDER = {letter: at for at, letter in enumerate(ascii_uppercase)}


@dataclass(frozen=True)
class Reading:
    """One way to read the keys: ``at`` is null in the rows where a cell is not ``allowed``."""

    way: str
    at: pl.Series
    allowed: str


def as_letters(frame: pl.DataFrame, column: str) -> Reading:
    """Read each key as the letter of a choice, from A."""
    at = frame.get_column(column).cast(pl.String)
    at = at.replace_strict(ORDER, default=None, return_dtype=pl.Int64)
    count = _same_count(frame)
    allowed = "not the letter of one of its choices"
    if count is not None and 0 < count <= len(ascii_uppercase):
        allowed = f"not one of {', '.join(ascii_uppercase[:count])}"
    return Reading("letters", _among(frame, at), allowed)


def as_positions(frame: pl.DataFrame, column: str) -> Reading:
    """Read each key as the position of a choice, from 0."""
    keys = frame.get_column(column)
    if keys.dtype == pl.String:
        keys = keys.set(~keys.str.contains(DIGITS), None)
    at = to_kind(keys, Kind.INTEGER)
    if at is None:
        at = pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)
    count = _same_count(frame)
    allowed = "not the position, from 0, of one of its choices"
    if count:
        allowed = f"not a position from 0 to {count - 1}"
    return Reading("positions", _among(frame, at), allowed)


def as_texts(frame: pl.DataFrame, column: str) -> Reading:
    """Read each key as the text of a choice that no other choice of the item has."""
    found = match(frame.get_column("choices"), frame.get_column(column).cast(pl.String))
    at = found.select(pl.when(pl.col("count") == 1).then("first")).to_series()
    return Reading("texts", at, "not the text of exactly one of its choices")


def keyed(
    frame: pl.DataFrame,
    source: Source,
    column: str,
    ways: Sequence[Callable[[pl.DataFrame, str], Reading]],
) -> pl.Series:
    """Return the position of the choice that each cell of a column keys.

    Parameters
    ----------
    frame
        The items, with ``choices``.
    column
        The keys. If they are numbers they are positions.
    ways
        In which ways text may be read.

    Raises
    ------
    InputError
        A cell fits in none of the ways; told in the way in which most cells fit.
    FormatError
        All cells fit in two ways, and these key different choices.
    """
    dtype = frame.schema[column]
    if dtype.is_numeric():
        ways = [as_positions]
    elif dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum):
        frame = frame.with_columns(pl.col(column).cast(pl.String))
    else:
        raise FormatError(f"{source.name}: the column {column} is {dtype}, not one key")
    readings = [way(frame, column) for way in ways]
    best = min(readings, key=lambda reading: reading.at.null_count())
    refuse(frame, column, best.at.is_null(), best.allowed)
    for other in readings:
        if not other.at.null_count() and not other.at.equals(best.at):
            raise FormatError(
                f"{source.name}: the column {column} may hold {best.way} or {other.way} of "
                "choices, and they differ",
                hint="Write the keys as letters (A, B, ...) that are no choices themselves.",
            )
    return best.at


def _same_count(frame: pl.DataFrame) -> int | None:
    counts = frame.get_column("choices").list.len().unique()
    return int(counts.item()) if len(counts) == 1 else None


def _among(frame: pl.DataFrame, at: pl.Series) -> pl.Series:
    """Leave the positions that the item has."""
    n_choices = frame.get_column("choices").list.len().cast(pl.Int64)
    return at.set(~((at >= 0) & (at < n_choices)).fill_null(value=False), None)
