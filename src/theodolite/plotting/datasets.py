"""Charts of training sets: their multipliers, the worth of a token run by run, losses collapsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis, log_ticks
from theodolite.plotting.parts import NAME_LIMIT, ROW_STEP, finished, inline
from theodolite.plotting.text import count, level_text, number, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION
from theodolite.scaling.allocation import split_of
from theodolite.scaling.datasets.words import form_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling import Datasets, Evaluations

__all__ = ["set_evaluations", "set_forest", "set_losses", "set_worth", "sets_compared"]

AxisOf = TypeVar("AxisOf", alt.X, alt.Y)
PALETTE = (DARK, BLUE, ORANGE, VERMILION, "#009e73", "#b65a93", GREY)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
HEIGHT = 320
# An end beyond this factor of all estimates is drawn to the edge.
ROOM = 4.0
CURVES, STEPS = 3, 30
LEGEND_LIMIT = 160
WIDE = 300.0


def sets_compared(found: Datasets) -> alt.HConcatChart:
    """Draw multipliers and the worth of a token run by run, side by side."""
    left = _forest(found).properties(width=330, height=HEIGHT, title=_titled(*_forest_words(found)))
    right = _worth(found).properties(width=430, height=HEIGHT, title=_titled(*_worth_words(found)))
    return alt.HConcatChart(
        hconcat=[left, right],
        spacing=36,
        resolve=alt.Resolve(
            scale=alt.ScaleResolveMap(color="independent", shape="independent"),
            legend=alt.LegendResolveMap(color="independent", shape="independent"),
        ),
        description=" ".join((*_forest_words(found), *_worth_words(found))),
        config=CONFIG,
    )


def set_forest(found: Datasets) -> alt.LayerChart:
    """Draw the multiplier of each set with its interval.

    Parameters
    ----------
    found
        The comparison of the sets.
    """
    rows = max(90, 2 * ROW_STEP * len(found.names))
    chart = _forest(found).properties(width="container", height=rows)
    return finished(chart, *_forest_words(found))


def set_worth(found: Datasets) -> alt.LayerChart:
    """Draw what a token of each set is worth at each of its runs, against tokens.

    Parameters
    ----------
    found
        The comparison of the sets.
    """
    chart = _worth(found).properties(width="container", height=HEIGHT)
    return finished(chart, *_worth_words(found))


def set_losses(found: Datasets) -> alt.LayerChart:
    """Draw losses against effective tokens: sets that differ by a multiplier fall together.

    Parameters
    ----------
    found
        The comparison of the sets.
    """
    frame = _loss_rows(found)
    curves = _curves(found, frame)
    x = log_axis("effective", "Effective tokens", frame["effective"], words=COUNT_AXIS)
    y = alt.Y("loss:Q", title=f"Loss ({printable(found.unit)})")
    y = y.scale(type="log", nice=False, zero=False)
    lines = (
        alt.Chart(inline(curves))
        .mark_line(color=GREY, strokeWidth=1.3)
        .encode(x=x, y=y, detail="params:N")
    )
    names = (
        alt.Chart(inline(curves.group_by("params", maintain_order=True).last()))
        .mark_text(align="left", dx=5, fontSize=11, color=DARK)
        .encode(x=x, y=y, text="params:N")
    )
    colour, shape = _keys(_names(found))
    dots = (
        alt.Chart(inline(frame))
        .mark_point(filled=True, size=44, opacity=0.85)
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=shape,
            tooltip=[
                alt.Tooltip("dataset:N", title="Set"),
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("params:N", title="Parameters"),
                alt.Tooltip("tokens:N", title="Tokens"),
                alt.Tooltip("loss:Q", title="Loss", format=".4f"),
            ],
        )
    )
    return finished(
        alt.LayerChart(layer=[lines, dots, names]).properties(width="container", height=HEIGHT),
        "Losses against effective tokens",
        f"Each set's tokens times its multiplier ({_short(found.reference)} counts as 1).",
        "Lines: the one law with multipliers at the smallest, a middle and the largest size.",
    )


def set_evaluations(found: Evaluations) -> alt.LayerChart:
    """Draw the multipliers of the sets under each evaluation.

    Parameters
    ----------
    found
        The comparisons.
    """
    table = found.table
    names = [printable(name) for name in table["dataset"].unique(maintain_order=True)]
    texts = pl.col("evaluation", "dataset").map_elements(printable, return_dtype=pl.String)
    ends = _clipped(table.with_columns(texts), "multiplier")
    reference = printable(table.filter("reference")["dataset"][0])
    evaluations = ends["evaluation"].unique(maintain_order=True).to_list()
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=True, labelLimit=260)
    y = alt.Y("evaluation:N", axis=axis, scale=alt.Scale(domain=evaluations, padding=0.2))
    base = alt.Chart(inline(ends)).encode(
        y=y, yOffset=alt.YOffset("dataset:N", scale=alt.Scale(domain=names))
    )
    level = next(iter(found.found.values())).level
    chart = alt.LayerChart(layer=_intervals(base, ends, names))
    return finished(
        chart.properties(
            width="container", height=max(120, ROW_STEP * len(names) * len(evaluations))
        ),
        f"What a token is worth, in tokens of {reference}, by evaluation",
        f"Bars: pointwise {level_text(level)} intervals. Dashed: worth the same.",
    )


def _forest(found: Datasets) -> alt.LayerChart:
    names = _names(found)
    ends = _clipped(found.multipliers.with_columns(dataset=pl.Series(names)), "multiplier")
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=True, labelLimit=NAME_LIMIT)
    y = alt.Y("dataset:N", axis=axis, scale=alt.Scale(domain=names))
    base = alt.Chart(inline(ends)).encode(y=y)
    return alt.LayerChart(layer=_intervals(base, ends, names, legend=False))


def _intervals(
    base: alt.Chart, ends: pl.DataFrame, names: Sequence[str], *, legend: bool = True
) -> list[alt.Chart]:
    """Return the layers of dots with intervals on a logarithmic axis, and the line at 1."""
    x = _worth_axis(alt.X("multiplier:Q", title="Tokens worth"), ends)
    colour, shape = _keys(names, legend=legend)
    rule = (
        alt.Chart(alt.InlineData(values=[{"multiplier": 1.0}]))
        .mark_rule(color=DARK, strokeDash=[4, 3])
        .encode(x=x)
    )
    bars = base.mark_rule(strokeWidth=2, opacity=0.7).encode(
        x=_worth_axis(alt.X("shown_low:Q", title="Tokens worth"), ends),
        x2="shown_high:Q",
        color=colour,
    )
    dots = base.mark_point(filled=True, size=64, opacity=1).encode(
        x=x,
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("dataset:N", title="Set"),
            alt.Tooltip("words:N", title="Worth"),
        ],
    )
    return [rule, bars, dots]


def _worth(found: Datasets) -> alt.LayerChart:
    texts = pl.col("dataset", "run").map_elements(printable, return_dtype=pl.String)
    frame = _clipped(found.worth.with_columns(texts), "multiplier")
    counts = pl.col("params", "tokens").map_elements(count, return_dtype=pl.String)
    frame = frame.with_columns(counts.name.suffix("_text"))
    names = _names(found)
    colour, shape = _keys(names)
    x = log_axis("tokens", "Tokens", frame["tokens"], words=COUNT_AXIS)
    y = _worth_axis(alt.Y("multiplier:Q", title="Tokens worth"), frame)
    lines = found.multipliers.with_columns(dataset=pl.Series(names)).filter(~pl.col("reference"))
    flat = (
        alt.Chart(inline(lines.select("dataset", "multiplier")))
        .mark_rule(strokeDash=[2, 3], strokeWidth=1.5)
        .encode(y=y, color=colour)
    )
    one = (
        alt.Chart(alt.InlineData(values=[{"multiplier": 1.0}]))
        .mark_rule(color=DARK, strokeDash=[4, 3])
        .encode(y=y)
    )
    base = alt.Chart(inline(frame)).encode(x=x, color=colour)
    bars = base.mark_rule(strokeWidth=1, opacity=0.4).encode(
        y=_worth_axis(alt.Y("shown_low:Q", title="Tokens worth"), frame), y2="shown_high:Q"
    )
    dots = base.mark_point(filled=True, size=46, opacity=0.95).encode(
        y=y,
        shape=shape,
        tooltip=[
            alt.Tooltip("dataset:N", title="Set"),
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("params_text:N", title="Parameters"),
            alt.Tooltip("tokens_text:N", title="Tokens"),
            alt.Tooltip("words:N", title="Worth"),
        ],
    )
    return alt.LayerChart(layer=[one, flat, bars, dots])


def _clipped(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add ends that can be drawn, and the interval in words; an infinite estimate is left out."""
    finite = frame.filter(pl.col(name).is_finite())
    if finite.is_empty():
        finite = frame.with_columns(pl.lit(1.0).alias(name)).head(0)
    estimates = finite[name]
    top = ROOM * float(estimates.max() or 1.0)  # type: ignore[arg-type]
    bottom = float(estimates.min() or 1.0) / ROOM  # type: ignore[arg-type]
    words = [
        f"{number(row[name], 2)} [{number(row['low'], 2)}, {number(row['high'], 2)}]"
        for row in finite.iter_rows(named=True)
    ]
    return finite.with_columns(
        shown_low=pl.col("low").clip(bottom, top),
        shown_high=pl.col("high").clip(bottom, top),
        words=pl.Series(words, dtype=pl.String),
    ).select(pl.all().exclude("low", "high", "leads", "beaten", "unbounded", "largest"))


