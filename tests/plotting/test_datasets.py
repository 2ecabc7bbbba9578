"""Charts of training sets: valid, finite, every set and run, names kept out of all code."""

import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.datasets.simulations import made
from theodolite import plotting
from theodolite.plotting.datasets import PALETTE, SHAPES
from theodolite.scaling import Recipe, Resampling, Sets, datasets, evaluations

SETTINGS = {
    "sets": Sets(same_evaluation=True),
    "recipe": Recipe(objective="least-squares"),
    "resampling": Resampling(n=100),
}


@cache
def compared(special=False):
    names = SPECIAL if special else "abc"
    return datasets(made((10, 10, 10), (1.0, 1.5, 0.8), names=names), **SETTINGS)


@cache
def judged():
    runs = {name: made((6, 5), (1.0, 1.5), seed=k) for k, name in enumerate(SPECIAL[:2])}
    return evaluations(runs, **SETTINGS)


def charts(found):
    return [
        plotting.sets_compared(found),
        plotting.set_forest(found),
        plotting.set_losses(found),
        plotting.set_worth(found),
    ]


@pytest.mark.parametrize("special", [False, True])
def test_every_chart_is_valid_and_finite(special):
    for chart in charts(compared(special)):
        json.dumps(chart.to_dict(), allow_nan=False)


def test_evaluations_are_drawn_whatever_they_are_called():
    spec = json.dumps(plotting.set_evaluations(judged()).to_dict(), allow_nan=False)
    assert "by evaluation" in spec


def rows_of(chart, key):
    """The rows of the first data that have a column."""
    for data in chart.to_dict()["datasets"].values():
        if isinstance(data, str) and key in data.partition("\n")[0].split(","):
            return pl.read_csv(data.encode())
    raise AssertionError(key)


def test_every_set_and_every_run_is_drawn_where_it_belongs():
    found = compared()
    forest = rows_of(plotting.set_forest(found), "shown_low")
    assert forest["dataset"].to_list() == ["a", "b", "c"]
    assert forest["multiplier"].to_list() == pytest.approx(
        found.multipliers["multiplier"].to_list(), abs=1e-4
    )
    assert (forest["shown_low"] <= forest["multiplier"] + 1e-4).all()
    losses = rows_of(plotting.set_losses(found), "run")
    assert len(losses) == 30
    runs = found.setting.runs
    q = found.multipliers["multiplier"].to_numpy()[runs.codes]
    assert losses["effective"].to_numpy() == pytest.approx(q * np.exp(runs.points.tokens))
    assert len(rows_of(plotting.set_worth(found), "tokens_text")) == 20


def test_an_end_without_bound_is_drawn_to_the_edge():
    found = compared()
    wide = found.worth.with_columns(high=pl.lit(float("inf")), unbounded=pl.lit(value=True))
    from dataclasses import replace

    chart = plotting.set_worth(replace(found, worth=wide))
    json.dumps(chart.to_dict(), allow_nan=False)
    rows = rows_of(chart, "shown_high")
    assert rows["shown_high"].is_finite().all()
    assert rows["words"].str.contains("∞").all()


def test_twenty_sets_have_looks_of_their_own():
    looks = {
        (PALETTE[at % len(PALETTE)], SHAPES[(at + at // len(PALETTE)) % len(SHAPES)])
        for at in range(20)
    }
    assert len(looks) == 20
