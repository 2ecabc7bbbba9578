"""Preferences against a baseline: AlpacaEval's annotations, or the table's own columns.

``annotations.json`` holds ``instruction``, ``generator_1`` (the baseline), ``generator_2`` (the
model), their outputs, ``annotator`` (the judge) and ``preference``. Of its long texts only the
lengths stay, and of the instruction a digest, the item's id, for the file has no other. A
preference of 0 is a draw, as upstream writes it in older files; an empty one is no verdict: the
row is removed and counted. Tables of plain columns may call the item ``index`` and its place in
the model's file ``row``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, MissingColumnError
from theodolite.loading.digest import digest
from theodolite.loading.judgments.read import columns_of, stacked
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, Kind, Removal, conform, with_origin
from theodolite.tables.preferences import Preferences

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["load_preferences"]

DRAW = 1.5
RENAMED = {"index": "item_id", "row": "position", "dataset": "category"}


def load_preferences(paths: Sequence[str | Path] | str | Path) -> Preferences:
    r"""Read the judged answers of one file or several.

    Parameters
    ----------
    paths
        ``annotations.json`` files, or CSV, JSONL and Parquet with ``model``, ``baseline``,
        ``item_id`` (or ``index``) and ``preference``.

    Raises
    ------
    UsageError
        No file was given.
    MissingColumnError
        A column is absent.
    FormatError
        A file cannot be read, is of neither format, or holds no verdict.
    InputError
        A preference is outside 1..2, or a judge judged an answer twice; the message names file,
        row and column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> lines = ["model,baseline,item_id,preference", "x,b,1,1.9", "x,b,2,"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "annotations.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     preferences = load_preferences(path)
    >>> len(preferences), preferences.removed
    (1, (Removal(reason='no verdict', count=1),))
    """

    def read(path: str | Path) -> pl.DataFrame:
        source = Source.open(path)
        there = set(source.schema)
        if {"generator_1", "generator_2"} <= there:
            return _annotations(source)
        if "preference" in there:
            return _plain(source)
        raise FormatError(
            f"{source.name}: no preferences in it (columns: {listed(source.schema)})",
            hint="They are told by preference, with generator_1 and generator_2 (AlpacaEval) or "
            "model, baseline and item_id.",
        )

    frame = stacked(paths, read)
    given = frame.get_column("preference").is_not_null()
    missing = len(given) - int(given.sum())
    if missing == len(given):
        files = [paths] if isinstance(paths, str | Path) else paths
        names = ", ".join(Path(file).name for file in files)
        raise FormatError(f"{names}: no preference in it holds a verdict")
    removed = (Removal("no verdict", missing),) if missing else ()
    return Preferences.from_frame(frame.filter(given), removed=removed)


def _annotations(source: Source) -> pl.DataFrame:
    needed = ("instruction", "generator_1", "generator_2", "preference")
    texts = columns_of(source, "output_1", "output_2")
    names = [*needed, *texts, *columns_of(source, "annotator", "dataset")]
    lengths = {"output_1": "len_baseline", "output_2": "len_output"}
    names_of = {"generator_1": "baseline", "generator_2": "model", "annotator": "judge"}
    lazy = source.scan(names).with_columns(
        digest(pl.col("instruction")).alias("item_id"),
        *(pl.col(text).str.len_chars().alias(lengths[text]) for text in texts),
    )
    frame = with_origin(source.collect(lazy.drop("instruction", *texts)), source.name)
    frame = frame.rename({k: v for k, v in names_of.items() if k in frame.columns})
    # The reference recipe joins by the place among the model's rows.
    place = pl.int_range(pl.len()).over("model").alias("position")
    return _with_draws(_renamed(frame).with_columns(place), source.name)


def _plain(source: Source) -> pl.DataFrame:
    frame = _renamed(source.flat())
    missing = [c for c in ("model", "baseline", "item_id") if c not in frame.columns]
    if missing:
        raise MissingColumnError(
            f"{source.name}: no column {', '.join(missing)} (columns: {listed(source.schema)})"
        )
    return _with_draws(frame, source.name)


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give columns the table's names; those of the file stay beside them, for filters."""
    return frame.with_columns(
        pl.col(old).alias(new)
        for old, new in RENAMED.items()
        if old in frame.columns and new not in frame.columns
    )


def _with_draws(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    value = frame.get_column("preference")
    if value.dtype.is_float():  # Parquet written by pandas has NaN where there is none
        frame = frame.with_columns(value.fill_nan(None))
    frame = conform(frame, [Column("preference", Kind.REAL)], source=name)
    preference = pl.col("preference")
    return frame.with_columns(
        pl.when(preference == 0).then(DRAW).otherwise(preference).alias("preference")
    )
