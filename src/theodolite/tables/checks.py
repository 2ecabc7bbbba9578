"""Checking a data frame against the columns that a table declares.

Every table is built by :func:`conform`: it casts each declared column to its type and raises one
:class:`~theodolite.errors.InputError` that names file, row, column and value of the first
problems and counts them all. Nothing is dropped, filled or guessed.

Two columns go along with every table so that an error found later can still say where:
``_file`` (the source) and ``_row`` (the record in it, from 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, InputError, MissingColumnError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "FILE",
    "ROW",
    "Column",
    "Kind",
    "Removal",
    "already_there",
    "conform",
    "kept",
    "only_given",
    "problems_at",
    "refuse_repeats",
    "removed_in_all",
    "to_kind",
    "with_origin",
]

FILE = "_file"
ROW = "_row"
LONGEST_NAME = 300


class Kind(Enum):
    """What a column holds, and how an error names it."""

    TEXT = "text"
    REAL = "a number"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    INSTANT = "a point in time"


@dataclass(frozen=True)
class Column:
    """One declared column of a table.

    Attributes
    ----------
    name, kind
        Its name and what it holds.
    required
        Whether the table is nothing without it.
    complete
        Whether an empty cell is an error. Required columns are always complete; an optional label
        (a language, say) may have gaps, and a method that needs it refuses them.
    low, high
        Inclusive bounds of a number.
    positive
        Whether a number must be above zero.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    complete: bool = False
    low: float | None = None
    high: float | None = None
    positive: bool = False


@dataclass(frozen=True)
class Removal:
    """What a filter took away: why, and how many rows."""

    reason: str
    count: int


def with_origin(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """Add ``_file`` and ``_row`` where the frame does not carry them yet."""
    if ROW not in frame.columns:
        frame = frame.with_row_index(ROW, offset=1)
    if FILE not in frame.columns:
        frame = frame.with_columns(pl.lit(source, dtype=pl.Enum([source])).alias(FILE))
    return frame


def conform(frame: pl.DataFrame, columns: Iterable[Column], *, source: str) -> pl.DataFrame:
    """Cast the declared columns of ``frame`` to their types, or raise with every problem.

    Parameters
    ----------
    frame
        A frame with some of the declared columns, and others that stay as they are.
    columns
        What the table declares.
    source
        What to call the frame in an error.

    Returns
    -------
    polars.DataFrame
        The frame with the declared types, and with ``_file`` and ``_row``.

    Raises
    ------
    MissingColumnError
        A required column is absent.
    InputError
        A value is empty, of the wrong type, not finite or out of range.
    """
    columns = tuple(columns)
    missing = [c.name for c in columns if c.required and c.name not in frame.columns]
    if missing:
        have = ", ".join(c for c in frame.columns if not c.startswith("_")) or "none"
        raise MissingColumnError(f"{source}: no column {', '.join(missing)} (columns: {have})")
    frame = with_origin(frame, source)
    found: list[Problem] = []
    total = 0
    for column in columns:
        if column.name not in frame.columns:
            continue
        series, bad, allowed = _cast(frame.get_column(column.name), column)
        count = int(bad.sum())
        if count:
            total += count
            found += problems_at(frame, column.name, bad, allowed)
        else:
            frame = frame.with_columns(series)
    if total:
        raise InputError(found[:MOST_SHOWN], total=total)
    return frame


def problems_at(frame: pl.DataFrame, column: str, bad: pl.Series, allowed: str) -> list[Problem]:
    """Describe the first rows where ``bad`` is true."""
    rows = frame.filter(bad).head(MOST_SHOWN)
    return [
        Problem(source=file, row=row, column=column, value=value, allowed=allowed)
        for file, row, value in rows.select(FILE, ROW, pl.col(column)).iter_rows()
    ]


def _cast(series: pl.Series, column: Column) -> tuple[pl.Series, pl.Series, str]:
    """Return the cast column, a mask of the bad cells, and what a good cell would be."""
    allowed = "not " + column.kind.value
    given = series.is_not_null()
    cast = to_kind(series, column.kind)
    if cast is None:
        return series, pl.repeat(True, len(series), eager=True), f"{allowed} (type {series.dtype})"  # noqa: FBT003
    wrong = cast.is_null() & given
    if wrong.any():
        return cast, wrong, allowed
    if (column.required or column.complete) and not given.all():
        return cast, ~given, "empty"
    return cast, *_out_of_range(cast, column)


def to_kind(series: pl.Series, kind: Kind) -> pl.Series | None:
    """Cast to what a kind holds: null where a cell does not fit, ``None`` where no cell can."""
    dtype = series.dtype
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        return None
    if kind is Kind.TEXT:
        return _to_text(series)
    if kind is Kind.BOOLEAN:
        return _to_boolean(series)
    if kind is Kind.INSTANT:
        return _to_instant(series)
    cast = series.cast(pl.Float64, strict=False)
    if kind is Kind.INTEGER:
        whole = cast.is_finite() & (cast == cast.round())
        return cast.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False)
    return cast


def _to_text(series: pl.Series) -> pl.Series | None:
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        return series.cast(pl.Categorical)
    textual = series.dtype in (pl.String, pl.Null) or series.dtype.is_integer()
    return series.cast(pl.String) if textual else None


def _to_boolean(series: pl.Series) -> pl.Series | None:
    if series.dtype == pl.Boolean:
        return series
    if series.dtype == pl.String:
        lower = series.str.to_lowercase()
        return lower.replace_strict(
            {"true": True, "false": False, "1": True, "0": False},
            default=None,
            return_dtype=pl.Boolean,
        )
    return None


