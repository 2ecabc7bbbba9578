"""One row an item, one column a model."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import FormatError, InputError, TooLargeError, UsageError
from theodolite.loading.scores.answers import (
    ABSENT,
    CELL,
    UNREAD,
    WRONG,
    codes_of,
    key_masks,
    scored,
)
from theodolite.loading.scores.names import has_item, schema_of, with_names
from theodolite.loading.scores.notes import not_asked, unread, unread_subjects
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import FILE, ROW, problems_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "wide"
SUMMARY = "one row an item, one column a model: letters, or 0 and 1"

KEPT = ("benchmark", "item_id", "subject", "cluster", "epoch")
# Columns that are known not to be models.
ABOUT = frozenset(
    {
        *KEPT,
        *("id", "question_id", "category", "row", "redux_row", "mmlu_row", "src", "split"),
        *("question", "choices", "options", "n_options", "answer", "answer_index"),
        *(FILE, ROW),
    }
)
OTHER_FORMS = frozenset({"score", "prediction"})
# What tells an item from others, or may be wanted to filter by, goes along with every score.
DROPPED = frozenset({"question", "choices", "options", "answer", "answer_index"})
MOST_CELLS = 2**29


def fits(path: str | Path) -> bool:
    """Whether it is a table with an item's name and columns that may be models."""
    columns = frozenset(schema_of(path))
    if not has_item(columns) or columns & OTHER_FORMS:
        return False
    return bool(_models_among(columns))


def read(path: str | Path, options: ScoreOptions) -> ScoreFrame:
    """Read the cell of each model and item.

    Raises
    ------
    UsageError
        ``options.model`` is given: the columns name the models.
    FormatError
        No column can be a model.
    InputError
        A cell is neither a letter nor 0 or 1, or a key is wrong.
    TooLargeError
        The file has more than 2^29 cells.
    """
    if options.model is not None:
        raise UsageError("--model: the columns of a wide file name the models")
    source = Source.open(path)
    models = _models(source)
    frame = with_names(source.flat(), options, source.name)
    if frame.height * len(models) > MOST_CELLS:
        raise TooLargeError(f"{source.name}: more than {MOST_CELLS:,} cells")
    codes = _codes(frame, models)
    masks, notes = _keys(frame, codes, options, source.name)
    matrix = codes.fill_null(ABSENT).to_numpy()
    flat = matrix.ravel(order="F")
    asked = flat != ABSENT
    at = np.tile(np.arange(frame.height, dtype=np.uint32), len(models))[asked]
    which = np.repeat(np.arange(len(models), dtype=np.uint32), frame.height)[asked]
    kept = [name for name in frame.columns if name not in DROPPED and name not in codes.columns]
    rows = frame.select(kept)[at].with_columns(
        pl.Series("model", models, dtype=pl.Enum(models)).gather(which),
        *scored(flat[asked], masks[at]),
    )
    removed, lost = not_asked(flat.size - rows.height, source)
    notes += lost + unread(codes, source.name)
    if "subject" in frame.columns:
        notes += unread_subjects(frame["subject"], matrix, models, source.name)
    if not _has_letters(codes):
        rows = rows.drop("choice")
    return ScoreFrame(rows, notes, removed)


def _models_among(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    # Beside a question, columns A, B, C ... are its choices.
    known = ABOUT.union(ascii_uppercase) if "question" in names else ABOUT
    return [name for name in names if name not in known]


def _models(source: Source) -> list[str]:
    models = _models_among(source.schema)
    if not models:
        raise FormatError(f"{source.name}: no column of a model (columns: {listed(source.schema)})")
    nested = [n for n in models if n in source.examples or source.schema[n].is_nested()]
    if nested:
        raise FormatError(
            f"{source.name}: the column {listed(nested[:1])} holds lists or objects, not {CELL}"
        )
    return models


def _codes(frame: pl.DataFrame, models: list[str]) -> pl.DataFrame:
    """Return the code of every cell; raise where a column is that of no model."""
    schema = frame.schema
    made = {name: codes_of(pl.col(name), schema[name]) for name in models}
    wrong = [name for name, code in made.items() if code is None]
    codes = frame.select(code.alias(name) for name, code in made.items() if code is not None)
    wrong += [n for n in codes.columns if codes[n].null_count() > frame[n].null_count()]
    if wrong:
        raise _no_model(frame, codes, wrong)
    marks = codes.select((pl.all() >= WRONG).any()).row(0)
    letters = codes.select(pl.all().is_between(UNREAD + 1, WRONG - 1).any()).row(0)
    both = [name for name, a, b in zip(codes.columns, marks, letters, strict=True) if a and b]
    if both:
        bad = (codes[both[0]] >= WRONG).fill_null(value=False)
        problems = problems_at(frame, both[0], bad, "no letter, as other cells of this column are")
        raise InputError(problems, total=int(bad.sum()))
    return codes


def _no_model(frame: pl.DataFrame, codes: pl.DataFrame, wrong: list[str]) -> InputError:
    first = min(wrong, key=frame.columns.index)
    bad = frame[first].is_not_null()
    if first in codes.columns:
        bad &= codes[first].is_null()
    others = f"; so are {listed(wrong)}" if len(wrong) > 1 else ""
    known = ", ".join(sorted(ABOUT - {FILE, ROW}))
    return InputError(
        problems_at(frame, first, bad, f"not {CELL}"),
        total=int(bad.sum()),
        hint=f"{first} is taken for a model{others}. Columns that are not: {known}.",
    )


def _has_letters(codes: pl.DataFrame) -> bool:
    return any(codes.select(pl.all().is_between(UNREAD + 1, WRONG - 1).any()).row(0))


def _keys(
    frame: pl.DataFrame, codes: pl.DataFrame, options: ScoreOptions, source: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the key of each item; where nobody answered with a letter none is needed."""
    if not _has_letters(codes):
        return np.zeros(frame.height, np.int64), ()
    masks, notes = key_masks(frame, options, source)
    return masks.to_numpy(), notes
