"""What the charts of trends draw, as plain frames: dots, lines with bands, names, break dates."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.plotting.labels import Box, place_labels
from theodolite.plotting.text import amount, flops, integer, number, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from theodolite.plotting.labels import Label
    from theodolite.scaling import Trend
    from theodolite.scaling.trends.breaks import Break

    Array = NDArray[np.float64]

__all__ = [
    "HEIGHT",
    "WIDTH",
    "YEAR",
    "band_rows",
    "dot_rows",
    "ends_of",
    "names_of",
    "shown_break",
    "sides_of",
    "write",
    "year_of",
]

# The chart fills its page; names are placed as on one of this size, in pixels.
WIDTH, HEIGHT = 680, 420
YEAR = 365.25
MARGIN = 1.8
# Of the span of dates, at either end.
SIDE = 0.03
MOST_NAMED = 60
FEW = 9.95
# Bands are cut so far outside the chart.
OUTSIDE = 10.0


def write(quantity: str) -> Callable[[float | None], str]:
    """Return how values of a quantity are written."""
    return {"tokens": amount, "params": amount, "flops": flops}.get(quantity, _ratio)


def _ratio(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return number(value)
    if value >= FEW:
        return integer(value)
    return number(value, 1) if value >= 1.0 else f"{value:.2g}"


def year_of(day: date) -> float:
    """Return a date as a year with decimals.

    Examples
    --------
    >>> year_of(date(2022, 7, 2))
    2022.498288843258
    """
    return day.year + (day - date(day.year, 1, 1)).days / YEAR


def shown_break(found: Trend) -> Break | None:
    """Choose the break whose lines are drawn: the surest that could be read."""
    read = [(one.plain.p_value, one.day, one) for one in found.breaks if one.plain is not None]
    return min(read, key=lambda three: three[:2])[2] if read else None


def dot_rows(found: Trend, column: str, day: date | None) -> pl.DataFrame:
    """Give a row a model: ``year``, ``y``, ``params``, ``after``, and texts for the tooltip."""
    frame = found.to_frame()
    to_text = write("over_training" if column == "over_training" else found.measure.quantity)
    after = pl.lit(value=True) if day is None else pl.col("released") >= day
    return frame.select(
        pl.Series("model", [printable(name) for name in frame["model"]], dtype=pl.String),
        pl.Series("year", [year_of(one) for one in frame["released"]], dtype=pl.Float64),
        pl.col(column).alias("y"),
        "params",
        after.alias("after"),
        pl.col("released").cast(pl.String).alias("day"),
        pl.Series("value_text", [to_text(value) for value in frame[column]], dtype=pl.String),
        pl.Series("params_text", [amount(value) for value in frame["params"]], dtype=pl.String),
        pl.Series("tokens_text", [amount(value) for value in frame["tokens"]], dtype=pl.String),
    )


def band_rows(lines: pl.DataFrame, ends: tuple[float, float]) -> pl.DataFrame:
    """Give the lines with their bands, cut far outside the chart."""
    years = [year_of(day) for day in lines["released"]]
    low, high = ends[0] / OUTSIDE, ends[1] * OUTSIDE
    return lines.select(
        "piece",
        pl.Series("year", years, dtype=pl.Float64),
        *(pl.col(name).clip(low, high) for name in ("estimate", "low", "high")),
    )


def ends_of(values: Sequence[float], also: Sequence[float] = ()) -> tuple[float, float]:
    """Give the ends of the logarithmic axis."""
    every = [*values, *also]
    return min(every) / MARGIN, max(every) * MARGIN


def sides_of(years: Sequence[float]) -> tuple[float, float]:
    """Give the ends of the axis of dates."""
    room = SIDE * max(max(years) - min(years), 1.0)
    return min(years) - room, max(years) + room


def names_of(
    dots: pl.DataFrame,
    ends: tuple[tuple[float, float], tuple[float, float]],
    years: Sequence[float],
    optimum: float | None,
) -> list[Label]:
    """Choose the names that have room, each where it covers no dot, no line and no other name."""
    across, up = ends

    def along(year: Array) -> Array:
        return (year - across[0]) / (across[1] - across[0]) * WIDTH

    def above(value: Array) -> Array:
        return np.log(value / up[0]) / math.log(up[1] / up[0]) * HEIGHT

    lines = [Box(x - 1, 0, x + 1, HEIGHT) for x in along(np.array(years))]
    if optimum is not None:
        y = float(above(np.array([optimum]))[0])
        lines.append(Box(0, y - 1, WIDTH, y + 1))
    places = np.stack([along(dots["year"].to_numpy()), above(dots["y"].to_numpy())], axis=1)
    names = dots["model"].to_list()
    return place_labels(places, names, (WIDTH, HEIGHT), taken=lines, most=MOST_NAMED)
