"""Clustered least squares: against matrices written out, and in the cases with a known answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg
from scipy.stats import t as student

from theodolite.stats.clustered import crossing, fit_clustered, webb_weights, wild_p


def drawn(seed=0, clusters=9, rows=30):
    rng = np.random.default_rng(seed)
    cluster = np.sort(np.concatenate([np.arange(clusters), rng.integers(0, clusters, rows)]))
    n = len(cluster)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(size=clusters)[cluster]])
    y = x @ [1.0, 0.5, 0.0] + rng.normal(size=clusters)[cluster] + rng.normal(size=n)
    weights = 1.0 / np.bincount(cluster)[cluster]
    return x, y, cluster, weights


def by_hand(x, y, cluster, weights):
    """CR2 and its degrees of freedom, with every matrix written out."""
    w = np.sqrt(weights)
    x, y = x * w[:, None], y * w
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    left = np.eye(len(y)) - hat
    e = left @ y
    v, columns = np.zeros_like(bread), []
    for g in np.unique(cluster):
        rows = np.flatnonzero(cluster == g)
        half = linalg.fractional_matrix_power(left[np.ix_(rows, rows)], -0.5).real
        score = bread @ x[rows].T @ half @ e[rows]
        v += np.outer(score, score)
        columns.append((left[:, rows], half @ x[rows] @ bread))

    def df(c):
        gamma = np.column_stack([a @ (m @ c) for a, m in columns])
        values = np.linalg.eigvalsh(gamma.T @ gamma)
        return values.sum() ** 2 / (values**2).sum()

    return bread @ x.T @ y, v, df


@pytest.mark.parametrize("seed", range(3))
def test_as_written_out(seed):
    given_ = drawn(seed)
    fit = fit_clustered(*given_)
    beta, v, df = by_hand(*given_)
    assert fit.beta == pytest.approx(beta, rel=1e-9)
    assert fit.covariance == pytest.approx(v, rel=1e-8, abs=1e-12)
    for c in (*np.eye(3), np.array([1.0, 2.0, -1.0])):
        assert fit.df(c) == pytest.approx(df(c), rel=1e-8)
        got = fit.interval(c, 0.9)
        reach = student.ppf(0.95, df(c)) * np.sqrt(c @ v @ c)
        assert (got.low, got.high) == pytest.approx((c @ beta - reach, c @ beta + reach))


def test_a_mean_of_single_rows_is_the_t_interval():
    y = np.random.default_rng(1).normal(size=12)
    got = fit_clustered(np.ones((12, 1)), y, np.arange(12)).interval(np.ones(1), 0.95)
    reach = student.ppf(0.975, 11) * y.std(ddof=1) / np.sqrt(12)
    assert got.df == pytest.approx(11.0)
    assert (got.low, got.high) == pytest.approx((y.mean() - reach, y.mean() + reach))


def test_copies_within_a_cluster_tell_nothing():
    x, y, cluster, _ = drawn(2)
    first = np.unique(cluster, return_index=True)[1]
    one = fit_clustered(x[first], y[first], np.arange(len(first)))
    again = np.tile(first, 4)
    weights = np.full(len(again), 0.25)
    four = fit_clustered(x[again], y[again], np.tile(np.arange(len(first)), 4), weights)
    assert four.beta == pytest.approx(one.beta)
    assert four.covariance == pytest.approx(one.covariance)
    assert four.df(np.eye(3)[1]) == pytest.approx(one.df(np.eye(3)[1]))


def test_a_cluster_that_alone_holds_a_coefficient_is_no_error():
    x, y, cluster, weights = drawn(3)
    x = np.column_stack([x, cluster == 0])
    assert np.isfinite(fit_clustered(x, y, cluster, weights).covariance).all()


def test_the_bootstrap_as_written_out():
    fit = fit_clustered(*drawn(4))
    columns = np.array([1, 2])
    got = wild_p(fit, columns, n=99, rng=np.random.default_rng(7))
    draws = webb_weights(np.random.default_rng(7), (fit.n_clusters, 99))
    null = fit.x[:, :1]
    fitted = null @ np.linalg.lstsq(null, fit.y, rcond=None)[0]
    walds = []
    for b in range(99):
        y = fitted + (fit.y - fitted) * draws[fit.cluster, b]
        walds.append(fit_clustered(fit.x, y, fit.cluster).wald(columns))
    assert got == (1 + sum(w >= fit.wald(columns) for w in walds)) / 100
    assert 0.01 < got <= 1.0


def test_an_effect_is_found_and_draws_come_in_blocks(monkeypatch):
    x, y, cluster, weights = drawn(5, clusters=14, rows=60)
    fit = fit_clustered(x, y + 5.0 * x[:, 1], cluster, weights)
    assert wild_p(fit, np.array([1]), n=399, rng=np.random.default_rng(0)) < 0.02
    none = fit_clustered(x, y, cluster, weights)
    whole = wild_p(none, np.array([2]), n=399, rng=np.random.default_rng(0))
    monkeypatch.setattr("theodolite.stats.clustered.BLOCK", 5000)
    parts = wild_p(none, np.array([2]), n=399, rng=np.random.default_rng(0))
    assert parts == pytest.approx(whole, abs=0.08)


@given(st.floats(0.01, 100.0), st.floats(-50.0, 50.0))
@settings(max_examples=15, deadline=None)
def test_scale_and_shift_change_no_p_value(scale, shift):
    x, y, cluster, weights = drawn(6)
    one, other = (fit_clustered(x, v, cluster, weights) for v in (y, shift + scale * y))
    p = [wild_p(f, np.array([1, 2]), n=99, rng=np.random.default_rng(1)) for f in (one, other)]
    assert p[0] == p[1]


def test_webbs_weights_have_mean_0_and_variance_1():
    draws = webb_weights(np.random.default_rng(0), (200, 500))
    assert draws.mean() == pytest.approx(0.0, abs=0.01)
    assert draws.var() == pytest.approx(1.0, abs=0.01)
    assert len(np.unique(draws)) == 6


def test_the_ends_of_a_crossing_are_where_the_test_turns():
    rng = np.random.default_rng(2)
    t = np.sort(rng.uniform(0, 4, 40))
    cluster = np.arange(40) // 2
    fit = fit_clustered(np.column_stack([np.ones(40), t]), t - 2.0 + rng.normal(size=40), cluster)
    at, low, high = crossing(fit, 0.95)
    df = fit.df(np.array([1.0, at]))
    assert fit.beta @ [1.0, at] == pytest.approx(0.0, abs=1e-12)
    for end in (low, high):
        c = np.array([1.0, end])
        ratio = abs(c @ fit.beta) / np.sqrt(c @ fit.covariance @ c)
        assert ratio == pytest.approx(student.ppf(0.975, df), rel=1e-6)
    assert low < at < high


def test_a_slope_that_is_not_sure_bounds_no_crossing():
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(12), np.arange(12.0)])
    fit = fit_clustered(x, rng.normal(size=12), np.arange(12))
    assert crossing(fit, 0.999)[1:] == (-np.inf, np.inf)


def test_what_one_cluster_alone_holds_is_unbounded():
    """A draw of the later cluster moves the line there one to one: no residual shows it."""
    t = np.array([0.0] * 5 + [1.0] * 2)
    x, cluster = np.column_stack([np.ones(7), t]), np.array([0, 1, 2, 3, 4, 5, 5])
    fit = fit_clustered(x, np.arange(7.0), cluster)
    for contrast in ([0.0, 1.0], [1.0, 1.0], [1.0, 0.5]):
        assert fit.interval(np.array(contrast), 0.95)[1:4] == (-np.inf, np.inf, np.inf)
    first = fit.interval(np.array([1.0, 0.0]), 0.95)
    reach = student.ppf(0.975, 4) * np.sqrt(2.5 / 5)
    assert (first.low, first.high) == pytest.approx((2.0 - reach, 2.0 + reach))
    assert crossing(fit, 0.95)[1:] == (-np.inf, np.inf)
    assert fit.holders.tolist() == [5]


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_cluster_holds_alone_what_is_lost_without_it(seed):
    x, y, cluster, weights = drawn(seed)
    x = np.column_stack([x, (cluster == 2) * x[:, 1]])
    fit = fit_clustered(x, y, cluster, weights)
    lost = [g for g in range(9) if np.linalg.matrix_rank(x[cluster != g]) < x.shape[1]]
    assert sorted(fit.holders.tolist()) == lost == [2]
    unbounded = [np.isinf(fit.interval(c, 0.95).high) for c in np.eye(4)]
    assert unbounded == [False, False, False, True]
