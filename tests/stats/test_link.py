"""Curves of accuracy and their penalised fit: derivatives, scipy's optimum, priors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from theodolite.stats.link import Exponential, Powers, Sigmoid
from theodolite.stats.newton import Bounds, minimise
from theodolite.stats.penalised import Penalised, Prior

Z = np.linspace(-1.5, 2.0, 12)
CURVES = {
    "sigmoid": (Sigmoid(Z), np.array([-0.5, 1.2, 0.25, 0.9])),
    "exponential": (Exponential(Z), np.array([-1.8, 0.6, 0.2])),
    "compute": (Powers(Z[None]), np.array([1.0, 0.3, 0.4, 0.25, 0.95])),
    "direct": (
        Powers(np.stack([Z, Z[::-1] ** 2])),
        np.array([1.5, 0.3, 0.4, -0.5, 0.2, 0.25, 1.0]),
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_derivatives(name):
    curve, theta = CURVES[name]
    found = curve.at(theta[None])[1][0]
    step = 1e-6
    for k in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[k] += step
        down[k] -= step
        slope = (curve.at(up[None])[0][0] - curve.at(down[None])[0][0]) / (2 * step)
        assert found[k] == pytest.approx(slope, abs=1e-8)


def slow_sigmoid(loss, k, middle, low, high):
    return low + (high - low) / (1 + np.exp(k * (loss - middle)))


def test_the_sigmoid_is_the_one_of_loss():
    loss = np.linspace(0.6, 1.4, 9)
    z = (1.0 - loss) / 0.2
    theta = np.array([5.0 * (0.9 - 1.0), 5.0 * 0.2, 0.25, 0.95])
    found = Sigmoid(z).at(theta[None])[0][0]
    assert found == pytest.approx(slow_sigmoid(loss, 5.0, 0.9, 0.25, 0.95))


@pytest.mark.parametrize("name", CURVES)
def test_the_optimum_is_that_of_scipy(name):
    curve, true = CURVES[name]
    rng = np.random.default_rng(1)
    observed = curve.at(true[None])[0][0] + 0.01 * rng.standard_normal(len(Z))
    sd = np.full(len(true), 0.7)
    prior, variance = Prior(true + 0.1, sd), 1e-4
    weights = rng.multinomial(len(Z), np.full(len(Z), 1 / len(Z)), size=3).astype(float)
    bounds = Bounds(np.full(len(true), -9.0), np.full(len(true), 9.0))
    model = Penalised(curve, observed, prior, variance)
    found = minimise(model, np.repeat(true[None], 3, 0), weights, np.inf, bounds)
    assert found.converged.all()
    for row, theta in zip(weights, found.theta, strict=True):

        def total(t, row=row):
            away = (t - prior.mean) / sd
            residual = observed - curve.at(t[None])[0][0]
            return 0.5 * (row @ residual**2) + 0.5 * variance * (away @ away)

        slow = minimize(total, true, method="BFGS", options={"gtol": 1e-10})
        assert total(theta) <= slow.fun * (1 + 1e-6)
        assert curve.at(theta[None])[0][0] == pytest.approx(curve.at(slow.x[None])[0][0], abs=1e-4)


@given(st.floats(0.05, 0.9), st.floats(-4, 4), st.floats(0, 5))
def test_a_sigmoid_rises_between_its_ends(low, a, b):
    high = low + 0.1
    mean = Sigmoid(np.sort(Z)).at(np.array([[a, b, low, high]]))[0][0]
    assert (np.diff(mean) >= -1e-12).all()
    assert mean.min() >= low - 1e-12
    assert mean.max() <= high + 1e-12


def test_without_data_the_prior_stands_and_its_draws_spread_as_it_does():
    curve, mean = Sigmoid(Z), np.array([0.0, 1.0, 0.25, 0.7])
    prior = Prior(mean, np.array([0.5, 0.3, 0.02, 0.1]))
    drawn = prior.drawn(4000, np.random.default_rng(0))
    wide = Bounds(np.full(4, -9.0), np.full(4, 9.0))
    model = Penalised(curve, np.full(len(Z), 0.4), drawn, 0.01)
    start = np.repeat(mean[None], 4000, 0)
    found = minimise(model, start, np.zeros((1, len(Z))), np.inf, wide)
    assert found.theta.mean(0) == pytest.approx(mean, abs=0.03)
    assert found.theta.std(0) == pytest.approx(prior.sd, rel=0.05)
    assert model.rows(np.array([3])).prior.mean.shape == (1, 4)
