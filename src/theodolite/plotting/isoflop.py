"""Charts of isoFLOP profiles and of the lower envelope: losses, minima, and how size grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis
from theodolite.plotting.isoflop_frames import (
    curve_rows,
    growth_rows,
    minimum_rows,
    run_rows,
    with_texts,
)
from theodolite.plotting.parts import finished, inline
from theodolite.plotting.text import count, flops, integer, level_text, number
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE
from theodolite.scaling import IsoFlop

if TYPE_CHECKING:
    from theodolite.scaling import Envelope

__all__ = ["loss_envelope", "loss_profiles", "optimal_sizes", "size_growth"]

HEIGHT = 340
PANEL = 430
BEST = "Compute-optimal parameters"
# Cheap to dear: light to dark, apart from each other for the colour-blind too.
CHEAP_TO_DEAR = ("#e3a33b", "#3f8fc4", "#08306b")


def optimal_sizes(found: IsoFlop | Envelope, at: float | None = None) -> alt.HConcatChart:
    """Draw the losses and how size grows side by side; ``at`` marks the optimum at a budget."""
    left = loss_profiles(found) if isinstance(found, IsoFlop) else loss_envelope(found)
    right = size_growth(found, at)
    for panel in (left, right):
        panel.width = PANEL
        panel.config = alt.Undefined
    return alt.HConcatChart(
        hconcat=[left, right],
        spacing=36,
        config=CONFIG,
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent")),
        description=f"{left.description} {right.description}",
    )


def loss_profiles(found: IsoFlop) -> alt.LayerChart:
    """Draw loss against size, a colour a budget: runs, parabolas and their minima."""
    curve = curve_rows(found)
    x = log_axis("params", "Parameters", curve["params"], words=COUNT_AXIS)
    x = x.scale(type="log", nice=False, padding=24)
    y = alt.Y("loss:Q", title="Loss").scale(zero=False, padding=10)
    colour = alt.Color("flops:Q", legend=None).scale(
        type="log", range=list(CHEAP_TO_DEAR), interpolate="rgb"
    )
    curves = alt.Chart(inline(curve)).encode(x=x, y=y, color=colour, detail="flops:N")
    runs = alt.Chart(inline(run_rows(found))).encode(x=x, y=y, color=colour)
    minima = alt.Chart(inline(minimum_rows(found))).encode(x=x, y=y)
    layers = [
        curves.mark_line(strokeWidth=1.6, opacity=0.8),
        runs.mark_circle(size=34, opacity=0.75).encode(
            tooltip=[
                alt.Tooltip("flops_text:N", title="FLOPs"),
                alt.Tooltip("params_text:N", title="Parameters"),
                alt.Tooltip("loss:Q", title="Loss", format=".4f"),
            ]
        ),
        curves.mark_text(align="left", dx=5, fontSize=11, fontWeight="bold").encode(text="label:N"),
        minima.mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2).encode(
            order=alt.Order("flops:Q")
        ),
        minima.mark_rule(color=DARK, strokeWidth=2.4).encode(
            x=alt.X("params_low:Q"), x2="params_high:Q"
        ),
        minima.mark_point(
            shape="diamond", size=90, color=DARK, fill="white", strokeWidth=1.8, opacity=1
        ).encode(tooltip=_minimum_tooltip()),
    ]
    rest = len(found.set_aside)
    aside = f" {integer(rest)} set aside." if rest else ""
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        f"Loss by size at {integer(len(found.budgets))} budgets",
        f"Numbers: FLOPs of the budget. Curves: a parabola in log parameters.{aside}",
        f"Diamonds: minima, with {level_text(found.level)} intervals.",
    )


def loss_envelope(found: Envelope) -> alt.LayerChart:
    """Draw loss against compute, with the runs on the lower envelope."""
    runs = with_texts(found.runs.with_columns(pl.col("on").cast(pl.Int8)))
    x = log_axis("flops", "Training FLOPs", runs["flops"]).scale(type="log", nice=False, padding=16)
    y = alt.Y("loss:Q", title="Loss").scale(zero=False, padding=10)
    colour = alt.condition("datum.on", alt.value(BLUE), alt.value(GREY))
    line = alt.Chart(inline(found.points.select("flops", "loss"))).encode(x=x, y=y)
    points = alt.Chart(inline(runs)).encode(x=x, y=y, color=colour)
    return finished(
        alt.LayerChart(
            layer=[
                line.mark_line(interpolate="step-after", strokeWidth=1.4, color=BLUE, opacity=0.7),
                points.mark_circle(size=34, opacity=0.8).encode(
                    tooltip=[
                        alt.Tooltip("flops_text:N", title="FLOPs"),
                        alt.Tooltip("params_text:N", title="Parameters"),
                        alt.Tooltip("loss:Q", title="Loss", format=".4f"),
                    ]
                ),
            ]
        ).properties(width="container", height=HEIGHT),
        "The lower envelope of all runs",
        f"Blue: {integer(len(found.points))} of {integer(len(found.runs))} runs that none as cheap "
        "ended below.",
        "Final losses only.",
    )


def size_growth(found: IsoFlop | Envelope, at: float | None = None) -> alt.LayerChart:
    """Draw the compute-optimal size against compute, with the power law and its band."""
    rows = growth_rows(found, at)
    x = log_axis("flops", "Training FLOPs", rows["flops"]).scale(type="log", nice=False, padding=12)
    ends = pl.concat([rows["params_low"], rows["params_high"]])
    axis = log_axis("params", BEST, ends, words=COUNT_AXIS)["axis"]
    scale = alt.Scale(type="log", nice=False, padding=10)
    y = alt.Y("params:Q", title=BEST, axis=axis, scale=scale)
    law = alt.Chart(inline(rows)).encode(x=x)
    band = law.mark_area(color=BLUE, opacity=0.16).encode(
        y=alt.Y("params_low:Q", title=BEST, axis=axis, scale=scale), y2="params_high:Q"
    )
    layers = [band, law.mark_line(color=BLUE, strokeWidth=2).encode(y=y), *_observed(found, x, y)]
    if at is not None:
        layers += _marked(found, at, x, y)
    low, high = found.allocation_interval
    exponent = f"{number(found.allocation_exponent, 3)} ({number(low, 3)} to {number(high, 3)})"
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        f"Size grows as C to the power {exponent}",
        f"Band: {level_text(found.level)} interval of the power law, at each budget alone.",
        f"FLOPs: {found.words}.",
    )


def _observed(found: IsoFlop | Envelope, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The minima with their intervals, or the runs on the envelope."""
    if not isinstance(found, IsoFlop):
        points = alt.Chart(inline(found.points.select("flops", "params"))).encode(x=x, y=y)
        return [points.mark_circle(size=34, color=DARK, opacity=0.7)]
    minima = alt.Chart(inline(minimum_rows(found))).encode(x=x)
    ends = minima.mark_rule(color=DARK, strokeWidth=2.4).encode(
        y=alt.Y("params_low:Q"), y2="params_high:Q"
    )
    points = minima.mark_point(
        shape="diamond", size=90, color=DARK, fill="white", strokeWidth=1.8, opacity=1
    ).encode(y=y, tooltip=_minimum_tooltip())
    return [ends, points]


def _marked(found: IsoFlop | Envelope, at: float, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    optimum = found.optimum(at)
    row = pl.DataFrame(
        {
            "flops": [at],
            "params": [optimum.params],
            "text": [f"{count(optimum.params)}, {count(optimum.tokens)} tokens"],
        }
    )
    tooltip = alt.Tooltip("text:N", title=f"At {flops(at)} FLOPs")
    point = alt.Chart(inline(row)).encode(x=x, y=y, tooltip=[tooltip])
    return [
        point.mark_point(size=110, color=ORANGE, filled=True, opacity=1),
        point.mark_text(align="right", dx=-12, fontSize=12, color=DARK).encode(text="text:N"),
    ]


def _minimum_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in (
            ("flops_text", "FLOPs"),
            ("params_text", "Parameters"),
            ("interval_text", "Interval"),
            ("tokens_text", "Tokens"),
        )
    ]
