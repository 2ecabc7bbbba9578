"""Charts of what moves a board: changes with their intervals, and categories side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl
from scipy.optimize import isotonic_regression

from theodolite.plotting.parts import finished, grouped, inline, key, names_axis
from theodolite.plotting.text import level_text, number, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.ratings import Shift, ShiftBy, StyleFit

__all__ = ["changes", "premiums", "slopes"]

ROW_STEP = 20
# Lines in colour: more cannot be told from each other.
COLOURS = (BLUE, VERMILION, ORANGE, "#00785a", "#8a4b9e", "#5c4a1f")
LEAST_GAP = 15.0
NAMES_SHARE = 0.3
# Of more models than this only the ones in colour are named.
MANY = 25


@dataclass(frozen=True)
class _Words:
    title: str
    below: tuple[str, ...]
    axis: str
    groups: tuple[str, str]


def premiums(style: StyleFit) -> alt.LayerChart:
    """Draw each model's style premium with its interval, largest first."""
    frame = style.models.filter(pl.col("premium").is_not_null()).select(
        "model", "low", "high", value="premium", sure=(pl.col("low") > 0) | (pl.col("high") < 0)
    )
    words = _Words(
        "Style premium",
        (
            "Rating without regard to style less rating at equal style, in points.",
            f"Lines: pointwise {level_text(style.level)} intervals.",
        ),
        "Points that go with style",
        ("interval leaves out 0", "interval holds 0"),
    )
    return _differences(frame, words)


def changes(shift: Shift) -> alt.LayerChart:
    """Draw each model's change with its interval, the largest gain first."""
    frame = shift.rated.sort("change", descending=True).select(
        "model", "low", "high", value="change", sure="significant"
    )
    level = level_text(shift.level)
    words = _Words(
        f"From {printable(shift.before)} to {printable(shift.after)}",
        (
            f"Lines: pointwise {level} intervals of the change.",
            f"Colour: what stands after Holm's adjustment over all, at {level}.",
        ),
        "Change of rating, in points",
        ("changes", "may not change"),
    )
    return _differences(frame, words)


def slopes(by: ShiftBy) -> alt.LayerChart:
    """Draw every model's rating in all votes and in each category.

    Models that change somewhere beyond chance are in colour, the six with the largest changes.
    """
    whole = by.shifts[0].before
    categories = [printable(shift.after) for shift in by.shifts]
    order = [whole, *categories]
    frame = _lines(by)
    loud = _loud(by)
    # Groups are numbers: a model may be called anything.
    number = {model: str(i) for i, model in enumerate(loud)}
    frame = frame.with_columns(group=pl.col("model").replace_strict(number, default="rest"))
    domain = [*number.values(), "rest"]
    colour = alt.Color(
        "group:N",
        legend=None,
        scale=alt.Scale(domain=domain, range=[*COLOURS[: len(loud)], GREY]),
    )
    base = _by_category(frame, order, colour)
    ends = [_labels(colour, frame, order[0], "right"), _labels(colour, frame, order[-1], "left")]
    chart = alt.LayerChart(
        layer=[base.mark_line(strokeWidth=2), base.mark_circle(size=45, opacity=1), *ends]
    ).properties(width="container", height=max(300, min(900, 22 * frame["model"].n_unique())))
    return finished(
        chart,
        f"One board or several: by {printable(by.column)}",
        "Each board is centred over the models that it and the whole both rate.",
        "Colour: models whose rating changes beyond chance in some category, the largest first.",
    )


def _by_category(frame: pl.DataFrame, order: list[str], colour: alt.Color) -> alt.Chart:
    """Place every model's ratings over the categories."""
    many = frame["model"].n_unique() > MANY
    quiet = 0.2 if many else 0.55
    return alt.Chart(inline(frame)).encode(
        x=alt.X("category:N", sort=None, title=None)
        .scale(domain=_with_margins(order))
        .axis(labelAngle=0, orient="top", labelLimit=140, grid=False, domain=False, ticks=False),
        y=alt.Y("rating:Q", title="Rating").scale(zero=False, nice=False),
        detail="model:N",
        color=colour,
        opacity=alt.condition("datum.group == 'rest'", alt.value(quiet), alt.value(1.0)),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("category:N", title="Votes"),
            alt.Tooltip("rating:Q", title="Rating", format=".1f"),
            alt.Tooltip("rank:Q", title="Rank"),
        ],
    )