def _worth_axis(channel: AxisOf, frame: pl.DataFrame) -> AxisOf:
    """Make a logarithmic axis of multipliers that holds 1."""
    low = min(0.9, *frame["shown_low"].to_list(), 1.0) * 0.95
    high = max(1.1, *frame["shown_high"].to_list(), 1.0) * 1.05
    steps = (1.0,) if high / low > WIDE else (1.0, 2.0, 5.0)
    ticks = [value for value in log_ticks(low, high, steps) if low <= value <= high]
    if len(ticks) < CURVES:
        ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0]
    axis = alt.Axis(values=ticks, format="~g")
    return channel.axis(axis).scale(type="log", domain=[low, high], nice=False)


def _keys(names: Sequence[str], *, legend: bool = True) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape the sets; shapes go on where colours repeat."""
    colours = [PALETTE[at % len(PALETTE)] for at in range(len(names))]
    shapes = [SHAPES[(at + at // len(PALETTE)) % len(SHAPES)] for at in range(len(names))]
    key = None
    if legend:
        key = alt.Legend(title=None, orient="top", labelLimit=LEGEND_LIMIT, columns=4)
    domain = list(names)
    return (
        alt.Color("dataset:N", legend=key, scale=alt.Scale(domain=domain, range=colours)),
        alt.Shape("dataset:N", legend=key, scale=alt.Scale(domain=domain, range=shapes)),
    )


def _loss_rows(found: Datasets) -> pl.DataFrame:
    """Return every run with its effective tokens."""
    runs, points = found.setting.runs, found.setting.runs.points
    log_q = found.log_multipliers.estimate[runs.codes]
    return pl.DataFrame(
        {
            "dataset": _sets(found, runs.codes),
            "run": [printable(label) for label in found.labels],
            "effective": np.exp(points.tokens + log_q),
            "loss": runs.loss,
            "params": [count(x) for x in np.exp(points.params)],
            "tokens": [count(x) for x in np.exp(points.tokens)],
        }
    )


def _curves(found: Datasets, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the law with multipliers, read at the reference, at several sizes."""
    setting, fitted = found.setting, found.fits["tokens"]
    theta = fitted.form.of_set(setting.law, fitted.theta[None], 0, setting.runs.k)
    split = split_of(setting.law, theta, setting.centre)
    params = np.unique(np.round(setting.runs.points.params, 2))
    sizes = np.unique(np.quantile(params, np.linspace(0.0, 1.0, CURVES), method="nearest"))
    logs = np.log(frame["effective"].to_numpy())
    seen = np.linspace(float(logs.min()), float(logs.max()), STEPS)
    parts = [
        pl.DataFrame(
            {
                "params": [count(float(np.exp(size)))] * STEPS,
                "effective": np.exp(seen),
                "loss": split.loss(np.full((1, STEPS), size), seen[None])[0],
            }
        )
        for size in sizes
    ]
    top = 1.15 * float(frame["loss"].to_numpy().max())
    return pl.concat(parts).filter(pl.col("loss") < top)


def _names(found: Datasets) -> list[str]:
    """Return the names as they are drawn, each its own."""
    out: list[str] = []
    for name in found.names:
        text = printable(name)
        out.append(text if text not in out else f"{text} ({len(out) + 1})")
    return out


def _sets(found: Datasets, codes: NDArray[np.intp]) -> list[str]:
    names = _names(found)
    return [names[code] for code in codes]


def _titled(title: str, *below: str) -> alt.TitleParams:
    return alt.TitleParams(title, subtitle=list(below))


def _forest_words(found: Datasets) -> tuple[str, ...]:
    return (
        "One multiplier for each set",
        f"Tokens of {_short(found.reference)} that one token is worth",
        f"Bars: pointwise {level_text(found.level)} intervals. Dashed: worth the same.",
    )


def _worth_words(found: Datasets) -> tuple[str, ...]:
    return (
        "What a token is worth at each run",
        f"Tokens of {_short(found.reference)} that reach the same loss, by "
        f"{form_words(found.worth_form)}.",
        f"Bars: pointwise {level_text(found.level)} intervals. Dotted: one multiplier for all.",
    )


def _short(name: str, most: int = 32) -> str:
    text = printable(name)
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
