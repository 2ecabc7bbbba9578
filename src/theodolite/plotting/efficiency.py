"""Charts of score against compute: curve and frontier, gains, and gains by release date."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.errors import TooFewError
from theodolite.plotting.axes import log_axis
from theodolite.plotting.efficiency_frames import (
    LIMIT,
    MEASURED,
    MOST_ROWS,
    curve_rows,
    date_rows,
    gain_rows,
    main_benchmark,
    points,
)
from theodolite.plotting.labels import place_labels
from theodolite.plotting.parts import ROW_STEP, finished, key, name_layers, names_axis
from theodolite.plotting.text import integer, level_text, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE

if TYPE_CHECKING:
    from theodolite.scaling import Efficiency

__all__ = ["gain_dates", "gain_forest", "score_curve", "scores_and_gains"]

WIDTH, HEIGHT = 640, 420
# Pixels at both ends of an axis of dates, and rows of gains beside a curve.
SPARE, BESIDE = 14, 24
MOST_NAMED = 40
COLOURS = (ORANGE, BLUE)
FACTOR_AXIS = (
    "datum.value >= 1 ? format(datum.value, ',~g') : '1/' + format(1 / datum.value, ',~g')"
)


def scores_and_gains(found: Efficiency) -> alt.HConcatChart | alt.LayerChart:
    """Draw the curve of the benchmark with the most models beside the gains of the models."""
    if found.combined is None:
        return score_curve(found)
    name = main_benchmark(found)
    left = _curve_layers(found, name).properties(
        width=WIDTH,
        height=HEIGHT,
        title=alt.TitleParams(_curve_title(name), subtitle=_curve_lines(found, name)),
    )
    rows = gain_rows(found).head(BESIDE)
    right = _forest_layers(rows).properties(
        width=320,
        height=ROW_STEP * rows.height,
        title=alt.TitleParams("Compute-equivalent gain", subtitle=_gain_lines(found, BESIDE)),
    )
    return alt.HConcatChart(
        hconcat=[left, right],
        spacing=50,
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent")),
        description=" ".join((*_curve_lines(found, name), *_gain_lines(found, BESIDE))),
        config=CONFIG,
    )


def score_curve(found: Efficiency, benchmark: str | None = None) -> alt.LayerChart:
    """Draw scores of one benchmark against training FLOPs, with the curve and the frontier.

    Parameters
    ----------
    found
        The study.
    benchmark
        Which; the one with the most models where left out.
    """
    name = benchmark or main_benchmark(found)
    layers = _curve_layers(found, name).properties(width="container", height=HEIGHT)
    return finished(layers, _curve_title(name), *_curve_lines(found, name))


def gain_forest(found: Efficiency) -> alt.LayerChart:
    """Draw the gains of models over all benchmarks with their intervals, the largest first.

    Raises
    ------
    TooFewError
        Scores rise with compute on no benchmark.
    """
    rows = gain_rows(found)
    if rows.is_empty():
        raise TooFewError("scores rise with compute on no benchmark: there is no gain to draw")
    layers = _forest_layers(rows).properties(width="container", height=ROW_STEP * rows.height)
    return finished(layers, "Compute-equivalent gain", *_gain_lines(found))


def gain_dates(found: Efficiency) -> alt.LayerChart:
    """Draw gains against release dates, with the rate of progress where it is known.

    Raises
    ------
    TooFewError
        No model has a gain and a date.
    """
    rows = date_rows(found)
    if rows.is_empty():
        raise TooFewError("no model with a gain has a release date to draw")
    axis = alt.Axis(title="Released", format="%b %Y", tickCount=6)
    x = alt.X("released:T", axis=axis, scale=alt.Scale(padding=SPARE))
    scale = alt.Scale(type="log", domain=list(_reach(rows)), nice=False)
    y = alt.Y("gain:Q", axis=_factors(rows), scale=scale)
    data = alt.Chart(alt.InlineData(values=_dicts(rows)))
    tips = [alt.Tooltip("model:N", title="Model"), alt.Tooltip("released:T", title="Released")]
    low = alt.Y("low:Q", axis=_factors(rows), scale=scale)
    bars = data.mark_rule(color=BLUE, opacity=0.4, clip=True).encode(x=x, y=low, y2="high:Q")
    dots = data.mark_circle(color=BLUE, size=60, opacity=1).encode(
        x=x, y=y, tooltip=[*tips, alt.Tooltip("text:N", title="Gain")]
    )
    rate = _rate(found, rows, x, y)
    layers = [bars, dots, *_date_names(rows, x, y), *rate]
    line = " Line: what a year saves, from date and compute in one fit." if rate else ""
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=340),
        "Gain by release date",
        f"{integer(rows.height)} models with a date. Bars: {level_text(found.level)} intervals."
        + line,
    )


def _curve_title(name: str) -> str:
    return f"{printable(name)} against training compute"


def _curve_lines(found: Efficiency, name: str) -> list[str]:
    curve = found.curve(name)
    share = found.settings.quantile
    front = any(one.benchmark == name for one in found.frontiers)
    beyond = f" Dashed: the frontier, {100 * share:g}% of models below." if front else ""
    return [
        f"{integer(curve.frame.height)} models in {integer(len(curve.families))} families. Line: a "
        f"model like the others, with its {level_text(found.level)} interval.",
        f"Bars: one standard deviation of the score.{beyond}",
    ]


def _gain_lines(found: Efficiency, most: int = MOST_ROWS) -> list[str]:
    joint = found.combined
    names = joint.benchmarks if joint else ()
    on = printable(names[0]) if len(names) == 1 else f"{len(names)} benchmarks"
    many = joint.frame.height if joint else 0
    drawn = min(many, most)
    shown = f", the largest {integer(drawn)} of {integer(many)}" if drawn < many else ""
    return [
        f"Factor of compute that the score stands for, on {on}",
        f"Bars: {level_text(found.level)} intervals{shown}.",
    ]


def _curve_layers(found: Efficiency, name: str) -> alt.LayerChart:
    rows, line = points(found, name), curve_rows(found, found.curve(name))
    top = max(float(rows["high"].max()), float(line["high"].max()))  # type: ignore[arg-type]
    ends = (max(0.0, float(rows["low"].min()) - 3.0), min(103.0, top + 3.0))  # type: ignore[arg-type]
    span = float(line["flops"].min()), float(line["flops"].max())  # type: ignore[arg-type]
    x = log_axis("flops", "Training FLOPs", line["flops"])
    x = x.scale(type="log", nice=False, domain=list(span))
    scale = alt.Scale(domain=list(ends), nice=False, zero=False)
    y, low, front = (
        alt.Y(f"{name}:Q", title="Score (%)", scale=scale) for name in ("score", "low", "frontier")
    )
    curve = alt.Chart(alt.InlineData(values=_dicts(line)))
    layers = [
        curve.mark_area(color=GREY, opacity=0.18, clip=True).encode(x=x, y=low, y2="high:Q"),
        curve.mark_line(color=DARK, strokeWidth=1.6, clip=True).encode(x=x, y=y),
    ]
    if "frontier" in line.columns:
        dashed = curve.mark_line(color=DARK, strokeDash=[5, 4], strokeWidth=1.2, clip=True)
        layers.append(dashed.encode(x=x, y=front))
    data = alt.Chart(alt.InlineData(values=_dicts(rows)))
    bars = data.mark_rule(strokeWidth=1, opacity=0.5, clip=True).encode(
        x=x, y=low, y2="high:Q", color=key(*_key())
    )
    dots = data.mark_circle(size=46, opacity=1).encode(
        x=x, y=y, color=key(*_key()), tooltip=_tips()
    )
    return alt.LayerChart(layer=[*layers, bars, dots, *_names(rows, (x, y), (span, ends))])


def _key() -> tuple[tuple[str, str], tuple[str, str]]:
    return MEASURED, COLOURS


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("full:N", title="Model"),
        alt.Tooltip("flops_text:N", title="FLOPs"),
        alt.Tooltip("score_text:N", title="Score"),
        alt.Tooltip("expected_text:N", title="By the other families"),
        alt.Tooltip("gain_text:N", title="Gain"),
    ]


def _names(
    rows: pl.DataFrame,
    axes: tuple[alt.X, alt.Y],
    ends: tuple[tuple[float, float], tuple[float, float]],
) -> list[alt.Chart]:
    (left, right), (low, high) = ends
    across = WIDTH * np.log(rows["flops"].to_numpy() / left) / math.log(right / left)
    up = HEIGHT * (rows["score"].to_numpy() - low) / (high - low)
    places = np.stack([across, up], axis=1)
    return _texts(rows, places, (WIDTH, HEIGHT), axes)


def _date_names(rows: pl.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    days = rows["day"].to_numpy().astype(float)
    span = max(float(days.max() - days.min()), 1.0)
    low, high = _reach(rows)
    across = SPARE + (WIDTH - 2.0 * SPARE) * (days - days.min()) / span
    up = 340 * np.log(rows["gain"].to_numpy() / low) / math.log(high / low)
    return _texts(rows, np.stack([across, up], axis=1), (WIDTH, 340), (x, y))


def _texts(
    rows: pl.DataFrame,
    places: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    size: tuple[float, float],
    axes: tuple[alt.X, alt.Y],
) -> list[alt.Chart]:
    labels = place_labels(places, rows["model"].to_list(), size, most=MOST_NAMED)
    columns = [n for n in ("model", "flops", "score", "released", "gain") if n in rows.columns]
    return name_layers(rows.select(columns), labels, *axes)


def _forest_layers(rows: pl.DataFrame) -> alt.LayerChart:
    axis = _factors(rows)
    scale = alt.Scale(type="log", domain=list(_reach(rows)), nice=False)
    data = alt.Chart(alt.InlineData(values=_dicts(rows)))
    y = names_axis(rows["model"])
    bars = data.mark_rule(strokeWidth=1.6, opacity=0.55, clip=True).encode(
        x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q", y=y, color=key(*_key())
    )
    dots = data.mark_point(filled=True, size=46, opacity=1, clip=True).encode(
        x=alt.X("gain:Q", axis=axis, scale=scale),
        y=y,
        color=key(*_key()),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("text:N", title="Gain"),
            alt.Tooltip("flops_text:N", title="FLOPs"),
            alt.Tooltip("params_text:N", title="Parameters"),
        ],
    )
    one = alt.Chart(alt.InlineData(values=[{"one": 1.0}]))
    rule = one.mark_rule(color=DARK, strokeDash=[4, 3], strokeWidth=1.2).encode(
        x=alt.X("one:Q", axis=axis, scale=scale)
    )
    return alt.LayerChart(layer=[rule, bars, dots])


def _reach(rows: pl.DataFrame) -> tuple[float, float]:
    """Give the ends of an axis of gains: 1 and every end, up to the limit."""
    ends = np.concatenate([rows[name].to_numpy() for name in ("gain", "low", "high")] + [[1.0]])
    low = max(float(ends.min()) / 1.3, 1.0 / LIMIT)
    return low, min(float(ends.max()) * 1.3, LIMIT)


def _factors(rows: pl.DataFrame) -> alt.Axis:
    low, high = _reach(rows)
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks = [10.0**power for power in powers]
    return alt.Axis(title="Gain (times the compute)", values=ticks, labelExpr=FACTOR_AXIS)


def _rate(found: Efficiency, rows: pl.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw the rate through the middle of the points, where its interval says anything."""
    progress = found.progress
    if progress is None or progress.per_year is None or progress.verdict == "cannot be told":
        return []
    days = rows["day"].to_numpy().astype(float)
    ends = np.array([days.min(), days.max()])
    logs = np.log(rows["gain"].to_numpy())
    height = logs.mean() + np.log(progress.per_year.estimate) * (ends - days.mean()) / 365.25
    low, high = _reach(rows)
    line = pl.DataFrame({"gain": np.clip(np.exp(height), low, high)}).with_columns(
        released=pl.Series([rows["released"].min(), rows["released"].max()])
    )
    marks = alt.Chart(alt.InlineData(values=_dicts(line))).mark_line(color=DARK, strokeWidth=1.4)
    return [marks.encode(x=x, y=y)]


def _dicts(frame: pl.DataFrame) -> list[dict[str, object]]:
    return frame.with_columns(pl.col(pl.Float64).round_sig_figs(6)).to_dicts()
