"""Reports about models: checked long tables of what a model is and of what it scored.

A report is one row: a model, a field, a value, and who says so. The field is an attribute of the
model (:data:`ATTRIBUTES`) or the name of a benchmark. Several reports of one quantity stay
several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, InputError, MissingColumnError, Problem
from theodolite.tables.checks import (
    FILE,
    ROW,
    Column,
    Kind,
    conform,
    problems_at,
    to_kind,
    with_origin,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ATTRIBUTES",
    "COUNTS",
    "FACT_COLUMNS",
    "KINDS",
    "RESULT_COLUMNS",
    "UNITS",
    "facts_of",
    "results_of",
    "unpivoted",
]

KINDS = ("base", "instruct")
COUNTS = ("params", "active_params", "tokens", "unique_tokens")
ATTRIBUTES = ("family", "organisation", "released", *COUNTS, "kind", "base_of")
# Units of results. A share lies in [0, 1], a percentage in [0, 100]; pp is a difference of two.
UNITS = ("%", "share", "pp", "score", "rating")

# No model is smaller and none saw less text: 8 parameters, or 15 tokens, are billions.
FEWEST = {"params": 1e4, "active_params": 1e4, "tokens": 1e6, "unique_tokens": 1e6}
UNITS_OF = {
    **dict.fromkeys(("params", "active_params"), ("count",)),
    **dict.fromkeys(("tokens", "unique_tokens"), ("tokens", "count")),
    "released": ("date",),
}
LABELS = ("setting", "source", "note")
FACT_COLUMNS = ("model", "field", "value", "number", "unit", *LABELS)
RESULT_COLUMNS = (
    *("model", "benchmark", "value", "unit", "setting", "category", "source", "note"),
    *("low", "high"),
)
# Where a value came from; a wide row has one column for each field.
CELL = "_column"

_FACTS = (
    Column("model", required=True),
    Column("field", required=True),
    Column("value", required=True),
    Column("unit"),
    *(Column(name) for name in LABELS),
)
_RESULTS = (
    Column("model", required=True),
    Column("benchmark", required=True),
    Column("value", Kind.REAL, required=True),
    Column("unit", required=True),
    Column("category"),
    *(Column(name) for name in LABELS),
    *(Column(name, Kind.REAL) for name in ("low", "high")),
)


def unpivoted(frame: pl.DataFrame, *, source: str) -> pl.DataFrame:
    """Turn one row a model into one row a fact; empty cells make none.

    Raises
    ------
    MissingColumnError
        There is no column of attributes.
    InputError
        A column of attributes holds nested values, or a row has no attribute.
    """
    frame = with_origin(frame, source)
    there = [name for name in ATTRIBUTES if name in frame.columns]
    if not there:
        raise MissingColumnError(f"{source}: none of the columns {', '.join(ATTRIBUTES)}")
    empty = pl.all_horizontal(pl.col(there).is_null())
    _raise([_at(frame, empty, "a model of which the row says nothing", "model")])
    kept = [name for name in ("model", *LABELS, FILE, ROW) if name in frame.columns]
    parts = [frame.select(kept).clear().with_columns(field=pl.lit(""), value=pl.lit(""))]
    for name in there:
        value = _as_text(frame, name)
        part = frame.select(kept).with_columns(pl.lit(name).alias("field"), value)
        parts.append(part.filter(pl.col("value").is_not_null()))
    long = pl.concat(parts, how="diagonal_relaxed")
    return long.with_columns(pl.col("field").alias(CELL))


def _as_text(frame: pl.DataFrame, name: str) -> pl.Series:
    series = frame.get_column(name)
    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object, pl.Boolean):
        given = series.is_not_null()
        allowed = f"neither text nor a number (type {series.dtype})"
        raise InputError(problems_at(frame, name, given, allowed), total=int(given.sum()))
    if isinstance(series.dtype, pl.Datetime):
        series = series.dt.date()
    return series.cast(pl.String).alias("value")


def facts_of(frame: pl.DataFrame | None, *, source: str) -> pl.DataFrame:
    """Check reports of attributes, and read their numbers.

    Parameters
    ----------
    frame
        ``model``, ``field``, ``value``; optional ``unit``, ``setting``, ``source``, ``note``.
        None means that there are none.
    source
        What to call the frame in an error; it stands for a ``source`` that is not given.

    Returns
    -------
    polars.DataFrame
        The columns :data:`FACT_COLUMNS`, with ``number`` for counts, and where each row came from.

    Raises
    ------
    MissingColumnError
        ``model``, ``field`` or ``value`` is absent.
    InputError
        A value is not what its field holds, or has another unit.
    """
    if frame is None:
        frame = _none("model", "field", "value")
    value = _as_text(frame, "value") if "value" in frame.columns else None
    frame = frame if value is None else frame.with_columns(value)
    frame = conform(frame, _FACTS, source=source)
    beyond = [name for name in ("category", "low", "high") if name in frame.columns]
    _raise(
        [
            _at(frame, pl.col(name).is_not_null(), "given, and an attribute has none", name)
            for name in beyond
        ]
    )
    frame = _complete(frame, FACT_COLUMNS)
    cell = pl.col(CELL) if CELL in frame.columns else pl.lit("value")
    number = to_kind(frame.get_column("value"), Kind.REAL)
    counted = pl.col("field").is_in(COUNTS)
    frame = frame.with_columns(
        cell.alias(CELL), number=pl.when(counted).then(pl.lit(number, dtype=pl.Float64))
    )
    _raise(_wrong_values(frame) + _wrong_units(frame))
    return frame.select(*FACT_COLUMNS, CELL, FILE, ROW)


def _wrong_values(frame: pl.DataFrame) -> list[tuple[int, list[Problem]]]:
    """Look at each field by what it holds."""
    field = pl.col("field")
    date = pl.col("value").str.to_date("%Y-%m-%d", strict=False)
    named = frame["field"]
    wrong = [
        _at(frame, ~named.is_in(ATTRIBUTES), f"not one of {', '.join(ATTRIBUTES)}", "field"),
        _at(
            frame,
            (field == "kind") & ~pl.col("value").is_in(KINDS),
            f"not one of {', '.join(KINDS)}",
        ),
        _at(frame, (field == "released") & date.is_null(), "not a date such as 2024-04-18"),
    ]
    for name, fewest in FEWEST.items():
        number = pl.col("number")
        bad = ~(number.is_finite() & (number >= fewest)).fill_null(value=False)
        allowed = f"not a number of at least {fewest:,.0f} (count {name} in ones, not in billions)"
        wrong.append(_at(frame, (field == name) & bad, allowed))
    return wrong


def _wrong_units(frame: pl.DataFrame) -> list[tuple[int, list[Problem]]]:
    wrong = []
    for field in ATTRIBUTES:
        allowed = UNITS_OF.get(field, ())
        bad = (
            (pl.col("field") == field)
            & pl.col("unit").is_not_null()
            & ~pl.col("unit").is_in(allowed)
        )
        said = f"not {' or '.join(allowed)}" if allowed else "a unit, and the field has none"
        wrong.append(_at(frame, bad, f"{said}: {field}", "unit"))
    return wrong


def results_of(frame: pl.DataFrame | None, *, source: str) -> pl.DataFrame:
    """Check reports of results.

    Parameters
    ----------
    frame
        ``model``, ``benchmark``, ``value``, ``unit``; optional ``setting``, ``category``,
        ``source``, ``note``, ``low``, ``high``. None means that there are none.
    source
        What to call the frame in an error; it stands for a ``source`` that is not given.

    Returns
    -------
    polars.DataFrame
        The columns :data:`RESULT_COLUMNS`, and where each row came from.

    Raises
    ------
    MissingColumnError
        ``model``, ``benchmark``, ``value`` or ``unit`` is absent.
    InputError
        A value is no finite number or outside what its unit allows or its own interval, or the
        unit is none of :data:`UNITS`.
    """
    if frame is None:
        frame = _none("model", "benchmark", "value", "unit")
    frame = _complete(conform(frame, _RESULTS, source=source), RESULT_COLUMNS)
    unit, value = pl.col("unit"), pl.col("value")
    _raise(
        [
            _at(frame, ~unit.is_in(UNITS), f"not one of {', '.join(UNITS)}", "unit"),
            _at(
                frame,
                (unit == "%") & ~value.is_between(0, 100),
                "not a percentage from 0 to 100",
                "value",
            ),
            _at(
                frame,
                (unit == "share") & ~value.is_between(0, 1),
                "not a share from 0 to 1",
                "value",
            ),
            _at(frame, pl.col("low") > value, "above its value", "low"),
            _at(frame, pl.col("high") < value, "below its value", "high"),
        ]
    )
    return frame.select(*RESULT_COLUMNS, FILE, ROW)


def _none(*columns: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def _complete(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Add the optional columns that are not there; a file is the source of what names none."""
    numeric = ("number", "low", "high")
    missing = [
        pl.lit(None, dtype=pl.Float64 if name in numeric else pl.String).alias(name)
        for name in columns
        if name not in frame.columns
    ]
    texts = [
        pl.col(name).cast(pl.String)
        for name in (*columns, FILE)
        if name in frame.columns and name not in (*numeric, "value")
    ]
    frame = frame.with_columns(*missing, *texts)
    return frame.with_columns(pl.col("source").fill_null(pl.col(FILE)))


def _at(
    frame: pl.DataFrame, bad: pl.Expr | pl.Series, allowed: str, column: str | None = None
) -> tuple[int, list[Problem]]:
    """Count the rows where ``bad`` is true and describe the first; by default by their cell."""
    mask = bad if isinstance(bad, pl.Series) else frame.select(bad).to_series()
    mask = mask.fill_null(value=False)
    count = int(mask.sum())
    if not count:
        return 0, []
    if column is not None:
        return count, problems_at(frame, column, mask, allowed)
    rows = frame.filter(mask).head(MOST_SHOWN).select(FILE, ROW, CELL, "value")
    return count, [Problem(file, row, at, value, allowed) for file, row, at, value in rows.rows()]


def _raise(wrong: Sequence[tuple[int, list[Problem]]]) -> None:
    total = sum(count for count, _ in wrong)
    if total:
        found = [problem for _, problems in wrong for problem in problems]
        raise InputError(found[:MOST_SHOWN], total=total)
