"""What the readers of judgments share: several files of one kind, put under each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import UsageError
from theodolite.tables.checks import FILE, ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from theodolite.loading.source import Source

__all__ = ["JUDGE", "columns_of", "judge_name", "stacked"]

JUDGE = "judge"


def stacked(
    paths: Sequence[str | Path] | str | Path, read: Callable[[str | Path], pl.DataFrame]
) -> pl.DataFrame:
    """Read each file, and keep the columns that all of them have.

    Raises
    ------
    UsageError
        There is no file.
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of judgments was given")
    frames = [read(file) for file in files]
    if len(frames) == 1:
        return frames[0]
    shared = [c for c in frames[0].columns if all(c in frame.columns for frame in frames)]
    unlike = {c for c in shared if len({frame.schema[c] for frame in frames}) > 1}
    text = sorted(unlike | {FILE})
    return pl.concat(
        frame.select(shared).with_columns(pl.col(text).cast(pl.String)) for frame in frames
    )


def columns_of(source: Source, *names: str) -> list[str]:
    """Name those columns that the file has."""
    return [name for name in names if name in source.schema and name not in (FILE, ROW)]


def judge_name(column: str, dtype: pl.DataType) -> pl.Expr:
    """Make the judge's name: the first of ``[model, template]``, its JSON text, or plain text."""
    if isinstance(dtype, pl.List):
        return pl.col(column).list.first().alias(JUDGE)
    text = pl.col(column).cast(pl.String)
    return pl.coalesce(text.str.json_path_match("$[0]"), text).alias(JUDGE)
