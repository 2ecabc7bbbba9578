"""``items``: the table's own names.

In CSV and JSONL, ``choices`` is a JSON list (``["3", "4"]``) and ``answer`` a position or a list
of positions (``0``, ``[0]``). In CSV an empty cell among ``choices`` is an open question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.items.cells import as_text, filled
from theodolite.loading.items.lists import key_lists, text_lists
from theodolite.loading.items.shape import IDENTITY, ItemFormat
from theodolite.loading.source import Container

if TYPE_CHECKING:
    from theodolite.loading.source import Source

__all__ = ["FORMAT"]

LISTS = ("choices", "answer")


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = filled(as_text(frame, source, ["question"]), source, ["question"])
    if "reference" in frame.columns:
        frame = as_text(frame, source, ["reference"])
        if source.container is Container.CSV:
            frame = _with_empty_lists(frame)
    makers = {"choices": text_lists, "answer": key_lists}
    there = [column for column in LISTS if column in frame.columns]
    return frame.with_columns(makers[column](frame, column).alias(column) for column in there)


def _with_empty_lists(frame: pl.DataFrame) -> pl.DataFrame:
    """Take empty cells beside a reference for empty lists: the question is open."""
    there = [column for column in LISTS if column in frame.columns]
    empty = pl.when(pl.col("reference").is_not_null()).then(pl.lit("[]"))
    return frame.with_columns(pl.coalesce(column, empty).alias(column) for column in there)


FORMAT = ItemFormat(
    name="items",
    summary="the table's own names: benchmark, item_id, question, choices with answer or reference",
    marks=("benchmark", "item_id", "question", "choices|reference", "answer|reference"),
    build=_build,
    origins={**IDENTITY, "item_id": ("item_id",), "reference": ("reference",)},
)
