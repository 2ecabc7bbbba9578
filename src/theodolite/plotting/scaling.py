"""Charts of a scaling law: losses against tokens, and how it splits compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis
from theodolite.plotting.parts import finished
from theodolite.plotting.text import count, integer, level_text
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE, VERMILION
from theodolite.scaling import PUBLISHED, splits_at
from theodolite.scaling.laws import Points

if TYPE_CHECKING:
    from theodolite.scaling import ScalingFit

__all__ = ["scaling_curves", "scaling_splits"]

SIZES = 6
STEPS = 40
# From light to dark, lightness alone tells sizes apart.
SHADES = ("#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
RATIOS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
# Of several versions of one law, one is drawn.
DRAWN = ("hoffmann", "besiroglu", "muennighoff", "gadre-c4", "kaplan", "deepseek")


def scaling_curves(fit: ScalingFit) -> alt.LayerChart:
    """Draw each run's loss against its tokens, and the law at several sizes.

    Parameters
    ----------
    fit
        The law. One that knows compute alone is drawn against FLOPs.
    """
    if not fit.law.allocates:
        return _against_compute(fit)
    runs = _runs(fit)
    low, high = float(fit.points.params.min()), float(fit.points.params.max())
    ends = [float(np.exp(value)) for value in np.linspace(low, high, SIZES)]
    scale = alt.Scale(type="log", domain=ends, range=list(SHADES))
    colour = alt.Color("params:Q", scale=scale, legend=None)
    x = log_axis("tokens", "Tokens", runs["tokens"], words=COUNT_AXIS)
    y = alt.Y("loss:Q", title="Loss (nats a token)").scale(type="log", nice=False, zero=False)
    curves = _curves(fit, low, high)
    names = curves.group_by("line", maintain_order=True).last()
    labels = (
        alt.Chart(_data(names))
        .mark_text(align="left", dx=6, fontSize=11, color=DARK)
        .encode(x=x, y=y, text="label:N")
    )
    lines = (
        alt.Chart(_data(curves))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y, color=colour, detail="line:N")
    )
    dots = (
        alt.Chart(_data(runs))
        .mark_circle(size=34, opacity=0.85, stroke="white", strokeWidth=0.4)
        .encode(x=x, y=y, color=colour, tooltip=_tips())
    )
    return finished(
        alt.LayerChart(layer=[lines, dots, labels]).properties(width="container", height=340),
        f"{integer(fit.n)} runs and the law fitted to them",
        f"Lines: {fit.law.equation} at {SIZES} sizes, darker the larger, their parameters beside.",
    )


def scaling_splits(fit: ScalingFit) -> alt.LayerChart:
    """Draw the tokens per parameter of the optimum against compute, published laws beside it.

    Parameters
    ----------
    fit
        A law that splits compute.
    """
    frame = splits_at(fit)
    x = log_axis("flops", "Training FLOPs", frame["flops"])
    names, ratios = _published(frame)
    ticks = alt.Axis(values=list(RATIOS), format="~g")
    y = alt.Y("tokens_per_param:Q", title="Tokens per parameter", axis=ticks)
    y = y.scale(type="log", nice=False)
    band = (
        alt.Chart(_data(frame))
        .mark_area(color=BLUE, opacity=0.16)
        .encode(x=x, y=y.title(None), y2="tokens_per_param_high:Q")
        .transform_calculate(tokens_per_param="datum.tokens_per_param_low")
    )
    line = alt.Chart(_data(frame)).mark_line(color=BLUE, strokeWidth=2.5).encode(x=x, y=y)
    dashes = (
        alt.Chart(_data(ratios))
        .mark_line(strokeWidth=1.5, strokeDash=[5, 3])
        .encode(
            x=x,
            y=y,
            color=alt.Color("law:N", title="Published", sort=names).scale(
                domain=names,
                range=[ORANGE, VERMILION, "#009e73", "#b65a93", GREY, DARK][: len(names)],
            ),
        )
    )
    edge = float(np.exp(fit.points.flops.max()))
    rule = (
        alt.Chart(alt.InlineData(values=[{"flops": edge}]))
        .mark_rule(color=DARK, strokeDash=[2, 3])
        .encode(x=x)
    )
    return finished(
        alt.LayerChart(layer=[band, dashes, line, rule]).properties(width="container", height=320),
        "Tokens per parameter at the optimum",
        f"Blue: this fit with its {level_text(fit.level)} interval. Dotted: the largest run, "
        "beyond which the law is extrapolated.",
    )


def _published(frame: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    flops = frame["flops"].to_numpy()
    rows = []
    laws = [law for law in PUBLISHED if law.name in DRAWN]
    for law in laws:
        params = law.optimal_params(flops)
        ratio = flops / (6.0 * params * params)
        rows += [
            {"law": law.name, "flops": float(c), "tokens_per_param": float(r)}
            for c, r in zip(flops, ratio, strict=True)
        ]
    within = pl.col("tokens_per_param").is_between(RATIOS[0], RATIOS[-1])
    return [law.name for law in laws], pl.DataFrame(rows).filter(within)


def _against_compute(fit: ScalingFit) -> alt.LayerChart:
    runs = _runs(fit)
    logs = np.linspace(fit.points.flops.min(), fit.points.flops.max(), STEPS)
    half = logs / 2.0
    line = fit.predict_at(Points(half, half, logs)).with_columns(flops=np.exp(logs))
    x = log_axis("flops", "Training FLOPs", runs["flops"])
    y = alt.Y("loss:Q", title="Loss (nats a token)").scale(type="log", nice=False, zero=False)
    layers = [
        alt.Chart(_data(line)).mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=y),
        alt.Chart(_data(runs)).mark_circle(size=34, color=GREY).encode(x=x, y=y, tooltip=_tips()),
    ]
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=340),
        f"{integer(fit.n)} runs and the law fitted to them",
        f"Line: {fit.law.equation}. Both axes are logarithmic.",
    )


def _runs(fit: ScalingFit) -> pl.DataFrame:
    points = fit.points
    frame = pl.DataFrame(
        {
            "params": np.exp(points.params),
            "tokens": np.exp(points.tokens),
            "flops": np.exp(points.flops),
            "loss": fit.loss,
            "residual": fit.residuals,
        }
    )
    words = pl.col("params", "tokens").map_elements(count, return_dtype=pl.String)
    return frame.with_columns(words.name.suffix("_text"))


def _curves(fit: ScalingFit, low: float, high: float) -> pl.DataFrame:
    parts = []
    sizes = np.linspace(low, high, SIZES)
    tokens = np.linspace(fit.points.tokens.min(), fit.points.tokens.max(), STEPS)
    for at, size in enumerate(sizes):
        params = np.full(STEPS, size)
        unique = tokens if fit.law.repeats else None
        points = Points(params, tokens, np.log(6.0) + params + tokens, unique)
        loss = fit.law.predict(fit.fitted.theta[None], points, fit.fitted.centre)[0]
        parts.append(
            pl.DataFrame(
                {
                    "line": at,
                    "label": count(float(np.exp(size))),
                    "params": np.exp(params),
                    "tokens": np.exp(tokens),
                    "loss": loss,
                }
            )
        )
    curves = pl.concat(parts)
    # A small model at few tokens can be far above every run: keep the picture on the runs.
    return curves.filter(pl.col("loss") <= float(fit.loss.max()) * 1.05)


def _data(frame: pl.DataFrame) -> alt.InlineData:
    """Put rows into the chart with six significant digits."""
    floats = pl.col(pl.Float64).round_sig_figs(6)
    return alt.InlineData(values=frame.with_columns(floats).to_dicts())


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("params_text:N", title="Parameters"),
        alt.Tooltip("tokens_text:N", title="Tokens"),
        alt.Tooltip("loss:Q", title="Loss", format=".4f"),
        alt.Tooltip("residual:Q", title="Observed less predicted", format="+.4f"),
    ]
