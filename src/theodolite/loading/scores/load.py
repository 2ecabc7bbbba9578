"""The front door: files of scores -> one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, UsageError, shorten
from theodolite.loading.files import File, polars_failures
from theodolite.loading.scores.names import known_items
from theodolite.loading.scores.options import ScoreOptions
from theodolite.loading.scores.registry import SCORE_FORMATS, format_of
from theodolite.tables import Scores
from theodolite.tables.checks import FILE, removed_in_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SCORE_FORMATS", "load_scores"]

DEFAULTS = ScoreOptions()
NAMES = ("model", "benchmark", "item_id")
GROUPS = ("subject", "cluster")


def load_scores(
    paths: Sequence[str | Path] | str | Path, options: ScoreOptions = DEFAULTS
) -> Scores:
    r"""Read one file of scores or several, each in a format of its own.

    Parameters
    ----------
    paths
        Local files. Tables may be CSV, JSONL, a JSON array or Parquet, plain or packed by gzip or
        zstd, told from the content.
    options
        The format where it cannot be told, the names that a file does not tell, the metric and
        the filter of a log, and the items.

    Returns
    -------
    Scores
        The scores of all files. Of the other columns, those that every file has. ``removed``
        counts the cells that were not asked; ``notes`` says what a reader must know: answers that
        could not be read, say, or a filter that seems to have read none.

    Raises
    ------
    UsageError
        An option is wrong.
    MissingColumnError
        A file lacks a column that its format calls for, a name or the key.
    FormatError
        A file cannot be read, or its format cannot be told.
    InputError
        A cell holds what it may not hold, a model has two scores on one item, or an item is not
        among ``options.items``; the message names file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "scores.csv"
    ...     _ = path.write_text("item_id,answer,x,y\n1,A,A,B\n2,D,C,D\n")
    ...     scores = load_scores(path, ScoreOptions(benchmark="quiz"))
    >>> scores.models, scores.frame["score"].to_list(), scores.frame["choice"].to_list()
    (('x', 'y'), [1.0, 0.0, 0.0, 1.0], [0, 2, 1, 3])
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of scores was given")
    options = _with_benchmark_of_items(options)
    parts = [_read(file, options) for file in files]
    if len(parts) == 1:
        return parts[0]
    removed = removed_in_all([removal for part in parts for removal in part.removed])
    frames = [part.frame for part in parts]
    frame, lost = _joined(frames)
    notes = dict.fromkeys([*(note for part in parts for note in part.notes), *lost])
    return Scores.from_frame(frame, removed=removed, notes=tuple(notes))


def _with_benchmark_of_items(options: ScoreOptions) -> ScoreOptions:
    if options.items is None:
        return options
    there = options.items.benchmarks
    if options.benchmark is None:
        return replace(options, benchmark=there[0]) if len(there) == 1 else options
    if options.benchmark not in there:
        raise UsageError(
            f"--benchmark {shorten(options.benchmark)} is not one that the items belong to: "
            f"{', '.join(there)}"
        )
    return options


def _read(path: str | Path, options: ScoreOptions) -> Scores:
    name = File.find(path).name
    if "://" in str(path):
        raise UsageError(f"{name}: scores are read from local files; download it first")
    fmt = format_of(options.format, path)
    with polars_failures(name):
        part = fmt.read(Path(path).expanduser(), options)
    notes = part.notes
    scores = Scores.from_frame(part.frame, source=name, removed=part.removed, notes=notes)
    if options.items is None:
        return scores
    counts = known_items(scores.frame, options.items)
    if "choice" in scores.frame.columns:
        beyond = int((scores.frame.get_column("choice") >= counts).sum())
        if beyond:
            said = f"{name}: letters beyond the choices of their items: {beyond:,}"
            notes = (*notes, f"{said}; were the choices edited?")
    return replace(scores, notes=notes)


def _joined(frames: list[pl.DataFrame]) -> tuple[pl.DataFrame, list[str]]:
    """Put the files under each other; say which grouping columns not all of them have."""
    frames = [frame.with_columns(pl.col(*NAMES, FILE).cast(pl.String)) for frame in frames]
    for name, missing in (
        ("epoch", pl.lit(1, dtype=pl.Int64)),
        ("choice", pl.lit(None, dtype=pl.Int64)),
    ):
        if any(name in frame.columns for frame in frames):
            frames = [
                frame if name in frame.columns else frame.with_columns(missing.alias(name))
                for frame in frames
            ]
    shared = [c for c in frames[0].columns if all(c in frame.columns for frame in frames)]
    lost = [
        f"the column {name} was left out: not all files have it"
        for name in GROUPS
        if name not in shared and any(name in frame.columns for frame in frames)
    ]
    unlike = [c for c in shared if len({frame.schema[c] for frame in frames}) > 1]
    nested = [c for c in unlike if any(frame.schema[c].is_nested() for frame in frames)]
    if nested:
        raise InputError(f"the files hold different types in the column {nested[0]}")
    alike = [frame.select(shared).with_columns(pl.col(unlike).cast(pl.String)) for frame in frames]
    return pl.concat(alike), lost
