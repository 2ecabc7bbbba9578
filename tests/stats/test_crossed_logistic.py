"""The joint mode, against a general optimiser on its loss written anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from theodolite.stats.crossed_logistic import (
    HELD,
    Crossed,
    crossed_influence,
    crossed_logistic,
)


def made(m: int = 5, n: int = 30, seed: int = 0, missing: float = 0.1):
    rng = np.random.default_rng(seed)
    d = rng.normal(0, 1.2, n)
    z = np.tanh(rng.normal(-0.3, 1, (m, n)))
    theta = np.linspace(-1.5, 1.0, m)
    p = 1 / (1 + np.exp(-(theta[:, None] + d + 1.2 * z)))
    y = rng.beta(1.5 * p, 1.5 * (1 - p))
    there = rng.random((m, n)) >= missing
    return np.stack([z, np.ones((m, n))], axis=2), y, there, d


def loss(flat, fit: Crossed, x, y, there, weight):
    """Minus the penalised likelihood: a weight for every item, its ease's prior included."""
    m, n, p = x.shape
    b, d = flat[: m * (p + 1)].reshape(m, p + 1), flat[m * (p + 1) :]
    total = 0.0
    for i in range(n):
        eta = x[:, i] @ np.zeros(p) + (x[:, i] * b[:, :p]).sum(axis=1) + b[:, p] * d[i]
        each = there[:, i] * (y[:, i] * eta - np.logaddexp(0, eta))
        total += weight[i] * (each.sum() / fit.dispersion - d[i] ** 2 / (2 * fit.ease_spread**2))
    for k in range(p + 1):
        spread = fit.spread[k]
        precision = 1 / spread**2 if np.isfinite(spread) else 1e-4
        total -= (precision * (b[:, k] - fit.centre[k]) ** 2).sum() / 2
    return -(total - HELD * (b[:, p].mean() - 1.0) ** 2 / 2)


def refitted(fit: Crossed, x, y, there, weight):
    start = np.concatenate([fit.coefficients.ravel(), fit.ease])
    return minimize(
        loss,
        start,
        args=(fit, x, y, there, weight),
        method="BFGS",
        options={"gtol": 1e-7, "maxiter": 3000},
    ).x


def mean_rate(flat, x, there, weight, model):
    m, _, p = x.shape
    b, d = flat[: m * (p + 1)].reshape(m, p + 1), flat[m * (p + 1) :]
    r = 1 / (1 + np.exp(-(b[model, p - 1] + b[model, p] * d)))
    w = weight * there[model]
    return w @ r / w.sum()


def test_it_is_the_mode() -> None:
    x, y, there, _ = made()
    fit = crossed_logistic(x, y, there)
    assert fit.converged
    got = np.concatenate([fit.coefficients.ravel(), fit.ease])
    least = loss(got, fit, x, y, there, np.ones(30))
    rng = np.random.default_rng(1)
    m = 5
    for _ in range(200):
        step = rng.normal(size=len(got)) * 10.0 ** rng.uniform(-5, -1)
        # Along the valley that holds the mean of s at 1: elsewhere nothing can be less.
        s = step[: m * 3].reshape(m, 3)
        s[:, 2] -= s[:, 2].mean()
        assert loss(got + step, fit, x, y, there, np.ones(30)) >= least - 1e-9


def test_the_scale_of_the_ease_is_fixed_and_it_is_found() -> None:
    x, y, there, d = made(m=12, n=200, seed=2)
    fit = crossed_logistic(x, y, there)
    assert fit.coefficients[:, -1].mean() == pytest.approx(1.0, abs=1e-3)
    assert np.corrcoef(fit.ease, d)[0, 1] > 0.9
    assert fit.centre[0] == pytest.approx(1.2, abs=0.2)


def test_influence_is_the_derivative_in_the_items_weight() -> None:
    x, y, there, _ = made(m=3, n=14, seed=4, missing=0.0)
    fit = crossed_logistic(x, y, there)
    neutral = x.copy()
    neutral[:, :, 0] = 0.0
    rate, influence = crossed_influence(fit, x, neutral, y, there)
    flat = np.concatenate([fit.coefficients.ravel(), fit.ease])
    for model in range(3):
        assert rate[model] == pytest.approx(mean_rate(flat, x, there, np.ones(14), model))
    # What tunes the fit (mu, tau, sigma) is held, as the result says.
    for i in (0, 5, 11):
        step = np.zeros(14)
        step[i] = 0.005
        ups, downs = (refitted(fit, x, y, there, 1 + s) for s in (step, -step))
        for model in range(3):
            up = mean_rate(ups, x, there, 1 + step, model)
            down = mean_rate(downs, x, there, 1 - step, model)
            slope = 14 * (up - down) / 0.01
            assert influence[model, i] == pytest.approx(slope, rel=0.005, abs=5e-4)


def test_items_of_no_ease_at_all_converge() -> None:
    rng = np.random.default_rng(9)
    z = np.tanh(rng.normal(size=(6, 60)))
    p = 1 / (1 + np.exp(-(z - 0.5)))
    y = (rng.random((6, 60)) < p).astype(float)
    fit = crossed_logistic(np.stack([z, np.ones((6, 60))], axis=2), y, y >= 0)
    assert fit.converged
    assert np.abs(fit.ease).max() < 1.0
