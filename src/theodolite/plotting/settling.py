"""Charts of a settling: pairs decided over time, the widest interval, and when each pair was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import cell_of, finished, inline, side_axis
from theodolite.plotting.text import integer, level_text, printable
from theodolite.plotting.theme import BLUE, DARK, NEVER, ORANGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.ratings import Settling

__all__ = ["decided", "decisions", "widths"]

# Early, late: both ends stay apart from each other and from the grey of what is not decided.
EARLY_TO_LATE = ("#08306b", "#2f7fbc", "#f2b660")
HEIGHT = 300
KINDS = ("decided for good (sequence)", "told apart then (ordinary interval)")


def decided(settling: Settling) -> alt.LayerChart:
    """Draw how many pairs were decided at each look, and how many ordinary intervals told apart."""
    history = settling.history.drop("decided", "apart").with_columns(
        pl.Series(KINDS[0], settling.history["decided"]),
        pl.Series(KINDS[1], settling.history["apart"]),
    )
    rows = history.unpivot(KINDS, index=["votes", "time"], variable_name="kind", value_name="pairs")
    x, tooltip = _along(settling)
    colour = alt.Color(
        "kind:N",
        legend=alt.Legend(title=None, orient="top", labelLimit=0, symbolType="stroke"),
        scale=alt.Scale(domain=list(KINDS), range=[BLUE, ORANGE]),
    )
    dash = alt.StrokeDash(
        "kind:N", legend=None, scale=alt.Scale(domain=list(KINDS), range=[[1, 0], [5, 3]])
    )
    lines = (
        alt.Chart(inline(rows))
        .mark_line(interpolate="step-after", strokeWidth=2.2)
        .encode(
            x=x,
            y=alt.Y("pairs:Q", title="Pairs of models").scale(domain=[0, len(settling.pairs)]),
            color=colour,
            strokeDash=dash,
        )
    )
    points = lines.mark_point(opacity=0, size=90).encode(
        tooltip=[
            alt.Tooltip("kind:N", title="Pairs"),
            alt.Tooltip("pairs:Q", title="Count", format=","),
            *tooltip,
        ]
    )
    return finished(
        alt.LayerChart(layer=[lines, points]).properties(width="container", height=HEIGHT),
        "Pairs decided",
        f"Of {integer(len(settling.pairs))} pairs, look by look, at {level_text(settling.level)}.",
        "A decision stands; an ordinary interval can tell a pair apart now and not any more later.",
    )


def widths(settling: Settling) -> alt.LayerChart:
    """Draw the widest interval of a model at each look, against the target."""
    rows = settling.history.select("votes", "time", "widest").drop_nulls("widest")
    x, tooltip = _along(settling)
    ends = [settling.half_width, *rows["widest"]]
    y = alt.Y("widest:Q", title="Half-width, points").scale(
        type="log", domain=[0.8 * min(ends), 1.1 * max(ends)], nice=False
    )
    lines = (
        alt.Chart(inline(rows))
        .mark_line(color=BLUE, strokeWidth=2.2, point={"size": 18, "color": BLUE})
        .encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip("widest:Q", title="Widest half-width", format=".1f"), *tooltip],
        )
    )
    target = alt.Chart(alt.InlineData(values=[{"widest": settling.half_width}])).mark_rule(
        color=DARK, strokeDash=[4, 3], strokeWidth=1.4
    )
    return finished(
        alt.LayerChart(layer=[lines, target.encode(y=y)]).properties(
            width="container", height=HEIGHT
        ),
        "The widest interval of a model",
        "Half-width of the sequence of the least known model whose sequence has started.",
        f"Dashed: the target of {settling.half_width:g} points.",
    )


def decisions(settling: Settling) -> alt.LayerChart:
    """Draw since how many votes each pair is decided; grey where it is not."""
    models = [printable(name) for name in settling.models["model"]]
    place = {name: i for i, name in enumerate(settling.models["model"])}
    cell = cell_of(len(models))
    base = _cells(settling, place, models).encode(
        x=alt.X("column_model:N").scale(domain=models, padding=0).axis(side_axis(cell, "top")),
        y=alt.Y("row_model:N").scale(domain=models, padding=0).axis(side_axis(cell, "left")),
    )
    after = alt.Color(
        "decided_after:Q",
        title="Votes",
        legend=alt.Legend(format="~s", gradientLength=130),
        scale=alt.Scale(
            domain=[0, settling.n_votes / 2, settling.n_votes],
            range=list(EARLY_TO_LATE),
            interpolate="rgb",
        ),
    )
    layers = [base.mark_rect(stroke="white", strokeWidth=cell.gap).encode(color=after)]
    if cell.written:
        strong = f"datum.decided_after < {0.6 * settling.n_votes}"
        ink = alt.condition(strong, alt.value("white"), alt.value(DARK))
        text = alt.Text("decided_after:Q", format=".2~s")
        layers.append(base.mark_text(fontSize=11).encode(text=text, color=ink))
    return finished(
        alt.LayerChart(layer=layers, view=alt.ViewBackground(fill=NEVER)).properties(
            width=alt.Step(cell.step), height=alt.Step(cell.step)
        ),
        "Since when each pair is decided",
        "Votes on the board at the look that decided the pair: dark is early.",
        "Grey: not decided.",
    )


def _along(settling: Settling) -> tuple[alt.X, list[alt.Tooltip]]:
    """Give the axis along which looks stand, and what a tooltip says of a look."""
    votes = alt.Tooltip("votes:Q", title="Votes", format=",")
    if settling.looks.by == "votes":
        return alt.X("votes:Q", title="Votes", axis=alt.Axis(tickCount=6, format="~s")), [votes]
    time = alt.Tooltip("time:T", title="Until", format="%Y-%m-%d %H:%M")
    return alt.X("time:T", title=None, axis=alt.Axis(tickCount=6)), [votes, time]


def _cells(settling: Settling, place: dict[str, int], models: Sequence[str]) -> alt.Chart:
    """Both cells of each decided pair by position; the names are looked up in the page."""
    half = settling.pairs.filter("decided").select(
        row=pl.col("model_a").replace_strict(place, return_dtype=pl.Int64),
        column=pl.col("model_b").replace_strict(place, return_dtype=pl.Int64),
        decided_after="decided_after",
    )
    other = half.select(row="column", column="row", decided_after="decided_after")
    cells = alt.Chart(inline(pl.concat([half, other]).sort("row", "column")))
    for side in ("row", "column"):
        name = f"{side}_model"
        table = alt.InlineData(values=[{side: i, name: model} for i, model in enumerate(models)])
        cells = cells.transform_lookup(
            lookup=side, from_=alt.LookupData(data=table, key=side, fields=[name])
        )
    return cells.encode(
        tooltip=[
            alt.Tooltip("row_model:N", title="Model"),
            alt.Tooltip("column_model:N", title="Against"),
            alt.Tooltip("decided_after:Q", title="Decided after", format=","),
        ]
    )
