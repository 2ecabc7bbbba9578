"""Charts of saturation in scores: scores against tokens, and two models beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis
from theodolite.plotting.labels import place_labels
from theodolite.plotting.parts import ROW_STEP, finished, inline, name_layers
from theodolite.plotting.text import count, level_text, number, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY

if TYPE_CHECKING:
    from theodolite.scaling import ScoreSaturation

__all__ = ["score_trends", "two_models"]

PANEL = (248, 180)
PAD = 0.03
# Decades left free at the sides; names stand at the right.
ROOM = (0.1, 0.4)
NAME = 22
MOST_NAMES = 9
OBSERVED, EXPECTED = "observed", "as tokens say"


def score_trends(found: ScoreSaturation) -> alt.ConcatChart:
    """Draw scores of models of one size against their tokens, one panel a benchmark.

    Parameters
    ----------
    found
        The trends.
    """
    panels = [_panel(found, name) for name in found.scores["benchmark"]]
    title = "Scores against training tokens at one size"
    below = [
        f"Base models of {count(found.params[0])} to {count(found.params[1])} parameters; bars: "
        "one standard deviation of noise.",
        "Line: trend in log tokens, of logits above guessing.",
    ]
    return alt.concat(*panels, columns=3, spacing=18).properties(
        title=alt.TitleParams(title, subtitle=below),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
    )


@dataclass(frozen=True)
class _Frame:
    """Axes of one panel, and the ends of what they show."""

    x: alt.X
    y: alt.Y
    scale: alt.Scale
    logs: tuple[float, float]
    scores: tuple[float, float]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Frame:
        logs = np.log10(rows["tokens"].to_numpy())
        values = rows.select("down", "up", "fitted").to_numpy()
        ends = float(logs.min()) - ROOM[0], float(logs.max()) + ROOM[1]
        scores = float(values.min()) - PAD, float(values.max()) + PAD
        x = log_axis("tokens", "Tokens", rows["tokens"], words=COUNT_AXIS)
        x = x.scale(type="log", domain=[10.0**end for end in ends], nice=False)
        scale = alt.Scale(domain=list(scores), nice=False, zero=False)
        axis = alt.Axis(format=".0%", tickCount=5)
        return cls(x, alt.Y("score:Q", title="Score", scale=scale, axis=axis), scale, ends, scores)

    def places(self, rows: pl.DataFrame) -> np.ndarray:
        """Return pixels of the points, (n, 2)."""
        across = (np.log10(rows["tokens"].to_numpy()) - self.logs[0]) / np.ptp(self.logs)
        up = (rows["score"].to_numpy() - self.scores[0]) / np.ptp(self.scores)
        return np.stack([across * PANEL[0], up * PANEL[1]], axis=1)


def _panel(found: ScoreSaturation, name: str) -> alt.LayerChart:
    score, noise = pl.col("score"), pl.col("noise")
    rows = found.models.filter(benchmark=name).sort("tokens", descending=True)
    rows = rows.with_columns(
        model=pl.col("model").map_elements(_short, return_dtype=pl.String),
        up=(score + noise).clip(0.0, 1.0),
        down=(score - noise).clip(0.0, 1.0),
        text=pl.col("tokens").map_elements(count, return_dtype=pl.String),
    )
    frame = _Frame.of(rows)
    base = alt.Chart(inline(rows)).encode(x=frame.x)
    tips = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("text:N", title="Tokens"),
        alt.Tooltip("score:Q", title="Score", format=".1%"),
        alt.Tooltip("measured:Q", title="Measured"),
    ]
    layers = [
        base.mark_line(color=BLUE, strokeWidth=1.8).encode(
            y=alt.Y("fitted:Q", scale=frame.scale, title="Score", axis=alt.Axis(format=".0%"))
        ),
        base.mark_rule(color=GREY).encode(y=alt.Y("down:Q", scale=frame.scale), y2="up:Q"),
        base.mark_point(filled=True, size=40, opacity=1, color=DARK).encode(
            y=frame.y, tooltip=tips
        ),
        *_names(rows, frame),
    ]
    row = found.scores.filter(benchmark=name).row(0, named=True)
    below = f"A doubling buys {number(100.0 * row['doubling'], 1)} points: {row['verdict']}"
    return alt.LayerChart(layer=layers).properties(
        width=PANEL[0],
        height=PANEL[1],
        title=alt.TitleParams(printable(name), subtitle=[below]),
    )


def _names(rows: pl.DataFrame, frame: _Frame) -> list[alt.Chart]:
    labels = place_labels(frame.places(rows), rows["model"].to_list(), PANEL, most=MOST_NAMES)
    return name_layers(rows.select("model", "tokens", "score"), labels, frame.x, frame.y)


def two_models(found: ScoreSaturation) -> alt.LayerChart:
    """Draw by benchmark how much better one model is, and what the trend in tokens says.

    Parameters
    ----------
    found
        The trends, with a pair.
    """
    pair = found.pair
    assert pair is not None  # noqa: S101  (drawn only where there is one)
    rows = _gaps(pair.benchmarks)
    names = [OBSERVED, EXPECTED]
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=True, labelLimit=160)
    benchmarks = alt.Scale(domain=[printable(name) for name in pair.benchmarks["benchmark"]])
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("benchmark:N", axis=axis, scale=benchmarks),
        yOffset=alt.YOffset("what:N", scale=alt.Scale(domain=names)),
        color=alt.Color(
            "what:N",
            scale=alt.Scale(domain=names, range=[DARK, BLUE]),
            legend=None,
        ),
    )
    tips = [
        alt.Tooltip("benchmark:N", title="Benchmark"),
        alt.Tooltip("what:N", title="Difference"),
        alt.Tooltip("at:Q", title="Points", format=".1f"),
    ]
    zero = alt.Chart(alt.InlineData(values=[{"at": 0.0}])).mark_rule(color=GREY).encode(x="at:Q")
    x = alt.X("low:Q", title="Points of score", axis=alt.Axis(tickCount=8, labelFlush=False))
    bars = base.mark_rule(strokeWidth=1.6).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(x="at:Q", tooltip=tips)
    return finished(
        alt.LayerChart(layer=[zero, bars, dots]).properties(
            width="container", height=max(140, 2 * ROW_STEP * len(pair.benchmarks))
        ),
        f"{_short(pair.model)} less {_short(pair.against)}",
        "Black: observed. Blue: what the trend in tokens of the other families says. Bars: "
        f"{level_text(found.level)}.",
    )


def _gaps(frame: pl.DataFrame) -> pl.DataFrame:
    parts = [
        frame.select(
            pl.col("benchmark").map_elements(printable, return_dtype=pl.String),
            *(
                (100.0 * pl.col(f"{column}{end}").cast(pl.Float64)).alias(name)
                for end, name in (("", "at"), ("_low", "low"), ("_high", "high"))
            ),
            what=pl.lit(word),
        )
        for column, word in (("difference", OBSERVED), ("expected", EXPECTED))
    ]
    return pl.concat(parts).drop_nulls()


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= NAME else f"{text[: NAME - 1]}…"
