"""Charts of trends over release dates: a dot a model, fitted lines with bands, the optimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_ticks
from theodolite.plotting.parts import finished, grouped, inline, key, name_layers
from theodolite.plotting.text import integer, level_text
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE
from theodolite.plotting.trend_frames import (
    HEIGHT,
    band_rows,
    dot_rows,
    ends_of,
    names_of,
    shown_break,
    sides_of,
    year_of,
)

if TYPE_CHECKING:
    from datetime import date

    from theodolite.scaling import Trend

__all__ = ["over_training", "trend_lines"]

TITLES = {
    "tokens_per_param": "Tokens per parameter",
    "tokens": "Tokens of pre-training",
    "params": "Parameters (active)",
    "flops": "Training FLOPs",
    "over_training": "Tokens per parameter over the optimum",
}
COUNTED = ("tokens", "params")
RATIO_AXIS = "format(datum.value, ',~g')"
# What is optimal, where that is one number.
OPTIMUM = {"tokens_per_param": 20.0, "over_training": 1.0}
DOTS = (16, 150)
FEW_TICKS = 3
# Beyond this share of the axis a date is written to the left of its line.
RIGHTMOST = 0.85


def trend_lines(found: Trend) -> alt.LayerChart:
    """Draw the quantity of each model against its date, with the lines of the surest break."""
    one = shown_break(found)
    quantity = found.measure.quantity
    lines = found.overall.line if one is None or one.plain is None else one.plain.lines
    below = (
        f"{integer(len(found.data.frame))} base models, larger dots for more parameters. "
        f"Lines with {level_text(found.level)} bands"
        + ("." if one is None else f", broken at {one.day.isoformat()}."),
        *((_optimum_words(quantity),) if quantity in OPTIMUM else ()),
    )
    return _chart(
        found,
        "value",
        lines,
        (quantity, [other.day for other in found.breaks], None if one is None else one.day),
        (f"{TITLES[quantity]} by date of release", *below),
    )


def over_training(found: Trend) -> alt.LayerChart:
    """Draw over-training by the law of the measure against dates, with its line and optimum."""
    past = found.past_optimum
    lines = found.overall.line.clear() if past is None else past.shown.line
    day = found.breaks[0].day
    return _chart(
        found,
        "over_training",
        lines,
        ("over_training", [other.day for other in found.breaks], day),
        (
            "Over-training by date of release",
            f"By {found.measure.law}, at each model's own compute. One line through all, with its "
            f"{level_text(found.level)} band.",
            _optimum_words("over_training"),
        ),
    )


def _optimum_words(quantity: str) -> str:
    return (
        f"Dashed: {'20 tokens a parameter' if quantity == 'tokens_per_param' else 'the optimum'}."
    )


def _chart(
    found: Trend,
    column: str,
    lines: pl.DataFrame,
    marks: tuple[str, list[date], date | None],
    words: tuple[str, ...],
) -> alt.LayerChart:
    quantity, days, parting = marks
    dots = dot_rows(found, column, parting)
    years = [year_of(day) for day in days]
    optimum = OPTIMUM.get(quantity)
    across = sides_of(dots["year"].to_list())
    up = ends_of(dots["y"].to_list(), () if optimum is None else (optimum,))
    x = _years(across)
    y = _values(quantity, up)
    named = names_of(dots, (across, up), years, optimum)
    inside = [year for year in years if across[0] <= year <= across[1]]
    layers = [
        *_bands(band_rows(lines, up), x, y, _values(quantity, up, "low")),
        *(() if optimum is None else (_level(optimum, across, x, y),)),
        *(
            _date(year, day, (across, up), x, y)
            for year, day in zip(years, days, strict=True)
            if year in inside
        ),
        _dots(dots, TITLES[quantity], parting, x, y),
        *name_layers(dots.select("model", "year", "y"), named, x, y),
    ]
    chart = alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT)
    return finished(chart, words[0], *words[1:])


def _years(across: tuple[float, float]) -> alt.X:
    whole = list(range(int(across[0]) + 1, int(across[1]) + 1))
    axis = alt.Axis(values=whole, format="d") if len(whole) > 1 else alt.Axis(format=".1f")
    return alt.X("year:Q", title="Date of release", axis=axis).scale(
        domain=list(across), nice=False, zero=False
    )


def _values(quantity: str, up: tuple[float, float], field: str = "y") -> alt.Y:
    steps = (1.0, 3.0) if up[1] / up[0] < 10.0**FEW_TICKS else (1.0,)
    ticks = [tick for tick in log_ticks(*up, steps) if up[0] <= tick <= up[1]]
    words = {"labelExpr": COUNT_AXIS if quantity in COUNTED else RATIO_AXIS}
    label = {"format": ".0e"} if quantity == "flops" else words
    axis = alt.Axis.from_dict({"values": ticks, **label})
    return alt.Y(f"{field}:Q", title=TITLES[quantity], axis=axis).scale(
        type="log", domain=list(up), nice=False
    )


def _bands(rows: pl.DataFrame, x: alt.X, y: alt.Y, low: alt.Y) -> list[alt.Chart]:
    layers = []
    for piece, colour in (("before", GREY), ("after", BLUE), ("all", BLUE)):
        some = rows.filter(piece=piece)
        if some.is_empty():
            continue
        base = alt.Chart(inline(some.rename({"estimate": "y"})))
        layers += [
            base.mark_area(color=colour, opacity=0.14, clip=True).encode(x=x, y=low, y2="high:Q"),
            base.mark_line(color=colour, strokeWidth=1.8, clip=True).encode(x=x, y=y),
        ]
    return layers


def _level(value: float, across: tuple[float, float], x: alt.X, y: alt.Y) -> alt.Chart:
    rows = pl.DataFrame({"year": list(across), "y": [value, value]})
    marks = alt.Chart(inline(rows)).mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
    placed: alt.Chart = marks.encode(x=x, y=y)
    return placed


def _date(
    year: float,
    day: date,
    ends: tuple[tuple[float, float], tuple[float, float]],
    x: alt.X,
    y: alt.Y,
) -> alt.LayerChart:
    across, up = ends
    left = year > across[0] + RIGHTMOST * (across[1] - across[0])
    rows = pl.DataFrame({"year": [year, year], "y": list(up)})
    rule = alt.Chart(inline(rows)).mark_line(color=ORANGE, strokeWidth=1.4).encode(x=x, y=y)
    top = inline(pl.DataFrame({"year": [year], "y": [up[0]]}))
    text = alt.Chart(top).mark_text(
        text=day.isoformat(),
        color=ORANGE,
        align="right" if left else "left",
        dx=-4 if left else 4,
        dy=-6,
        fontSize=10,
    )
    return alt.LayerChart(layer=[rule, text.encode(x=x, y=y)])


def _dots(dots: pl.DataFrame, title: str, parting: date | None, x: alt.X, y: alt.Y) -> alt.Chart:
    day = "" if parting is None else parting.isoformat()
    names = ("models", "") if parting is None else (f"before {day}", f"from {day} on")
    frame = grouped(dots, ~pl.col("after"), names)
    chart = alt.Chart(inline(frame)).mark_circle(opacity=0.9)
    size = alt.Size("params:Q", legend=None).scale(type="log", range=list(DOTS))
    colour = key(names, (GREY, BLUE)) if parting else alt.value(BLUE)
    placed: alt.Chart = chart.encode(
        x=x,
        y=y,
        size=size,
        color=colour,
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("day:N", title="Released"),
            alt.Tooltip("value_text:N", title=title),
            alt.Tooltip("params_text:N", title="Parameters"),
            alt.Tooltip("tokens_text:N", title="Tokens"),
        ],
    )
    return placed
