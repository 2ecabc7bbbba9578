"""Charts of observational laws: capability against compute, targets predicted and observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.errors import TooFewError
from theodolite.plotting.axes import log_axis
from theodolite.plotting.labels import place_labels
from theodolite.plotting.parts import finished, name_layers
from theodolite.plotting.text import level_text, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.scaling import Observational, TargetForecast

__all__ = ["capability_growth", "observed", "target_forecasts", "target_sigmoids"]

WIDTH, HEIGHT = 430, 340
# Families by colour: the best known to the eye, the rest grey.
COLOURS = (BLUE, ORANGE, VERMILION, "#3f8f5f", "#8a4fa3", "#5a6470")
OTHERS = "other families"
MOST_POINTS = 3000
INSIDE, OUTSIDE = "inside its interval", "outside"
POINTS = 60
PAD = 0.06


def observed(found: Observational) -> alt.HConcatChart:
    """Draw capability against compute beside targets predicted against observed."""
    left = _growth(found).properties(
        width=WIDTH,
        height=HEIGHT,
        title=alt.TitleParams("First capability and compute", subtitle=_growth_words(found)),
    )
    right = _forecasts(found).properties(
        width=WIDTH,
        height=HEIGHT,
        title=alt.TitleParams("Targets, predicted and observed", subtitle=_forecast_words(found)),
    )
    return alt.HConcatChart(
        hconcat=[left, right],
        spacing=40,
        resolve=alt.Resolve(
            scale=alt.ScaleResolveMap(color="independent", shape="independent"),
            legend=alt.LegendResolveMap(color="independent", shape="independent"),
        ),
        description=found.verdict_words,
        config=CONFIG,
    )


def capability_growth(found: Observational) -> alt.LayerChart:
    """Draw the first capability of each model against its FLOPs, with the line of each family."""
    chart = _growth(found).properties(width="container", height=HEIGHT)
    return finished(chart, "First capability and compute", *_growth_words(found))


def target_forecasts(found: Observational) -> alt.LayerChart:
    """Draw predicted against observed targets with prediction intervals."""
    chart = _forecasts(found).properties(width="container", height=HEIGHT)
    return finished(chart, "Targets, predicted and observed", *_forecast_words(found))


def target_sigmoids(found: Observational) -> alt.LayerChart:
    """Draw the first target that was fitted against the linear part that predicts it."""
    one = next(target for target in found.targets if target.law)
    chart = _sigmoid(found, one).properties(width="container", height=HEIGHT)
    return finished(
        chart,
        f"{printable(one.target)} and capability",
        "Across: the weighted sum of capabilities that predicts it. Line: the fitted sigmoid.",
    )


def _growth_words(found: Observational) -> list[str]:
    missing = int(found.models["flops"].null_count())
    left = f" {missing} models of unknown FLOPs are not shown." if missing else ""
    other = (found.models["role"] != "fitted").any()
    hollow = "Hollow: held out or new." if other else ""
    if not found.lines:
        return [f"Standard deviations among fitted models.{left}"]
    return [
        "Standard deviations among fitted models. Lines: one slope, a family each.",
        f"{hollow}{left}".strip(),
    ]


def _forecast_words(found: Observational) -> list[str]:
    count = sum(not one.points.is_empty() for one in found.targets)
    return [
        f"{count} target{'' if count == 1 else 's'}; models that were not fitted.",
        f"Bars: {level_text(found.level)} intervals of one model. Dashed: observed as predicted.",
    ]


def _grown(found: Observational) -> pl.DataFrame:
    """Give the models of known FLOPs with their first capability."""
    return found.models.filter(pl.col("flops").is_not_null()).select(
        pl.col("model", "family").map_elements(printable, return_dtype=pl.String),
        "role",
        "flops",
        value=pl.col("capability_1").round(4),
        low=pl.col("capability_1_low").round(4),
        high=pl.col("capability_1_high").round(4),
    )


def _growth(found: Observational) -> alt.LayerChart:
    frame = _grown(found)
    big = frame.group_by("family").len().sort("len", "family", descending=[True, False])
    named = big["family"].head(len(COLOURS)).to_list()
    shown = pl.when(pl.col("family").is_in(named)).then("family").otherwise(pl.lit(OTHERS))
    frame = frame.with_columns(group=shown)
    domain = [*named, OTHERS] if big.height > len(named) else named
    scale = alt.Scale(domain=domain, range=[*COLOURS[: len(named)], "#b4bcc6"])
    colour = alt.Color(
        "group:N",
        legend=alt.Legend(title=None, orient="bottom", columns=4, labelLimit=140, symbolOpacity=1),
        scale=scale,
    )
    across, up = _ends(frame["flops"], log=True), _ends(frame["value"])
    x = log_axis("flops", "Training FLOPs", frame["flops"]).scale(
        type="log", domain=list(across), nice=False
    )
    upward = alt.Scale(domain=list(up), nice=False)
    y = alt.Y("value:Q", title="First capability", scale=upward)
    base = alt.Chart(alt.InlineData(values=frame.to_dicts())).encode(x=x, color=colour)
    rules = base.mark_rule(strokeWidth=1, opacity=0.5).encode(
        y=alt.Y("low:Q", title="First capability", scale=upward), y2="high:Q"
    )
    filled = alt.condition("datum.role === 'fitted'", alt.value(0.9), alt.value(0.0))
    points = base.mark_point(filled=True, size=46, strokeWidth=1.6).encode(
        y=y,
        fillOpacity=filled,
        stroke=alt.Stroke("group:N", legend=None, scale=scale),
        tooltip=_growth_tips(),
    )
    lines = _lines(found, frame, named)
    drawn = (
        alt.Chart(alt.InlineData(values=lines.to_dicts()))
        .mark_line(strokeWidth=1.3, opacity=0.7, clip=True)
        .encode(x=x, y=y, color=colour, detail="family:N")
    )
    return alt.LayerChart(layer=[drawn, rules, points, *_names(frame)])


def _growth_tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("family:N", title="Family"),
        alt.Tooltip("role:N", title="Role"),
        alt.Tooltip("flops:Q", title="FLOPs", format=".3~e"),
        alt.Tooltip("value:Q", title="First capability", format=".2f"),
        alt.Tooltip("low:Q", title="Low", format=".2f"),
        alt.Tooltip("high:Q", title="High", format=".2f"),
    ]


def _ends(values: pl.Series, *, log: bool = False) -> tuple[float, float]:
    """Give the ends of an axis with room about the values."""
    numbers = np.log10(values.to_numpy()) if log else values.to_numpy()
    pad = max(PAD * float(np.ptp(numbers)), 0.05)
    low, high = float(numbers.min()) - pad, float(numbers.max()) + pad
    return (10.0**low, 10.0**high) if log else (low, high)


def _lines(found: Observational, frame: pl.DataFrame, named: list[str]) -> pl.DataFrame:
    """Give both ends of the line of each coloured family, at the shared slope."""
    if not found.lines:
        return pl.DataFrame(schema={"family": pl.String, "flops": pl.Float64, "value": pl.Float64})
    slope = found.lines[0].slope.estimate
    log = pl.col("flops").log10()
    ends = (
        frame.filter(pl.col("family").is_in(named))
        .group_by("family", "group")
        .agg(
            n=pl.len(),
            x=log.mean(),
            y=pl.col("value").mean(),
            first=pl.col("flops").min(),
            last=pl.col("flops").max(),
        )
        .filter(pl.col("n") > 1)
    )
    parts = [
        ends.select(
            "family",
            "group",
            flops=end,
            value=pl.col("y") + slope * (pl.col(end).log10() - pl.col("x")),
        )
        for end in ("first", "last")
    ]
    return pl.concat(parts).sort("family", "flops")


def _names(frame: pl.DataFrame) -> list[alt.Chart]:
    """Name the models that have room."""
    log = np.log10(frame["flops"].to_numpy())
    value = frame["value"].to_numpy()
    across = np.log10(_ends(frame["flops"], log=True))
    up = _ends(frame["value"])
    places = np.stack(
        [
            WIDTH * (log - across[0]) / (across[1] - across[0]),
            HEIGHT * (value - up[0]) / (up[1] - up[0]),
        ],
        axis=1,
    )
    names = [name.rpartition("/")[2][:24] for name in frame["model"]]
    labels = place_labels(places, names, (WIDTH, HEIGHT), most=12)
    rows = frame.select(pl.Series("model", names), "flops", "value")
    return name_layers(rows, labels, "flops:Q", "value:Q")


def _points(found: Observational) -> pl.DataFrame:
    parts = [
        one.points.filter(pl.col("observed").is_not_null()).select(
            pl.lit(printable(one.target)).alias("target"),
            pl.col("model").map_elements(printable, return_dtype=pl.String),
            *((pl.col(name) * 100.0).round(3) for name in ("observed", "predicted", "low", "high")),
            place=pl.when(pl.col("covered")).then(pl.lit(INSIDE)).otherwise(pl.lit(OUTSIDE)),
        )
        for one in found.targets
        if not one.points.is_empty()
    ]
    if not parts:
        raise TooFewError("no model was predicted, so there is nothing to draw")
    frame = pl.concat(parts)
    # More points than a page can hold are drawn for every so many rows.
    return frame.gather_every(max(1, -(-frame.height // MOST_POINTS)))


def _forecasts(found: Observational) -> alt.LayerChart:
    frame = _points(found)
    scale = alt.Scale(domain=[0, 100], nice=False)
    x = alt.X("observed:Q", title="Observed (%)", scale=scale)
    y = alt.Y("predicted:Q", title="Predicted (%)", scale=scale)
    colour = alt.Color(
        "place:N",
        legend=alt.Legend(title=None, orient="bottom", labelLimit=0, symbolOpacity=1),
        scale=alt.Scale(domain=[INSIDE, OUTSIDE], range=[BLUE, VERMILION]),
    )
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"observed": e, "predicted": e} for e in (0, 100)]))
        .mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=x, y=y)
    )
    base = alt.Chart(alt.InlineData(values=frame.to_dicts())).encode(x=x, color=colour)
    many = frame.height > 150  # noqa: PLR2004
    bars = base.mark_rule(strokeWidth=1, opacity=0.12 if many else 0.45).encode(
        y=alt.Y("low:Q", title="Predicted (%)", scale=scale), y2="high:Q"
    )
    points = base.mark_point(filled=True, size=22 if many else 46, opacity=0.75).encode(
        y=y,
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("target:N", title="Target"),
            alt.Tooltip("observed:Q", title="Observed, %", format=".1f"),
            alt.Tooltip("predicted:Q", title="Predicted, %", format=".1f"),
            alt.Tooltip("low:Q", title="Low", format=".1f"),
            alt.Tooltip("high:Q", title="High", format=".1f"),
        ],
    )
    return alt.LayerChart(layer=[diagonal, bars, points])


def _sigmoid(found: Observational, one: TargetForecast) -> alt.LayerChart:
    law = one.law
    assert law is not None  # noqa: S101  (only fitted targets are drawn)
    eta = law.slopes[0] + law.latent.features[0] @ law.slopes[1:]
    frame = found.models.select(
        pl.col("model").map_elements(printable, return_dtype=pl.String), "role"
    ).with_columns(eta=pl.Series(np.round(eta, 4)))
    seen = one.points.select(
        pl.col("model").map_elements(printable, return_dtype=pl.String),
        observed=(100.0 * pl.col("observed")).round(3),
    )
    rows = frame.join(seen, on="model").filter(pl.col("observed").is_not_null())
    grid = np.linspace(float(eta.min()), float(eta.max()), POINTS)
    curve = [
        {"eta": float(e), "observed": 100.0 * float(v)}
        for e, v in zip(grid, law.curve(grid), strict=True)
    ]
    axis = alt.Axis(tickCount=6)
    x = alt.X("eta:Q", title="Weighted sum of capabilities (logits)", axis=axis).scale(zero=False)
    y = alt.Y("observed:Q", title=f"{printable(one.target)[:60]} (%)")
    drawn = alt.Chart(alt.InlineData(values=curve)).mark_line(color=DARK, strokeWidth=1.4)
    line = drawn.encode(x=x, y=y)
    points = (
        alt.Chart(alt.InlineData(values=rows.to_dicts()))
        .mark_point(filled=True, size=46, opacity=0.8, color=BLUE)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("role:N", title="Role"),
                alt.Tooltip("observed:Q", title="Observed, %", format=".1f"),
            ],
        )
    )
    floor = (
        alt.Chart(alt.InlineData(values=[{"observed": 100.0 * law.floor}]))
        .mark_rule(color=GREY, strokeDash=[2, 3])
        .encode(y=y)
    )
    return alt.LayerChart(layer=[floor, line, points])
