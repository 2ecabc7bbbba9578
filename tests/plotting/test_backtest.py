"""Charts of backtests: valid, finite, with every run and law, names kept out of all code."""

import json
from functools import cache

import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.conftest import simulated
from theodolite import plotting
from theodolite.plotting.backtest import INSIDE, OUTSIDE
from theodolite.scaling import Recipe, Resampling, backtest
from theodolite.tables import Runs


@cache
def tried(hold_out="flops=6e21..", ids=False):
    frame = simulated(n=6).with_columns(g=pl.Series(list(SPECIAL[:3]) * 12))
    if ids:
        frame = frame.with_columns(run=pl.Series([f"{SPECIAL[0]} {k}" for k in range(36)]))
    recipes = [Recipe(objective=name) for name in ("least-squares", "huber")]
    return backtest(
        Runs.from_frame(frame),
        hold_out,
        laws=["chinchilla", "compute"] if hold_out == "g" or ids else None,
        recipes=recipes[: 1 if hold_out == "g" or ids else 2],
        resampling=Resampling(n=100),
    )


def charts(found):
    return [
        plotting.backtested(found),
        plotting.forecasts(found),
        plotting.forecast_errors(found),
    ]


@pytest.mark.parametrize("arguments", [(), ("g",), ("flops=6e21..", True)])
def test_every_chart_is_valid_and_finite(arguments):
    for chart in charts(tried(*arguments)):
        json.dumps(chart.to_dict(), allow_nan=False)


def rows_of(chart, key):
    spec = chart.to_dict()
    return next(rows for rows in spec["datasets"].values() if rows and key in rows[0])


def test_every_held_out_run_is_drawn_where_it_belongs():
    found = tried()
    rows = rows_of(plotting.forecasts(found), "place")
    assert len(rows) == len(found.points)
    for row, inside in zip(rows, found.points["covered"], strict=True):
        assert row["place"] == (INSIDE if inside else OUTSIDE)
        assert row["place"] == (INSIDE if row["low"] <= row["observed"] <= row["high"] else OUTSIDE)


def test_every_fitted_law_is_drawn_once_by_each_objective():
    found = tried()
    rows = rows_of(plotting.forecast_errors(found), "mape")
    drawn = {(row["law"], row["objective"]) for row in rows}
    assert len(drawn) == len(rows) == found.table["mape"].is_not_null().sum() > 4
    for row in rows:
        match = found.table.filter(law=row["law"], objective=row["objective"])
        assert row["mape"] == pytest.approx(100 * match["mape"][0], rel=1e-5)


def test_no_name_is_ever_read_as_an_expression():
    def walk(node):
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(name in str(child) for name in SPECIAL)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for arguments in (("g",), ("flops=6e21..", True)):
        for chart in charts(tried(*arguments)):
            walk(chart.to_dict())
