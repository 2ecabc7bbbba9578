"""Charts of accuracies foretold: valid, finite, with every run, names kept out of all code."""

import dataclasses
import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.downstream.worlds import World, simulate
from theodolite import plotting
from theodolite.scaling import DownstreamSettings, Resampling, downstream, task_of
from theodolite.tables import Runs


@cache
def foretold(paths=("sigmoid", "direct"), several=False):
    frame = simulate(World(), 25, np.random.default_rng(0)).frame.drop("_row", "_file")
    names = list(SPECIAL[:3]) if several else ["quiz"]
    frame = frame.with_columns(pl.col("quiz").alias(name) for name in names)
    runs = Runs.from_frame(frame)
    return downstream(
        runs,
        [task_of(runs, [name], chance=0.25) for name in names],
        hold_out=["params=3e9.."],
        at=[(7e9, 1e12)],
        settings=DownstreamSettings(paths=paths, resampling=Resampling(n=100)),
    )


def data_of(chart):
    return list(chart.to_dict()["datasets"].values())


def charts(found):
    one = found.done[0]
    out = [plotting.foretold(found), plotting.foretold_by_compute(one, found.level)]
    out.append(plotting.foretold_tasks(found))
    if len(one.link):
        out.append(plotting.foretold_by_loss(one, found.level))
    return out


@pytest.mark.parametrize("arguments", [(), (("direct",),), (("sigmoid",), True)])
def test_every_chart_is_valid_and_finite(arguments):
    for chart in charts(foretold(*arguments)):
        json.dumps(chart.to_dict(), allow_nan=False)


def test_every_run_is_drawn_by_compute():
    found = foretold()
    rows = next(r for r in data_of(charts(found)[1]) if r and "kind" in r[0])
    kinds = [row["kind"] for row in rows]
    assert kinds.count("fitted") == found.n
    assert kinds.count("foretold") == len(found.done[0].points) == 6
    assert kinds.count("held out: observed") == 5
    target = rows[-1]
    assert target["low"] <= target["accuracy"] <= target["high"]
    assert target["accuracy"] == pytest.approx(100 * found.done[0].points["accuracy"][-1], abs=1e-3)


def test_a_task_without_two_steps_has_no_chart_by_loss():
    assert len(plotting.foretold(foretold(("direct",))).hconcat) == 1
    assert len(plotting.foretold(foretold()).hconcat) == 2


@pytest.mark.slow
def test_many_tasks_are_cut_and_said_so():
    found = foretold(several=True)
    many = dataclasses.replace(found, tasks=found.tasks * 10)
    chart = plotting.foretold_tasks(many)
    assert len(chart.concat) == 24
    assert "The first 24 of 30 tasks" in chart.to_dict()["title"]["subtitle"][0]
