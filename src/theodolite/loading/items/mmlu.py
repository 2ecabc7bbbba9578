"""``mmlu``: the CSV files of MMLU, one a subject, without a header.

Each row is the question, four choices and the letter of the right one. The subject is the name of
the file without ``_test``, ``_dev`` or ``_val``; the benchmark is ``mmlu`` with that ending, so
that the splits of a subject, whose rows count from 0 each, do not mix.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.items.identity import stem
from theodolite.loading.items.keys import as_letters, keyed
from theodolite.loading.items.mmlu_columns import with_choices
from theodolite.loading.items.shape import ItemFormat

if TYPE_CHECKING:
    from theodolite.loading.source import Source

__all__ = ["FORMAT", "fits"]

CELLS = ("question", "A", "B", "C", "D", "answer")
NAME = re.compile(r"(?P<subject>.+?)(?P<split>_(?:test|dev|val))?", re.DOTALL)


def fits(cells: list[str]) -> bool:
    """Whether the first row of a CSV file is an item, and not a header of as many cells.

    Examples
    --------
    >>> fits(["2 + 2?", "3", "4", "5", "6", "B"])
    True
    >>> fits(["question", "answer", "A", "B", "C", "D"]), fits(["id", "Task", "A", "B", "C", "D"])
    (False, False)
    """
    letters = CELLS[1:-1]
    headed = "question" in (cell.strip().lower() for cell in cells) or cells[2:] == [*letters]
    return len(cells) == len(CELLS) and cells[-1] in letters and not headed


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = with_choices(frame, source)
    at = keyed(frame, source, "answer", [as_letters])
    name = NAME.fullmatch(stem(source.file.path))
    subject, split = (name["subject"], name["split"]) if name else ("", None)
    return frame.with_columns(
        at.alias("answer"),
        pl.lit(subject).alias("subject"),
        pl.lit(f"mmlu{split or ''}").alias("benchmark"),
    )


FORMAT = ItemFormat(
    name="mmlu",
    summary="MMLU's CSV a subject, without a header: question, four choices, a letter",
    marks=CELLS,
    build=_build,
    headless=True,
)
