"""Published results with their errors: leaderboards of benchmarks, ratings, tables of one's own.

=================  =============================================================================
layout             told by
=================  =============================================================================
AlpacaEval         an unnamed column of models, ``win_rate``, ``standard_error`` and
                   ``length_controlled_winrate``
Arena-Hard         ``model``, ``score``, ``rating_q025``, ``rating_q975``
own                ``model``, and ``low`` and ``high`` or ``standard_error`` beside one number:
                   ``rating``, ``score``, ``value``, ``length_controlled_win_rate`` or ``win_rate``
=================  =============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, MissingColumnError, shorten
from theodolite.loading.source import Source, listed
from theodolite.tables import Estimates
from theodolite.tables.checks import already_there, kept, with_origin
from theodolite.tables.where import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from theodolite.tables import Condition, Removal
    from theodolite.tables.estimates import Unit

__all__ = ["is_estimates_file", "load_estimates"]

LENGTH_CONTROLLED = "length_controlled_winrate"
ALPACA = {"win_rate", "standard_error", LENGTH_CONTROLLED}
EVEN = 50.0
ARENA_HARD = {"model", "score", "rating_q025", "rating_q975"}
# One number of an own table, the first that is there, and its unit.
VALUES: Mapping[str, Unit] = MappingProxyType(
    {
        "rating": "rating",
        "value": "score",
        "length_controlled_win_rate": "%",
        "win_rate": "%",
        LENGTH_CONTROLLED: "%",
        "score": "score",
    }
)
STAND_IN = (
    "The published lc_standard_error is that of predictions, not of the length-controlled win "
    "rate: the standard error of the raw win rate stands in for it."
)


def is_estimates_file(path: str | Path) -> bool:
    """Whether the columns are those of published results, and not of items or votes.

    Raises
    ------
    FormatError
        The file is absent, empty, or no CSV, JSON, JSONL or Parquet.
    """
    columns = set(Source.open(path).schema)
    if columns >= ALPACA or columns >= ARENA_HARD:
        return True
    ends = {"low", "high"} <= columns or "standard_error" in columns
    return ends and "model" in columns and not columns & {"item_id", "model_a", "preference"}


def load_estimates(
    path: str | Path,
    *,
    value: str | None = None,
    unit: Unit | None = None,
    conditions: Sequence[Condition] = (),
    name: str | None = None,
) -> Estimates:
    r"""Read published results.

    Parameters
    ----------
    path
        CSV, JSONL, a JSON array or Parquet, of a layout that the module lists.
    value
        The column of the numbers. Its interval is in ``VALUE_low`` and ``VALUE_high`` where these
        exist, else in ``low`` and ``high``, or follows from ``standard_error``.
    unit
        Of the numbers: ``share``, ``%``, ``rating`` or ``score``; told from the column where left
        out.
    conditions
        Filters on the table's own columns.
    name
        What to call the measure; the file and column where left out.

    Raises
    ------
    MissingColumnError
        A column is absent.
    FormatError
        The file cannot be read, or has no number with an interval.
    InputError
        A cell holds what it may not hold, or a model stands twice.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "board.csv"
    ...     _ = path.write_text("model,rating,low,high\nx,1010,990,1030\n")
    ...     side = load_estimates(path)
    >>> side.name, side.unit, side.models
    ('board.csv', 'rating', ('x',))
    """
    source = Source.open(path)
    frame = source.flat()
    rows = select(_Rows(frame), list(conditions))
    columns = set(frame.columns)
    rows = _without_baseline(rows)
    frame = rows.frame
    notes: tuple[str, ...] = ()
    if columns >= ALPACA:
        value = value or LENGTH_CONTROLLED
        if "model" not in columns:
            frame = frame.rename({_unnamed(frame, source.name): "model"})
        if value == LENGTH_CONTROLLED:
            notes = (STAND_IN,)
    elif columns >= ARENA_HARD and value is None:
        value, unit = "score", unit or "%"
        frame = frame.rename({"rating_q025": "score_low", "rating_q975": "score_high"})
    value = value or _value_of(frame, source.name)
    _refuse_boards(frame, value, source.name)
    found = Estimates.from_frame(
        _numbers(frame, value, source.name),
        name=name or _named(source.name, value),
        unit=unit or VALUES.get(value, "score"),
        source=source.name,
    )
    return replace(found, notes=notes, removed=rows.removed)


def _named(source: str, value: str) -> str:
    """Call a measure by its file, and by its column where that says something."""
    short = source.rsplit("/", 1)[-1]
    return short if value in ("rating", "value", "score") else f"{short} {value}"


@dataclass(frozen=True)
class _Rows:
    """Rows, and the count of what was taken away."""

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def keep(self, mask: pl.Series, reason: str) -> _Rows:
        return _Rows(*kept(self.frame, mask, self.removed, what="row", reason=reason))


def _without_baseline(rows: _Rows) -> _Rows:
    """The baseline wins half against itself, by construction and without error."""
    columns = set(rows.frame.columns)
    if columns >= ALPACA:
        exact, rate = pl.col("standard_error").cast(pl.Float64, strict=False) == 0.0, "win_rate"
    elif columns >= ARENA_HARD:
        exact, rate = pl.col("rating_q025") == pl.col("rating_q975"), "score"
    else:
        return rows
    even = pl.col(rate).cast(pl.Float64, strict=False) == EVEN
    itself = rows.frame.select((exact & even).fill_null(value=False)).to_series()
    return rows.keep(~itself, "the baseline against itself") if itself.any() else rows


def _unnamed(frame: pl.DataFrame, source: str) -> str:
    """Find the column without a heading, which a data frame's index leaves."""
    found = [c for c in frame.columns if c.strip() == "" or c in ("Unnamed: 0", "column_1")]
    if len(found) != 1:
        raise MissingColumnError(f"{source}: no column model (columns: {listed(frame.columns)})")
    return found[0]