def _with_margins(order: list[str]) -> list[str]:
    """Add blank categories on both sides: room for the names, however many categories there are."""
    blanks = max(1, round(NAMES_SHARE * (len(order) - 1)))
    # Categories must differ: each blank one has another length.
    margins = [" " * i for i in range(1, 2 * blanks + 1)]
    return [*margins[:blanks], *order, *margins[blanks:]]


def _differences(frame: pl.DataFrame, words: _Words) -> alt.LayerChart:
    shown = frame.with_columns(
        pl.col("model").map_elements(printable, return_dtype=pl.String),
        value_text=pl.col("value").map_elements(number, return_dtype=pl.String),
        interval_text=pl.struct("low", "high").map_elements(
            lambda ends: f"{number(ends['low'])} to {number(ends['high'])}",
            return_dtype=pl.String,
        ),
    )
    shown = grouped(shown, pl.col("sure"), words.groups)
    base = alt.Chart(inline(shown.drop("sure"))).encode(
        y=names_axis(shown["model"]),
        color=key(words.groups, (BLUE, GREY)),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("value_text:N", title="Points"),
            alt.Tooltip("interval_text:N", title="Interval"),
        ],
    )
    x = alt.X("low:Q", title=words.axis).scale(zero=True).axis(tickCount=6, format="~f")
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=x, x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(x="value:Q"),
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x="at:Q"),
    ]
    chart = alt.LayerChart(layer=layers).properties(width="container", height=alt.Step(ROW_STEP))
    return finished(chart, words.title, *words.below)


def _lines(by: ShiftBy) -> pl.DataFrame:
    """One row a model and board: ``model``, ``category``, ``rating``, ``rank``."""
    # The board of all votes is shown as the largest category sees it.
    first = by.shifts[0].rated
    parts = [
        first.select(
            "model", category=pl.lit(by.shifts[0].before), rating="before", rank="rank_before"
        )
    ]
    parts += [
        shift.rated.select(
            "model", category=pl.lit(printable(shift.after)), rating="after", rank="rank_after"
        )
        for shift in by.shifts
    ]
    frame = pl.concat(parts)
    return frame.with_columns(pl.col("model").map_elements(printable, return_dtype=pl.String))


def _loud(by: ShiftBy) -> list[str]:
    moved = by.to_frame().filter("significant")
    sizes = moved.group_by("model").agg(pl.col("change").abs().max()).sort("change", "model")
    return [printable(m) for m in sizes["model"].reverse().head(len(COLOURS))]


def _labels(colour: alt.Color, frame: pl.DataFrame, category: str, align: str) -> alt.Chart:
    """Write the models beside one end of the lines, apart from each other."""
    here = frame.filter(pl.col("category") == category).sort("rating", descending=True)
    if len(here) > MANY:
        here = here.filter(pl.col("group") != "rest")
    spread = float(frame["rating"].max() - frame["rating"].min())  # type: ignore[operator, arg-type]
    height = max(300, min(900, 22 * frame["model"].n_unique()))
    step = LEAST_GAP * spread / height
    # The least moves that leave a step between neighbours: an isotonic regression.
    drop = step * np.arange(len(here))
    at = isotonic_regression(here["rating"].to_numpy() + drop, increasing=False).x - drop
    placed = here.with_columns(at=pl.Series(at))
    side = -10 if align == "right" else 10
    text = alt.Chart(inline(placed)).mark_text(
        align="right" if align == "right" else "left", dx=side, fontSize=12
    )
    placed_text: alt.Chart = text.encode(x="category:N", y="at:Q", text="model:N", color=colour)
    return placed_text
