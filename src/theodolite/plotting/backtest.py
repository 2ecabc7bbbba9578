"""Charts of a backtest: observed against predicted losses, and each law's error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import ROW_STEP, finished
from theodolite.plotting.text import count, level_text, percent, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.scaling import Backtest

__all__ = ["backtested", "forecast_errors", "forecasts"]

PREDICTED = "Predicted loss (nats a token)"
INSIDE, OUTSIDE = "inside its interval", "outside"
COLOURS = {"huber": BLUE, "least-squares": ORANGE, "least-absolute": VERMILION}
SHAPES = {"huber": "circle", "least-squares": "square", "least-absolute": "triangle-up"}
HEIGHT = 320
PAD = 0.004


def backtested(backtest: Backtest) -> alt.HConcatChart:
    """Draw both panels side by side."""
    left = _forecast_layers(backtest).properties(width=430, height=HEIGHT, title=_title(backtest))
    right = _error_layers(backtest).properties(
        width=300,
        height=HEIGHT,
        title=alt.TitleParams("Mean absolute error, by law and objective"),
    )
    return alt.HConcatChart(
        hconcat=[left, right],
        spacing=40,
        resolve=alt.Resolve(
            scale=alt.ScaleResolveMap(color="independent", shape="independent"),
            legend=alt.LegendResolveMap(color="independent", shape="independent"),
        ),
        description=" ".join(_subtitles(backtest)),
        config=CONFIG,
    )


def forecasts(backtest: Backtest) -> alt.LayerChart:
    """Draw the loss of each held-out run against its forecast, with the interval.

    Parameters
    ----------
    backtest
        The forecasts that it shows: of the recommended law, or of the first.
    """
    return finished(
        _forecast_layers(backtest).properties(width="container", height=HEIGHT),
        "Held-out runs: predicted and observed losses",
        *_subtitles(backtest),
    )


def forecast_errors(backtest: Backtest) -> alt.LayerChart:
    """Draw the mean absolute error of each law by each objective."""
    return finished(
        _error_layers(backtest).properties(width="container", height=_rows(backtest)),
        "Mean absolute error on the held-out runs",
        "Of each law, by the objective that it was fitted with.",
    )


def _title(backtest: Backtest) -> alt.TitleParams:
    return alt.TitleParams(
        "Held-out runs: predicted and observed losses", subtitle=_subtitles(backtest)
    )


def _subtitles(backtest: Backtest) -> list[str]:
    shown = backtest.shown
    objective = "Huber" if shown.objective == "huber" else shown.objective.replace("-", " ")
    folds = len(backtest.folds)
    where = backtest.folds["fold"][0] if folds == 1 else f"{folds} groups, each in turn"
    return [
        f"{printable(shown.law)} by {objective}, held out: {printable(where)}",
        f"Bars: {level_text(backtest.level)} intervals of one run. Dashed: observed as predicted.",
    ]


def _forecast_layers(backtest: Backtest) -> alt.LayerChart:
    frame = _runs(backtest)
    ends = [*frame["observed"], *frame["low"], *frame["high"]]
    low, high = min(ends) * (1.0 - PAD), max(ends) * (1.0 + PAD)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(tickCount=6, format=".3~g")
    x = alt.X("observed:Q", title="Observed loss (nats a token)", scale=scale, axis=axis)
    y = alt.Y("predicted:Q", title=PREDICTED, scale=scale, axis=axis)
    names = [INSIDE, OUTSIDE]
    colour = alt.Color(
        "place:N",
        legend=alt.Legend(title=None, orient="top", labelLimit=0),
        scale=alt.Scale(domain=names, range=[BLUE, VERMILION]),
    )
    shape = alt.Shape(
        "place:N", legend=None, scale=alt.Scale(domain=names, range=["circle", "diamond"])
    )
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"observed": e, "predicted": e} for e in (low, high)]))
        .mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=x, y=y)
    )
    base = alt.Chart(alt.InlineData(values=frame.to_dicts())).encode(x=x, color=colour)
    bars = base.mark_rule(strokeWidth=1.4, opacity=0.55).encode(
        y=alt.Y("low:Q", title=PREDICTED, scale=scale, axis=axis), y2="high:Q"
    )
    points = base.mark_point(filled=True, size=52, opacity=1).encode(
        y=y, shape=shape, tooltip=_tips(frame)
    )
    return alt.LayerChart(layer=[diagonal, bars, points])


def _runs(backtest: Backtest) -> pl.DataFrame:
    points = backtest.points
    words = pl.col("params", "tokens").map_elements(count, return_dtype=pl.String)
    names = [name for name in ("run", "fold") if name in points.columns]
    frame = points.select(
        pl.col(names),
        pl.col("observed", "predicted", "low", "high").round_sig_figs(6),
        words.name.suffix("_text"),
        error=pl.col("error").map_elements(lambda e: percent(e, 2), return_dtype=pl.String),
        place=pl.when(pl.col("covered")).then(pl.lit(INSIDE)).otherwise(pl.lit(OUTSIDE)),
    )
    texts = pl.col(names).cast(pl.String)
    return frame.with_columns(texts.map_elements(printable, return_dtype=pl.String))


def _tips(frame: pl.DataFrame) -> list[alt.Tooltip]:
    run = [alt.Tooltip("run:N", title="Run")] if "run" in frame.columns else []
    return [
        *run,
        alt.Tooltip("fold:N", title="Held out by"),
        alt.Tooltip("params_text:N", title="Parameters"),
        alt.Tooltip("tokens_text:N", title="Tokens"),
        alt.Tooltip("observed:Q", title="Observed", format=".4f"),
        alt.Tooltip("predicted:Q", title="Predicted", format=".4f"),
        alt.Tooltip("low:Q", title="Low", format=".4f"),
        alt.Tooltip("high:Q", title="High", format=".4f"),
        alt.Tooltip("error:N", title="Error"),
    ]


def _error_layers(backtest: Backtest) -> alt.LayerChart:
    frame = backtest.table.filter(pl.col("mape").is_not_null()).select(
        "law",
        "objective",
        mape=(100.0 * pl.col("mape")).round_sig_figs(6),
        coverage=pl.col("coverage").map_elements(lambda c: percent(c, 0), return_dtype=pl.String),
    )
    laws = frame["law"].unique(maintain_order=True).to_list()
    objectives = [name for name in COLOURS if name in set(frame["objective"])]
    colours = [COLOURS[name] for name in objectives]
    legend = alt.Legend(title=None, orient="top", labelLimit=0)
    x = alt.X("mape:Q", title="Percent", axis=alt.Axis(labelFlush=False, tickCount=6)).scale(
        domain=[0, 1.08 * float(frame["mape"].to_numpy().max())], nice=False
    )
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=True, labelLimit=180)
    points = (
        alt.Chart(alt.InlineData(values=frame.to_dicts()))
        .mark_point(filled=True, size=64, opacity=1)
        .encode(
            x=x,
            y=alt.Y("law:N", axis=axis, scale=alt.Scale(domain=laws)),
            yOffset=alt.YOffset("objective:N", scale=alt.Scale(domain=objectives)),
            color=alt.Color(
                "objective:N", legend=legend, scale=alt.Scale(domain=objectives, range=colours)
            ),
            shape=alt.Shape(
                "objective:N",
                legend=legend,
                scale=alt.Scale(domain=objectives, range=[SHAPES[name] for name in objectives]),
            ),
            tooltip=[
                alt.Tooltip("law:N", title="Law"),
                alt.Tooltip("objective:N", title="Objective"),
                alt.Tooltip("mape:Q", title="Mean absolute error, %", format=".3f"),
                alt.Tooltip("coverage:N", title="Intervals that covered"),
            ],
        )
    )
    return alt.LayerChart(layer=[points])


def _rows(backtest: Backtest) -> int:
    laws = backtest.table.filter(pl.col("mape").is_not_null())["law"].n_unique()
    return max(120, 3 * ROW_STEP * laws)
