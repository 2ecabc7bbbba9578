"""Charts of accuracies foretold: by loss, by compute, and one small panel a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.parts import finished
from theodolite.plotting.text import count, level_text, percent, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling import Downstream, TaskForecast

__all__ = ["foretold", "foretold_by_compute", "foretold_by_loss", "foretold_tasks"]

FITTED, SEEN, PREDICTED = "fitted", "held out: observed", "foretold"
NAMES = [FITTED, SEEN, PREDICTED]
COLOURS, SHAPES = [GREY, VERMILION, BLUE], ["circle", "diamond", "square"]
HEIGHT, SMALL = 320, 190
MOST_PANELS = 24
ACCURACY = "Accuracy (%)"


def foretold(found: Downstream) -> alt.HConcatChart | alt.ConcatChart:
    """Draw one task by loss and by compute, or each of several by compute."""
    if len(found.done) > 1:
        return foretold_tasks(found)
    one = found.done[0]
    charts = []
    if len(one.link):
        title = alt.TitleParams("From loss to accuracy", subtitle=_by_loss_words(one, found.level))
        charts.append(_loss_layers(one).properties(width=360, height=HEIGHT, title=title))
    title = alt.TitleParams(_title(one), subtitle=_words(one, found.level))
    charts.append(_compute_layers(one).properties(width=360, height=HEIGHT, title=title))
    return alt.HConcatChart(
        hconcat=charts,
        spacing=40,
        description=f"{_title(one)}. {' '.join(_words(one, found.level))}",
        config=CONFIG,
    )


def foretold_tasks(found: Downstream) -> alt.ConcatChart:
    """Draw each task's accuracy by compute, the first two dozen."""
    panels = [
        _compute_layers(one, small=True).properties(
            width=230, height=SMALL, title=alt.TitleParams(_short(one), fontSize=12)
        )
        for one in found.done[:MOST_PANELS]
    ]
    rest = len(found.done) - len(panels)
    more = f" The first {len(panels)} of {len(found.done)} tasks." if rest else ""
    subtitle = [
        f"Lines: forecast; bands: {level_text(found.level)} intervals of one run.{more}",
        "Grey: fitted; blue squares: foretold; red diamonds: held out, as observed.",
    ]
    return alt.ConcatChart(
        concat=panels,
        columns=3,
        spacing=24,
        title=alt.TitleParams("Accuracy (%) by training FLOPs", subtitle=subtitle),
        description=" ".join(("Accuracy (%) by training FLOPs.", *subtitle)),
        config=CONFIG,
    )


def foretold_by_loss(one: TaskForecast, level: float) -> alt.LayerChart:
    """Draw the link from loss to accuracy, with fitted runs and targets."""
    return finished(
        _loss_layers(one).properties(width="container", height=HEIGHT),
        f"{_short(one)}: from loss to accuracy",
        *_by_loss_words(one, level),
    )


def foretold_by_compute(one: TaskForecast, level: float) -> alt.LayerChart:
    """Draw the accuracy by compute, with fitted runs and targets."""
    return finished(
        _compute_layers(one).properties(width="container", height=HEIGHT),
        _title(one),
        *_words(one, level),
    )


def _title(one: TaskForecast) -> str:
    return f"{_short(one)}: accuracy by compute"


def _short(one: TaskForecast) -> str:
    name = printable(one.task.name)
    return name if len(name) <= 40 else f"{name[:39]}\N{HORIZONTAL ELLIPSIS}"  # noqa: PLR2004


def _words(one: TaskForecast, level: float) -> list[str]:
    return [
        f"Line: {one.chosen}, towards the farthest target.",
        f"Band and bars: {level_text(level)} intervals of one run.",
    ]


def _by_loss_words(one: TaskForecast, level: float) -> list[str]:
    link = one.chosen.split(" + ")[0]
    return [
        f"Line: {link}; band: {level_text(level)} interval of one run of that loss.",
        "A target stands at its foretold, or at its observed, loss.",
    ]