def _value_of(frame: pl.DataFrame, source: str) -> str:
    for name in VALUES:
        if name in frame.columns:
            return name
    raise FormatError(
        f"{source}: no column {', '.join(VALUES)} (columns: {listed(frame.columns)})",
        hint="Name the column of the numbers with --value COLUMN.",
    )


def _refuse_boards(frame: pl.DataFrame, value: str, source: str) -> None:
    """Raise where a model stands twice, and say by which columns its rows differ."""
    if "model" not in frame.columns:
        return
    first = frame.get_column("model").is_first_distinct()
    if first.all():
        return
    others = pl.exclude("_file", "_row", "model", value, "low", "high", "standard_error")
    values = frame.group_by("model").agg(others.n_unique()).drop("model")
    apart = [series.name for series in values if (series > 1).any()]
    ways = f"by {' or '.join(apart[:4])} " if apart else ""
    hint = f"Choose one row a model, {ways}(--where, or --human-where for people's ratings)."
    raise already_there(with_origin(frame, source), "model", first, hint=hint)


def _numbers(frame: pl.DataFrame, value: str, source: str) -> pl.DataFrame:
    if value not in frame.columns:
        raise MissingColumnError(
            f"{source}: no column {shorten(value)} (columns: {listed(frame.columns)})"
        )
    if "model" not in frame.columns:
        raise MissingColumnError(f"{source}: no column model (columns: {listed(frame.columns)})")
    own = {f"{value}_low": "low", f"{value}_high": "high"}
    if own.keys() <= set(frame.columns):
        frame = frame.drop("low", "high", "standard_error", strict=False).rename(own)
    elif {"low", "high"} <= set(frame.columns):
        frame = frame.drop("standard_error", strict=False)
    kept = [c for c in ("model", value, "low", "high", "standard_error") if c in frame.columns]
    beside = [c for c in ("_row", "_file") if c in frame.columns]
    return frame.select(*kept, *beside).rename({value: "value"})
