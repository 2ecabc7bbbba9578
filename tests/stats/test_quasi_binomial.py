"""Many quasi-binomial regressions at once, against a general optimiser one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theodolite.stats.quasi_binomial import SharedRows, quasi_binomial


def loss(b, x, y, w, precision, centre):
    eta = x @ b
    likelihood = w @ (y * eta - np.logaddexp(0.0, eta))
    return -likelihood + 0.5 * (precision * (b - centre) ** 2).sum()


def slow(x, y, w, precision, centre):
    """One regression, by a general optimiser on the plain loss."""
    start = np.zeros(x.shape[1])
    return minimize(
        loss, start, args=(x, y, w, precision, centre), method="BFGS", options={"gtol": 1e-9}
    ).x


def made(seed: int, m: int = 3, n: int = 40, p: int = 3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(m, n, p))
    x[:, :, -1] = 1.0
    return x, rng.beta(0.5, 0.8, (m, n)), rng.random((m, n)) < 0.8, rng


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_optimum(seed: int) -> None:
    x, y, there, rng = made(seed)
    precision, centre = np.array([0.5, 2.0, 0.01]), rng.normal(size=3)
    shared = SharedRows(rng.normal(size=(7, 3)), rng.random(7), np.full(7, 0.3))
    got = quasi_binomial(x, y, there, precision=precision, centre=centre, shared=shared)
    assert got.converged.all()
    for k in range(3):
        rows = np.concatenate([x[k][there[k]], shared.x])
        outcomes = np.concatenate([y[k][there[k]], shared.y])
        weights = np.concatenate([np.ones(there[k].sum()), shared.weight])
        want = slow(rows, outcomes, weights, precision, centre)
        assert got.coefficients[k] == pytest.approx(want, abs=2e-6)
        p = 1.0 / (1.0 + np.exp(-rows @ want))
        curvature = (rows * (weights * p * (1 - p))[:, None]).T @ rows + np.diag(precision)
        assert np.linalg.inv(curvature) == pytest.approx(got.inverse[k], abs=1e-6)


def test_what_is_not_given_does_not_matter() -> None:
    x, y, there, rng = made(7)
    first = quasi_binomial(x, y, there, precision=np.full(3, 0.1))
    y[~there] = 123.0
    x[~there] = rng.normal(size=(int((~there).sum()), 3))
    second = quasi_binomial(x, y, there, precision=np.full(3, 0.1))
    assert second.coefficients == pytest.approx(first.coefficients, abs=1e-12)
    assert (second.residual[~there] == 0).all()
    assert (second.leverage[~there] == 0).all()


def test_leverages_add_up_to_the_coefficients() -> None:
    x, y, there, _ = made(3)
    got = quasi_binomial(x, y, there, precision=np.zeros(3))
    assert got.leverage.sum(axis=1) == pytest.approx(np.full(3, 3.0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), extreme=st.sampled_from([0.0, 1.0]))
def test_a_weak_prior_keeps_separated_outcomes_finite(seed: int, extreme: float) -> None:
    x, y, there, _ = made(seed, m=2, n=12)
    y[0] = extreme
    y[1] = (x[1, :, 0] > 0).astype(float)
    there[:] = True
    got = quasi_binomial(x, y, there, precision=np.array([0.01, 0.01, 1e-6]))
    assert got.converged.all()
    assert np.isfinite(got.coefficients).all()
    assert np.isfinite(got.inverse).all()
