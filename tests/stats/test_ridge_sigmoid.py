"""Ridge sigmoids against a general optimiser; their noise; clustered means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from theodolite.stats.ridge_sigmoid import linear, noise_of, ridge_sigmoid


@given(st.integers(0, 10_000), st.sampled_from([0.003, 0.1, 3.0]))
@settings(max_examples=15, deadline=None)
def test_the_minimum_is_that_of_a_general_optimiser(seed, precision) -> None:
    rng = np.random.default_rng(seed)
    z, w = rng.standard_normal((25, 2)), rng.random(25) + 0.1
    # Below chance too: the objective is convex for any y.
    y = expit(2.0 * z[:, 0]) + 0.1 * rng.standard_normal(25)
    found = ridge_sigmoid(z[None], y, w[None], precision)[0]

    def cost(b: np.ndarray) -> float:
        eta = b[0] + z @ b[1:]
        loss = (w * (np.logaddexp(0.0, eta) - y * eta)).sum()
        return float(loss + 0.5 * precision * (b[1:] ** 2).sum() + 0.5e-3 * b[0] ** 2)

    best = minimize(cost, np.zeros(3), method="BFGS", options={"gtol": 1e-8})
    assert cost(found) <= best.fun + 1e-7
    assert found == pytest.approx(best.x, abs=2e-3)


def test_many_weightings_are_each_their_own() -> None:
    rng = np.random.default_rng(0)
    z, w = rng.standard_normal((3, 30, 2)), rng.random((3, 30))
    y = rng.random(30)
    together = ridge_sigmoid(z, y, w, 0.1)
    for k in range(3):
        assert together[k] == pytest.approx(ridge_sigmoid(z[k : k + 1], y, w[k : k + 1], 0.1)[0])
    assert linear(z, together)[1, 4] == pytest.approx(together[1, 0] + z[1, 4] @ together[1, 1:])


def test_separated_scores_have_a_finite_minimum() -> None:
    z = np.linspace(-1.0, 1.0, 12)[None, :, None]
    found = ridge_sigmoid(z, (z[0, :, 0] > 0).astype(float), np.ones((1, 12)), 0.003)
    assert np.isfinite(found).all()
    assert found[0, 1] > 3.0


@pytest.mark.parametrize(("tau", "sigma"), [(0.6, 0.0), (0.0, 0.05)])
def test_noise_of_either_kind_is_found(tau, sigma) -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.02, 0.98, 3000)
    residual = tau * p * (1 - p) * rng.standard_t(5, 3000) + sigma * rng.standard_t(5, 3000)
    got = noise_of(residual, p)
    assert got[0] == pytest.approx(tau, abs=0.12)
    assert got[1] == pytest.approx(sigma, abs=0.012)
