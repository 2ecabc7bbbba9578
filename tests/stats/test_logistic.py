"""Logistic regression against a general optimiser, and Wilson's interval against its roots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from theodolite.errors import NotConvergedError
from theodolite.stats.logistic import logistic
from theodolite.stats.proportions import wilson


def simulated(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    truth = np.array([-1.0, 0.5, 0.0, 2.0])
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-x @ truth))).astype(float)
    return x, y, rng.integers(1, 4, n).astype(float)


@given(st.integers(0, 2**32 - 1))
def test_is_the_optimum_that_a_general_optimiser_finds(seed: int) -> None:
    x, y, w = simulated(seed)
    precision = np.array([0.0, 1.0, 2.0, 0.5])

    def loss(beta: np.ndarray) -> float:
        log_likelihood = -np.logaddexp(0.0, np.where(y == 1.0, -1.0, 1.0) * (x @ beta))
        return float(-(w * log_likelihood).sum() + (precision * beta**2).sum() / 2.0)

    slow = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-6})
    beta = logistic(x, y, w, precision)
    np.testing.assert_allclose(beta, slow.x, atol=1e-4)
    assert loss(beta) <= slow.fun + 1e-9


def test_a_row_twice_is_weight_two() -> None:
    x, y, w = simulated(1)
    flat = np.full(4, 0.1)
    twice = logistic(np.vstack([x, x]), np.tile(y, 2), np.tile(w, 2), flat)
    np.testing.assert_allclose(twice, logistic(x, y, 2.0 * w, flat), atol=1e-8)


def test_separated_outcomes_need_a_prior() -> None:
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    y, w = np.array([0.0, 1.0]), np.ones(2)
    with pytest.raises(NotConvergedError, match="separated"):
        logistic(x, y, w, np.zeros(2))
    assert np.isfinite(logistic(x, y, w, np.ones(2))).all()


def test_recovers_what_was_put_in() -> None:
    draws = [logistic(*simulated(seed, 2_000), np.zeros(4)) for seed in range(40)]
    # The error of the mean of 40 fits is about 0.01; a wrong sign or scale is far outside.
    np.testing.assert_allclose(np.mean(draws, axis=0), [-1.0, 0.5, 0.0, 2.0], atol=0.06)


@pytest.mark.parametrize(("k", "n", "level"), [(3, 10, 0.95), (0, 7, 0.9), (50, 50, 0.99)])
def test_wilson_is_where_the_score_test_turns(k: int, n: int, level: float) -> None:
    share, z = k / n, norm.ppf(0.5 + level / 2)

    def score(p: float) -> float:
        return (share - p) ** 2 - z**2 * p * (1 - p) / n

    low, high = wilson(np.array([share]), np.array([float(n)]), level)
    expected_low = 0.0 if k == 0 else brentq(score, 0.0, share - 1e-9)
    expected_high = 1.0 if k == n else brentq(score, share + 1e-9, 1.0)
    assert low[0] == pytest.approx(expected_low, abs=1e-9)
    assert high[0] == pytest.approx(expected_high, abs=1e-9)
