"""The front door: files of runs -> one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.loading.runs.options import RunOptions
from theodolite.loading.runs.read import read_part
from theodolite.loading.runs.registry import RUN_FORMATS
from theodolite.loading.words import in_file_words
from theodolite.tables import Runs
from theodolite.tables.runs import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.loading.runs.read import Part

__all__ = ["RUN_FORMATS", "load_runs"]

DEFAULTS = RunOptions()


def load_runs(paths: Sequence[str | Path] | str | Path, options: RunOptions = DEFAULTS) -> Runs:
    r"""Read one file of training runs or several, each in a format of its own.

    Parameters
    ----------
    paths
        Local files, or addresses that polars reads (``hf://``, ``s3://``): CSV, JSONL, a JSON
        array or Parquet, plain or packed by gzip or zstd, told from the content.
    options
        The format where it cannot be told, other column names, units, the column of the loss.

    Returns
    -------
    Runs
        The runs of all files, in their order. Columns that the table does not declare stay as
        they came, empty for the runs of a file that does not have them.

    Raises
    ------
    UsageError
        An option is wrong.
    MissingColumnError
        A file lacks a column that is needed, or one that must be given for all runs or none.
    FormatError
        A file cannot be read, or holds no runs.
    InputError
        A cell holds what it may not hold, or a run stands twice; the message names file, row and
        column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "runs.csv"
    ...     _ = path.write_text("N,seen,loss\n1e8,2,3.4\n2e8,4,3.1\n")
    ...     runs = load_runs(path, RunOptions(columns={"D": "seen"}, units={"D": 1e9}))
    >>> runs.frame["tokens"].to_list()
    [2000000000.0, 4000000000.0]
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of runs was given")
    parts = [read_part(file, options) for file in files]
    if len(parts) == 1:
        return parts[0].runs
    _refuse_gaps(parts)
    with in_file_words({part.name: part.origins for part in parts}):
        return Runs.from_frame(_joined([part.runs.frame for part in parts]))


def _refuse_gaps(parts: list[Part]) -> None:
    """Raise where a column that must be complete is in some files and not in others."""
    for name in (column.name for column in COLUMNS if column.complete):
        have = [part.name for part in parts if name in part.runs.frame.columns]
        lack = [part.name for part in parts if name not in part.runs.frame.columns]
        if have and lack:
            raise MissingColumnError(
                f"{lack[0]}: no column {name}, which {have[0]} has: it is given for all runs or "
                "for none",
                hint=f"Add the column to {lack[0]}, or take it out of the others, or read the "
                "files apart.",
            )


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Put the files under each other; a column of several types becomes text."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    for name in names:
        there = {frame.schema[name] for frame in frames if name in frame.columns}
        if len(there) == 1:
            continue
        if any(dtype.is_nested() for dtype in there):
            raise InputError(f"the files hold different types in the column {name}")
        frames = [
            frame.with_columns(pl.col(name).cast(pl.String)) if name in frame.columns else frame
            for frame in frames
        ]
    return pl.concat(frames, how="diagonal")
