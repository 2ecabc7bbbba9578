"""The chart of models: how many parameters, trained on how many tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.errors import TooFewError
from theodolite.plotting.axes import COUNT_AXIS, log_ticks
from theodolite.plotting.facts_frames import HEIGHT, PER_PARAMETER, names_of, spot, trained_rows
from theodolite.plotting.parts import finished, grouped, inline, key, name_layers
from theodolite.plotting.text import integer
from theodolite.plotting.theme import BLUE, DARK, GREY

if TYPE_CHECKING:
    from theodolite.tables import Facts

__all__ = ["trained"]

NAMES = ("above 20 tokens a parameter", "up to 20")


def trained(facts: Facts) -> alt.LayerChart:
    """Draw parameters against tokens of pre-training for base models, on logarithmic axes.

    A mixture of experts stands at its active parameters, with a line to all of them. A name that
    has no room is left to the tooltip.

    Raises
    ------
    TooFewError
        No base model has both numbers.
    """
    models = facts.models
    rows = trained_rows(models)
    if rows.is_empty():
        raise TooFewError("no base model among the facts has known parameters and tokens to draw")
    left_out = models.filter(kind="base").height - rows.height
    frame = grouped(rows, pl.col("more"), NAMES)
    x_ends, y_ends = spot([*rows["at"], *rows["all_params"]]), spot(rows["tokens"].to_list())
    x = alt.X("at:Q", title="Parameters").scale(type="log", domain=list(x_ends), nice=False)
    y = alt.Y("tokens:Q", title="Tokens of pre-training").scale(
        type="log", domain=list(y_ends), nice=False
    )
    x, y = x.axis(_axis(*x_ends)), y.axis(_axis(*y_ends))
    many = f" Left out: {integer(left_out)} of which one of the two is not known."
    shown = f"{integer(rows.height)} base models.{many if left_out else ''}"
    experts = (rows["at"] < rows["all_params"]).any()
    lines = " Thin lines: from active parameters to all of them." if experts else ""
    names = name_layers(frame.select("model", "at", "tokens"), names_of(frame), x, y)
    layers = [_line(x_ends, x, y), *_points(frame, x, y), *names]
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        "Parameters and tokens",
        shown,
        f"Dashed: 20 tokens a parameter.{lines}",
    )


def _axis(low: float, high: float) -> alt.Axis:
    ticks = [tick for tick in log_ticks(low, high, (1.0, 3.0)) if low <= tick <= high]
    return alt.Axis(values=ticks, labelExpr=COUNT_AXIS)


def _line(ends: tuple[float, float], x: alt.X, y: alt.Y) -> alt.Chart:
    line = pl.DataFrame({"at": ends}).with_columns(tokens=PER_PARAMETER * pl.col("at"))
    marks = alt.Chart(inline(line)).mark_line(
        color=DARK, strokeDash=[4, 3], strokeWidth=1.2, clip=True
    )
    placed: alt.Chart = marks.encode(x=x, y=y)
    return placed


def _points(frame: pl.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    columns = ["model", "at", "tokens", "group", "params_text", "tokens_text", "ratio_text"]
    circles = (
        alt.Chart(inline(frame.select(columns)))
        .mark_circle(size=60, opacity=1)
        .encode(
            x=x,
            y=y,
            color=key(NAMES, (BLUE, GREY)),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("params_text:N", title="Parameters"),
                alt.Tooltip("tokens_text:N", title="Tokens"),
                alt.Tooltip("ratio_text:N", title="Tokens a parameter"),
            ],
        )
    )
    experts = frame.filter(pl.col("at") < pl.col("all_params"))
    if experts.is_empty():
        return [circles]
    rules = alt.Chart(inline(experts.select("at", "all_params", "tokens")))
    return [rules.mark_rule(color=GREY, strokeWidth=1).encode(x=x, x2="all_params:Q", y=y), circles]
