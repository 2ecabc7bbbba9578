"""L1-penalised logistic regressions against a general optimiser, and their optimality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theodolite.errors import NotConvergedError
from theodolite.stats import l1_logistic as module
from theodolite.stats.l1_logistic import l1_logistic
from theodolite.stats.soft_rows import SoftRows

COSTS = np.logspace(-4, 4, 10)


def rows(seed: int, designs: int, n: int, features: int, *, weightings: int = 1) -> SoftRows:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(designs, n, features)) * rng.choice([0.1, 1.0, 4.0], features)
    y = rng.random((designs, n)) ** rng.choice([0.3, 1.0, 4.0])
    weights = rng.choice([0.0, 0.1, 1.0, 2.5], (designs, weightings, n))
    return SoftRows(x, y, weights)


def objective(w: np.ndarray, x: np.ndarray, y: np.ndarray, s: np.ndarray, cost: float) -> float:
    """The two weighted rows of each outcome, as LIBLINEAR would take them."""
    eta = x @ w
    one, nought = np.logaddexp(0.0, -eta), np.logaddexp(0.0, eta)
    return float(np.abs(w).sum() + cost * (s * y * one + s * (1 - y) * nought).sum())


def gradient(w: np.ndarray, x: np.ndarray, y: np.ndarray, s: np.ndarray) -> np.ndarray:
    return np.array(
        [
            sum(s[i] * (1 / (1 + np.exp(-x[i] @ w)) - y[i]) * x[i, j] for i in range(len(y)))
            for j in range(x.shape[1])
        ]
    )


def by_general_optimiser(x, y, s, cost) -> float:
    """The minimum over the positive and the negative parts of w, with bounds."""
    count = x.shape[1]

    def split(parts: np.ndarray) -> tuple[float, np.ndarray]:
        w = parts[:count] - parts[count:]
        slope = cost * gradient_fast(w, x, y, s)
        value = objective(w, x, y, s, cost) - np.abs(w).sum() + parts.sum()
        return value, np.concatenate([slope, -slope]) + 1.0

    best = minimize(
        split, np.zeros(2 * count), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 2 * count,
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
    )  # fmt: skip
    return objective(best.x[:count] - best.x[count:], x, y, s, cost)


def gradient_fast(w, x, y, s) -> np.ndarray:
    return x.T @ (s * (1 / (1 + np.exp(-np.clip(x @ w, -700, 700))) - y))


@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([0.003, 0.3, 20.0]))
@settings(max_examples=20, deadline=None)
def test_the_minimum_is_that_of_a_general_optimiser(seed, features, cost) -> None:
    some = rows(seed, 1, 40, features)
    w = l1_logistic(some, np.array([cost])).coefficients[0, 0, 0]
    at = some.x[0], some.y[0], some.weights[0, 0], cost
    best = by_general_optimiser(*at)
    assert objective(w, *at) == pytest.approx(best, rel=1e-7)
    assert objective(w, *at) <= best * (1 + 1e-10)


@given(st.integers(0, 10_000), st.integers(1, 10), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_every_fit_meets_the_conditions_of_an_optimum(seed, features, weightings) -> None:
    own = rows(seed, 2, 25, features, weightings=weightings)
    common = rows(seed + 1, 1, 15, features, weightings=weightings)
    path = l1_logistic(own, COSTS, shared=common)
    assert path.residual.max() <= 1e-10
    for b, f, k in np.ndindex(path.residual.shape):
        w = path.coefficients[b, f, k]
        slope = gradient(w, own.x[b], own.y[b], own.weights[b, f])
        slope += gradient(w, common.x[0], common.y[0], common.weights[0, f])
        size = np.abs(own.x[b]).T @ own.weights[b, f]
        size += np.abs(common.x[0]).T @ common.weights[0, f]
        slack = 2e-10 * (1 + COSTS[k] * size)
        gap = np.where(w == 0, np.abs(COSTS[k] * slope) - 1, np.abs(COSTS[k] * slope + np.sign(w)))
        assert (gap <= slack).all()


def test_many_at_once_are_each_their_own() -> None:
    own = rows(3, 70, 300, 3, weightings=4)  # more than one block
    common = rows(4, 1, 200, 3, weightings=4)
    path = l1_logistic(own, COSTS, shared=common)
    for b in (0, 33, 69):
        for f in range(4):
            x = np.concatenate([common.x[0], own.x[b]])
            y = np.concatenate([common.y[0], own.y[b]])
            s = np.concatenate([common.weights[0, f], own.weights[b, f]])
            one = l1_logistic(SoftRows(x[None], y[None], s[None, None]), COSTS)
            assert path.coefficients[b, f] == pytest.approx(one.coefficients[0, 0], abs=1e-7)


def test_one_weighting_for_all_designs_is_the_same_given_to_each() -> None:
    own = rows(5, 6, 50, 2)
    once = SoftRows(own.x, own.y, own.weights[:1])
    each = SoftRows(own.x, own.y, np.repeat(own.weights[:1], 6, axis=0))
    found = [l1_logistic(some, COSTS).coefficients for some in (once, each)]
    np.testing.assert_allclose(*found, atol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_signs_and_order_of_features_and_outcomes_carry_over(seed) -> None:
    some = rows(seed, 1, 30, 4)
    w = l1_logistic(some, COSTS).coefficients
    order, signs = [2, 0, 3, 1], np.array([1.0, -1.0, -1.0, 1.0])
    turned = SoftRows(some.x[:, :, order] * signs, some.y, some.weights)
    assert l1_logistic(turned, COSTS).coefficients == pytest.approx(
        w[..., order] * signs, rel=1e-5, abs=1e-6
    )
    other = SoftRows(some.x, 1.0 - some.y, some.weights)
    assert l1_logistic(other, COSTS).coefficients == pytest.approx(-w, rel=1e-5, abs=1e-6)


def test_neither_start_nor_order_of_costs_matters_and_designs_may_have_their_own() -> None:
    own = rows(8, 3, 60, 3)
    up = l1_logistic(own, COSTS).coefficients
    down = l1_logistic(own, COSTS[::-1], start=np.full((3, 1, 3), 2.0)).coefficients
    assert down[:, :, ::-1] == pytest.approx(up, abs=1e-7)
    each = l1_logistic(own, COSTS[[[2], [5], [9]]]).coefficients[:, 0, 0]
    assert each == pytest.approx(up[[0, 1, 2], 0, [2, 5, 9]], abs=1e-7)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_outcomes_that_never_differ_have_a_finite_optimum(outcome) -> None:
    n = 200
    ones = SoftRows(np.ones((1, n, 1)), np.full((1, n), outcome), np.ones((1, 1, n)))
    w = l1_logistic(ones, COSTS).coefficients[0, 0, :, 0]
    expected = np.where(COSTS * n / 2 > 1, np.log(np.maximum(COSTS * n - 1, 1e-9)), 0.0)
    assert w == pytest.approx((1 if outcome else -1) * expected, rel=1e-6, abs=1e-9)


def test_separated_outcomes_and_wrong_starts_are_reached() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1, 50, 2)) * [1.0, 100.0]
    own = SoftRows(x, (x[:, :, 0] > 0).astype(float), np.ones((1, 1, 50)))
    near = l1_logistic(own, COSTS)
    far = l1_logistic(own, COSTS[-1:], start=np.array([[[-4.0, 0.3]]]))
    assert np.isfinite(near.coefficients).all()
    assert far.coefficients[0, 0, 0] == pytest.approx(near.coefficients[0, 0, -1], rel=1e-4)


def test_features_that_say_nothing_or_the_same_do_no_harm() -> None:
    own = rows(9, 1, 40, 2)
    x = np.concatenate([own.x, own.x[:, :, :1], np.zeros((1, 40, 1))], axis=2)
    doubled = l1_logistic(SoftRows(x, own.y, own.weights), COSTS).coefficients[0, 0]
    plain = l1_logistic(own, COSTS).coefficients[0, 0]
    assert (doubled[:, 3] == 0.0).all()
    assert doubled[:, 0] + doubled[:, 2] == pytest.approx(plain[:, 0], abs=1e-5)
    assert doubled[:, 1] == pytest.approx(plain[:, 1], abs=1e-5)


def test_a_fit_that_does_not_end_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 2)
    with pytest.raises(NotConvergedError, match="did not converge within 2 steps"):
        l1_logistic(rows(1, 2, 30, 3), np.array([1.0]))


def test_liblinear_gives_the_same() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is no extra")
    own = rows(11, 1, 120, 3)
    x, y, s = own.x[0], own.y[0], own.weights[0, 0]
    for cost in (0.05, 2.0):
        peer = linear_model.LogisticRegression(
            l1_ratio=1, C=cost, solver="liblinear", fit_intercept=False, tol=1e-9, max_iter=5000
        )
        label = np.repeat([1, 0], len(y))
        peer.fit(np.vstack([x, x]), label, np.concatenate([s * y, s * (1 - y)]))
        w = l1_logistic(own, np.array([cost])).coefficients[0, 0, 0]
        assert w == pytest.approx(peer.coef_[0], abs=1e-5)
