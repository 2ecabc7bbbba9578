"""What the reference recipe of length-controlled win rates needs beside the preferences.

The difficulty of each instruction, and the rows of the baseline's own long and short answers,
by which the recipe keeps a model from gaining by its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.tables.checks import Column, Kind, already_there, conform

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["difficulty_frame", "gamed_frame"]

DIFFICULTY = (
    Column("item_id", required=True),
    Column("instruction_difficulty", Kind.REAL, required=True),
)
GAMED = (
    Column("std_delta_len", Kind.REAL, required=True),
    Column("instruction_difficulty", Kind.REAL, required=True),
    Column("pseudo_preference", Kind.REAL, required=True, low=0, high=1),
)


def difficulty_frame(frame: pl.DataFrame, *, source: str = "difficulty") -> pl.DataFrame:
    """Check the difficulties: ``item_id`` and ``instruction_difficulty``, an item once.

    The order of the rows stays: a join by position takes the row of that number, from 0.

    Raises
    ------
    MissingColumnError
        A column is absent.
    InputError
        A cell is empty or no number, or an item stands twice.
    FormatError
        There is no row.
    """
    frame = _checked(frame, DIFFICULTY, source)
    frame = frame.with_columns(pl.col("item_id").cast(pl.String))
    first = frame.get_column("item_id").is_first_distinct()
    if not first.all():
        raise already_there(frame, "item_id", first)
    return frame


def gamed_frame(frame: pl.DataFrame, *, source: str = "gamed rows") -> pl.DataFrame:
    """Check the gamed rows, whose order the folds of the recipe follow.

    ``std_delta_len`` (the baseline's length less the answer's, over its standard deviation),
    ``instruction_difficulty`` and ``pseudo_preference`` (0 to 1).

    Raises
    ------
    MissingColumnError
        A column is absent.
    InputError
        A cell is empty, no number, or a preference outside 0..1.
    FormatError
        There is no row.
    """
    return _checked(frame, GAMED, source)


def _checked(frame: pl.DataFrame, columns: Sequence[Column], source: str) -> pl.DataFrame:
    frame = conform(frame, columns, source=source)
    if frame.is_empty():
        raise FormatError(f"{source}: no rows in it")
    return frame
