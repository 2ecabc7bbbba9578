"""The arrays under the ratings: grouping, the optimum, connection, contrasts, goodness of fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2, norm

from theodolite.errors import NotConvergedError
from theodolite.stats import (
    HalfWin,
    PairResiduals,
    WinGraph,
    count_pairs,
    inverse_information,
    likelihood,
    max_t_quantile,
    maximise,
    pairs_fit,
    ranks,
    simulate_shares,
)


def fitted(pairs) -> np.ndarray:
    return maximise(HalfWin(pairs), groups=[np.arange(pairs.n_models)]).x


def goodness(pairs, theta):
    share = HalfWin(pairs).share(pairs.gap(theta), theta)
    return pairs_fit(pairs, PairResiduals.of(pairs, *share))


def draw(n: int = 300, k: int = 5, seed: int = 0):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, k, n)
    second = (first + rng.integers(1, k, n)) % k
    return first, second, rng.choice([0.0, 0.5, 1.0, 0.3], n), rng.uniform(0.5, 2.0, n)


@pytest.mark.parametrize("weighted", [True, False])
def test_grouping_equals_a_loop(weighted: bool) -> None:
    first, second, share, weight = draw()
    pairs = count_pairs(first, second, share, n_models=5, weight=weight if weighted else None)
    sums: dict[tuple[int, int], np.ndarray] = {}
    for a, b, to_a, times in zip(first, second, share, weight, strict=True):
        y, w = (to_a if a < b else 1.0 - to_a), (times if weighted else 1.0)
        term = np.array([1.0, w, w * y, w * w, w * w * y, w * w * y * y])
        key = (min(a, b), max(a, b))
        sums[key] = sums.get(key, np.zeros(6)) + term
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == sorted(sums)
    want = np.array([sums[key] for key in sorted(sums)])
    got = [pairs.count, pairs.weight, pairs.won, pairs.weight_sq, pairs.won_sq, pairs.won_sq_sq]
    np.testing.assert_allclose(np.transpose(got), want)


def test_counted_entries_are_repeated_votes() -> None:
    first, second, share, weight = draw()
    count = np.random.default_rng(1).integers(1, 5, len(first))
    got = count_pairs(first, second, share, n_models=5, weight=weight, count=count)
    repeated = [np.repeat(values, count) for values in (first, second, share, weight)]
    want = count_pairs(*repeated[:3], n_models=5, weight=repeated[3])
    for name, value in vars(want).items():
        np.testing.assert_allclose(getattr(got, name), value)


def test_the_optimum_has_no_gradient() -> None:
    pairs = count_pairs(*draw()[:3], n_models=5)
    theta = fitted(pairs)
    residual = pairs.won - pairs.weight / (1.0 + np.exp(-pairs.gap(theta)))
    gradient = np.bincount(pairs.first, residual, 5) - np.bincount(pairs.second, residual, 5)
    assert np.abs(gradient).max() < 1e-9
    assert abs(theta.sum()) < 1e-12


def test_strengths_far_apart_are_found() -> None:
    n = 10**7
    won = np.array([n - 1.0, n - 1.0])
    pairs = count_pairs(
        np.array([0, 0, 1, 1]),
        np.array([1, 1, 2, 2]),
        np.array([1.0, 0.0, 1.0, 0.0]),
        n_models=3,
        weight=np.array([won[0], 1.0, won[1], 1.0]),
    )
    np.testing.assert_allclose(np.diff(fitted(pairs)), -np.log(won))


def test_a_fit_that_does_not_converge_says_so(monkeypatch) -> None:
    monkeypatch.setattr(likelihood, "MOST_STEPS", 2)
    with pytest.raises(NotConvergedError, match="2 Newton steps"):
        fitted(count_pairs(*draw()[:3], n_models=5))


def test_inverse_information_is_the_pseudo_inverse() -> None:
    pairs = count_pairs(*draw()[:3], n_models=5)
    matrix = HalfWin(pairs).derivatives(np.linspace(-0.5, 0.5, 5)).information
    got = inverse_information(matrix, [np.arange(5)])
    np.testing.assert_allclose(got, np.linalg.pinv(matrix), atol=1e-12)


def test_components_agree_with_scipy_on_random_graphs() -> None:
    rng = np.random.default_rng(4)
    seen = set()
    for n in (3, 6, 9, 12, 20) * 20:
        first = rng.integers(0, 8, n)
        second = (first + rng.integers(1, 8, n)) % 8
        pairs = count_pairs(first, second, rng.choice([0.0, 1.0], n), n_models=8)
        wins = np.zeros((8, 8))
        wins[pairs.first[pairs.won > 0], pairs.second[pairs.won > 0]] = 1
        lost = pairs.won < pairs.weight
        wins[pairs.second[lost], pairs.first[lost]] = 1
        number, _ = connected_components(wins, connection="strong")
        graph = WinGraph.of_shares(pairs)
        np.testing.assert_array_equal(graph.wins, wins > 0)
        assert graph.is_strongly_connected == (number == 1)
        groups = graph.components(strong=True)
        assert len(groups) == number
        assert sorted(np.concatenate(groups).tolist()) == list(range(8))
        seen.add(number == 1)
    assert seen == {True, False}


def test_max_t_of_independent_estimates_is_tukeys_range() -> None:
    from scipy.stats import studentized_range

    rng = np.random.default_rng(1)
    got = max_t_quantile(np.eye(6), level=0.9, n_draws=100_000, rng=rng)
    want = studentized_range.ppf(0.9, 6, np.inf) / np.sqrt(2)
    assert got == pytest.approx(want, rel=0.01)


def test_max_t_equals_its_definition_when_singular() -> None:
    # Two clusters among five models: a covariance of rank one.
    direction = np.array([1.0, 2.0, -0.5, -1.5, -1.0])
    covariance = np.outer(direction, direction)
    got = max_t_quantile(covariance, level=0.95, n_draws=100_000, rng=np.random.default_rng(2))
    assert got == pytest.approx(norm.ppf(0.975), rel=0.01)


def test_max_t_does_not_depend_on_the_blocks(monkeypatch) -> None:
    from theodolite.stats import simultaneous

    covariance = np.cov(np.random.default_rng(3).normal(size=(6, 40)))
    options = {"level": 0.95, "n_draws": 4000}
    whole = max_t_quantile(covariance, rng=np.random.default_rng(0), **options)
    monkeypatch.setattr(simultaneous, "BLOCK", 50)
    assert max_t_quantile(covariance, rng=np.random.default_rng(0), **options) == whole


@pytest.mark.parametrize("correlated", [False, True])
def test_max_t_by_likely_pairs_is_by_all_pairs(correlated: bool, monkeypatch) -> None:
    from theodolite.stats import simultaneous

    rng = np.random.default_rng(5)
    root = rng.normal(size=(40, 40)) if correlated else np.diag(rng.uniform(0.1, 3.0, 40))
    options = {"level": 0.95, "n_draws": 4000}
    want = max_t_quantile(root @ root.T, rng=np.random.default_rng(0), **options)
    monkeypatch.setattr(simultaneous, "FEW", 0)
    got = max_t_quantile(root @ root.T, rng=np.random.default_rng(0), **options)
    assert got == pytest.approx(want, rel=1e-6)


def test_ranks_count_what_is_told_apart() -> None:
    theta = np.array([0.0, 3.0, 3.0, 1.0])
    lead = theta[:, None] - theta
    got = ranks(lead > 0, lead > 1.5)
    assert got.rank.tolist() == [4, 1, 1, 3]
    assert got.low.tolist() == [3, 1, 1, 3]
    assert got.high.tolist() == [4, 2, 2, 4]


def test_goodness_of_fit_is_pearsons_where_votes_are_coins() -> None:
    # Equal models, no ties, equal counts: phi is 1 up to noise, and J is Pearson's chi-square.
    rng = np.random.default_rng(8)
    first, second = (m.ravel() for m in np.triu_indices(6, 1))
    first, second = np.repeat(first, 400), np.repeat(second, 400)
    share = simulate_shares(np.zeros(len(first)), even_tie_share=0.0, rng=rng)
    pairs = count_pairs(first, second, share, n_models=6)
    theta = fitted(pairs)
    test = goodness(pairs, theta)
    p = 1.0 / (1.0 + np.exp(-pairs.gap(theta)))
    pearson = ((pairs.won - pairs.weight * p) ** 2 / (pairs.weight * p * (1 - p))).sum()
    assert test.df == 10
    assert test.statistic == pytest.approx(pearson, rel=0.02)
    assert test.p_value == pytest.approx(chi2.sf(test.statistic, 10), rel=1e-9)


def test_goodness_of_fit_residuals_are_standard() -> None:
    rng = np.random.default_rng(9)
    theta = np.array([0.8, 0.3, 0.0, -0.4, -0.7])
    z = []
    for _ in range(200):
        first, second, *_ = draw(2000, 5, int(rng.integers(2**31)))
        share = simulate_shares(theta[first] - theta[second], even_tie_share=0.3, rng=rng)
        pairs = count_pairs(first, second, share, n_models=5)
        z.append(goodness(pairs, fitted(pairs)).z)
    assert np.std(z) == pytest.approx(1.0, abs=0.08)


def test_simulated_votes_have_the_mean_that_they_claim() -> None:
    rng = np.random.default_rng(10)
    share = simulate_shares(np.full(400_000, 0.7), even_tie_share=0.4, rng=rng)
    p = 1 / (1 + np.exp(-0.7))
    assert share.mean() == pytest.approx(p, abs=0.003)
    assert (share == 0.5).mean() == pytest.approx(1.6 * p * (1 - p), abs=0.003)
