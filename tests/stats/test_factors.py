"""Principal components with missing cells: against PCA, a direct likelihood, and known axes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from theodolite.errors import TooFewError
from theodolite.stats.factors import factors, filled_by_one, held_out_cells, project


def table(seed: int, *, n: int = 60, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    axes = np.array([[0.3, 0.2, 0.25, 0.1, 0.2], [0.1, -0.2, 0.1, 0.1, -0.1]])
    rows = 0.5 + rng.standard_normal((n, 2)) @ axes + 0.03 * rng.standard_normal((n, 5))
    gone = rng.random(rows.shape) < missing
    gone[np.arange(n), rng.integers(0, 5, n)] = False
    rows[gone] = np.nan
    return rows


def log_likelihood(rows: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> float:
    """A slow reference: each row's density in its observed cells."""
    total = 0.0
    for row in rows:
        seen = ~np.isnan(row)
        law = multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)])
        total += float(law.logpdf(row[seen]))
    return total


@given(st.integers(0, 1000), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_complete_rows_give_ordinary_pca(seed, k) -> None:
    rows = table(seed)
    found = factors(rows, np.ones((1, len(rows))), k)
    values, axes = np.linalg.eigh(np.cov(rows.T, bias=True))
    assert found.eigenvalues[0] == pytest.approx(values[::-1])
    assert np.abs(np.sum(found.axes[0] * axes[:, ::-1][:, :k], axis=0)) == pytest.approx(np.ones(k))
    assert (found.axes[0].sum(axis=0) > 0).all()
    scores, spread = project(rows, found)
    assert scores[0] == pytest.approx((rows - rows.mean(axis=0)) @ found.axes[0])
    assert (spread == 0).all()


def test_em_stands_at_the_maximum_of_the_likelihood() -> None:
    rows = table(1, n=40, missing=0.25)
    found = factors(rows, np.ones((1, 40)), 2)
    values, axes = np.linalg.eigh(found.covariance[0])
    # Parameters: mean, loadings and noise of the same model.
    noise = values[:3].mean()
    loads = axes[:, 3:] * np.sqrt(values[3:] - noise)

    def at(x: np.ndarray) -> float:
        w = x[5:15].reshape(5, 2)
        return log_likelihood(rows, x[:5], w @ w.T + np.exp(x[15]) * np.eye(5))

    x = np.concatenate([found.mean[0], loads.ravel(), [np.log(noise)]])
    # Per standard error the gradient is nothing: scores move the likelihood by less than 0.02.
    assert np.abs(approx_fprime(x, at, 1e-6) * np.r_[np.full(15, 0.04), 0.2]).max() < 0.02


def test_weights_are_repeated_rows_and_a_start_changes_nothing() -> None:
    rows = table(2, n=30, missing=0.2)
    weights = np.random.default_rng(0).integers(1, 4, (2, 30)).astype(float)
    both = factors(rows, weights, 2)
    for k in range(2):
        again = np.repeat(rows, weights[k].astype(int), axis=0)
        alone = factors(again, np.ones((1, len(again))), 2)
        assert both.covariance[k] == pytest.approx(alone.covariance[0], abs=3e-5)
    start = factors(rows, np.ones((1, 30)), 2)
    warm = factors(rows, weights, 2, start=start)
    assert warm.covariance == pytest.approx(both.covariance, abs=3e-4)


def test_a_missing_score_widens_and_the_conditional_mean_is_that_of_the_normal() -> None:
    rows = table(3)
    found = factors(rows, np.ones((1, 60)), 2)
    row = rows[:1].copy()
    row[0, 2] = np.nan
    scores, spread = project(row, found)
    mean, c = found.mean[0], found.covariance[0]
    seen = [0, 1, 3, 4]
    guess = mean[2] + c[2, seen] @ np.linalg.solve(c[np.ix_(seen, seen)], row[0, seen] - mean[seen])
    row[0, 2] = guess
    assert scores[0, 0] == pytest.approx((row[0] - mean) @ found.axes[0])
    left = c[2, 2] - c[2, seen] @ np.linalg.solve(c[np.ix_(seen, seen)], c[seen, 2])
    axis = found.axes[0, 2]
    assert spread[0, 0] == pytest.approx(left * np.outer(axis, axis))


def test_known_axes_are_found_under_missing_cells() -> None:
    whole, holed = table(4, n=400), table(4, n=400, missing=0.3)
    first = factors(whole, np.ones((1, 400)), 2)
    second = factors(holed, np.ones((1, 400)), 2)
    assert np.abs(np.sum(first.axes[0] * second.axes[0], axis=0)).min() > 0.99
    assert second.explained[0, :2] == pytest.approx(first.explained[0, :2], abs=0.04)


def test_hidden_cells_choose_the_true_number_and_imputation_is_near() -> None:
    holed = table(5, n=150, missing=0.1)
    errors = held_out_cells(holed, 4, rng=np.random.default_rng(0))
    assert 1 + int(errors.argmin()) in (2, 3)
    assert errors[1] < 0.7 * errors[0]
    filled = filled_by_one(holed)
    assert not np.isnan(filled).any()
    seen = ~np.isnan(holed)
    assert (filled[seen] == holed[seen]).all()


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TooFewError, match="2 rows with scores are too few for 2"):
        factors(np.ones((2, 4)), np.ones((1, 2)), 2)
    empty = np.column_stack([np.arange(5.0), np.full(5, np.nan), np.arange(5.0) ** 2])
    with pytest.raises(TooFewError):
        factors(empty, np.ones((1, 5)), 1)
