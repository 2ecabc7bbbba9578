"""Results of needle-in-a-haystack tests: per cell, the older arrays, or several needles.

=======================  ===========================================================================
what                     told by
=======================  ===========================================================================
one cell a record        model, context_length, depth_percent, score; version, trial
the older array          token_limit, depth_percent, score; the model must be named
several needles          ``context length``, ``depth %``, ``model name``, ``fract per turn`` (the
                         share of the needles that was found, from 0 to 1), ``total needles``;
                         mode. Each row is a run, so that equal cells are repeated trials; the
                         depth is the first needle's
=======================  ===========================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, MissingColumnError, UsageError
from theodolite.loading.judgments.read import columns_of, stacked
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, conform, with_origin
from theodolite.tables.needles import Needles

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["load_needle"]

OLDER = {"token_limit": "context_length"}
SEVERAL = {
    "context length": "context_length",
    "depth %": "depth_percent",
    "model name": "model",
    "fract per turn": "score",
}
SHARES = (0.0, 1.0)


def load_needle(
    paths: Sequence[str | Path] | str | Path,
    *,
    model: str | None = None,
    scale: tuple[float, float] | None = None,
    trials: bool = False,
) -> Needles:
    r"""Read the cells of one file or several.

    Parameters
    ----------
    paths
        CSV, JSONL, a JSON array, Parquet, or the original's files with one JSON object a cell.
    model
        The model's name, where the files do not say.
    scale
        The ends of the scale, where scores are not the original rubric's.
    trials
        Take a cell that stands several times in one version for repeated trials.

    Raises
    ------
    UsageError
        No file was given, or files on several scales.
    MissingColumnError
        A column is absent, the model's among them where ``model`` is not given.
    FormatError
        A file cannot be read or is of none of the forms.
    InputError
        A value is not what it must be, or a cell stands twice; the message names file and row.

    Examples
    --------
    >>> import tempfile
    >>> lines = ["model,context_length,depth_percent,score", "x,1000,50,10", "x,2000,50,3"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cells.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     needles = load_needle(path)
    >>> needles.models, needles.frame["score"].to_list()
    (('x',), [10.0, 3.0])
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    shares: list[bool] = []

    def read(path: str | Path) -> pl.DataFrame:
        source = Source.open(path)
        several = set(SEVERAL) <= set(source.schema)
        shares.append(several)
        return _several(source) if several else _cells(source, model)

    frame = stacked(files, read)
    if any(shares) and not all(shares):
        raise UsageError("results of several needles are on another scale: score them apart")
    if all(shares):
        scale = SHARES if scale is None else scale
    notes = ("The depth of several needles is that of the first.",) if all(shares) else ()
    return Needles.from_frame(frame, scale=scale, trials=trials or all(shares), notes=notes)


def _cells(source: Source, model: str | None) -> pl.DataFrame:
    frame = _plain(source)
    frame = frame.rename({k: v for k, v in OLDER.items() if k in frame.columns})
    missing = {"context_length", "depth_percent", "score"} - set(frame.columns)
    if missing:
        raise FormatError(
            f"{source.name}: no cells of a needle test in it (columns: {listed(source.schema)})",
            hint="They need model, context_length (or token_limit), depth_percent and score.",
        )
    if "model" not in frame.columns:
        if model is None:
            raise MissingColumnError(
                f"{source.name}: no column model", hint="Name the model with --model NAME."
            )
        frame = frame.with_columns(model=pl.lit(model))
    if "version" not in frame.columns:
        frame = frame.with_columns(version=pl.lit("1"))
    return frame


def _plain(source: Source) -> pl.DataFrame:
    """Read what the table needs, and what filters may; not the long texts."""
    names = columns_of(source, *(n for n in source.schema if n not in ("needle", "model_response")))
    plain = [n for n in names if not source.schema[n].is_nested() and n not in source.examples]
    return with_origin(source.collect(source.scan(plain)), source.name)


def _several(source: Source) -> pl.DataFrame:
    more = columns_of(source, "total needles", "mode", "run_name")
    frame = with_origin(source.collect(source.scan([*SEVERAL, *more])), source.name)
    frame = conform(frame.rename(SEVERAL), [Column("model", required=True)], source=source.name)
    words = [pl.lit("several needles")]
    if "total needles" in more:
        count = pl.col("total needles").cast(pl.String).fill_null("unknown")
        words = [count, pl.when(count == "1").then(pl.lit("needle")).otherwise(pl.lit("needles"))]
    if "mode" in more:
        words.append(pl.col("mode").fill_null("unnamed"))
    return frame.with_columns(version=pl.concat_str(words, separator=" ")).drop(
        [name for name in ("total needles", "mode") if name in more]
    )
