"""Shapley contributions against the average over all orders, one by one."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.stats.draws import joint_level
from theodolite.stats.shapley import contributions


def by_hand(values):
    count = values.ndim - 1
    steps = [[] for _ in range(count)]
    for order in permutations(range(count)):
        at = [0] * count
        for factor in order:
            before = values[tuple(at)].copy()
            at[factor] = 1
            steps[factor].append(values[tuple(at)] - before)
    return np.array(steps)


@given(st.integers(1, 4), st.integers(0, 1000))
def test_the_mean_and_the_range_over_all_orders(count, seed):
    values = np.random.default_rng(seed).normal(size=(2,) * count + (3,))
    steps = by_hand(values)
    mean, low, high = contributions(values)
    assert mean == pytest.approx(steps.mean(axis=1))
    assert low == pytest.approx(steps.min(axis=1))
    assert high == pytest.approx(steps.max(axis=1))
    whole = values[(1,) * count] - values[(0,) * count]
    assert mean.sum(axis=0) == pytest.approx(whole)


def test_a_factor_that_changes_nothing_contributes_nothing():
    values = np.random.default_rng(1).normal(size=(2, 2, 2, 5))
    values[:, 1] = values[:, 0]
    assert np.abs(contributions(values)[0][1]).max() == 0.0


def test_the_joint_level_makes_every_interval_hold_together():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(20_000, 4)) @ rng.normal(size=(4, 6))
    level = joint_level(draws, 0.9)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    together = ((draws >= low) & (draws <= high)).all(axis=1).mean()
    assert together == pytest.approx(0.9, abs=0.002)
    assert 0.9 < level < 1.0
