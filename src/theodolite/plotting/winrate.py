"""Charts of win rates against a baseline: as they are, and at equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import ROW_STEP, beside_ranks, finished, inline, key, names_axis
from theodolite.plotting.text import integer, level_text, number, printable, rank_range
from theodolite.plotting.theme import BLUE, DARK, ORANGE

if TYPE_CHECKING:
    from theodolite.scoring.winrate import PublishedWinRates, WinRates

__all__ = ["published_win_rates", "win_rates"]

TALL = 30
# Rows that one can still scroll through.
MOST_ROWS = 200
RAW, CONTROLLED = "as it is", "held fixed"
EVEN = 50.0
BESIDE = 3


def win_rates(rates: WinRates) -> alt.LayerChart:
    """Draw each model's rate with what is held fixed, its interval, its raw rate and its ranks.

    Parameters
    ----------
    rates
        The win rates; of many models the first 200 are drawn.
    """
    shown = rates.models.head(MOST_ROWS)
    ranks = pl.Series(
        [rank_range(*pair) for pair in shown.select(_first("rank_low"), _first("rank_high")).rows()]
    )
    frame = _long(shown)
    held = ", ".join("length" if c == "length" else printable(c) for c in rates.covariates)
    rest = len(rates.models) - len(shown)
    best = f"The first {integer(len(shown))} of {integer(len(rates.models))}. " if rest else ""
    level = level_text(rates.level)
    return finished(
        beside_ranks(_layers(frame, shown), ranks),
        f"Win rate against {printable(rates.baseline)}",
        f"{best}Held fixed: {held or 'nothing'}"
        f"{'' if rates.difficulty == 'none' else ', difficulty of the instructions'}.",
        f"Lines: pointwise {level} intervals. Right: the ranks that all pairs leave open.",
    )


def published_win_rates(rates: PublishedWinRates) -> alt.LayerChart:
    """Draw each model's raw and length-controlled rate by the reference recipe: no intervals.

    Parameters
    ----------
    rates
        The win rates; of many models the first 200 are drawn.
    """
    shown = rates.models.head(MOST_ROWS)
    frame = _long(
        shown.with_columns(
            win_rate_low=pl.col("win_rate"),
            win_rate_high=pl.col("win_rate"),
            low=pl.col("length_controlled_win_rate"),
            high=pl.col("length_controlled_win_rate"),
        )
    )
    rest = len(rates.models) - len(shown)
    best = f" The first {integer(len(shown))} of {integer(len(rates.models))}." if rest else ""
    chart = alt.LayerChart(layer=_layers(frame, shown)).properties(
        width="container", height=alt.Step(ROW_STEP)
    )
    return finished(
        chart,
        f"Win rate against {printable(rates.baseline)}, as published",
        f"Held fixed by the reference recipe: length.{best}",
        "The recipe has no intervals.",
    )


def _first(column: str) -> pl.Expr:
    """A model without a rate has no rank: the place of the last."""
    return pl.col(column).fill_null(pl.len())


def _long(shown: pl.DataFrame) -> pl.DataFrame:
    """Give two rows a model: the raw rate and the controlled one."""
    parts = []
    for group, rate, low, high in (
        (RAW, "win_rate", "win_rate_low", "win_rate_high"),
        (CONTROLLED, "length_controlled_win_rate", "low", "high"),
    ):
        part = shown.filter(pl.col(rate).is_not_null()).select(
            model=pl.col("model"),
            group=pl.lit(group),
            rate=pl.col(rate),
            # An interval that is not known is as wide as can be.
            low=pl.col(low).fill_null(0.0),
            high=pl.col(high).fill_null(100.0),
            n=pl.col("n"),
        )
        parts.append(part)
    frame = pl.concat(parts)
    texts = {
        "model": [printable(name) for name in frame["model"]],
        "rate_text": [f"{number(value)}%" for value in frame["rate"]],
        "interval_text": [
            f"{number(low)}% to {number(high)}%"
            for low, high in frame.select("low", "high").iter_rows()
        ],
    }
    return frame.with_columns(pl.Series(name, values) for name, values in texts.items())


def _layers(frame: pl.DataFrame, shown: pl.DataFrame) -> list[alt.Chart]:
    names = pl.Series([printable(name) for name in shown["model"]])
    axis = alt.Axis(
        title="Win rate (%)",
        orient="top" if len(shown) > TALL else "bottom",
        tickCount=6,
        format="~f",
    )
    scale = alt.Scale(zero=False, nice=False, padding=12)
    x = alt.X("rate:Q", scale=scale, axis=axis)
    ends = alt.X("low:Q", scale=scale, axis=axis)
    layers = [
        alt.Chart(alt.InlineData(values=[{"even": EVEN}]))
        .mark_rule(color=DARK, strokeDash=[3, 3], opacity=0.5)
        .encode(x=alt.X("even:Q", scale=scale, axis=axis))
    ]
    # The two lie beside each other, a few pixels apart.
    for group, beside in ((RAW, BESIDE), (CONTROLLED, -BESIDE)):
        base = alt.Chart(inline(frame.filter(pl.col("group") == group))).encode(
            y=names_axis(names),
            color=key((CONTROLLED, RAW), (BLUE, ORANGE), offset=30),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("group:N", title="Length"),
                alt.Tooltip("rate_text:N", title="Win rate"),
                alt.Tooltip("interval_text:N", title="Interval"),
                alt.Tooltip("n:Q", title="Instructions"),
            ],
        )
        line = base.mark_rule(strokeWidth=2.5, opacity=0.5, strokeCap="round", yOffset=beside)
        layers += [
            line.encode(x=ends, x2="high:Q"),
            base.mark_circle(size=42, opacity=1, yOffset=beside).encode(x=x),
        ]
    return layers
