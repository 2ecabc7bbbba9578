"""Charts of a board and of the pairs behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import altair as alt
import polars as pl

from theodolite.plotting.frames import (
    Intervals,
    favourites_first,
    intervals,
    matrix_cells,
    truth_rows,
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
from theodolite.plotting.text import level_text, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, NEVER, VERMILION, WIN_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.ratings.results import Board

__all__ = ["calibration", "forest", "truth", "win_matrix"]

TALL = 30
ARROW = 3
LARGE_Z = 3.0
MANY_PAIRS = 300
EVEN_TICKS = [0.0, 0.25, 0.5, 0.75, 1.0]


def forest(board: Board) -> alt.LayerChart:
    """Draw each rating with its interval, best first, and the ranks left open beside it.

    An infinite end is an arrow at the edge of the chart.
    """
    rows = intervals(board)
    frame = grouped(rows.frame, pl.col("first"), ("may be first", "not first"))
    # The heading of the ranks has a line of its own between the key and the rows.
    colour = key(("may be first", "not first"), (BLUE, GREY), offset=30)
    layers = _interval_layers(Intervals(frame, rows.domain), colour)
    level = level_text(board.level)
    return finished(
        beside_ranks(layers, frame["ranks"]),
        "Rating and rank",
        f"Lines: pointwise {level} intervals of the rating.",
        f"Right: the ranks that all comparisons leave open, at {level}.",
    )


def truth(board: Board, known: pl.DataFrame) -> alt.LayerChart:
    """Draw the known strengths of a simulation as ticks over the intervals.

    Parameters
    ----------
    board
        The board.
    known
        ``model`` and ``rating``, centred anywhere: see
        :func:`theodolite.plotting.frames.truth_rows`.
    """
    rows = intervals(board)
    beside = truth_rows(board, known)
    names = ("holds the truth", "misses the truth")
    frame = grouped(rows.frame.with_columns(beside["truth"]), beside["inside"], names)
    ends = (*rows.domain, *frame["truth"])
    layers = _interval_layers(
        Intervals(frame, (min(ends), max(ends))), key(names, (GREY, VERMILION))
    )
    tick = alt.Chart(inline(frame.select("model", "truth"))).mark_tick(
        color=DARK, thickness=2.5, size=14, opacity=1
    )
    layers.append(tick.encode(x="truth:Q", y=names_axis(frame["model"])))
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=alt.Step(ROW_STEP)),
        "Known strengths and intervals",
        "Ticks: the strengths that the votes were drawn from.",
        f"Lines: pointwise {level_text(board.level)} intervals of the rating.",
    )


def win_matrix(board: Board, pairs: pl.DataFrame) -> alt.LayerChart:
    """Draw how often the row's model beat the column's; blank where the two never met.

    Parameters
    ----------
    board
        Gives the order: best on top and on the left.
    pairs
        The ``pairs`` of a fit.
    """
    models = [printable(name) for name in board.to_frame()["model"]]
    cell = cell_of(len(models))
    base = matrix_of(matrix_cells(board, pairs), models).encode(
        x=alt.X("column_model:N").scale(domain=models, padding=0).axis(side_axis(cell, "top")),
        y=alt.Y("row_model:N").scale(domain=models, padding=0).axis(side_axis(cell, "left")),
        tooltip=_pair_tooltip("row_model", "column_model"),
    )
    legend = alt.Legend(title="Row wins", format=".0%", values=EVEN_TICKS, gradientLength=130)
    scale = alt.Scale(domain=EVEN_TICKS, range=list(WIN_SHARE), interpolate="rgb")
    share = alt.Color("share:Q", scale=scale, legend=legend)
    layers = [base.mark_rect(stroke="white", strokeWidth=cell.gap).encode(color=share)]
    if cell.written:
        strong = "datum.share > 0.79 || datum.share < 0.14"
        ink = alt.condition(strong, alt.value("white"), alt.value(DARK))
        text = alt.Text("share:Q", format=".0%")
        layers.append(base.mark_text(fontSize=11).encode(text=text, color=ink))
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(cell.step), height=alt.Step(cell.step)
        ),
        "Who beats whom",
        "Share of the votes won by the row's model, ties as half.",
        "Grey: the two never met.",
    )


def calibration(board: Board, pairs: pl.DataFrame) -> alt.LayerChart:
    """Draw each pair's observed share against the predicted one, from the favourite's side.

    Where one number a model explains the pairs, they scatter about the diagonal, the closer the
    more votes they have.
    """
    names = (f"|z| up to {LARGE_Z:g}", f"|z| above {LARGE_Z:g}")
    models = pl.col("model_a", "model_b").map_elements(printable, return_dtype=pl.String)
    frame = favourites_first(board, pairs).with_columns(models)
    frame = grouped(frame, (pl.col("z").abs() <= LARGE_Z).fill_null(value=True), names)
    frame = frame.sort("group", descending=True)  # "up to" before "above", so these lie on top
    many, with_z = len(frame) > MANY_PAIRS, frame["z"].is_not_null().any()
    low, high = _twentieths([0.5, *frame["share"], *frame["predicted"]])
    axis = alt.Axis(format=".0%", tickCount=6)
    columns = ["model_a", "model_b", "votes", "share", "predicted", "z", "group"]
    circles = (
        alt.Chart(inline(frame.select(columns)))
        .mark_circle()
        .encode(
            x=alt.X("predicted:Q", title="Predicted share of the favourite", axis=axis).scale(
                domain=[0.5, high], nice=False
            ),
            y=alt.Y("share:Q", title="Observed share", axis=axis).scale(
                domain=[low, high], nice=False
            ),
            size=alt.Size("votes:Q", title="Votes")
            .scale(range=[3, 70] if many else [12, 260])
            .legend(values=_round_counts(frame["votes"]), symbolOpacity=0.7, format=",d"),
            opacity=alt.Opacity("group:N", legend=None).scale(
                domain=names, range=[0.2 if many else 0.75, 0.9]
            ),
            color=key(names, (BLUE, VERMILION)) if with_z else alt.value(BLUE),
            tooltip=_pair_tooltip("model_a", "model_b", with_z=with_z),
        )
    )
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"at": 0.5}, {"at": high}]))
        .mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x="at:Q", y="at:Q")
    )
    return finished(
        alt.LayerChart(layer=[circles, diagonal]).properties(width="container", height=340),
        "Observed and predicted shares",
        "A circle a pair of models, from the side of the better rated one.",
        "Dashed: where the ratings predict what was observed.",
    )


def _interval_layers(rows: Intervals, colour: alt.Color) -> list[alt.Chart]:
    """Lines, points and, for infinite ends, arrows at the edge."""
    columns = ["model", "rating", "start", "end", "group", "rank", "ranks"]
    frame, texts = rows.frame, ["rating_text", "interval_text", "votes_text"]
    low, high = rows.domain
    orient: Literal["top", "bottom"] = "top" if len(frame) > TALL else "bottom"
    axis = alt.Axis(title="Rating", orient=orient, tickCount=6, format="~f")
    scale = alt.Scale(domain=[low, high], zero=False, nice=False)
    tooltip = [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in (
            ("model", "Model"),
            ("rating_text", "Rating"),
            ("interval_text", "Interval"),
            ("rank", "Rank"),
            ("ranks", "Ranks left open"),
            ("votes_text", "Votes"),
        )
    ]
    base = alt.Chart(inline(frame.select(columns + texts))).encode(
        y=names_axis(frame["model"]), color=colour, tooltip=tooltip
    )
    x = alt.X("start:Q", scale=scale, axis=axis)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(x=x, x2="end:Q"),
        base.mark_circle(size=60, opacity=1).encode(x=alt.X("rating:Q", scale=scale, axis=axis)),
    ]
    for side, edge, shape, inward in (
        ("open_low", low, "triangle-left", ARROW),
        ("open_high", high, "triangle-right", -ARROW),
    ):
        open_ends = frame.filter(pl.col(side)).select("model", "group", edge=pl.lit(edge))
        if len(open_ends):
            arrow = alt.Chart(inline(open_ends)).mark_point(
                shape=shape, filled=True, size=90, opacity=1, xOffset=inward
            )
            x = alt.X("edge:Q", scale=scale, axis=axis)
            layers.append(arrow.encode(x=x, y=names_axis(frame["model"]), color=colour))
    return layers


def _round_counts(counts: pl.Series) -> list[int]:
    """Give up to three round counts for a legend, in equal steps from the first."""
    most = max(int(counts.max() or 1), 1)  # type: ignore[arg-type]
    power = 10 ** max(len(str(most)) - 2, 0)
    step = next(n * power for n in (1, 2, 5, 10, 20, 50) if most < 4 * n * power)
    return [step * i for i in (1, 2, 3) if step * i <= most]


def _twentieths(shares: Sequence[float]) -> list[float]:
    """Give the twentieths around all shares."""
    return [math.floor(20 * min(shares)) / 20, math.ceil(20 * max(shares)) / 20]


def _pair_tooltip(first: str, second: str, *, with_z: bool = False) -> list[alt.Tooltip]:
    rows = [
        alt.Tooltip(f"{first}:N", title="Model"),
        alt.Tooltip(f"{second}:N", title="Against"),
        alt.Tooltip("votes:Q", title="Votes", format=","),
        alt.Tooltip("share:Q", title="Observed share", format=".1%"),
        alt.Tooltip("predicted:Q", title="Predicted share", format=".1%"),
    ]
    return [*rows, alt.Tooltip("z:Q", title="z", format=".1f")] if with_z else rows
