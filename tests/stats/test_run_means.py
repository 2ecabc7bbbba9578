"""Means over runs against sums written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from theodolite.stats import clustered_means, item_means, run_means, run_spread


def test_a_single_run_is_the_plain_mean() -> None:
    y = np.random.default_rng(0).normal(0, 1, (3, 40))
    y[0, :5] = np.nan
    one, plain = run_means(y, np.arange(3)), clustered_means(y, np.arange(40))
    for name in ("mean", "covariance", "df", "items", "clusters", "spread", "least"):
        assert getattr(one, name) == pytest.approx(getattr(plain, name)), name


def test_the_variance_is_that_of_resampled_questions() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(0, 1, 200) + rng.normal(0, 1, (4, 200))
    y[rng.random(y.shape) < 0.1] = np.nan
    model = np.array([0, 0, 0, 1])
    got = run_means(y, model)
    draws = []
    for _ in range(3000):
        z = y[:, rng.integers(0, 200, 200)]
        m = np.nanmean(z, axis=1)
        draws.append([m[:3].mean(), m[3]])
    assert got.mean == pytest.approx([np.nanmean(y, axis=1)[:3].mean(), np.nanmean(y[3])])
    assert got.covariance == pytest.approx(np.cov(np.array(draws).T), rel=0.12)


def test_items_and_spread() -> None:
    y = np.array([[1.0, np.nan, 5.0], [3.0, np.nan, np.nan], [2.0, 2.0, 2.0]])
    model = np.array([0, 0, 1])
    assert np.array_equal(
        item_means(y, model), [[2.0, np.nan, 5.0], [2.0, 2.0, 2.0]], equal_nan=True
    )
    spread = run_spread(y, model)
    twice = run_spread(np.array([[8.0, 5.0, 2.0], [6.0, 5.0, 4.0]]), np.array([0, 0]))
    assert twice.within == pytest.approx([4.0 / 3.0])
    assert twice.between == pytest.approx([4.0 - 2.0 / 3.0])
    # A single item was answered twice: nothing tells the spread of items.
    assert np.isnan(spread.within).all()
    assert spread.runs[0] == pytest.approx(0.0)
    assert np.isnan(spread.runs[1])
