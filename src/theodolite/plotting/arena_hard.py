"""Charts of Arena-Hard: scores against the baseline, and the verdicts behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import (
    ROW_STEP,
    beside_ranks,
    finished,
    grouped,
    inline,
    key,
    names_axis,
)
from theodolite.plotting.text import integer, level_text, number, printable, rank_range
from theodolite.plotting.theme import BLUE, DARK, GREY, WIN_SHARE

if TYPE_CHECKING:
    from theodolite.scoring import ArenaHard

__all__ = ["arena_hard_scores", "arena_hard_verdicts"]

TALL = 30
EVEN = 50.0
VERDICTS = ("much_better", "better", "tie", "worse", "much_worse")
# Ties are no white, or they would not be seen on the page.
COLOURS = (WIN_SHARE[4], WIN_SHARE[3], "#d9dde2", WIN_SHARE[1], WIN_SHARE[0])


def arena_hard_scores(found: ArenaHard) -> alt.LayerChart:
    """Draw each score with its interval, the published recipe's score, and the ranks left open."""
    names = ("may be first", "not first")
    frame = grouped(_rows(found), pl.col("rank_low") == 1, names)
    level = level_text(found.level)
    baselines = found.baselines["baseline"].to_list()
    what = printable(baselines[0]) if len(baselines) == 1 else "its category's baseline"
    return finished(
        beside_ranks(_layers(frame, key(names, (BLUE, GREY), offset=30)), frame["ranks"]),
        "Arena-Hard: score and rank",
        f"Percentage of games won against {what}, a tie being half. Dashed line: an equal.",
        f"Lines: pointwise {level} intervals. Upright strokes: the published recipe.",
        f"Right: the ranks that all paired comparisons leave open, at {level}.",
    )


def arena_hard_verdicts(found: ArenaHard) -> alt.LayerChart:
    """Draw how often the judge gave each verdict on each model, best model first."""
    frame = found.models.with_columns(
        model=pl.Series([printable(name) for name in found.models["model"]])
    )
    long = frame.unpivot(
        VERDICTS, index=["model", "games"], variable_name="verdict", value_name="count"
    ).with_columns(
        share=pl.col("count") / pl.col("games"),
        order=pl.col("verdict").replace_strict(
            {name: i for i, name in enumerate(VERDICTS)}, return_dtype=pl.Int64
        ),
        verdict=pl.col("verdict").str.replace("_", " "),
    )
    scale = alt.Scale(domain=[name.replace("_", " ") for name in VERDICTS], range=list(COLOURS))
    legend = alt.Legend(title="The model's answer is", orient="top", labelLimit=0)
    axis = alt.Axis(title="Games", format="~%", orient="top" if frame.height > TALL else "bottom")
    bars = (
        alt.Chart(inline(long))
        .mark_bar(height={"band": 0.8})
        .encode(
            y=names_axis(frame["model"]),
            x=alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0.0, 1.0], nice=False)),
            color=alt.Color("verdict:N", scale=scale, legend=legend),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("verdict:N", title="Verdict"),
                alt.Tooltip("count:Q", title="Games", format=","),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    return finished(
        alt.LayerChart(layer=[bars]).properties(width="container", height=ROW_STEP * frame.height),
        "What the judge said",
        "Both orders together; games without a verdict left out.",
    )


def _rows(found: ArenaHard) -> pl.DataFrame:
    rows = found.models.to_dicts()
    texts = {
        "model": [printable(r["model"]) for r in rows],
        "score_text": [number(r["score"]) for r in rows],
        "interval_text": [f"{number(r['low'])} to {number(r['high'])}" for r in rows],
        "published_text": [number(r["published"]) for r in rows],
        "questions_text": [integer(r["n"]) for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
    }
    series = [pl.Series(name, values, dtype=pl.String) for name, values in texts.items()]
    return found.models.with_columns(series)


def _layers(frame: pl.DataFrame, colour: alt.Color) -> list[alt.Chart]:
    texts = (
        ("model", "Model"),
        ("score_text", "Score"),
        ("interval_text", "Interval"),
        ("published_text", "Published recipe"),
        ("ranks", "Ranks left open"),
        ("questions_text", "Questions"),
    )
    columns = ["score", "low", "high", "published", "group", *(name for name, _ in texts)]
    axis = alt.Axis(
        title="Score", orient="top" if frame.height > TALL else "bottom", tickCount=6, format="~f"
    )
    scale = alt.Scale(zero=False, nice=False, padding=12)
    base = alt.Chart(inline(frame.select(columns))).encode(
        y=names_axis(frame["model"]),
        tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in texts],
    )
    even = alt.Chart(alt.InlineData(values=[{"even": EVEN}])).mark_rule(
        color=DARK, strokeDash=[4, 4], opacity=0.5
    )
    line, point, stroke = (
        alt.X(f"{name}:Q", scale=scale, axis=axis) for name in ("low", "score", "published")
    )
    return [
        even.encode(x=alt.X("even:Q", scale=scale, axis=axis)),
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
            x=line, x2="high:Q", color=colour
        ),
        base.mark_circle(size=60, opacity=1).encode(x=point, color=colour),
        base.mark_tick(thickness=2, size=12, color=DARK).encode(x=stroke),
    ]
