"""Least squares with clusters left out: against one fit a cluster, and in coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.stats.left_out import left_out


def plain(x, y, w):
    root = np.sqrt(w)
    return np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_every_fit_is_a_fit_of_its_own(seed):
    rng = np.random.default_rng(seed)
    cluster = np.array([0, 0, 1, 2, 2, 2, 3, 4, 5])
    x = np.stack([np.ones(9), rng.standard_normal(9)], axis=1)
    y, w = rng.standard_normal(9), rng.uniform(0.5, 2.0, 9)
    got = left_out(x, y, w, cluster)
    assert got.coefficients.tolist() == pytest.approx(plain(x, y, w).tolist())
    spread = np.zeros((2, 2))
    for g in range(6):
        rest = cluster != g
        b = plain(x[rest], y[rest], w[rest])
        assert got.without[g].tolist() == pytest.approx(b.tolist())
        assert got.predicted[~rest].tolist() == pytest.approx((x[~rest] @ b).tolist())
        away = b - got.coefficients
        spread += 5 / 6 * np.outer(away, away)
    assert got.covariance.ravel().tolist() == pytest.approx(spread.ravel().tolist())
    assert got.df == 4


def test_one_cluster_that_alone_holds_a_slope_is_refused():
    x = np.stack([np.ones(5), [0.0, 0.0, 0.0, 0.0, 1.0]], axis=1)
    with pytest.raises(ValueError, match="without one cluster"):
        left_out(x, np.arange(5.0), np.ones(5), np.arange(5))


def test_intervals_cover():
    """Nine members of eight clusters that share an effect: at least the level less noise."""
    rng = np.random.default_rng(1)
    cluster = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7])
    inside = 0
    for _ in range(600):
        tokens = rng.normal(0.0, 1.5, 9)
        y = 0.5 * tokens + rng.normal(0.0, 0.5, 8)[cluster] + rng.normal(0.0, 0.3, 9)
        got = left_out(np.stack([np.ones(9), tokens], axis=1), y, np.ones(9), cluster)
        _, low, high = got.interval(np.array([0.0, 1.0]), 0.95)
        inside += low <= 0.5 <= high
    # Three Monte Carlo errors; the jackknife is on the safe side.
    assert inside / 600 > 0.95 - 3 * (0.95 * 0.05 / 600) ** 0.5
