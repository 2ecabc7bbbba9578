"""The conditional logit: a slow fit by another method, recovery, and what is held out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from theodolite.errors import NotConvergedError
from theodolite.stats import conditional_logit, held_out_utility


def simulated(seed: int, n: int, beta: np.ndarray) -> tuple[csr_array, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, n)
    starts = np.cumsum(sizes) - sizes
    x = rng.normal(size=(sizes.sum(), beta.size)) * (rng.random((sizes.sum(), beta.size)) < 0.7)
    eta = x @ beta + rng.gumbel(size=sizes.sum())
    best = np.repeat(np.maximum.reduceat(eta, starts), sizes)
    return csr_array(x), (eta == best).astype(float), starts


def slow(x: np.ndarray, y: np.ndarray, starts: np.ndarray, precision: np.ndarray) -> np.ndarray:
    ends = np.append(starts[1:], len(y))

    def loss(beta: np.ndarray) -> float:
        total = 0.5 * float(precision @ beta**2)
        for a, b in zip(starts, ends, strict=True):
            e = np.exp(x[a:b] @ beta)
            total -= float(y[a:b] @ np.log(e / e.sum()))
        return total

    return minimize(loss, np.zeros(x.shape[1]), method="BFGS", options={"gtol": 1e-6}).x


def test_against_a_slow_fit_with_several_keys() -> None:
    x, y, starts = simulated(0, 60, np.array([1.0, -0.5, 0.0]))
    y[starts[0] : starts[1]] = 1 / (starts[1] - starts[0])
    precision = np.array([0.5, 2.0, 10.0])
    found = conditional_logit(x, y, starts, precision)
    np.testing.assert_allclose(found, slow(x.toarray(), y, starts, precision), atol=2e-4)
    elsewhere = conditional_logit(x, y, starts, precision, at=np.array([3.0, 3.0, -3.0]))
    np.testing.assert_allclose(elsewhere, found, atol=2e-4)


def test_coefficients_are_recovered() -> None:
    beta = np.array([0.8, -1.2, 0.3, 0.0])
    found = [conditional_logit(*simulated(s, 800, beta), np.full(4, 1e-3)) for s in range(12)]
    np.testing.assert_allclose(np.mean(found, axis=0), beta, atol=0.06)


def test_what_is_constant_in_an_item_does_not_matter() -> None:
    x, y, starts = simulated(1, 50, np.array([1.0, 0.5]))
    sizes = np.diff(np.append(starts, len(y)))
    moved = csr_array(
        x.toarray() + np.repeat(np.random.default_rng(2).normal(size=50), sizes)[:, None]
    )
    for z in (x, moved):
        found = conditional_logit(z, y, starts, np.ones(2))
        np.testing.assert_allclose(found, conditional_logit(x, y, starts, np.ones(2)), atol=1e-4)


def test_a_fold_is_predicted_from_the_others_alone() -> None:
    x, y, starts = simulated(3, 90, np.array([1.0, -1.0]))
    sizes = np.diff(np.append(starts, len(y)))
    fold = np.arange(90) % 3
    found = held_out_utility(x, y, starts, fold, np.ones(2))
    held = np.repeat(fold == 1, sizes)
    rest = fold != 1
    begins = np.cumsum(sizes[rest]) - sizes[rest]
    beta = conditional_logit(x[~held], y[~held], begins, np.ones(2))
    np.testing.assert_allclose(found[held], x[held] @ beta, atol=1e-3)
    # What is keyed in a fold has no part in its own prediction.
    other = y.copy()
    for start, size in zip(starts[fold == 1], sizes[fold == 1], strict=True):
        other[start : start + size] = np.roll(y[start : start + size], 1)
    again = held_out_utility(x, other, starts, fold, np.ones(2))
    np.testing.assert_allclose(again[held], found[held], atol=1e-3)
    assert np.abs(again[~held] - found[~held]).max() > 0.05


def test_earlier_folds_alone() -> None:
    x, y, starts = simulated(3, 90, np.array([1.0, -1.0]))
    sizes = np.diff(np.append(starts, len(y)))
    fold = np.arange(90) % 3
    found = held_out_utility(x, y, starts, fold, np.ones(2), earlier=True)
    first, last = (np.repeat(fold == f, sizes) for f in (0, 2))
    assert not found[first].any()
    everything = held_out_utility(x, y, starts, fold, np.ones(2))
    np.testing.assert_allclose(found[last], everything[last], atol=1e-3)
    # What is keyed in the last fold teaches nobody.
    moved = held_out_utility(x, np.where(last, y[::-1], y), starts, fold, np.ones(2), earlier=True)
    np.testing.assert_array_equal(moved, found)


def test_a_single_fold_knows_nothing() -> None:
    x, y, starts = simulated(4, 5, np.array([1.0]))
    assert not held_out_utility(x, y, starts, np.zeros(5, dtype=int), np.ones(1)).any()


def test_a_search_that_is_cut_short_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, starts = simulated(5, 300, np.array([3.0, -3.0]))
    monkeypatch.setattr("theodolite.stats.choice_model.MOST_STEPS", 1)
    with pytest.raises(NotConvergedError, match="did not settle"):
        conditional_logit(x, y, starts, np.full(2, 1e-3))
