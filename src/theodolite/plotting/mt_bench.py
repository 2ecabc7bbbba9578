"""Charts of MT-Bench: scores with intervals, categories side by side, the cost of a turn."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import altair as alt
import polars as pl

from theodolite.plotting.mt_bench_frames import (
    ALL,
    drop_rows,
    judged_cells,
    judged_rows,
    match_cells,
)
from theodolite.plotting.parts import (
    ROW_STEP,
    beside_ranks,
    cell_of,
    finished,
    grouped,
    inline,
    key,
    matrix_of,
    names_axis,
    side_axis,
)
from theodolite.plotting.text import integer, level_text, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, NEVER, VERMILION, WIN_SHARE
from theodolite.scoring.mt_bench import Graded

if TYPE_CHECKING:
    from theodolite.plotting.parts import Cell
    from theodolite.scoring.mt_bench import Compared

__all__ = ["judged_categories", "judged_scores", "matches_won", "turn_drops"]

TALL = 30
RATE = "Win rate, %"
DRAWN = ("model", "score", "low", "high", "rank", "ranks")
TIPS = MappingProxyType(
    {
        "model": "Model",
        "score_text": "Score",
        "interval_text": "Interval",
        "rank": "Rank",
        "ranks": "Ranks left open",
        "n_text": "Readable judgments",
        "unparseable_text": "Others",
    }
)
# Where a cell is so dark that dark ink would not be read on it, as a part of the colours' range.
DEEP = 0.6
MOST_IN_MAP = 120
COLUMN = 62
EVEN = [0, 25, 50, 75, 100]


def judged_scores(result: Graded | Compared) -> alt.LayerChart:
    """Draw each score, or win rate, with its interval, and the ranks left open beside it."""
    names, graded = ("may be first", "not first"), isinstance(result, Graded)
    frame = grouped(judged_rows(result), pl.col("rank_low") == 1, names)
    axis = alt.Axis(
        title="Score" if graded else RATE,
        orient="top" if len(frame) > TALL else "bottom",
        tickCount=6,
        format="~f",
    )
    scale = alt.Scale(zero=False, nice=False, padding=12)
    columns = dict.fromkeys((*DRAWN, "group", *TIPS))
    base = alt.Chart(inline(frame.select(*columns))).encode(
        y=names_axis(frame["model"]),
        color=key(names, (BLUE, GREY), offset=30),
        tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in TIPS.items()],
    )
    line, point = alt.X("low:Q", scale=scale, axis=axis), alt.X("score:Q", scale=scale, axis=axis)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=line, x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(x=point),
    ]
    level = level_text(result.level)
    what = "of the score, from 1 to 10" if graded else "of the adjusted win rate"
    return finished(
        beside_ranks(layers, frame["ranks"]),
        f"{'Scores' if graded else _against(result)} on {integer(result.questions)} questions",
        f"Lines: pointwise {level} intervals {what}.",
        f"Right: the ranks that all paired comparisons leave open, at {level}.",
    )


def _against(result: Graded | Compared) -> str:
    baseline = None if isinstance(result, Graded) else result.baseline
    return f"Wins against {printable(baseline)}" if baseline else "Wins against each other"


def judged_categories(result: Graded | Compared) -> alt.LayerChart:
    """Draw the score, or win rate, of every model in every category, models best first.

    Parameters
    ----------
    result
        Scores with categories. Of many models the best 120 are drawn.
    """
    models, graded = result.models.head(MOST_IN_MAP), isinstance(result, Graded)
    cells = judged_cells(result, models["model"].to_list())
    digits = ".1f" if graded else ".0f"
    shape = cell_of(len(models))
    lowest = float(cells["score"].min())  # type: ignore[arg-type]
    highest = float(cells["score"].max())  # type: ignore[arg-type]
    base = _map_of(cells, shape)
    colour = alt.Color(
        "score:Q",
        scale=alt.Scale(
            domain=[lowest, highest], range=["#eaf2fa", *WIN_SHARE[3:]], interpolate="rgb"
        ),
        legend=alt.Legend(title="Score" if graded else RATE, format=digits, gradientLength=130),
    )
    layers = [base.mark_rect(stroke="white", strokeWidth=shape.gap).encode(color=colour)]
    if len(models) <= TALL:
        deep = f"datum.score > {lowest + DEEP * (highest - lowest)!r}"
        ink = alt.condition(deep, alt.value("white"), alt.value(DARK))
        weights: tuple[tuple[int, Literal["bold", "normal"]], ...] = ((1, "bold"), (0, "normal"))
        layers += [
            base.transform_filter(f"datum.open == {flag}")
            .mark_text(fontSize=11, fontWeight=weight)
            .encode(text=alt.Text("score:Q", format=digits), color=ink)
            for flag, weight in weights
        ]
    rest = len(result.models) - len(models)
    best = f"The best {integer(len(models))} of {integer(len(result.models))}. " if rest else ""
    bold = "Bold: may be first in its column. " if len(models) <= TALL else ""
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(COLUMN), height=alt.Step(min(shape.step, ROW_STEP + 6))
        ),
        f"{'Scores' if graded else _against(result)} by category",
        f"{best}{bold}{ALL}: all questions.".strip(),
        f"All pairs of a column together at {level_text(result.level)}; intervals in the tooltips.",
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


def turn_drops(graded: Graded) -> alt.LayerChart:
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


def matches_won(compared: Compared) -> alt.LayerChart:
    """Draw how often the row's model beat the column's, a tie as half; blank where none was read.

    Parameters
    ----------
    compared
        Games of all models against each other. Of many models the best 120 are drawn.
    """
    every = compared.models["model"].to_list()
    models = every[:MOST_IN_MAP]
    shown = [printable(name) for name in models]
    cell = cell_of(len(models))
    tooltip = [
        alt.Tooltip("row_model:N", title="Model"),
        alt.Tooltip("column_model:N", title="Against"),
        alt.Tooltip("score:Q", title=RATE, format=".1f"),
        alt.Tooltip("low:Q", title="Low", format=".1f"),
        alt.Tooltip("high:Q", title="High", format=".1f"),
        alt.Tooltip("n:Q", title="Matches"),
        alt.Tooltip("inconsistent:Q", title="Differ when swapped", format=".0%"),
    ]
    base = matrix_of(match_cells(compared, models), shown).encode(
        x=alt.X("column_model:N").scale(domain=shown, padding=0).axis(side_axis(cell, "top")),
        y=alt.Y("row_model:N").scale(domain=shown, padding=0).axis(side_axis(cell, "left")),
        tooltip=tooltip,
    )
    legend = alt.Legend(title="Row wins, %", values=EVEN, gradientLength=130)
    scale = alt.Scale(domain=EVEN, range=list(WIN_SHARE), interpolate="rgb")
    layers = [
        base.mark_rect(stroke="white", strokeWidth=cell.gap).encode(
            color=alt.Color("score:Q", scale=scale, legend=legend)
        )
    ]
    if cell.written:
        strong = "datum.score > 79 || datum.score < 14"
        ink = alt.condition(strong, alt.value("white"), alt.value(DARK))
        text = alt.Text("score:Q", format=".0f")
        layers.append(base.mark_text(fontSize=11).encode(text=text, color=ink))
    rest = len(every) - len(models)
    best = f" The best {integer(len(models))} of {integer(len(every))}." if rest else ""
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(cell.step), height=alt.Step(cell.step)
        ),
        "Who beats whom",
        f"Matches that the row's model won, in percent; a tie is half.{best}",
    )
