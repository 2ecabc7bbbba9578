"""Charts of held-out prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.text import method_name
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.ratings import PredictiveCheck

__all__ = ["held_out"]

COLOURS = (BLUE, ORANGE, VERMILION, GREY)


def held_out(check: PredictiveCheck) -> alt.LayerChart:
    """Draw what happened against what was predicted, in tenths of the held-out votes.

    Parameters
    ----------
    check
        Methods on the same folds.
    """
    names = pl.col("method").map_elements(method_name, return_dtype=pl.String)
    frame = check.calibration.with_columns(names)
    methods = [method_name(score.method) for score in check.scores]
    ends = [*frame["predicted"], *frame["observed"]]
    low, high = min(0.5, *ends), max(ends)
    axis = alt.Axis(format=".0%", tickCount=6)
    lines = (
        alt.Chart(alt.InlineData(values=frame.to_dicts()))
        .mark_line(point={"size": 40}, strokeWidth=1.5)
        .encode(
            x=alt.X("predicted:Q", title="Predicted share of the favourite", axis=axis).scale(
                domain=[0.5, high], zero=False, nice=True
            ),
            y=alt.Y("observed:Q", title="Observed share", axis=axis).scale(
                domain=[low, high], zero=False, nice=True
            ),
            color=alt.Color("method:N", title=None, sort=methods).scale(
                domain=methods, range=list(COLOURS[: len(methods)])
            ),
            tooltip=[
                alt.Tooltip("method:N", title="Method"),
                alt.Tooltip("predicted:Q", title="Predicted", format=".1%"),
                alt.Tooltip("observed:Q", title="Observed", format=".1%"),
                alt.Tooltip("votes:Q", title="Votes", format=","),
            ],
        )
    )
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"at": 0.5}, {"at": high}]))
        .mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=alt.X("at:Q").scale(zero=False), y=alt.Y("at:Q").scale(zero=False))
    )
    title = alt.Title(
        "Held-out votes: observed and predicted shares",
        subtitle="Each point a tenth of the votes. On the dashed line predictions are calibrated.",
    )
    layers = alt.LayerChart(layer=[diagonal, lines])
    return layers.properties(width="container", height=300, title=title, config=CONFIG)
