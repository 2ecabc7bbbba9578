"""``open``: questions with an answer in words or numbers, such as GSM8K's.

What stands after the last ``####`` of ``answer`` is the right answer, the whole of it the
solution. An answer without that mark is the right answer itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.items.cells import as_text, filled, renamed
from theodolite.loading.items.shape import IDENTITY, ItemFormat

if TYPE_CHECKING:
    from theodolite.loading.source import Source

__all__ = ["FORMAT"]

FINAL = "####"


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = as_text(frame, source, ["question", "answer"])
    frame = filled(frame, source, ["question"])
    answer = pl.col("answer")
    marked = answer.str.contains(FINAL, literal=True)
    final = answer.str.split(FINAL).list.last().str.strip_chars()
    frame = frame.with_columns(
        pl.when(marked).then(final).otherwise(answer).alias("reference"),
        pl.when(marked).then(answer).alias("answer"),
    )
    if frame.get_column("answer").null_count() == frame.height:
        return frame.drop("answer")
    return renamed(frame, source, "answer", "solution")


FORMAT = ItemFormat(
    name="open",
    summary="open questions: question and answer, in GSM8K with the final one after ####",
    marks=("question", "answer"),
    build=_build,
    origins={**IDENTITY, "reference": ("answer",)},
)
