"""The chart of EQ-Bench: scores with intervals, and what unread answers would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import beside_ranks, finished, grouped, inline, key, names_axis
from theodolite.plotting.text import integer, level_text, number, printable, rank_range
from theodolite.plotting.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from theodolite.scoring.eq_bench import EqBench

__all__ = ["eq_scores"]

TALL = 30
NAMES = ("may be first", "not first")
TEXTS = (
    ("model", "Model"),
    ("score_text", "Score"),
    ("interval_text", "Interval"),
    ("ranks", "Ranks left open"),
    ("n_text", "Answers scored"),
    ("unparseable_text", "Not readable"),
    ("zero_text", "If these scored 0"),
)


def eq_scores(found: EqBench) -> alt.LayerChart:
    """Draw each score with its interval, best first, and the ranks left open beside it.

    A tick stands where the score would be if every answer that could not be read scored 0.
    """
    frame = _rows(found)
    level = level_text(found.level)
    lines = [
        f"Lines: pointwise {level} intervals, in points. Right: the ranks that all paired "
        f"comparisons leave open, at {level}."
    ]
    if found.models["unparseable"].sum():
        lines.append("Red ticks: the score if answers that could not be read scored 0.")
    return finished(
        beside_ranks(_layers(frame), frame["ranks"]),
        f"EQ-Bench ({found.version}): score and rank",
        *lines,
    )


def _layers(frame: pl.DataFrame) -> list[alt.Chart]:
    columns = ["score", "low", "high", "group", "score_at_zero", *(name for name, _ in TEXTS)]
    axis = alt.Axis(title="Score", orient="top" if len(frame) > TALL else "bottom", tickCount=6)
    scale = alt.Scale(zero=False, nice=False, padding=12)
    base = alt.Chart(inline(frame.select(columns))).encode(
        y=names_axis(frame["model"]),
        color=key(NAMES, (BLUE, GREY), offset=30),
        tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in TEXTS],
    )
    line, point = alt.X("low:Q", scale=scale, axis=axis), alt.X("score:Q", scale=scale, axis=axis)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=line, x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(x=point),
    ]
    unread = frame.filter(pl.col("unparseable") > 0)
    if len(unread):
        ticks = alt.Chart(inline(unread.select("model", "score_at_zero")))
        layers.append(
            ticks.mark_tick(color=VERMILION, thickness=2, size=12).encode(
                x=alt.X("score_at_zero:Q", scale=scale, axis=axis), y=alt.Y("model:N")
            )
        )
    return layers


def _rows(found: EqBench) -> pl.DataFrame:
    rows = found.models.to_dicts()
    texts = {
        "score_text": [number(r["score"], 2) for r in rows],
        "interval_text": [f"{number(r['low'])} to {number(r['high'])}" for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
        "n_text": [integer(r["n"]) for r in rows],
        "unparseable_text": [integer(r["unparseable"]) for r in rows],
        "zero_text": [number(r["score_at_zero"], 2) for r in rows],
        "model": [printable(r["model"]) for r in rows],
    }
    frame = found.models.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items())
    )
    return grouped(frame, pl.col("rank_low") == 1, NAMES)
