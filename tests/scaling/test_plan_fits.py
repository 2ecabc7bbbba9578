"""Plans by a fit: its draws, what lies beyond its runs, every law."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scaling.conftest import TRUE, simulated
from tests.scaling.test_plan import BESIROGLU, law_of
from theodolite.scaling import (
    PublishedLaw,
    Resampling,
    Serving,
    Target,
    fit,
    plan,
    published_law,
)
from theodolite.tables import Runs


@pytest.fixture(scope="module")
def fitted():
    return fit(Runs.from_frame(simulated()), resampling=Resampling(n=300))


def test_a_fit_is_planned_draw_by_draw(fitted):
    serving = Serving(1e12)
    got = plan(fitted, Target(flops=1e22, params=None), serving=serving, overtrain=[7.0])
    _, draws = fitted.splits()
    ratios, sizes, computes = [], [], []
    for k in range(len(draws.alpha)):
        values = (
            draws.floor[k, 0],
            math.exp(draws.log_a[k, 0]),
            math.exp(draws.log_b[k, 0]),
            draws.alpha[k, 0],
            draws.beta[k, 0],
        )
        alone = plan(law_of(values), Target(flops=1e22), serving=serving, overtrain=[7.0])
        ratios.append(alone.optimum.tokens_per_param.estimate)
        sizes.append(alone.lifetime.point.params.estimate)
        computes.append(alone.overtrained[2].compute.estimate)
    for found, slow in (
        (got.optimum.tokens_per_param, ratios),
        (got.lifetime.point.params, sizes),
        (got.overtrained[2].compute, computes),
    ):
        expected = fitted.interval(np.array([found.estimate]), np.array(slow))
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
        assert found.low < found.estimate < found.high
    assert got.overtrained[2].factor == 7.0
    assert (got.level, got.n, got.resamples) == (0.95, 64, len(draws.alpha))


def test_what_is_given_has_no_width(fitted):
    got = plan(fitted, Target(params=8e9, tokens=1e12))
    size = got.optimum.params
    assert size.low == size.high == pytest.approx(8e9)
    assert got.optimum.train_flops.low < got.optimum.train_flops.high
    assert got.gains[0].law == "this fit"
    assert got.gains[0].gain.low < got.gains[0].gain.estimate < got.gains[0].gain.high


def test_points_outside_the_runs_are_named(fitted):
    far = plan(fitted, Target(params=80e9, tokens=5e12))
    asked = far.beyond[-1]
    assert asked.point == "the model asked for"
    assert asked.params == pytest.approx(8.0)
    assert asked.tokens == pytest.approx(10.0)
    assert asked.flops == pytest.approx(80.0)
    within = plan(fitted, Target(flops=1e21))
    assert within.beyond == ()
    small = plan(fitted, Target(params=1e7))
    assert small.beyond[0].params == pytest.approx(0.2)
    paper = plan(published_law("besiroglu"), Target(params=160e9)).beyond[0]
    assert paper.params == pytest.approx(10.0)
    assert math.isnan(paper.flops)
    gadre = plan(published_law("gadre-c4"), Target(params=160e9))
    assert gadre.beyond[0].params == pytest.approx(160e9 / 4.12e8)
    # A law of which no runs are recorded.
    unknown = plan(PublishedLaw("new", "(2024)", "chinchilla", BESIROGLU), Target(params=160e9))
    assert unknown.beyond == ()
    assert any("not recorded" in note for note in unknown.notes)


def test_the_path_and_the_curves_of_equal_loss(fitted):
    got = plan(fitted, Target(flops=1e22))
    sizes = np.geomspace(1e8, 1e10, 5)
    path = got.path(sizes)
    for n, d in zip(path["params"], path["tokens"], strict=True):
        alone = plan(fitted, Target(flops=6 * n * d)).optimum
        assert alone.params.estimate == pytest.approx(n, rel=1e-9)
    assert (path["low"] < path["tokens"]).all()
    assert (path["tokens"] < path["high"]).all()
    level = got.equal_loss(got.optimum.loss.estimate, [1e6, got.optimum.params.estimate])
    assert level["params"].to_list() == pytest.approx([got.optimum.params.estimate])
    assert level["tokens"].to_list() == pytest.approx([got.optimum.tokens.estimate])


def test_the_truth_is_planned_where_there_is_no_noise():
    runs = Runs.from_frame(simulated(noise=0.0))
    got = plan(fit(runs, resampling=Resampling(n=100)), Target(flops=1e22), serving=Serving(1e12))
    true = plan(law_of(TRUE.values()), Target(flops=1e22), serving=Serving(1e12))
    for a, b in ((got.optimum, true.optimum), (got.lifetime.point, true.lifetime.point)):
        assert a.params.estimate == pytest.approx(b.params.estimate, rel=1e-3)
        assert a.loss.estimate == pytest.approx(b.loss.estimate, rel=1e-6)


def test_every_law_that_splits_compute_is_planned_with():
    base = simulated()
    for law in ("over-training", "no-floor"):
        got = plan(fit(Runs.from_frame(base), law=law, resampling=Resampling(n=100)),
                   Target(flops=1e22), serving=Serving(1e12))  # fmt: skip
        assert got.lifetime.point.params.estimate < got.optimum.params.estimate
        assert law in got.source
    repeated = plan(published_law("muennighoff"), Target(flops=1e22))
    assert any("none as repeated" in note for note in repeated.notes)


@settings(deadline=None, max_examples=30)
@given(
    exponents=st.tuples(st.floats(1e-3, 4.0), st.floats(1e-3, 4.0)),
    logs=st.tuples(st.floats(-5.0, 90.0), st.floats(-5.0, 90.0)),
    flops=st.floats(1e15, 1e30),
    served=st.floats(1e6, 1e25),
)
def test_laws_at_the_bounds_of_a_fit_are_planned_too(exponents, logs, flops, served):
    """A bootstrap draw may end anywhere within the bounds: no warning, no number undefined."""
    values = (1.0, math.exp(logs[0]), math.exp(logs[1]), *exponents)
    got = plan(law_of(values), Target(flops=flops), serving=Serving(served))
    point = got.lifetime.point
    for number in (point.params, point.tokens, point.loss, got.lifetime.saving, got.smallest):
        assert number.estimate >= 0
    for row in (*got.overtrained, *got.shrunk):
        assert row.compute.estimate >= 1 - 1e-9
    assert got.path([1e6, 1e12])["tokens"].is_not_nan().all()
