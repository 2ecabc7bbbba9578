"""Charts of saturation in losses: each size with its curves, and slopes over the law's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis
from theodolite.plotting.parts import ROW_STEP, finished, inline
from theodolite.plotting.score_saturation import score_trends, two_models
from theodolite.plotting.text import count, integer, level_text
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.scaling import Saturation, ScoreSaturation

    Panels = alt.ConcatChart | alt.LayerChart

__all__ = ["saturated", "saturation_curves", "slope_ratios"]

MOST_PANELS = 6
MOST_SIZES = 40
PANEL = (248, 180)
NAMES = {"law": "the law", "own-floor": "a floor of its own", "log-linear": "a line in log tokens"}
COLOURS = [BLUE, ORANGE, VERMILION]
DASHES = [[1, 0], [6, 3], [2, 2]]
EARLIER, LATE = "an earlier run", "the last stretch"
PAD = 0.02
# Ratios beyond are drawn at the edge.
REACH = (-2.0, 4.0)
WIDE = 560


def saturated(losses: Saturation | None, scores: ScoreSaturation | None) -> alt.VConcatChart:
    """Draw what there is: curves and ratios of losses, trends of scores, two models."""
    parts: list[Panels] = []
    if losses is not None:
        parts += [saturation_curves(losses), slope_ratios(losses).properties(width=WIDE)]
    if scores is not None:
        parts.append(score_trends(scores))
        if scores.pair is not None:
            parts.append(two_models(scores).properties(width=WIDE))
    # Each part has colours of its own.
    apart = alt.ScaleResolveMap(color="independent", shape="independent", strokeDash="independent")
    whole = alt.vconcat(*(_plain(part) for part in parts), spacing=36)
    return whole.properties(config=CONFIG, resolve=alt.Resolve(scale=apart))


def _plain(chart: Panels) -> Panels:
    """Take the settings away: only the whole may have them."""
    copied = chart.copy()
    copied.config = alt.Undefined
    return copied


def saturation_curves(found: Saturation) -> alt.ConcatChart:
    """Draw each size's losses with the law, its own power over a floor, and a line, beyond them.

    Parameters
    ----------
    found
        The test; of many sizes six are drawn.
    """
    total = len(found.runs)
    places = np.linspace(0, total - 1, min(total, MOST_PANELS))
    which = [int(k) for k in np.unique(places.round())]
    curves = found.curves_of(which)
    panels = [_panel(found, curves, size) for size in which]
    some = [f"{len(which)} of {integer(total)} sizes."] if len(which) < total else []
    below = [
        "Blue: the law. Orange, dashed: a power over the size's own floor. Red, dotted: a line in "
        "log tokens.",
        f"To ten times the tokens, with {level_text(found.level)} bands. Diamonds: the last "
        "stretch.",
        *some,
    ]
    title = "Loss against tokens at fixed size"
    return alt.concat(*panels, columns=3, spacing=18).properties(
        title=alt.TitleParams(title, subtitle=below),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
    )


def _panel(found: Saturation, curves: pl.DataFrame, size: int) -> alt.LayerChart:
    params = float(found.runs.params[size])
    near = (pl.col("params") / params).log().abs() < 1e-6  # noqa: PLR2004
    runs, lines = found.observed.filter(near), curves.filter(near)
    inside = lines.filter(pl.col("hypothesis") != "log-linear")["loss"]
    low = min(float(runs["loss"].min()), float(inside.min())) * (1.0 - PAD)  # type: ignore[arg-type]
    high = float(runs["loss"].max()) * (1.0 + PAD)  # type: ignore[arg-type]
    # A line falls without end, and a law may start far above the runs.
    lines = lines.with_columns(pl.col("low", "high").clip(low, high)).filter(
        pl.col("loss").is_between(low, high)
    )
    x = log_axis("tokens", "Tokens", lines["tokens"], words=COUNT_AXIS)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    layers = [*_lines(lines, x, scale), _dots(runs, x, scale)]
    return alt.LayerChart(layer=layers).properties(
        width=PANEL[0], height=PANEL[1], title=alt.TitleParams(f"{count(params)} parameters")
    )


def _lines(lines: pl.DataFrame, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    names = list(NAMES.values())
    colours = alt.Scale(domain=names, range=COLOURS)
    colour = alt.Color("name:N", scale=colours, legend=None)
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=names, range=DASHES), legend=None)
    axis = alt.Axis(tickCount=5, format=".2~f")
    data = inline(
        lines.with_columns(name=pl.col("hypothesis").replace_strict(NAMES, return_dtype=pl.String))
    )
    band = (
        alt.Chart(data)
        .mark_area(opacity=0.14)
        .encode(
            x=x,
            y=alt.Y("low:Q", scale=scale, axis=axis, title="Loss (nats a token)"),
            y2="high:Q",
            color=colour,
        )
    )
    y = alt.Y("loss:Q", scale=scale, axis=axis)
    line = alt.Chart(data).mark_line(strokeWidth=1.8)
    return [band, line.encode(x=x, y=y, color=colour, strokeDash=dash)]


def _dots(runs: pl.DataFrame, x: alt.X, scale: alt.Scale) -> alt.Chart:
    text = pl.col("tokens").map_elements(count, return_dtype=pl.String)
    part = pl.when(pl.col("late")).then(pl.lit(LATE)).otherwise(pl.lit(EARLIER))
    shapes = alt.Scale(domain=[EARLIER, LATE], range=["circle", "diamond"])
    dots: alt.Chart = (
        alt.Chart(inline(runs.with_columns(text=text, part=part)))
        .mark_point(filled=True, size=44, opacity=1, color=DARK)
        .encode(
            x=x,
            y=alt.Y("loss:Q", scale=scale),
            shape=alt.Shape("part:N", scale=shapes, legend=None),
            tooltip=[
                alt.Tooltip("text:N", title="Tokens"),
                alt.Tooltip("loss:Q", title="Loss", format=".4f"),
                alt.Tooltip("part:N", title="Run"),
            ],
        )
    )
    return dots


def slope_ratios(found: Saturation) -> alt.LayerChart:
    """Draw each size's slope over the law's, with intervals, and that of all sizes.

    Parameters
    ----------
    found
        The test; of very many sizes some are drawn.
    """
    frame = _ratio_rows(found)
    low = max(min(float(frame["low"].min()), -0.1), REACH[0])  # type: ignore[arg-type]
    high = min(max(float(frame["high"].max()), 1.2), REACH[1])  # type: ignore[arg-type]
    frame = frame.with_columns(pl.col("low", "high", "ratio").clip(low, high))
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=False, labelLimit=140)
    y = alt.Y("label:N", axis=axis, scale=alt.Scale(domain=frame["label"].to_list()))
    x = alt.X("low:Q", title="Slope at the most tokens, as a share of the law's")
    x = x.scale(domain=[low, high], nice=False).axis(tickCount=6, labelFlush=False)
    kinds = alt.Scale(domain=["all", "one"], range=[BLUE, DARK])
    base = alt.Chart(inline(frame)).encode(y=y, color=alt.Color("kind:N", legend=None, scale=kinds))
    bars = base.mark_rule(strokeWidth=1.6).encode(x=x, x2="high:Q")
    tips = [
        alt.Tooltip("label:N", title="Parameters"),
        *(alt.Tooltip(f"{k}:Q", title=k.title(), format=".2f") for k in ("ratio", "low", "high")),
    ]
    dots = base.mark_point(filled=True, size=56, opacity=1).encode(x="ratio:Q", tooltip=tips)
    shown, total = len(frame) - 1, len(found.sizes)
    few = f" {shown} of {integer(total)} sizes." if shown < total else ""
    return finished(
        alt.LayerChart(layer=[*_marks(), bars, dots]).properties(
            width="container", height=max(120, ROW_STEP * len(frame))
        ),
        "Does the loss still fall as the law says?",
        f"By parameters; bars: {level_text(found.level)} intervals.{few}",
    )


def _ratio_rows(found: Saturation) -> pl.DataFrame:
    total = len(found.sizes)
    rows = np.unique(np.linspace(0, total - 1, min(total, MOST_SIZES)).round()).astype(int)
    some: pl.DataFrame = found.sizes[rows.tolist()]
    labels = [count(size) for size in some["params"]]
    # Two sizes may be written alike, and would share a row.
    labels = [
        label if labels[:k].count(label) == 0 else f"{label} ({labels[:k].count(label) + 1})"
        for k, label in enumerate(labels)
    ]
    r = found.ratio
    overall = {"label": "all sizes", "ratio": r.estimate, "low": r.low, "high": r.high}
    each = some.select(
        pl.Series("label", labels, dtype=pl.String),
        ratio="ratio",
        low="ratio_low",
        high="ratio_high",
        kind=pl.lit("one"),
    )
    return pl.concat([pl.DataFrame([{**overall, "kind": "all"}]), each])


def _marks() -> list[alt.Chart]:
    rows = [{"at": 0.0, "text": "saturated"}, {"at": 1.0, "text": "as the law says"}]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x="at:Q")
    words = base.mark_text(dy=-4, baseline="bottom", color=GREY, fontSize=11)
    return [
        base.mark_rule(color=GREY, strokeDash=[4, 3]),
        words.encode(y=alt.value(0), text="text:N"),
    ]
