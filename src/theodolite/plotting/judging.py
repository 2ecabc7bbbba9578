"""Charts of judges: their biases side by side, and the strengths that a jury of them gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from theodolite.plotting.parts import (
    NAME_LIMIT,
    ROW_STEP,
    beside_ranks,
    finished,
    grouped,
    inline,
    key,
    names_axis,
)
from theodolite.plotting.text import integer, level_text, number, printable, rank_range
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, LINE, ORANGE
from theodolite.scoring.judges import BIASED, BIASES, NOT_BIASED, UNTOLD, GraderReport

if TYPE_CHECKING:
    from theodolite.scoring.judges import Bias, JudgeReport

__all__ = ["judge_biases", "jury_strengths"]

TITLES = {
    "position": ("First place", "log-odds for the answer shown first"),
    "verbosity": ("Longer answers", "log-odds a standard deviation of length"),
    "self_preference": ("Own family", "log-odds for its own family"),
    "leniency": ("Leniency", "grades above the other judges"),
}
IN_GRADES = ("Own family", "grades beyond its leniency")
PANEL = 230
TALL = 30
# Beyond it a line stops at the edge.
REACH = 4.0
STEP = 12


def judge_biases(found: JudgeReport | GraderReport) -> alt.ConcatChart:
    """Draw every judge's biases with their intervals, a panel a bias.

    Parameters
    ----------
    found
        What is known of the judges. A bias that nobody has an estimate of has no panel.
    """
    rows = bias_rows(found)
    drawn = [name for name in _names(found) if name in set(rows["bias"])]
    order = [printable(one.judge) for one in found.judges]
    panels = [_panel(found, rows, name, order, first=name == drawn[0]) for name in drawn]
    if not panels:
        panels = [_panel(found, rows, _names(found)[0], order, first=True)]
    level = level_text(found.level)
    lines = [
        f"Lines: {level} intervals; to the edge: further. Shaded: within {found.margin:g} of 0.",
        "Orange: biased, counted among all judges. Blue: not biased. Grey: cannot be told.",
    ]
    title = alt.TitleParams("What sways the judges", subtitle=lines)
    return alt.ConcatChart(
        concat=panels,
        columns=len(panels),
        spacing=22,
        title=title,
        description=" ".join(["What sways the judges.", *lines]),
        config=CONFIG,
    )


def jury_strengths(found: JudgeReport) -> alt.LayerChart:
    """Draw the strengths that all judges together give, and the ranks left open beside them."""
    frame, ends = _strength_rows(found)
    names = ("may be first", "not first")
    frame = grouped(frame, pl.col("rank_low") == 1, names)
    axis = alt.Axis(
        title="Strength (log-odds)", orient="top" if len(frame) > TALL else "bottom", tickCount=6
    )
    scale = alt.Scale(domain=ends, nice=False)
    base = alt.Chart(
        inline(
            frame.select("model", "estimate", "start", "end", "low", "high", "group", "ranks", "n")
        )
    ).encode(
        y=names_axis(frame["model"]),
        color=key(names, (BLUE, GREY), offset=30),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            *(
                alt.Tooltip(f"{name}:Q", title=name.title(), format="+.2f")
                for name in ("estimate", "low", "high")
            ),
            alt.Tooltip("ranks:N", title="Ranks left open"),
            alt.Tooltip("n:Q", title="Verdicts", format=","),
        ],
    )
    line = alt.X("start:Q", scale=scale, axis=axis)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=line, x2="end:Q"),
        base.transform_filter("isValid(datum.estimate)")
        .mark_circle(size=60, opacity=1)
        .encode(x=alt.X("estimate:Q", scale=scale, axis=axis)),
    ]
    level = level_text(found.level)
    return finished(
        beside_ranks(layers, frame["ranks"]),
        f"The jury: strengths from {integer(len(found.judges))} judge"
        f"{'' if len(found.judges) == 1 else 's'} in one likelihood",
        f"Lines: pointwise {level} intervals, clustered by item; to the edge where an end is open.",
        f"Right: the ranks that all contrasts leave open, at {level}.",
    )


def _strength_rows(found: JudgeReport) -> tuple[pl.DataFrame, list[float]]:
    """Lay out the models, lines of open ends to the edge; and both ends of the axis."""
    ranks = [rank_range(*pair) for pair in found.models.select("rank_low", "rank_high").iter_rows()]
    frame = found.models.with_columns(
        pl.Series("model", [printable(name) for name in found.models["model"]]),
        ranks=pl.Series(ranks, dtype=pl.String),
    )
    known = [v for c in ("estimate", "low", "high") for v in frame[c].drop_nulls()]
    low, high = (min(known), max(known)) if known else (-1.0, 1.0)
    pad = 0.06 * max(high - low, 0.2)
    ends = [low - pad, high + pad]
    return frame.with_columns(
        start=pl.col("low").fill_null(ends[0]), end=pl.col("high").fill_null(ends[1])
    ), ends


def bias_rows(found: JudgeReport | GraderReport) -> pl.DataFrame:
    """Lay out one row a judge and bias of which something is known."""
    rows: list[dict[str, Any]] = []
    for one in found.judges:
        for name in _names(found):
            bias: Bias = getattr(one, name)
            if bias.estimate is not None or bias.unbounded:
                rows.append({"judge": printable(one.judge), "bias": name, **_drawn(bias)})
    schema = {
        "judge": pl.String,
        "bias": pl.String,
        "estimate": pl.Float64,
        "start": pl.Float64,
        "end": pl.Float64,
        "verdict": pl.String,
        "text": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def _drawn(bias: Bias) -> dict[str, Any]:
    low = -REACH if bias.low is None else max(bias.low, -REACH)
    high = REACH if bias.high is None else min(bias.high, REACH)
    inside = bias.estimate is not None and abs(bias.estimate) <= REACH
    return {
        "estimate": bias.estimate if inside else None,
        "start": min(low, REACH),
        "end": max(high, -REACH),
        "verdict": bias.verdict,
        "text": f"{number(bias.estimate, 2)} ({_end(bias.low)} to {_end(bias.high)})",
    }


def _end(value: float | None) -> str:
    return "open" if value is None else number(value, 2)


def _names(found: JudgeReport | GraderReport) -> tuple[str, ...]:
    return ("leniency", "self_preference") if isinstance(found, GraderReport) else BIASES


def _panel(
    found: JudgeReport | GraderReport,
    rows: pl.DataFrame,
    name: str,
    order: list[str],
    *,
    first: bool,
) -> alt.LayerChart:
    own = rows.filter(bias=name)
    title, unit = TITLES[name]
    if name == "self_preference" and isinstance(found, GraderReport):
        title, unit = IN_GRADES
    # One scale for all panels, so that biases can be compared.
    ends = [abs(v) for c in ("start", "end") for v in rows[c]]
    reach = min(REACH, max([*ends, 1.5 * found.margin]) * 1.04)
    y = _judges_axis(order, named=first)
    scale = alt.Scale(domain=[-reach, reach], nice=False, clamp=True)
    axis = alt.Axis(
        title=unit, tickCount=5, orient="bottom" if len(order) <= TALL else "top", grid=False
    )
    band = alt.Chart(alt.InlineData(values=[{"a": -found.margin, "b": found.margin, "o": 0.0}]))
    at = {c: alt.X(f"{c}:Q", scale=scale, axis=axis) for c in ("a", "o", "start", "estimate")}
    verdicts = alt.Scale(domain=[BIASED, NOT_BIASED, UNTOLD], range=[ORANGE, BLUE, GREY])
    base = alt.Chart(inline(own)).encode(
        y=y,
        color=alt.Color("verdict:N", scale=verdicts, legend=None),
        tooltip=[
            alt.Tooltip("judge:N", title="Judge"),
            alt.Tooltip("text:N", title=title),
            alt.Tooltip("verdict:N", title="Verdict"),
        ],
    )
    layers = [
        band.mark_rect(color=GREY, opacity=0.12).encode(x=at["a"], x2="b:Q"),
        band.mark_rule(color=DARK, strokeDash=[4, 3]).encode(x=at["o"]),
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(x=at["start"], x2="end:Q"),
        base.transform_filter("isValid(datum.estimate)")
        .mark_circle(size=56, opacity=1)
        .encode(x=at["estimate"]),
    ]
    step = ROW_STEP if len(order) <= TALL else STEP
    return alt.LayerChart(layer=layers).properties(
        width=PANEL, height=step * max(len(order), 2), title=alt.TitleParams(title, fontSize=12)
    )


def _judges_axis(order: list[str], *, named: bool) -> alt.Y:
    """Write the judges' names, at the first panel alone."""
    axis = alt.Axis(
        title=None,
        labels=named,
        labelLimit=NAME_LIMIT,
        labelFontSize=12 if len(order) <= TALL else 9,
        labelOverlap=False,
        ticks=False,
        domain=False,
        grid=True,
        gridColor=LINE,
    )
    return alt.Y("judge:N", axis=axis, scale=alt.Scale(domain=order))
