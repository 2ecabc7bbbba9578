"""Charts of isoFLOP profiles and of the envelope."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pytest

from tests.scaling.budget_runs import BUDGETS, runs_of
from theodolite.plotting.isoflop import loss_envelope, loss_profiles, optimal_sizes, size_growth
from theodolite.plotting.isoflop_frames import curve_rows, growth_rows, minimum_rows, run_rows
from theodolite.scaling import envelope, isoflop


@cache
def made(approach: str):
    return {"isoflop": isoflop, "envelope": envelope}[approach](runs_of(), n_resamples=200)


@pytest.mark.parametrize("approach", ["isoflop", "envelope"])
@pytest.mark.parametrize("at", [None, 1e24, 1e17])
def test_every_chart_is_valid_and_finite(approach: str, at: float | None) -> None:
    text = json.dumps(optimal_sizes(made(approach), at).to_dict(), allow_nan=False)
    assert ("tokens" in text.split('"Tokens"')[-1]) or at is None
    json.dumps(size_growth(made(approach), at).to_dict(), allow_nan=False)


def test_single_charts_fill_their_width() -> None:
    for chart in (loss_profiles(made("isoflop")), loss_envelope(made("envelope"))):
        assert chart.to_dict()["width"] == "container"


def test_runs_curves_and_minima_are_the_results() -> None:
    found = made("isoflop")
    runs = run_rows(found)
    assert sorted(runs["loss"]) == sorted(runs_of().frame["loss"])
    assert set(runs["flops"]) == set(found.budgets["flops"])
    curves = curve_rows(found)
    assert [label for label in curves["label"] if label] == [
        f"{b:.1e}".replace("e+", "e") for b in BUDGETS
    ]
    minima = minimum_rows(found)
    for row in minima.to_dicts():
        own = curves.filter((pl.col("flops") / row["flops"] - 1).abs() < 1e-9)
        lowest = own.filter(pl.col("loss") == pl.col("loss").min())["params"].item()
        assert lowest == pytest.approx(row["params"], rel=0.05)
        assert own["loss"].min() == pytest.approx(row["loss"], abs=1e-4)


def test_the_band_reaches_as_far_as_is_asked() -> None:
    found = made("isoflop")
    rows = growth_rows(found, 1e25)
    assert rows["flops"].max() == pytest.approx(1e25)
    assert (rows["params_low"] < rows["params"]).all()
    assert rows["params"][-1] == pytest.approx(found.optimum(1e25).params)
    assert growth_rows(found, None)["flops"].max() < 1e22


def test_what_was_set_aside_is_said() -> None:
    found = isoflop(runs_of(), budgets=BUDGETS[:4], n_resamples=200)
    assert "1 set aside" in loss_profiles(found).to_dict()["title"]["subtitle"][0]
    assert "set aside" not in loss_profiles(made("isoflop")).to_dict()["title"]["subtitle"][0]
