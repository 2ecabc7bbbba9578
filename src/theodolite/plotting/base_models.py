"""The chart of what foretells people's ratings from base models: errors with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import ROW_STEP, finished, grouped, inline, key, names_axis
from theodolite.plotting.text import integer, level_text, number, printable
from theodolite.plotting.theme import BLUE, GREY
from theodolite.scoring.agreement import COMPUTE, NOTHING

if TYPE_CHECKING:
    from theodolite.scoring.agreement import BasePrediction

__all__ = ["foretold_ratings"]

WORDS = {COMPUTE: "compute alone", NOTHING: "mean of other families"}
NAMES = ("benchmark of the base model", "what it must beat")


def foretold_ratings(found: BasePrediction) -> alt.LayerChart:
    """Draw each predictor's held-out error with its interval, the smallest on top."""
    frame = _rows(found)
    columns = ("model", "error", "error_low", "error_high", "group", "error_text", "bases_text")
    base = alt.Chart(inline(frame.select(columns))).encode(
        y=names_axis(frame["model"]),
        color=key(NAMES, (BLUE, GREY)),
        tooltip=[
            alt.Tooltip("model:N", title="Predictor"),
            alt.Tooltip("error_text:N", title="Error"),
            alt.Tooltip("bases_text:N", title="Base models"),
        ],
    )
    title = "Mean error of the foretold rating, families held out"
    at = alt.X("error:Q", title=title).scale(zero=True, nice=False, padding=12)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
            x=alt.X("error_low:Q", title=title), x2="error_high:Q"
        ),
        base.mark_circle(size=60, opacity=1).encode(x=at),
    ]
    chart = alt.LayerChart(layer=layers).properties(
        width="container", height=max(ROW_STEP * len(frame), 2 * ROW_STEP)
    )
    return finished(
        chart,
        f"What foretells the rating of a tuned model: {printable(found.human)}",
        f"Lines: {level_text(found.level)} intervals, clustered by family.",
        "Predictors have different base models: contrasts are over those that two share.",
    )


def _rows(found: BasePrediction) -> pl.DataFrame:
    """Give the rows with their names and the texts of the tooltip."""
    rows = found.predictors.to_dicts()
    frame = found.predictors.with_columns(
        model=pl.Series([WORDS.get(r["predictor"], printable(r["predictor"])) for r in rows]),
        error_text=pl.Series(
            [
                f"{number(r['error'])} ({number(r['error_low'])} to {number(r['error_high'])})"
                for r in rows
            ]
        ),
        bases_text=pl.Series(
            [f"{integer(r['bases'])} of {integer(r['families'])} families" for r in rows]
        ),
    )
    return grouped(frame, ~pl.col("predictor").is_in(list(WORDS)), NAMES)
