"""The choice of the cost against one fold and one row after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.errors import TooFewError
from theodolite.stats.l1_folds import fit_by_folds
from theodolite.stats.l1_logistic import l1_logistic
from theodolite.stats.soft_rows import SoftRows

COSTS = np.logspace(-4, 4, 10)


def dealt(groups: int, folds: int) -> np.ndarray:
    """Groups of two rows each: the last first, always to the fold that has fewest rows."""
    fold, held = np.empty(groups, dtype=int), np.zeros(folds)
    for group in reversed(range(groups)):
        fold[group] = int(np.argmin(held))
        held[fold[group]] += 2
    return fold


def one_by_one(x, y, s, folds=5) -> tuple[float, np.ndarray, np.ndarray]:
    """Each row twice, a label each; every fold's mean over its rows; refit at the best cost."""
    fold = dealt(len(y), folds)
    total = np.zeros(len(COSTS))
    for f in range(folds):
        stays = np.where(fold == f, 0.0, s)
        path = l1_logistic(SoftRows(x[None], y[None], stays[None, None]), COSTS)
        for k, w in enumerate(path.coefficients[0, 0]):
            losses = []
            for i in np.flatnonzero(fold == f):
                p = min(max(1 / (1 + np.exp(-x[i] @ w)), 1e-15), 1 - 1e-15)
                loss = -s[i] * (y[i] * np.log(p) + (1 - y[i]) * np.log(1 - p))
                losses += [loss, loss]
            total[k] += np.mean(losses)
    best = COSTS[int(np.argmin(total))]
    last = l1_logistic(SoftRows(x[None], y[None], s[None, None]), np.array([best]))
    return best, last.coefficients[0, 0, 0], total


@given(st.integers(0, 10_000), st.integers(20, 29))
@settings(max_examples=8, deadline=None)
def test_cost_and_coefficients_are_those_of_one_fold_after_the_other(seed, n) -> None:
    rng = np.random.default_rng(seed)
    w = rng.normal(size=2)
    x, gx = rng.normal(size=(2, 30, 2)), rng.normal(size=(13, 2))
    y = 1 / (1 + np.exp(-(x @ w) + rng.normal(size=(2, 30))))
    gy = rng.random(13)
    weights = np.ones((2, 1, 30))
    weights[1, 0, n:] = 0.0  # the second design has fewer rows
    own = SoftRows(x * weights[:, 0, :, None], y, weights)
    fit = fit_by_folds(own, SoftRows(gx[None], gy[None], np.full((1, 1, 13), 0.1)), COSTS)
    for b, rows in enumerate((30, n)):
        best, found, total = one_by_one(
            np.concatenate([gx, x[b, :rows]]),
            np.concatenate([gy, y[b, :rows]]),
            np.concatenate([np.full(13, 0.1), np.ones(rows)]),
        )
        assert fit.losses[b] == pytest.approx(total, rel=1e-7)
        assert fit.cost[b] == best
        assert fit.coefficients[b] == pytest.approx(found, abs=1e-7)


def test_a_design_may_have_fewer_rows_of_its_own_than_there_are_folds() -> None:
    rng = np.random.default_rng(0)
    x, y, gx, gy = rng.normal(size=(2, 1)), rng.random(2), rng.normal(size=(9, 1)), rng.random(9)
    common = SoftRows(gx[None], gy[None], np.ones((1, 1, 9)))
    fit = fit_by_folds(SoftRows(x[None], y[None], np.ones((1, 1, 2))), common, COSTS)
    both = np.concatenate([gx, x]), np.concatenate([gy, y])
    best, found, _ = one_by_one(*both, np.ones(11))
    assert fit.cost[0] == best
    assert fit.coefficients[0] == pytest.approx(found, abs=1e-7)


def test_the_folds_are_those_of_scikit_learn() -> None:
    selection = pytest.importorskip("sklearn.model_selection", reason="scikit-learn is no extra")
    for groups in (2413, 2415, 17):
        splits = selection.GroupKFold(5).split(np.zeros(groups), groups=np.arange(groups))
        theirs = {frozenset(test.tolist()) for _, test in splits}
        ours = {frozenset(np.flatnonzero(-np.arange(groups) % 5 == f)) for f in range(5)}
        assert theirs == ours


@pytest.mark.parametrize("groups", [5, 16, 2413, 2415])
def test_the_partition_is_that_of_dealing_out(groups) -> None:
    parts = [
        {frozenset(np.flatnonzero(fold == f).tolist()) for f in range(5)}
        for fold in (dealt(groups, 5), -np.arange(groups) % 5)
    ]
    assert parts[0] == parts[1]


def test_of_equal_sums_the_first_cost_wins() -> None:
    flat = SoftRows(np.zeros((1, 12, 1)), np.full((1, 12), 0.5), np.ones((1, 1, 12)))
    fit = fit_by_folds(flat, flat, COSTS)
    assert fit.cost[0] == COSTS[0]
    assert fit.coefficients[0, 0] == 0.0


def test_too_few_rows_for_the_folds_are_an_error() -> None:
    few = SoftRows(np.ones((1, 2, 1)), np.ones((1, 2)), np.ones((1, 1, 2)))
    with pytest.raises(TooFewError, match="5 folds"):
        fit_by_folds(few, few, COSTS)
