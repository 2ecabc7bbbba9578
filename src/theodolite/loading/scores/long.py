"""One row an answer: the columns of the table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.loading.scores.answers import CELL, codes_of, key_masks, scored
from theodolite.loading.scores.names import has_item, schema_of, with_names
from theodolite.loading.scores.notes import not_asked, unread
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "long"
SUMMARY = "one row an answer: model, benchmark, item_id, score (or prediction, a letter)"

WORDS = {"true": "1", "True": "1", "false": "0", "False": "0"}


def fits(path: str | Path) -> bool:
    """Whether it is a table with an item's name and a score or a prediction."""
    columns = schema_of(path)
    return has_item(columns) and ("score" in columns or "prediction" in columns)


def read(path: str | Path, options: ScoreOptions) -> ScoreFrame:
    """Read each row as it stands; a letter is scored by the key.

    Raises
    ------
    UsageError
        ``options.model`` is given, and the file names its models.
    MissingColumnError
        There is no model, no score, or no key for letters.
    InputError
        A prediction is no letter, or a key is wrong.
    """
    source = Source.open(path)
    frame = with_names(source.flat(), options, source.name)
    if "model" not in frame.columns:
        if options.model is None:
            raise MissingColumnError(
                f"{source.name}: no column model (columns: {listed(source.schema)})",
                hint="Name the one model that the file is about with --model NAME.",
            )
        frame = frame.with_columns(pl.lit(options.model).alias("model"))
    elif options.model is not None:
        raise UsageError(f"--model: {source.name} names its models itself")
    if "score" in frame.columns:
        if frame.schema["score"] == pl.String:
            frame = frame.with_columns(pl.col("score").replace(WORDS))
        return ScoreFrame(frame)
    return _from_predictions(frame, source, options)


def _from_predictions(frame: pl.DataFrame, source: Source, options: ScoreOptions) -> ScoreFrame:
    if "prediction" not in frame.columns:
        raise MissingColumnError(
            f"{source.name}: no column score or prediction (columns: {listed(source.schema)})"
        )
    made = codes_of(pl.col("prediction"), frame.schema["prediction"])
    code = frame.select(pl.lit(None) if made is None else made).to_series()
    wrong = code.is_null() & frame["prediction"].is_not_null()
    if wrong.any():
        problems = problems_at(frame, "prediction", wrong, f"not {CELL}")
        raise InputError(problems, total=int(wrong.sum()))
    removed, lost = not_asked(code.null_count(), source)
    notes = lost + unread(code.to_frame("answers"), source.name)
    frame, code = frame.filter(code.is_not_null()), code.drop_nulls()
    masks, keyed = key_masks(frame, options, source.name)
    cells = scored(code.to_numpy(), masks.to_numpy())
    dropped = [name for name in ("choice", "answer", "prediction") if name in frame.columns]
    frame = frame.drop(dropped).with_columns(cells.get_columns())
    return ScoreFrame(frame, notes + keyed, removed)
