"""Charts of floors: valid, finite, with every form and loss, names kept out of all code."""

import json
from functools import cache

import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.conftest import simulated
from theodolite import plotting
from theodolite.scaling import Comparison, Forms, Recipe, Resampling, floor, published_law
from theodolite.tables import Runs

SAME = Comparison(same_evaluation=True)


@cache
def found():
    frame = simulated(n=5)
    names = [f"{SPECIAL[k % len(SPECIAL)]} {k}" for k in range(25)]
    seen = frame.with_columns(run=pl.Series(names), loss=pl.Series([1.5, 1.79] + [2.5] * 23))
    return floor(
        Runs.from_frame(frame),
        Runs.from_frame(seen),
        forms=Forms("chinchilla", 0),
        recipe=Recipe("least-squares"),
        resampling=Resampling(n=100),
        comparison=SAME,
    )


@cache
def published():
    return floor(published_law("hoffmann"), [1.6, 1.7], comparison=SAME)


def rows_of(chart, key):
    sets = chart.to_dict()["datasets"].values()
    return [row for rows in sets if rows and key in rows[0] for row in rows]


def drawn():
    return [
        plotting.floor_chart(found()),
        plotting.floor_forms(found()),
        plotting.floor_runs(found()),
        plotting.floor_chart(published()),
        plotting.floor_forms(published()),
    ]


@pytest.mark.parametrize("at", range(5))
def test_every_chart_is_valid_and_finite(at):
    json.dumps(drawn()[at].to_dict(), allow_nan=False)


def test_every_form_and_loss_is_drawn_with_its_verdict():
    rows = rows_of(plotting.floor_forms(found()), "estimate")
    assert {row["form"] for row in rows} == {form.words for form in found().forms if form.floor}
    assert sum(row["kind"] == "counts" for row in rows) == 1
    ticks = rows_of(plotting.floor_forms(found()), "verdict")
    assert {row["value"] for row in ticks} >= {1.5, 1.79}
    assert {row["verdict"] for row in ticks if row["value"] == 1.5} == {"below the floor"}


def test_every_design_is_drawn():
    rows = rows_of(plotting.floor_runs(found()), "design")
    assert {row["design"] for row in rows} == {one.words for one in found().decides.designs}
    assert all(row["width"] > 0 for row in rows)


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

    for chart in drawn():
        walk(chart.to_dict())