def _shares(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Turn shares into percent, and round."""
    return frame.with_columns(
        *((pl.col(name) * 100.0).round(3) for name in names),
        pl.col(pl.Float64).exclude(*names).round_sig_figs(5),
    )


def _compute_layers(one: TaskForecast, *, small: bool = False) -> alt.LayerChart:
    low, high = (float(x) for x in np.log10(one.along["flops"].to_numpy()[[0, -1]]))
    decades = [10.0**k for k in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    axis = alt.Axis(format="~e", values=decades, labelOverlap=True)
    title = None if small else "Training FLOPs"
    x = alt.X("flops:Q", scale=alt.Scale(type="log", nice=False), axis=axis, title=title)
    return _layers(one, one.along, x, "flops", small=small)


def _loss_layers(one: TaskForecast) -> alt.LayerChart:
    unit = "Evaluation loss" if one.task.losses == ("loss",) else "Task loss"
    scale = alt.Scale(zero=False, reverse=True, nice=False)
    x = alt.X("loss:Q", scale=scale, title=f"{unit} (falls to the right)")
    return _layers(one, one.link, x, "loss", small=False)


def _layers(
    one: TaskForecast, curve: pl.DataFrame, x: alt.X, name: str, *, small: bool
) -> alt.LayerChart:
    marks = _marks(one, name)
    shown = pl.concat([frame.select("accuracy", "low", "high") for frame in (marks, curve)])
    values = shown.to_numpy().ravel().tolist()
    low, high = max(min(values) - 0.01, 0.0), min(max(values) + 0.01, 1.0)
    scale = alt.Scale(domain=[100 * low, 100 * high], nice=False, clamp=True)
    y = alt.Y("accuracy:Q", title=None if small else ACCURACY, scale=scale)
    lines = _shares(curve.select(name, "accuracy", "low", "high"), "accuracy", "low", "high")
    base = alt.Chart(alt.InlineData(values=lines.to_dicts())).encode(x=x)
    ends = alt.Y("low:Q", title=None if small else ACCURACY, scale=scale)
    layers = [
        base.mark_area(color=BLUE, opacity=0.13).encode(y=ends, y2="high:Q"),
        base.mark_line(color=DARK, strokeWidth=1.4).encode(y=y),
    ]
    if one.task.chance is not None and low < one.task.chance < high:
        guess = alt.InlineData(values=[{"accuracy": 100 * one.task.chance}])
        layers.append(alt.Chart(guess).mark_rule(color=ORANGE, strokeDash=[4, 3]).encode(y=y))
    rows = _shares(marks, "accuracy", "low", "high")
    there = [kind for kind in NAMES if kind in set(rows["kind"])]
    domain = alt.Scale(domain=there, range=[COLOURS[NAMES.index(kind)] for kind in there])
    shapes = alt.Scale(domain=there, range=[SHAPES[NAMES.index(kind)] for kind in there])
    legend = None if small else alt.Legend(title=None, orient="top", labelLimit=0)
    colour = alt.Color("kind:N", legend=legend, scale=domain)
    points = alt.Chart(alt.InlineData(values=rows.to_dicts())).encode(x=x, color=colour)
    layers += [
        points.mark_rule(strokeWidth=1.6).encode(y=ends, y2="high:Q"),
        points.mark_point(filled=True, size=26 if small else 48, opacity=0.9).encode(
            y=y, shape=alt.Shape("kind:N", legend=legend, scale=shapes), tooltip=_tips()
        ),
    ]
    return alt.LayerChart(layer=layers)


def _marks(one: TaskForecast, name: str) -> pl.DataFrame:
    """Put fitted runs, observed ones and forecasts under each other."""
    points = one.points
    if name == "loss" and points["loss"].is_null().any():
        points = points.filter(pl.col("loss").is_not_null())
    seen = points.drop_nulls("observed").select(
        "params",
        "tokens",
        pl.col("observed_loss" if name == "loss" else name).alias(name),
        accuracy="observed",
        kind=pl.lit(SEEN),
    )
    parts: Sequence[pl.DataFrame] = (
        one.fitted.select("params", "tokens", name, "accuracy", kind=pl.lit(FITTED)),
        seen,
        points.select("params", "tokens", name, "accuracy", "low", "high", kind=pl.lit(PREDICTED)),
    )
    frame = (
        pl.concat(parts, how="diagonal")
        .drop_nulls(name)
        .with_columns(
            low=pl.col("low").fill_null(pl.col("accuracy")),
            high=pl.col("high").fill_null(pl.col("accuracy")),
        )
    )
    words = pl.col("params", "tokens").map_elements(count, return_dtype=pl.String)
    share = pl.col("accuracy").map_elements(percent, return_dtype=pl.String)
    return frame.with_columns(words.name.suffix("_text"), share.alias("accuracy_text"))


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("kind:N", title="Run"),
        alt.Tooltip("params_text:N", title="Parameters"),
        alt.Tooltip("tokens_text:N", title="Tokens"),
        alt.Tooltip("accuracy_text:N", title="Accuracy"),
    ]
