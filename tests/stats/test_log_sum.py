"""Derivatives of sums of power laws against finite differences, and the batched minimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from theodolite.stats.draws import bias_corrected
from theodolite.stats.log_sum import Constant, LinearTerm, LogSum
from theodolite.stats.multistart import refit, resample_weights
from theodolite.stats.newton import Bounds, minimise
from theodolite.stats.repetition import RepeatedParams, RepeatedTokens, effective
from theodolite.stats.residual_loss import ResidualLoss

THETA = np.array([[1.8, -0.4, -0.3, 0.35, 0.4], [1.5, 0.1, -0.6, 0.25, 0.5]])


def terms_of(n, d):
    one = np.ones_like(n)
    return [
        Constant(0, len(n)),
        LinearTerm((1, 3), np.stack([one, -n])),
        LinearTerm((2, 4), np.stack([one, -d])),
    ]


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    n, d = rng.normal(size=(2, 30))
    clean = LogSum(terms_of(n, d), np.ones(30))
    loss = np.exp(clean.log_sum(THETA[:1])[0] + rng.normal(0, 0.05, 30))
    return terms_of(n, d), loss, rng.uniform(0.2, 2.0, size=(2, 30))


def repeated_terms(rng):
    tokens = rng.normal(size=30)
    unique = tokens - rng.uniform(0, 3, 30) * (rng.random(30) < 0.7)
    return [
        Constant(0, 30),
        RepeatedParams(rng.normal(size=30), unique),
        RepeatedTokens(tokens, unique),
    ]


def differences(function, theta, step=1e-6):
    rows = [
        (function(theta + step * unit) - function(theta - step * unit)) / (2 * step)
        for unit in np.eye(theta.shape[1])
    ]
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("scale", ["log", "loss"])
@pytest.mark.parametrize("delta", [0.03, np.inf])
def test_gradient_and_curvature(sample, scale, delta):
    terms, loss, weights = sample
    model = LogSum(terms, loss, scale)
    got = model.linearise(THETA, weights, delta)
    assert got.value == pytest.approx(model.value(THETA, weights, delta))
    gradient = differences(lambda t: model.value(t, weights, delta), THETA)
    assert got.gradient == pytest.approx(gradient, abs=1e-6)
    curvature = differences(lambda t: model.linearise(t, weights, delta).gradient, THETA)
    assert got.curvature == pytest.approx(curvature, abs=1e-5)


@pytest.mark.parametrize("scale", ["log", "loss"])
def test_jacobian_of_repeated_terms(scale):
    rng = np.random.default_rng(1)
    theta = np.array([[1.6, -0.3, -0.5, 0.35, 0.4, np.log(5.0), np.log(15.0)]])
    model = LogSum(repeated_terms(rng), np.full(30, 2.0), scale)
    slopes = differences(lambda t: -model.residuals(t), theta)
    assert model.jacobian(theta) == pytest.approx(slopes, abs=1e-7)
    weights = np.ones((1, 30))
    gradient = differences(lambda t: model.value(t, weights, 0.1), theta)
    assert model.linearise(theta, weights, 0.1).gradient == pytest.approx(gradient, abs=1e-6)


def test_repetition_by_its_formula():
    count, unique, worth = 40.0, 8.0, 15.0
    by_hand = unique + unique * worth * (1 - np.exp(-(count / unique - 1) / worth))
    got = effective(np.log([count]), np.log([unique]), np.log([worth]))
    assert np.exp(got.log)[0] == pytest.approx(by_hand)
    none = effective(np.log([8.0]), np.log([8.0]), np.log([worth]))
    assert np.exp(none.log)[0] == pytest.approx(8.0)
    endless = effective(np.array([700.0]), np.array([0.0]), np.log([worth]))
    assert np.exp(endless.log)[0] == pytest.approx(16.0)


@pytest.mark.parametrize("delta", [0.02, np.inf])
def test_minima_are_those_of_a_slow_search(sample, delta):
    terms, loss, weights = sample
    model = LogSum(terms, loss)
    bounds = Bounds(np.array([0, -9, -9, 0.01, 0.01]), np.array([3.0, 5, 5, 4, 4]))
    got = minimise(model, THETA, weights, delta, bounds)
    assert got.converged.all()
    for row in range(2):
        own = weights[[row]]
        slow = scipy_minimize(
            lambda t, own=own: model.value(t[None], own, delta)[0],
            got.theta[row] + 0.01,
            method="Nelder-Mead",
            options={"maxiter": 20000, "maxfev": 20000, "xatol": 1e-9, "fatol": 1e-14},
        )
        assert got.value[row] <= slow.fun * (1 + 1e-9)


def test_a_bound_holds_and_a_fixed_parameter_stays(sample):
    terms, loss, weights = sample
    model = LogSum(terms, loss)
    low, high = np.array([2.1, -9, -9, 0.01, 0.4]), np.array([3.0, 5, 5, 4, 0.4])
    got = minimise(model, THETA[:1], weights[:1], 0.02, Bounds(low, high))
    assert got.converged.all()
    assert got.theta[0, 4] == 0.4
    assert got.theta[0, 0] >= 2.1


def test_each_resample_is_fitted_as_if_alone(sample):
    terms, loss, _ = sample
    model = LogSum(terms, loss)
    bounds = Bounds(np.array([0, -9, -9, 0.01, 0.01]), np.array([3.0, 5, 5, 4, 4]))
    weights = resample_weights(np.arange(30), 40, np.random.default_rng(2))
    cost = ResidualLoss("huber", 0.02)
    together = refit(model, THETA[0], weights, cost, bounds)
    for row in (0, 17, 39):
        alone = refit(model, THETA[0], weights[[row]], cost, bounds)
        assert alone.value[0] == pytest.approx(together.value[row], rel=1e-9)
    assert (weights.sum(axis=1) == 30).all()


def test_clusters_are_drawn_whole():
    groups = np.array([0, 0, 1, 2, 2, 2])
    weights = resample_weights(groups, 50, np.random.default_rng(0))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_residual_losses():
    r = np.array([0.3, -2.0])
    assert ResidualLoss("least-squares", np.inf).total(r) == pytest.approx(0.045 + 2.0)
    assert ResidualLoss("least-absolute", np.inf).total(r) == pytest.approx(2.3)
    assert ResidualLoss("huber", 1.0).total(r, np.array([1.0, 2.0])) == pytest.approx(0.045 + 3.0)


def test_bias_corrected_intervals():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4000, 1))
    low, high = bias_corrected(np.zeros(1), draws, 0.95)
    assert low[0] == pytest.approx(-1.96, abs=0.12)
    assert high[0] == pytest.approx(1.96, abs=0.12)
    # An estimate below most draws moves both ends down.
    lower = bias_corrected(np.array([-0.5]), draws, 0.95)
    assert lower[0][0] < low[0]
    assert lower[1][0] < high[0]
    # Infinite draws are counted, not dropped.
    draws[:400] = np.inf
    assert bias_corrected(np.zeros(1), draws, 0.95)[1][0] == np.inf


def test_a_constant_of_some_points_alone_has_the_right_derivatives(sample):
    terms, loss, weights = sample
    where = (np.arange(30) % 3 == 0).astype(float)
    model = LogSum([Constant(0, 30, where), Constant(5, 30, 1.0 - where), *terms[1:]], loss)
    theta = np.concatenate([THETA, [[1.1], [0.9]]], axis=1)
    parts = model.log_sum(theta)
    alone = LogSum(terms, loss)
    there = np.concatenate([theta[:, [5]], THETA[:, 1:]], axis=1)
    assert parts == pytest.approx(np.where(where, alone.log_sum(THETA), alone.log_sum(there)))
    got = model.linearise(theta, weights, 0.03)
    gradient = differences(lambda t: model.value(t, weights, 0.03), theta)
    assert got.gradient == pytest.approx(gradient, abs=1e-6)
    smooth = model.linearise(theta, weights, np.inf)
    slope = differences(lambda t: model.linearise(t, weights, np.inf).gradient, theta)
    assert smooth.curvature == pytest.approx(slope, abs=1e-5)
