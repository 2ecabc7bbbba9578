"""Charts of a benchmark board: scores with intervals, and who is really better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.board_frames import as_shares, difference_cells, standing_rows, titled
from theodolite.plotting.parts import (
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
from theodolite.plotting.theme import BLUE, DARK, GREY, NEVER, WIN_SHARE

if TYPE_CHECKING:
    from theodolite.claims import Board

__all__ = ["differences", "standings"]

TALL = 30
# Cells of more models than this cannot be made out.
MOST_IN_MATRIX = 120
# Where a cell's colour is so dark that dark ink would not be read on it, as a part of the largest.
DEEP = 0.72


def standings(board: Board, benchmark: str | None = None) -> alt.LayerChart:
    """Draw each score with its interval, best first, and the ranks left open beside it.

    Parameters
    ----------
    board
        The board.
    benchmark
        What to draw; the board's first where left out: the mean over benchmarks.
    """
    name = benchmark or board.first
    frame = standing_rows(board, name)
    names = ("may be first", "not first")
    frame = grouped(frame, pl.col("first"), names)
    colour = key(names, (BLUE, GREY), offset=30)
    level = level_text(board.level)
    return finished(
        beside_ranks(_intervals(frame, colour, share=as_shares(board)), frame["ranks"]),
        f"Score and rank: {titled(board, name)}",
        f"Lines: pointwise {level} intervals of the score.",
        f"Right: the ranks that all paired comparisons leave open, at {level}.",
    )


def differences(board: Board, benchmark: str | None = None) -> alt.LayerChart:
    """Draw by how much the row's model is better than the column's; grey where it is undecided.

    Parameters
    ----------
    board
        The board. Of many models the best 120 are drawn.
    benchmark
        What to draw; the board's first where left out: the mean over benchmarks.
    """
    name, share = benchmark or board.first, as_shares(board)
    every = board.of(name)["model"].to_list()
    models = every[:MOST_IN_MATRIX]
    shown = [printable(model) for model in models]
    cell = cell_of(len(models))
    cells = difference_cells(board, name, models)
    scale = 100.0 if share else 1.0
    cells = cells.with_columns(pl.col("difference", "low", "high") * scale)
    largest = float(cells["difference"].abs().max() or 1.0)  # type: ignore[arg-type]
    base = matrix_of(cells, shown).encode(
        x=alt.X("column_model:N").scale(domain=shown, padding=0).axis(side_axis(cell, "top")),
        y=alt.Y("row_model:N").scale(domain=shown, padding=0).axis(side_axis(cell, "left")),
        tooltip=_tooltip(points=share),
    )
    layers = [
        base.mark_rect(stroke="white", strokeWidth=cell.gap).encode(
            color=_by_sign(largest, points=share)
        )
    ]
    if cell.written:
        strong = f"abs(datum.difference) > {DEEP * largest!r}"
        ink = alt.condition(strong, alt.value("white"), alt.value(DARK))
        text = alt.Text("difference:Q", format="+.1f" if share else "+.2~f")
        layers.append(base.mark_text(fontSize=11).encode(text=text, color=ink))
    unit = ", in points" if share else ""
    rest = len(every) - len(models)
    best = f" The best {integer(len(models))} of {integer(len(every))}." if rest else ""
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(cell.step), height=alt.Step(cell.step)
        ),
        f"Who is really better: {titled(board, name)}",
        f"Score of the row's model less that of the column's{unit}.{best}",
        f"Grey: not told apart, all pairs together at {level_text(board.level)}.",
    )


def _by_sign(largest: float, *, points: bool) -> alt.Color:
    """Blue where the row is better and orange where it is worse, deeper the further apart."""
    domain = [-largest, -largest / 2, 0.0, largest / 2, largest]
    title = "Row is better by" + (" (points)" if points else "")
    legend = alt.Legend(title=title, format="+.1f" if points else "+.2~f", gradientLength=130)
    scale = alt.Scale(domain=domain, range=list(WIN_SHARE), interpolate="rgb")
    return alt.Color("difference:Q", scale=scale, legend=legend)


def _intervals(frame: pl.DataFrame, colour: alt.Color, *, share: bool) -> list[alt.Chart]:
    columns = ["model", "score", "low", "high", "group", "rank", "ranks"]
    texts = ["score_text", "interval_text", "items_text"]
    axis = alt.Axis(
        title="Score",
        orient="top" if len(frame) > TALL else "bottom",
        tickCount=6,
        format="~%" if share else "~f",
    )
    scale = alt.Scale(zero=False, nice=False, padding=12)
    base = alt.Chart(inline(frame.select(columns + texts))).encode(
        y=names_axis(frame["model"]),
        color=colour,
        tooltip=[
            alt.Tooltip(f"{name}:N", title=title)
            for name, title in (
                ("model", "Model"),
                ("score_text", "Score"),
                ("interval_text", "Interval"),
                ("rank", "Rank"),
                ("ranks", "Ranks left open"),
                ("items_text", "Items"),
            )
        ],
    )
    line, point = alt.X("low:Q", scale=scale, axis=axis), alt.X("score:Q", scale=scale, axis=axis)
    return [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=line, x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(x=point),
    ]


def _tooltip(*, points: bool) -> list[alt.Tooltip]:
    digits = "+.1f" if points else "+.3f"
    unit = ", points" if points else ""
    return [
        alt.Tooltip("row_model:N", title="Model"),
        alt.Tooltip("column_model:N", title="Against"),
        alt.Tooltip("difference:Q", title=f"Difference{unit}", format=digits),
        alt.Tooltip("low:Q", title="Low", format=digits),
        alt.Tooltip("high:Q", title="High", format=digits),
        alt.Tooltip("p:N", title="p (Holm)"),
        alt.Tooltip("n:Q", title="Items", format=","),
    ]
