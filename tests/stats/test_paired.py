"""Paired differences against plain loops, and how often their intervals hold together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tests.stats.item_scores import answers, pairs, slow_gap
from theodolite.stats import (
    average_gaps,
    clustered_means,
    contrast_errors,
    gap_p_values,
    holm,
    max_t_quantile,
    paired_gaps,
    simultaneous_margins,
)

SEEDS = st.integers(0, 2**32 - 1)


def margins_of(values: np.ndarray, clusters: np.ndarray, **changes: float) -> np.ndarray:
    gaps = paired_gaps(values, clusters, **{"reach": 1.0} | changes)
    return simultaneous_margins(gaps, level=0.95, n_draws=4000, rng=np.random.default_rng(0))


@given(
    seed=SEEDS,
    missing=st.sampled_from([0.0, 0.3]),
    single=st.booleans(),
    design=st.sampled_from([1.0, 2.5]),
)
@settings(max_examples=40, deadline=None)
def test_differences_are_those_of_plain_loops(
    seed: int, missing: float, single: bool, design: float
) -> None:
    values, clusters = answers(4, missing=missing, seed=seed)
    values = 1000.0 + 10.0 * values  # a large mean costs no digits
    if single:
        clusters = np.arange(len(clusters))
    got = paired_gaps(values, clusters, reach=10.0, design=design)
    for i, j in pairs(4):
        own = ~np.isnan(values[i] - values[j])
        if len(set(clusters[own].tolist())) < 2:
            continue
        d, s, n, g = slow_gap(values[i], values[j], clusters, reach=10.0, design=design)
        assert got.difference[i, j] == pytest.approx(d, abs=1e-9)
        assert got.difference[j, i] == pytest.approx(-d, abs=1e-9)
        assert got.variance[i, j] == pytest.approx(s, rel=1e-7)
        assert got.variance[j, i] == pytest.approx(s, rel=1e-7)
        assert (got.items[i, j], got.df[i, j]) == (n, g - 1)


def test_without_gaps_they_are_contrasts_of_the_means() -> None:
    values, clusters = answers(5, missing=0.0, seed=3)
    means = clustered_means(values, clusters)
    gaps = paired_gaps(values, clusters, reach=0.0)
    assert gaps.difference == pytest.approx(means.mean[:, None] - means.mean)
    assert np.sqrt(gaps.variance) == pytest.approx(contrast_errors(means.covariance))
    # The quantile, too, is that of the means' covariance.
    margins = margins_of(np.tile(values, 40), np.arange(values.size * 8), reach=0.0)
    big = clustered_means(np.tile(values, 40), np.arange(values.size * 8))
    want = max_t_quantile(
        big.covariance, level=0.95, n_draws=4000, rng=np.random.default_rng(0)
    ) * contrast_errors(big.covariance)
    assert margins == pytest.approx(want, rel=0.04)  # other draws, and 839 degrees of freedom


def test_who_shares_no_items_is_not_compared() -> None:
    values = np.array([[1.0, 0.0, np.nan, np.nan, 1.0], [np.nan, np.nan, 1.0, 0.0, 1.0]])
    values = np.vstack([values, [[1.0, 0.0, 0.0, 1.0, 0.0]]])
    for clusters in (np.arange(5), np.array([0, 1, 2, 3, 3])):
        gaps = paired_gaps(values, clusters, reach=1.0)
        assert np.isnan(gaps.difference[0, 1])
        assert np.isnan(gaps.variance[0, 1])
        assert np.isfinite(gaps.variance[0, 2])
        assert np.isinf(margins_of(values, clusters)[0, 1])
        assert np.isfinite(margins_of(values, clusters)[0, 2])
        assert np.isnan(gap_p_values(gaps)[0, 1])
    apart = paired_gaps(np.where(np.arange(5) < 4, values[:2], np.nan), np.arange(5), reach=1.0)
    assert apart.items[0, 1] == 0
    assert np.isinf(
        simultaneous_margins(apart, level=0.95, n_draws=10, rng=np.random.default_rng(0))[0, 1]
    )


def test_alike_is_not_certain_and_always_better_is_not_either() -> None:
    same = paired_gaps(np.ones((2, 10)), np.arange(10), reach=1.0)
    assert same.difference[0, 1] == 0
    assert same.variance[0, 1] == pytest.approx(2 / 12**2)
    # One against none, three items: the exact p-value is 1/4.
    always = paired_gaps(np.array([[1.0] * 3, [0.0] * 3]), np.arange(3), reach=1.0)
    assert gap_p_values(always)[0, 1] > 0.05


@pytest.mark.parametrize("more", [6, 8, 10, 14])
def test_p_values_are_close_to_mcnemars(more: int) -> None:
    y = np.zeros((2, 500))
    y[0, :more] = 1.0
    p = float(gap_p_values(paired_gaps(y, np.arange(500), reach=1.0))[0, 1])
    exact = scipy_stats.binomtest(0, more).pvalue
    # Close where decisions fall: the exact one is half cautious, and far out Student is more so.
    assert exact / 3 <= p <= exact * 4
    plain = float(gap_p_values(paired_gaps(y, np.arange(500), reach=0.0))[0, 1])
    assert plain < p


def test_p_values_are_adjusted_over_all_pairs() -> None:
    values, clusters = answers(4, missing=0.2, seed=5)
    gaps = paired_gaps(values, clusters, reach=1.0)
    raw = [
        2 * scipy_stats.t.sf(abs(gaps.difference[p]) / np.sqrt(gaps.variance[p]), gaps.df[p])
        for p in pairs(4)
    ]
    got = gap_p_values(gaps)
    assert [got[p] for p in pairs(4)] == pytest.approx(list(holm(np.array(raw))))
    assert got == pytest.approx(got.T, nan_ok=True)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_copies_in_one_cluster_say_nothing_new(seed: int) -> None:
    values, _ = answers(3, missing=0.0, seed=seed)
    items = np.arange(values.shape[1])
    twice, both = np.tile(values, 2), np.tile(items, 2)
    once = paired_gaps(values, items, reach=1.0)
    again = paired_gaps(twice, both, reach=1.0, design=clustered_means(twice, both).design)
    assert again.variance == pytest.approx(once.variance)
    assert again.df == pytest.approx(once.df)


def test_averages_weigh_each_pair_by_itself() -> None:
    units = [paired_gaps(*answers(3, missing=0.1, seed=s), reach=1.0) for s in range(3)]
    weights = [unit.items / sum(u.items for u in units) for unit in units]
    got = average_gaps(units, weights)
    for p in pairs(3):
        parts = [w[p] ** 2 * u.variance[p] for w, u in zip(weights, units, strict=True)]
        df = sum(parts) ** 2 / sum(x**2 / u.df[p] for x, u in zip(parts, units, strict=True))
        want = sum(w[p] * u.difference[p] for w, u in zip(weights, units, strict=True))
        assert (got.difference[p], got.variance[p]) == pytest.approx((want, sum(parts)))
        assert (got.df[p], got.items[p]) == pytest.approx((df, sum(u.items[p] for u in units)))


def share_that_holds(n_histories: int, *, clusters: int, size: int, missing: float) -> float:
    """How often all differences of six models lie in their intervals together."""
    rng = np.random.default_rng(6)
    strength = np.array([0.0, 0.0, 0.2, 0.5, 1.0, 2.5])
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    chance = 1 / (1 + np.exp(-(strength[:, None] + np.sqrt(2.0) * nodes)))
    truth = chance @ weights
    held = 0
    for _ in range(n_histories):
        easy = np.repeat(rng.normal(0, 1, clusters), size) + rng.normal(0, 1, clusters * size)
        y = rng.random((6, len(easy))) < 1 / (1 + np.exp(-(strength[:, None] + easy)))
        y = np.where(rng.random(y.shape) < missing, np.nan, y.astype(float))
        label = np.repeat(np.arange(clusters), size)
        design = clustered_means(y, label).design
        gaps = paired_gaps(y, label, reach=1.0, design=design)
        margin = simultaneous_margins(gaps, level=0.95, n_draws=1000, rng=rng)
        error = gaps.difference - (truth[:, None] - truth)
        held += bool((np.abs(error) <= margin + 1e-12).all())
    return held / n_histories


def test_differences_hold_together() -> None:
    # Monte Carlo error of 300 histories: 1.3 points.
    assert 0.92 <= share_that_holds(300, clusters=100, size=2, missing=0.0) <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clusters", "size", "missing"),
    [(300, 1, 0.0), (300, 1, 0.1), (100, 4, 0.0), (100, 4, 0.1), (25, 8, 0.0)],
)
def test_coverage(clusters: int, size: int, missing: float) -> None:
    got = share_that_holds(2000, clusters=clusters, size=size, missing=missing)
    print(f"{clusters} clusters of {size}, {missing:.0%} missing: {got:.1%} (+- 0.5 points)")
    assert 0.93 <= got <= 0.97
