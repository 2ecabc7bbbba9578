"""Which item of which benchmark a row is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from theodolite.loading.scores.options import ScoreOptions
    from theodolite.tables import Items

__all__ = ["has_item", "known_items", "schema_of", "with_names"]

OWN_IDS = ("item_id", "id", "question_id")
ROWS = ("row", "redux_row")
SUBJECTS = ("subject", "category")
WAYS = "item_id, id, question_id, row or redux_row"


def schema_of(path: str | Path) -> Mapping[str, pl.DataType]:
    """Return the columns of a table, or none where the file is no table at all."""
    try:
        return Source.open(path).schema
    except FormatError:
        return {}


def has_item(columns: Collection[str]) -> bool:
    """Whether the columns say which item a row is about.

    Examples
    --------
    >>> has_item(["subject", "row"]), has_item(["subject", "answer"])
    (True, False)
    """
    return any(name in columns for name in (*OWN_IDS, *ROWS))


def with_names(frame: pl.DataFrame, options: ScoreOptions, source: str) -> pl.DataFrame:
    """Give a table ``item_id`` and ``benchmark``, and ``subject`` where it has a ``category``.

    An item's name is its own (``item_id``, ``id`` or ``question_id``); where it has none it is
    ``SUBJECT/ROW``, or the row alone, as in :func:`~theodolite.loading.load_items`.

    Raises
    ------
    MissingColumnError
        Nothing says which item a row is about, or which benchmark the file belongs to.
    InputError
        A cell that makes the name is empty or no row, or the file names another benchmark than
        the caller.
    """
    if "subject" not in frame.columns and "category" in frame.columns:
        frame = frame.rename({"category": "subject"})
    return _with_benchmark(_with_item(frame, source), options, source)


def _with_item(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    own = next((name for name in OWN_IDS if name in frame.columns), None)
    if own is not None:
        frame = conform(frame, [Column(own, required=True)], source=source)
        return frame.with_columns(pl.col(own).cast(pl.String).alias("item_id"))
    row = next((name for name in ROWS if name in frame.columns), None)
    if row is None:
        raise MissingColumnError(
            f"{source}: no column {WAYS}, which says the item (columns: {listed(frame.columns)})"
        )
    columns = [Column(row, Kind.INTEGER, required=True, low=0), Column("subject", complete=True)]
    frame = conform(frame, columns, source=source)
    name = pl.format("{}/{}", "subject", row) if "subject" in frame.columns else pl.col(row)
    return frame.with_columns(name.cast(pl.String).alias("item_id"))


def _with_benchmark(frame: pl.DataFrame, options: ScoreOptions, source: str) -> pl.DataFrame:
    asked = options.benchmark
    if "benchmark" not in frame.columns:
        if asked is None:
            raise MissingColumnError(
                f"{source}: no column benchmark", hint="Name it with --benchmark NAME."
            )
        return frame.with_columns(pl.lit(asked).alias("benchmark"))
    frame = conform(frame, [Column("benchmark", required=True)], source=source)
    frame = frame.with_columns(pl.col("benchmark").cast(pl.String))
    if asked is None:
        return frame
    other = frame.get_column("benchmark") != asked
    if other.any():
        problems = problems_at(frame, "benchmark", other, f"not {asked}, which was asked for")
        raise InputError(problems, total=int(other.sum()))
    return frame


def known_items(frame: pl.DataFrame, items: Items) -> pl.Series:
    """Return how many choices the item of each row has.

    Raises
    ------
    InputError
        A row is about an item that is not among the items; the message names the first rows.
    """
    known = items.frame.select("benchmark", "item_id", _n=pl.col("choices").list.len())
    named = frame.select(pl.col("benchmark", "item_id").cast(pl.String))
    counts = named.join(
        known, on=["benchmark", "item_id"], how="left", maintain_order="left"
    ).get_column("_n")
    strange = counts.is_null()
    if strange.any():
        example = items.frame.row(0, named=True)
        hint = (
            f"There are {len(items):,} items, the first {example['benchmark']} "
            f"{example['item_id']}. Give all that were asked; an item is named by its own id, "
            "or as SUBJECT/ROW."
        )
        problems = problems_at(frame, "item_id", strange, "not among the items")
        raise InputError(problems, total=int(strange.sum()), hint=hint)
    return counts
