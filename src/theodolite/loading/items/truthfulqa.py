"""``truthfulqa``: the CSV file of TruthfulQA, in any of its versions.

The correct answers and the incorrect ones are two lists, each in one cell, parted by semicolons.
The choices are the correct ones and then the incorrect ones; keyed are all the correct ones, the
best answer first. A best answer that is not among the correct ones stands before them. An answer
that is in both lists stays in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.items.cells import as_text, filled, match, refuse, renamed
from theodolite.loading.items.shape import IDENTITY, ItemFormat

if TYPE_CHECKING:
    from theodolite.loading.source import Source

__all__ = ["FORMAT"]

BEST, RIGHT, WRONG = "Best Answer", "Correct Answers", "Incorrect Answers"


def _pieces(column: str) -> pl.Expr:
    """Part a cell at its semicolons; nothing between two of them, or after one, is no answer."""
    pieces = pl.col(column).str.split(";").list.eval(pl.element().str.strip_chars())
    texts = pieces.list.eval(pl.element().filter(pl.element() != ""))
    return pl.when(texts.list.len() > 0).then(texts).otherwise(pl.concat_list(pl.lit("")))


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = renamed(frame, source, "Question", "question")
    texts = ["question", BEST, RIGHT, WRONG]
    frame = filled(as_text(frame, source, texts), source, texts)
    for column in (BEST, RIGHT, WRONG):
        refuse(frame, column, frame.get_column(column).is_null(), "empty")
    best = pl.col(BEST).str.strip_chars()
    lists = frame.select(best.alias("best"), _pieces(RIGHT).alias("right"))
    there = pl.col("right").list.contains(pl.col("best"))
    right = lists.select(
        pl.when(there).then("right").otherwise(pl.concat_list("best", "right"))
    ).to_series()
    first = match(right, lists.get_column("best")).get_column("first")
    counts = pl.select(at=first, n=right.list.len().cast(pl.Int64))
    others = [pl.int_ranges(0, pl.col("at")), pl.int_ranges(pl.col("at") + 1, pl.col("n"))]
    keys = counts.select(pl.concat_list("at", *others)).to_series()
    wrong = frame.select(_pieces(WRONG)).to_series()
    choices = pl.select(pl.concat_list(right, wrong)).to_series()
    return frame.drop(BEST, RIGHT, WRONG).with_columns(
        choices.alias("choices"), keys.alias("answer")
    )


FORMAT = ItemFormat(
    name="truthfulqa",
    summary="TruthfulQA: Question, Best Answer, Correct Answers and Incorrect Answers",
    marks=("Question", BEST, RIGHT, WRONG),
    build=_build,
    texts=(BEST, RIGHT, WRONG),
    origins={**IDENTITY, "subject": ("subject", "Category"), "question": ("Question",)},
)