def _to_instant(series: pl.Series) -> pl.Series | None:
    """Seconds since 1970 as a number, or ISO 8601 text, as UTC."""
    utc = pl.Datetime("us", "UTC")
    if isinstance(series.dtype, pl.Datetime):
        zoned = series if series.dtype.time_zone else series.dt.replace_time_zone("UTC")
        return zoned.cast(utc)
    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if series.dtype.is_numeric():
        return (series.cast(pl.Float64) * 1e6).cast(pl.Int64, strict=False).cast(utc)
    if series.dtype != pl.String:
        return None
    seconds = series.cast(pl.Float64, strict=False)
    numeric = (seconds * 1e6).cast(pl.Int64, strict=False).cast(utc)
    text = series.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    return numeric.zip_with(seconds.is_not_null(), text).alias(series.name)


def _out_of_range(series: pl.Series, column: Column) -> tuple[pl.Series, str]:
    if column.kind is Kind.TEXT:
        return _bad_text(series)
    if column.kind not in (Kind.REAL, Kind.INTEGER):
        return pl.repeat(False, len(series), eager=True), ""  # noqa: FBT003
    good = series.is_finite() if column.kind is Kind.REAL else series.is_not_null()
    parts: list[str] = []
    if column.positive:
        good &= series > 0
        parts.append("above 0")
    if column.low is not None:
        good &= series >= column.low
        parts.append(f"at least {column.low:g}")
    if column.high is not None:
        good &= series <= column.high
        parts.append(f"at most {column.high:g}")
    return (~good & series.is_not_null()).fill_null(value=False), " ".join(
        ["not a finite number", " and ".join(parts)] if parts else ["not a finite number"]
    )


def _bad_text(series: pl.Series) -> tuple[pl.Series, str]:
    """Text is not blank, holds no control characters and is not longer than a name may be."""
    if isinstance(series.dtype, pl.Categorical):
        distinct = series.unique().drop_nulls().cast(pl.String)
        bad_values = distinct.filter(_unfit(distinct))
        if bad_values.is_empty():
            return pl.repeat(False, len(series), eager=True), ""  # noqa: FBT003
        bad = series.cast(pl.String).is_in(bad_values.implode()).fill_null(value=False)
    else:
        bad = _unfit(series).fill_null(value=False)
    return bad, (
        f"not usable: text must not be blank, hold control characters or exceed "
        f"{LONGEST_NAME} characters"
    )


def _unfit(text: pl.Series) -> pl.Series:
    if text.dtype == pl.Null:
        return pl.repeat(False, len(text), eager=True)  # noqa: FBT003
    cell = pl.first()
    unfit = (
        (cell.str.strip_chars() == "")
        | (cell.str.len_chars() > LONGEST_NAME)
        | cell.str.contains(r"\p{Cc}")
    )
    # Streamed, so that millions of ids are checked in pieces and on every core.
    return text.to_frame().lazy().select(unfit).collect(engine="streaming").to_series()


def only_given(frame: pl.DataFrame, column: str, purpose: str) -> None:
    """Raise where an optional column that a method needs is absent or has gaps."""
    if column not in frame.columns:
        raise MissingColumnError(f"no column {column}, which {purpose} needs")
    gaps = frame.get_column(column).is_null()
    if gaps.any():
        allowed = f"empty, and {purpose} needs it"
        raise InputError(problems_at(frame, column, gaps, allowed), total=int(gaps.sum()))


def already_there(
    frame: pl.DataFrame, column: str, first: pl.Series, *, hint: str | None = None
) -> InputError:
    """Return the error for values that may stand once; ``first`` is true where they may."""
    problems = problems_at(frame, column, ~first, "there already")
    return InputError(problems, total=int((~first).sum()), hint=hint)


def refuse_repeats(
    frame: pl.DataFrame, columns: Sequence[str], what: str, *, hint: str | None = None
) -> None:
    """Raise where an ``item_id`` stands twice with the same values in ``columns``."""
    first = frame.select(pl.struct("item_id", *columns).is_first_distinct()).to_series()
    if not first.all():
        problems = problems_at(frame, "item_id", ~first, f"there already for this {what}")
        raise InputError(problems, total=int((~first).sum()), hint=hint)


def kept(
    frame: pl.DataFrame, mask: pl.Series, removed: Sequence[Removal], *, what: str, reason: str
) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    """Return the rows where ``mask`` is true, and ``removed`` with the count of the others.

    Parameters
    ----------
    frame, removed
        The rows, and what was removed before.
    mask
        Whether each row stays.
    what
        What a row is: ``"vote"``, say.
    reason
        Why the others go.

    Raises
    ------
    InputError
        No row would be left.
    """
    count = len(mask) - int(mask.sum())
    if count == len(mask):
        raise InputError(f"no {what} is left after removing: {reason}")
    total = removed_in_all([*removed, Removal(reason, count)])
    return (frame.filter(mask) if count else frame), total


def removed_in_all(removals: Sequence[Removal]) -> tuple[Removal, ...]:
    """Add up removals of the same reason, in order of first appearance.

    Examples
    --------
    >>> removed_in_all([Removal("empty", 2), Removal("tie", 1), Removal("empty", 3)])
    (Removal(reason='empty', count=5), Removal(reason='tie', count=1))
    """
    counts: dict[str, int] = {}
    for removal in removals:
        counts[removal.reason] = counts.get(removal.reason, 0) + removal.count
    return tuple(Removal(reason, count) for reason, count in counts.items())
