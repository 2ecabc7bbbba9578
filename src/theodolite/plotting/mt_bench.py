"""Charts of MT-Bench: scores with intervals, categories side by side, the cost of a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import altair as alt
import polars as pl

from theodolite.plotting.mt_bench_frames import ALL, drop_rows, graded_cells, graded_rows
from theodolite.plotting.parts import (
    ROW_STEP,
    beside_ranks,
    cell_of,
    finished,
    grouped,
    inline,
    key,
    names_axis,
    side_axis,
)
from theodolite.plotting.text import integer, level_text
from theodolite.plotting.theme import BLUE, DARK, GREY, NEVER, VERMILION, WIN_SHARE

if TYPE_CHECKING:
    from theodolite.plotting.parts import Cell
    from theodolite.scoring.mt_bench import Graded

__all__ = ["graded_categories", "graded_drops", "graded_scores"]

TALL = 30
# Where a cell is so dark that dark ink would not be read on it, as a part of the colours' range.
DEEP = 0.6
MOST_IN_MAP = 120
COLUMN = 62


def graded_scores(graded: Graded) -> alt.LayerChart:
    """Draw each score with its interval, best first, and the ranks left open beside it."""
    names = ("may be first", "not first")
    frame = grouped(graded_rows(graded), pl.col("rank_low") == 1, names)
    columns = ["model", "score", "low", "high", "group", "rank", "ranks"]
    texts = ["interval_text", "published_text", "answers_text", "unparseable_text"]
    axis = alt.Axis(
        title="Score", orient="top" if len(frame) > TALL else "bottom", tickCount=6, format="~f"
    )
    scale = alt.Scale(zero=False, nice=False, padding=12)
    titles = {
        "model": "Model",
        "score": "Score",
        "interval_text": "Interval",
        "rank": "Rank",
        "ranks": "Ranks left open",
        "published_text": "Published recipe",
        "answers_text": "Judgments with a number",
        "unparseable_text": "Without",
    }
    base = alt.Chart(inline(frame.select(columns + texts))).encode(
        y=names_axis(frame["model"]),
        color=key(names, (BLUE, GREY), offset=30),
        tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in titles.items()],
    )
    line, point = alt.X("low:Q", scale=scale, axis=axis), alt.X("score:Q", scale=scale, axis=axis)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=line, x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(x=point),
    ]
    level = level_text(graded.level)
    return finished(
        beside_ranks(layers, frame["ranks"]),
        f"Scores on {integer(graded.questions)} questions",
        f"Lines: pointwise {level} intervals of the score, from 1 to 10.",
        f"Right: the ranks that all paired comparisons leave open, at {level}.",
    )


def graded_categories(graded: Graded) -> alt.LayerChart:
    """Draw the score of every model in every category, models best first.

    Parameters
    ----------
    graded
        Scores with categories. Of many models the best 120 are drawn.
    """
    models = graded.models.head(MOST_IN_MAP)
    cells = graded_cells(graded, models["model"].to_list())
    shape = cell_of(len(models))
    lowest = float(cells["score"].min())  # type: ignore[arg-type]
    highest = float(cells["score"].max())  # type: ignore[arg-type]
    base = _map_of(cells, shape)
    colour = alt.Color(
        "score:Q",
        scale=alt.Scale(
            domain=[lowest, highest], range=["#eaf2fa", *WIN_SHARE[3:]], interpolate="rgb"
        ),
        legend=alt.Legend(title="Score", format=".1f", gradientLength=130),
    )
    layers = [base.mark_rect(stroke="white", strokeWidth=shape.gap).encode(color=colour)]
    if len(models) <= TALL:
        deep = f"datum.score > {lowest + DEEP * (highest - lowest)!r}"
        ink = alt.condition(deep, alt.value("white"), alt.value(DARK))
        weights: tuple[tuple[int, Literal["bold", "normal"]], ...] = ((1, "bold"), (0, "normal"))
        layers += [
            base.transform_filter(f"datum.open == {flag}")
            .mark_text(fontSize=11, fontWeight=weight)
            .encode(text=alt.Text("score:Q", format=".1f"), color=ink)
            for flag, weight in weights
        ]
    rest = len(graded.models) - len(models)
    best = f"The best {integer(len(models))} of {integer(len(graded.models))}. " if rest else ""
    bold = "Bold: may be first in its column. " if len(models) <= TALL else ""
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(COLUMN), height=alt.Step(min(shape.step, ROW_STEP + 6))
        ),
        "Scores by category",
        f"{best}{bold}{ALL}: all questions.".strip(),
        f"All pairs of a column together at {level_text(graded.level)}; intervals in the tooltips.",
    )


def _map_of(cells: pl.DataFrame, shape: Cell) -> alt.Chart:
    """Place the cells: categories along the top, models along the left."""
    models, kinds = (
        cells[side].unique(maintain_order=True).to_list() for side in ("model", "category")
    )
    top = alt.Axis(
        orient="top", title=None, labelAngle=-30, labelLimit=120, ticks=False, domain=False
    )
    chart: alt.Chart = alt.Chart(inline(cells)).encode(
        x=alt.X("category:N").scale(domain=kinds, padding=0).axis(top),
        y=alt.Y("model:N").scale(domain=models, padding=0).axis(side_axis(shape, "left")),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("category:N", title="Category"),
            alt.Tooltip("score:Q", title="Score", format=".2f"),
            alt.Tooltip("interval_text:N", title="Interval"),
            alt.Tooltip("ranks:N", title="Ranks left open"),
            alt.Tooltip("unparseable:Q", title="Without a number"),
        ],
    )
    return chart


def graded_drops(graded: Graded) -> alt.LayerChart:
    """Draw by how much each model's second turn differs from its first."""
    names = ("differs", "may be no difference")
    frame = grouped(drop_rows(graded), pl.col("differs"), names)
    axis = alt.Axis(
        title="Turn 2 less turn 1",
        orient="top" if len(frame) > TALL else "bottom",
        tickCount=6,
        format="+.1f",
    )
    scale = alt.Scale(nice=False, padding=12)
    base = alt.Chart(
        inline(frame.select("model", "change", "low", "high", "group", "interval_text", "p", "n"))
    ).encode(
        y=names_axis(frame["model"]),
        color=key(names, (VERMILION, GREY)),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("change:Q", title="Turn 2 less turn 1", format="+.2f"),
            alt.Tooltip("interval_text:N", title="Interval"),
            alt.Tooltip("p:N", title="p (Holm)"),
            alt.Tooltip("n:Q", title="Questions"),
        ],
    )
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=DARK, strokeWidth=1)
    layers = [
        zero.encode(x=alt.X("at:Q", scale=scale, axis=axis)),
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
            x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
        ),
        base.mark_circle(size=60, opacity=1).encode(x=alt.X("change:Q", scale=scale, axis=axis)),
    ]
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=ROW_STEP * len(frame)),
        "What the second turn costs",
        f"Lines: pointwise {level_text(graded.level)} intervals, over the same questions.",
        "Differs: Holm's p-value over all models says so.",
    )
