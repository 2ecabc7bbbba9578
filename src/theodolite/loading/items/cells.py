"""Keys and texts out of the cells of a file, each fault with its row, column and value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.loading.source import Container
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.loading.source import Source

__all__ = ["as_text", "filled", "match", "only_one", "refuse", "renamed"]


def refuse(frame: pl.DataFrame, column: str, bad: pl.Series, allowed: str) -> None:
    """Raise for the rows where ``bad`` is true or null, with what stands in the column."""
    bad = bad.fill_null(value=True)
    if not bad.any():
        return
    raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()))


def as_text(frame: pl.DataFrame, source: Source, columns: Sequence[str]) -> pl.DataFrame:
    """Give columns of texts the type of text.

    Raises
    ------
    FormatError
        A column is of a type that has no exact text, such as fractions or lists.
    """
    for column in columns:
        dtype = frame.schema[column]
        exact = dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum) or dtype.is_integer()
        if not exact:
            raise FormatError(f"{source.name}: the column {column} is {dtype}, not text")
    return frame.with_columns(pl.col(*columns).cast(pl.String))


def filled(frame: pl.DataFrame, source: Source, columns: Sequence[str]) -> pl.DataFrame:
    """Take an empty cell of CSV, which comes as null, for the empty text that it is."""
    if source.container is not Container.CSV:
        return frame
    return frame.with_columns(pl.col(*columns).fill_null(""))


def renamed(frame: pl.DataFrame, source: Source, old: str, new: str) -> pl.DataFrame:
    """Rename a column, but not over another."""
    if old == new:
        return frame
    if new in frame.columns:
        raise FormatError(f"{source.name}: has both a column {old} and a column {new}")
    return frame.rename({old: new})


def only_one(frame: pl.DataFrame, source: Source, names: Sequence[str]) -> str:
    """Return the one of these columns that is there."""
    there = [name for name in names if name in frame.columns]
    if len(there) > 1:
        raise FormatError(f"{source.name}: has both a column {there[0]} and a column {there[1]}")
    return there[0]


def match(texts: pl.Series, wanted: pl.Series) -> pl.DataFrame:
    """Find each wanted text in the list beside it.

    Returns
    -------
    polars.DataFrame
        ``first``, the first position where it stands (null where it does not), and ``count``.

    Examples
    --------
    >>> match(pl.Series([["a", "b", "a"], ["c"]]), pl.Series(["a", "b"])).rows()
    [(0, 2), (None, 0)]
    """
    frame = pl.DataFrame([texts.alias("text"), wanted.alias("wanted")]).with_row_index("i")
    hits = (
        frame.with_columns(at=pl.int_ranges(0, pl.col("text").list.len()))
        .explode("text", "at")
        .filter(pl.col("text") == pl.col("wanted"))
        .group_by("i")
        .agg(pl.col("at").min().alias("first"), pl.len().cast(pl.Int64).alias("count"))
    )
    joined = frame.select("i").join(hits, on="i", how="left", maintain_order="left")
    return joined.select("first", pl.col("count").fill_null(0))
