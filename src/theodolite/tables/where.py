"""Filters in the words of the command line: ``COLUMN=VALUE``, ranges and negations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import polars as pl

from theodolite.errors import MissingColumnError, UsageError, shorten
from theodolite.tables.checks import Kind, to_kind
from theodolite.tables.names import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["Condition", "select"]

MOST_VALUES = 8
# Of more values the nearest is not sought: each is compared letter by letter.
MOST_NAMES = 5_000
PATTERN = re.compile(r"(?P<column>[^=!]+?)(?P<sign>!?=)(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """One filter: keep the rows where ``column`` equals ``value``, or lies in a range.

    Examples
    --------
    >>> Condition.parse("language=English")
    Condition(column='language', value='English', negated=False)
    >>> Condition.parse("turn!=1..2").range
    ('1', '2')
    """

    column: str
    value: str
    negated: bool = False

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read ``COLUMN=VALUE``, ``COLUMN!=VALUE``, ``COLUMN=LOW..HIGH`` (either end optional)."""
        match = PATTERN.fullmatch(text)
        if match is None or not match["value"]:
            raise UsageError(
                f"{shorten(text)} is not COLUMN=VALUE, COLUMN!=VALUE or COLUMN=LOW..HIGH"
            )
        return cls(match["column"].strip(), match["value"], match["sign"] == "!=")

    def __str__(self) -> str:
        return f"{self.column}{'!=' if self.negated else '='}{self.value}"

    @property
    def range(self) -> tuple[str, str] | None:
        """The two ends, an empty text for an open one, or ``None`` where it is no range."""
        low, dots, high = self.value.partition("..")
        return (low, high) if dots and (low or high) else None

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return, for each row, whether it stays. An empty cell equals nothing."""
        if self.column not in frame.columns:
            have = ", ".join(c for c in frame.columns if not c.startswith("_"))
            raise MissingColumnError(f"no column {self.column} to filter by (columns: {have})")
        series = frame.get_column(self.column)
        if series.dtype.is_nested():
            raise UsageError(
                f"{self}: {self.column} holds nested values, which no filter can compare"
            )
        hit = self._in_range(series) if self.range else self._equal(series)
        hit = hit.fill_null(value=False)
        return ~hit if self.negated else hit

    def _equal(self, series: pl.Series) -> pl.Series:
        typed = self._typed(self.value, series)
        if typed is not None:
            hit = series == typed
        else:
            text = series.cast(pl.String)
            hit = (text == self.value).rename(series.name)
        if not self.negated and not hit.any():
            raise UsageError(f"{self}: {_seen(series, self.value)}")
        return hit

    def _in_range(self, series: pl.Series) -> pl.Series:
        if series.dtype == pl.String or isinstance(series.dtype, pl.Categorical | pl.Enum):
            numbers = series.cast(pl.String).cast(pl.Float64, strict=False)
            if numbers.is_null().sum() > series.is_null().sum():
                return self._equal(series)
            series = numbers
        hit = series.is_not_null()
        for end, keep in zip(self.range or ("", ""), ("low", "high"), strict=True):
            if end:
                bound = self._typed(end, series)
                if bound is None:
                    raise UsageError(f"{self}: {shorten(end)} is not a bound")
                hit &= series >= bound if keep == "low" else series <= bound
        return hit

    @staticmethod
    def _typed(text: str, series: pl.Series) -> object:
        """Read ``text`` as the column's type; ``None`` where the column holds text."""
        if series.dtype.is_numeric():
            kind = Kind.REAL
        elif series.dtype == pl.Boolean:
            kind = Kind.BOOLEAN
        elif series.dtype.is_temporal():
            kind = Kind.INSTANT
        else:
            return None
        cast = to_kind(pl.Series([text]), kind)
        value = None if cast is None else cast.item()
        if value is None:
            raise UsageError(f"{shorten(text)} is not {kind.value}, which the column holds")
        return value


class Table(Protocol):
    """A table that counts what it removes."""

    @property
    def frame(self) -> pl.DataFrame:
        """The rows."""

    def keep(self, mask: pl.Series, reason: str) -> Self:
        """Keep the rows where ``mask`` is true, and count the others."""


AnyTable = TypeVar("AnyTable", bound=Table)


def select(table: AnyTable, conditions: Sequence[Condition]) -> AnyTable:
    """Keep the rows that meet every condition; each adds to ``removed`` what it took."""
    for condition in conditions:
        table = table.keep(condition.mask(table.frame), f"not {condition}")
    return table


def _seen(series: pl.Series, asked: str) -> str:
    names = series.drop_nulls().unique()
    text = isinstance(names.dtype, pl.String | pl.Categorical | pl.Enum)
    if text and MOST_VALUES < len(names) <= MOST_NAMES:
        near = nearest(asked, names.cast(pl.String).sort().to_list())
        if near:
            return f"no row has it; the nearest: {', '.join(map(shorten, near))}"
    values = series.drop_nulls().unique().sort().head(MOST_VALUES + 1).cast(pl.String).to_list()
    if not values:
        return "no row has it; the column is empty"
    more = ", ..." if len(values) > MOST_VALUES else ""
    return "no row has it; the column holds " + ", ".join(map(shorten, values[:MOST_VALUES])) + more
