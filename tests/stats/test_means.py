"""Means, their covariance and intervals against plain loops and what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tests.stats.item_scores import answers, slow_covariance, slow_mean
from theodolite.stats import average_means, clustered_means, mean_interval, wilson

SEEDS = st.integers(0, 2**32 - 1)


def ends(values: np.ndarray, clusters: np.ndarray, level: float = 0.95) -> np.ndarray:
    return np.array(mean_interval(clustered_means(values, clusters), level=level, share=True))


@given(seed=SEEDS, missing=st.sampled_from([0.0, 0.3]), k=st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_means_and_covariance_are_those_of_plain_loops(seed: int, missing: float, k: int) -> None:
    values, clusters = answers(k, missing=missing, seed=seed)
    values[:, [np.flatnonzero(clusters == c)[0] for c in (0, 1)]] = 1.0  # two clusters at least
    got = clustered_means(values, clusters)
    for i in range(k):
        mean, variance, n, g = slow_mean(values[i], clusters)
        assert (got.mean[i], got.covariance[i, i]) == pytest.approx((mean, variance))
        assert (got.items[i], got.clusters[i], got.df[i]) == (n, g, g - 1)
        for j in range(k):
            want = slow_covariance(values[i], values[j], clusters)
            assert got.covariance[i, j] == pytest.approx(want, abs=1e-12)


def test_independent_items_have_the_usual_error() -> None:
    y = np.array([[1.0, 0.0, 1.0, 1.0, 0.25]])
    got = clustered_means(y, np.arange(5))
    assert got.covariance[0, 0] == pytest.approx(y.var(ddof=1) / 5)
    assert got.design == pytest.approx(1.0)


def test_independent_right_and_wrong_have_wilsons_interval() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random((4, 3000)) < [[0.0], [0.02], [0.5], [1.0]]).astype(float)
    want = wilson(y.mean(axis=1), np.full(4, 3000.0), 0.95)
    # Student's quantile at 2,999 degrees of freedom is the normal one to three digits.
    assert ends(y, np.arange(3000)) == pytest.approx(np.array(want), abs=2e-5)


def test_other_scores_have_students_interval() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(7, 3, (1, 12))
    means = clustered_means(y, np.arange(12))
    low, high = mean_interval(means, level=0.9, share=False)
    want = scipy_stats.t.interval(0.9, 11, y.mean(), y.std(ddof=1) / math.sqrt(12))
    assert (low[0], high[0]) == pytest.approx(want)


@given(seed=SEEDS, times=st.integers(2, 4))
@settings(max_examples=30, deadline=None)
def test_copies_in_one_cluster_say_nothing_new(seed: int, times: int) -> None:
    values, _ = answers(3, seed=seed)
    values[0, ~np.isnan(values[0])] = 1.0
    items = np.arange(values.shape[1])
    once = ends(values, items)
    again = ends(np.tile(values, times), np.tile(items, times))
    assert again == pytest.approx(once)


@pytest.mark.parametrize("right", [0.0, 1.0])
@pytest.mark.parametrize("size", [1, 20])
def test_all_alike_is_no_certainty_and_a_cluster_counts_once(right: float, size: int) -> None:
    low, high = ends(np.full((1, 40), right), np.arange(40) // size)[:, 0]
    q = scipy_stats.t.ppf(0.975, 40 / size - 1) ** 2
    width = q / (40 / size + q)  # Wilson's at 0 or 1
    assert (low, high) == pytest.approx((1 - width, 1) if right else (0, width))


def test_clusters_that_happen_to_agree_give_no_certainty() -> None:
    y = np.array([[1.0, 0.0] * 20])
    low, high = ends(y, np.arange(40) // 20)[:, 0]
    assert (low, high) == pytest.approx((0.0, 1.0), abs=0.16)  # one degree of freedom
    low, high = ends(y, np.arange(40) // 4)[:, 0]
    q = scipy_stats.t.ppf(0.975, 9)
    want = q * math.sqrt(0.25 / 40 + q**2 / 6400) / (1 + q**2 / 40)
    assert (low, high) == pytest.approx((0.5 - want, 0.5 + want))


def test_one_cluster_has_no_interval() -> None:
    assert np.isnan(ends(np.array([[1.0, 0.0, 1.0]]), np.zeros(3, dtype=int))).all()


def test_the_average_adds_up_independent_units() -> None:
    units = [clustered_means(*answers(3, missing=0.1, seed=s)) for s in range(4)]
    weights = np.array([[0.1, 0.2, 0.25], [0.2, 0.3, 0.25], [0.3, 0.1, 0.25], [0.4, 0.4, 0.25]])
    got = average_means(units, weights)
    for i in range(3):
        assert got.mean[i] == pytest.approx(
            sum(w[i] * u.mean[i] for w, u in zip(weights, units, strict=True))
        )
        parts = [w[i] ** 2 * u.covariance[i, i] for w, u in zip(weights, units, strict=True)]
        df = sum(parts) ** 2 / sum(p**2 / u.df[i] for p, u in zip(parts, units, strict=True))
        assert (got.covariance[i, i], got.df[i]) == pytest.approx((sum(parts), df))
        for j in range(3):
            want = sum(
                w[i] * w[j] * u.covariance[i, j] for w, u in zip(weights, units, strict=True)
            )
            assert got.covariance[i, j] == pytest.approx(want)


def test_an_average_of_nothing_but_right_answers_is_no_certainty() -> None:
    unit = clustered_means(np.ones((1, 20)), np.arange(20))
    both = average_means([unit, unit], np.full((2, 1), 0.5))
    low, high = mean_interval(both, level=0.95, share=True)
    want = wilson(np.ones(1), np.full(1, 40.0), 0.95)
    assert (low[0], high[0]) == pytest.approx((want[0][0], 1.0), abs=0.01)


@pytest.mark.parametrize("p", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("size", [1, 5])
def test_coverage_of_a_share(p: float, size: int) -> None:
    """Thirty clusters, each all right or all wrong: 4,000 histories at once."""
    rng = np.random.default_rng(4)
    y = np.repeat((rng.random((4000, 30)) < p).astype(float), size, axis=1)
    low, high = ends(y, np.repeat(np.arange(30), size))
    inside = float(np.mean((low <= p) & (p <= high)))
    # Right and wrong come in steps: what 30 of them allow lies a little above 95%.
    assert 0.93 <= inside <= 0.985
