"""The plane of a plan: valid, finite, its lines where the plan says; names that do not overlap."""

from __future__ import annotations

import itertools
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scaling.conftest import simulated
from theodolite import plotting
from theodolite.plotting.labels import Box, _box, place_labels
from theodolite.plotting.planning import known_models
from theodolite.scaling import Resampling, Serving, Target, fit, plan, published_law
from theodolite.tables import Runs

KNOWN = pl.DataFrame(
    {
        "model": ["small", "datum.x + 1", "mixture", "unknown", "tuned"],
        "params": [1e9, 7e9, 47e9, 7e9, 7e9],
        "active_params": [None, None, 13e9, None, None],
        "tokens": [3e11, 2e12, 1e12, None, 2e12],
        "base_of": [None, None, None, None, "datum.x + 1"],
    }
)


@pytest.fixture(scope="module")
def planned():
    found = fit(Runs.from_frame(simulated()), resampling=Resampling(n=200))
    return plan(found, Target(params=8e9, tokens=15e12), serving=Serving(1e12))


def tables(chart) -> list[pl.DataFrame]:
    spec = chart.to_dict()
    return [pl.read_csv(text.encode()) for text in spec["datasets"].values()]


def test_every_chart_is_valid_and_finite(planned) -> None:
    law = published_law("besiroglu")
    for chart in (
        plotting.plane(planned, KNOWN),
        plotting.plane(planned),
        plotting.plane(planned, KNOWN.clear()),
        plotting.plane(plan(law, Target(flops=1e24)), KNOWN),
        plotting.plane(plan(law, Target(flops=1e12))),
        plotting.plane(plan(law, Target(flops=1e38), serving=Serving(1e30))),
    ):
        json.dumps(chart.to_dict(), allow_nan=False)
        for table in tables(chart):
            for name in ("params", "tokens"):
                if name in table.columns:
                    assert table[name].is_finite().all()
                    assert (table[name] > 0).all()


def test_lines_of_equal_loss_and_compute_are_what_they_say(planned) -> None:
    lines = [t for t in tables(plotting.plane(planned, KNOWN)) if "line" in t.columns]
    law = planned.laws.first
    kinds = set()
    for table in lines:
        for (name,), part in table.group_by("line"):
            kinds.add(str(name)[0])
            params, tokens = part["params"].to_numpy(), part["tokens"].to_numpy()
            budget = float(str(name)[1:])
            if str(name).startswith("C"):
                assert 6 * params * tokens == pytest.approx(budget, rel=1e-6)
            else:
                loss = law.loss(np.log(params)[None], np.log(tokens)[None])[0]
                assert loss == pytest.approx(planned.least_loss(budget), rel=1e-6)
                assert (6 * params * tokens >= budget * (1 - 1e-6)).all()
    assert kinds == {"C", "L"}


def test_the_points_of_the_plan_are_there(planned) -> None:
    table = next(t for t in tables(plotting.plane(planned, KNOWN)) if "name" in t.columns)
    at = {row["name"]: row for row in table.iter_rows(named=True)}
    assert list(at) == ["compute-optimal", "lifetime-optimal", "asked for"]
    assert at["asked for"]["tokens"] == 15e12
    assert at["lifetime-optimal"]["params"] == pytest.approx(
        planned.lifetime.point.params.estimate, rel=1e-6
    )
    assert at["lifetime-optimal"]["loss"] == pytest.approx(at["compute-optimal"]["loss"], abs=1e-3)


def test_known_models_that_can_be_placed() -> None:
    got = known_models(KNOWN)
    assert got["model"].to_list() == ["datum.x + 1", "mixture", "small"]
    assert got.filter(model="mixture")["params"].item() == 13e9
    plain = known_models(KNOWN.select("model", "params", "tokens"))
    assert len(plain) == 4
    assert len(known_models(KNOWN, complete=False)) == 4


def test_models_that_cannot_be_placed_are_counted(planned) -> None:
    text = plotting.plane(planned, KNOWN).to_dict()["title"]["subtitle"][-1]
    assert text.endswith("Dots: 3 known models; 1 more lack parameters or tokens.")
    text = plotting.plane(planned, KNOWN.drop_nulls("tokens")).to_dict()["title"]["subtitle"][-1]
    assert text.endswith("Dots: 3 known models.")


def test_no_name_is_ever_read_as_an_expression(planned) -> None:
    def walk(node) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert "datum.x + 1" not in str(child)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(plotting.plane(planned, KNOWN).to_dict())


places = st.lists(st.tuples(st.floats(0, 720), st.floats(0, 500), st.integers(1, 30)), max_size=60)


@settings(max_examples=60, deadline=None)
@given(places)
def test_names_never_overlap_nor_leave_the_chart(spots) -> None:
    at = np.array([(x, y) for x, y, _ in spots]).reshape(-1, 2)
    names = ["x" * length for *_, length in spots]
    taken = [Box(0, 0, 60, 60)]
    found = place_labels(at, names, (720, 500), taken=taken)
    assert len(found) <= 14
    assert len({label.index for label in found}) == len(found)
    boxes = [
        _box(at[label.index], names[label.index], label.side, (label.dx, label.dy))
        for label in found
    ]
    for one, two in itertools.combinations(boxes, 2):
        assert not one.meets(two)
    for box, label in zip(boxes, found, strict=True):
        assert box.left >= 0
        assert box.right <= 720
        assert box.bottom >= 0
        assert box.top <= 500
        assert not box.meets(taken[0])
        for k, (x, y) in enumerate(at):
            assert k == label.index or not box.meets(Box.around(x, y))


def test_a_crowd_is_thinned_and_spread() -> None:
    crowd = np.random.default_rng(0).normal((200, 250), 15, (200, 2))
    far = np.array([[600.0, 400.0], [600.0, 100.0]])
    found = place_labels(np.concatenate([crowd, far]), ["model"] * 202, (720, 500))
    assert {200, 201} <= {label.index for label in found}
    assert len(found) <= 14
