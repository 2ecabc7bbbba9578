"""Known strengths of simulated models, to compare a board with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_strengths"]

COLUMNS = (
    Column("model", required=True),
    Column("rating", Kind.REAL, required=True),
)


def load_strengths(path: str | Path) -> pl.DataFrame:
    """Read a CSV file with the columns ``model`` and ``rating``, one row a model.

    Raises
    ------
    FormatError
        The file is missing, or no CSV.
    InputError
        A cell is empty or no number, or a model stands twice.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise FormatError(
            f"{path}: cannot be read as CSV ({str(error).splitlines()[0]})"
        ) from error
    frame = conform(frame, COLUMNS, source=str(path))
    twice = ~frame.get_column("model").is_first_distinct()
    if twice.any():
        problems = problems_at(frame, "model", twice, "there already")
        raise InputError(problems, total=int(twice.sum()))
    return frame.select("model", "rating")
