"""Scores of a wide table, cell by cell, and helpers of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from theodolite.errors import TheodoliteError
from theodolite.loading import ScoreOptions, load_scores
from theodolite.tables import Items

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.tables import Scores

Cell = str | int | bool | float | None
Outcome = tuple[str, str, float, int | None]

QUIZ = ScoreOptions(benchmark="quiz")


def scored_by_hand(
    ids: list[str], cells: dict[str, list[Cell]], right: list[set[str]]
) -> set[Outcome]:
    """Every answered cell as (model, item, score, choice)."""
    found: set[Outcome] = set()
    for model, column in cells.items():
        for item, cell, letters in zip(ids, column, right, strict=True):
            if cell is None:
                continue
            text = str(cell)
            if text in ("0", "false", "False", "0.0", ""):
                found.add((model, item, 0.0, None))
            elif text in ("1", "true", "True", "1.0"):
                found.add((model, item, 1.0, None))
            else:
                found.add((model, item, float(text in letters), ord(text) - ord("A")))
    return found


def outcomes(scores: Scores) -> set[Outcome]:
    """The rows of the table in the same form."""
    frame = scores.frame
    if "choice" not in frame.columns:
        frame = frame.with_columns(choice=pl.lit(None, dtype=pl.Int64))
    rows = frame.select(pl.col("model").cast(pl.String), "item_id", "score", "choice").rows()
    assert len(set(rows)) == len(rows)
    return set(rows)


def quiz_items(right: dict[str, list[int]], n_choices: int = 4) -> Items:
    """Items of one benchmark, quiz, with these keys."""
    frame = pl.DataFrame({"item_id": list(right), "answer": list(right.values())})
    return Items.from_frame(
        frame.with_columns(
            benchmark=pl.lit("quiz"),
            question=pl.lit("?"),
            choices=pl.lit([f"choice {k}" for k in range(n_choices)], dtype=pl.List(pl.String)),
        )
    )


def error_of(path: Path, options: ScoreOptions = QUIZ) -> str:
    """The message of the error that the file must raise."""
    with pytest.raises(TheodoliteError) as caught:
        load_scores(path, options)
    return str(caught.value)
