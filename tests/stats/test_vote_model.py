"""The likelihood of single votes: the same as by pair without covariates, its derivatives with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from theodolite.stats import (
    HalfWin,
    TieModel,
    VoteModel,
    VoteRows,
    cluster_meat,
    cluster_sums,
    collinearity,
    count_outcomes,
    count_pairs,
    cross_meat,
    holm,
    maximise,
    profile,
    quadratic_test,
    vote_rows,
)

FAMILIES = ("half-win", "davidson", "rao-kupper")
K = 5


def likelihood(
    family: str, *, covariates: int = 2, n: int = 300, bad: bool = True, seed: int = 0
) -> VoteModel:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, K, n)
    second = (first + rng.integers(1, K, n)) % K
    outcome = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1] if bad else [0.45, 0.35, 0.2, 0.0])
    share = np.array([1.0, 0.0, 0.5, 0.5])[outcome]
    weight = rng.choice([0.5, 1.0, 2.0], n)
    style = rng.uniform(-1, 1, (covariates, n))
    if family == "half-win":
        base = HalfWin(count_pairs(first, second, share, n_models=K, weight=weight))
    else:
        base = TieModel(count_outcomes(first, second, outcome, n_models=K, weight=weight), family)
    rows = VoteRows.of(base.table, (first, second), (outcome, share), weight=weight, style=style)
    return VoteModel(base, rows)


def point(model: VoteModel, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    theta = rng.normal(0, 0.5, model.n_models)
    extra = model.base.start()[model.n_models :] + 0.2
    return np.concatenate([theta - theta.mean(), extra, rng.normal(0, 0.5, model.n_covariates)])


def slopes(function, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    steps = h * np.eye(len(x))
    return np.stack([(function(x + e) - function(x - e)) / (2 * h) for e in steps])


@pytest.mark.parametrize("family", FAMILIES)
def test_without_covariates_it_is_the_likelihood_by_pair(family: str) -> None:
    model = likelihood(family, covariates=0)
    x = point(model)
    got, want = model.derivatives(x), model.base.derivatives(x)
    assert got.value == pytest.approx(want.value, rel=1e-12)
    assert model.value(x) == pytest.approx(model.base.value(x), rel=1e-12)
    np.testing.assert_allclose(got.gradient, want.gradient, atol=1e-10)
    np.testing.assert_allclose(got.information, want.information, atol=1e-10)
    np.testing.assert_allclose(model.meat(x), model.base.meat(x), atol=1e-10)
    np.testing.assert_array_equal(model.start(), model.base.start())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("bad", [True, False])
def test_derivatives(family: str, bad: bool) -> None:
    model = likelihood(family, bad=bad)
    x = point(model)
    at = model.derivatives(x)
    assert at.value == pytest.approx(model.value(x), rel=1e-12)
    np.testing.assert_allclose(at.gradient, slopes(model.value, x), atol=1e-6)
    information = -slopes(lambda y: model.derivatives(y).gradient, x)
    np.testing.assert_allclose(at.information, information, atol=1e-6)
    np.testing.assert_allclose(model.gradient(x, model.rows.weight), at.gradient, atol=1e-10)
    np.testing.assert_allclose(model.scores(x).total(), at.gradient, atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_other_weights_of_the_votes(family: str) -> None:
    model = likelihood(family)
    x = point(model)
    dense = dense_scores(model, x)
    factor = np.random.default_rng(4).integers(0, 4, len(model.rows)).astype(float)
    got = model.gradient(x, factor * model.rows.weight)
    np.testing.assert_allclose(got, factor @ dense, atol=1e-10)


def dense_scores(model: VoteModel, x: np.ndarray) -> np.ndarray:
    scores = model.scores(x)
    out = np.zeros((len(model.rows), len(x)))
    for row in range(len(out)):
        out[row, scores.first[row]] += scores.by_first[row]
        out[row, scores.second[row]] += scores.by_second[row]
        out[row, model.n_models :] = scores.others[row]
    return out


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_the_slopes_of_single_votes(family: str) -> None:
    model = likelihood(family, n=40)
    x, dense = point(model), dense_scores(likelihood(family, n=40), point(model))
    for row in (0, 7, 22, 39):
        alone = np.zeros(len(model.rows), dtype=bool)
        alone[row] = True
        single = VoteModel(model.base, model.rows.where(alone))
        np.testing.assert_allclose(dense[row], slopes(single.value, x), atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_meats_are_sums_over_votes_and_clusters(family: str) -> None:
    model = likelihood(family)
    x, other = point(model), point(model, seed=2)
    left, right = dense_scores(model, x), dense_scores(model, other)
    one, two = model.scores(x), model.scores(other)
    np.testing.assert_allclose(model.meat(x), left.T @ left, atol=1e-9)
    np.testing.assert_allclose(cross_meat(one, two), left.T @ right, atol=1e-9)
    base = other[: len(other) - 2]
    plain = VoteModel(model.base, model.rows.without_style())
    np.testing.assert_allclose(
        model.base_meat(base, x), dense_scores(plain, base).T @ left, atol=1e-9
    )
    cluster = np.random.default_rng(3).permutation(np.arange(len(left)) % 23)
    sums = [np.stack([d[cluster == c].sum(axis=0) for c in range(23)]) for d in (left, right)]
    got = cluster_sums(one, cluster, 23).toarray()
    np.testing.assert_allclose(got, sums[0], atol=1e-10)
    want = 23 / 22 * sums[0].T @ sums[1]
    np.testing.assert_allclose(cluster_meat(one, two, cluster), want, atol=1e-9)
    mask = cluster < 9
    np.testing.assert_allclose(one.where(mask).total(), left[mask].sum(axis=0), atol=1e-10)


def test_placed_scores_stand_at_their_votes() -> None:
    model = likelihood("davidson")
    scores = model.scores(point(model))
    placed = scores.placed(model.rows.position + 5, 400)
    np.testing.assert_allclose(placed.total(), scores.total(), atol=1e-12)
    np.testing.assert_array_equal(placed.by_first[model.rows.position + 5], scores.by_first)
    assert not placed.by_first[:5].any()
    assert not placed.others[305:].any()


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_change_nothing(family: str, monkeypatch) -> None:
    model = likelihood(family)
    x = point(model)
    whole = (model.value(x), *vars(model.derivatives(x)).values(), model.meat(x))
    scores = dense_scores(model, x)
    monkeypatch.setattr(vote_rows, "BLOCK", 7)
    cut = (model.value(x), *vars(model.derivatives(x)).values(), model.meat(x))
    for got, want in zip(cut, whole, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-9)
    np.testing.assert_allclose(dense_scores(model, x), scores, atol=1e-12)
    np.testing.assert_allclose(model.gradient(x, model.rows.weight), scores.sum(axis=0), atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_of_the_votes(family: str) -> None:
    model = likelihood(family)
    rows, table = model.rows, model.base.table
    one, two = table.first[rows.pair], table.second[rows.pair]
    gamma = np.array([0.4, -0.7])
    theta = np.array([0.5, 0.2, 0.0, -0.3, -0.4])
    extra = model.base.start()[K:] + 0.1
    x = np.concatenate([theta, extra, gamma])

    def votes_value(mask: np.ndarray) -> float:
        return VoteModel(model.base, rows.where(mask)).value(x)

    chosen = np.array([0, 2, 3])
    inner = model.among(chosen)
    want = votes_value(np.isin(one, chosen) & np.isin(two, chosen))
    got = inner.value(np.concatenate([theta[chosen], extra, gamma]))
    assert got == pytest.approx(want, rel=1e-12)
    assert inner.n_models == 3
    assert model.among(np.arange(K)) is model
    label = np.array([0, 1, 0, 1, 1])
    got = model.within(label).value(x)
    assert got == pytest.approx(votes_value(label[one] == label[two]), rel=1e-12)
    good = model.without_both_bad()
    if family == "half-win":
        assert good is model
    else:
        assert len(good.rows) == (rows.outcome != 3).sum()
        assert set(good.names).isdisjoint({"kappa", "lambda"})
        y = np.concatenate([theta, extra[:1], gamma])
        # Given not both bad: the bad votes' part is P(not bad) of the others.
        kappa, slope = extra[1], extra[2]
        u = kappa - slope * (theta[one] + theta[two]) / 2
        held = rows.outcome != 3
        chance = np.where(held, -np.log1p(np.exp(u)), -np.log1p(np.exp(-u)))
        assert good.value(y) == pytest.approx(model.value(x) - rows.weight @ chance, rel=1e-10)


def test_a_threshold_outside_its_range() -> None:
    model = likelihood("rao-kupper")
    x = point(model)
    x[K] = -0.1
    assert model.value(x) == -np.inf


@pytest.mark.parametrize("family", FAMILIES)
def test_shares_and_their_slope(family: str) -> None:
    model = likelihood(family)
    x = point(model)
    share, slope = model.shares(x, model.rows)
    flat = model.rows.style[0] != 0

    def moved(h: float) -> np.ndarray:
        y = x.copy()
        y[-2] += h
        return model.shares(y, model.rows)[0]

    numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6 / model.rows.style[0]
    np.testing.assert_allclose(slope[flat], numeric[flat], rtol=1e-4, atol=1e-6)
    assert ((share > 0) & (share < 1)).all()


def test_profile_by_least_squares() -> None:
    model = likelihood("half-win")
    rows, table = model.rows, model.base.table
    design = np.eye(K)[table.first[rows.pair]] - np.eye(K)[table.second[rows.pair]]
    root = np.sqrt(rows.weight)
    want = np.linalg.lstsq(design * root[:, None], rows.style.T * root[:, None], rcond=None)[0]
    np.testing.assert_allclose(profile(rows, table), want, atol=1e-10)


def test_collinearity_sees_what_models_and_others_explain() -> None:
    model = likelihood("half-win")
    x = point(model)
    found = collinearity(model.derivatives(x).information, K, 2)
    rows, table = model.rows, model.base.table
    d = x[table.first[rows.pair]] - x[table.second[rows.pair]] + x[-2:] @ rows.style
    root = np.sqrt(rows.weight * np.exp(-np.abs(d))) / (1 + np.exp(-np.abs(d)))
    design = (np.eye(K)[table.first[rows.pair]] - np.eye(K)[table.second[rows.pair]]) * root[
        :, None
    ]
    z = rows.style.T * root[:, None]
    left = z - design @ np.linalg.lstsq(design, z, rcond=None)[0]
    np.testing.assert_allclose(found.own, (left**2).sum(axis=0) / (z**2).sum(axis=0), rtol=1e-8)
    r2 = (left[:, 0] @ left[:, 1]) ** 2 / np.prod((left**2).sum(axis=0))
    np.testing.assert_allclose(found.left, 1 - r2, rtol=1e-8)
    np.testing.assert_allclose(found.vif, 1 / (1 - r2), rtol=1e-8)


def test_the_maximum_has_no_slope_and_no_shrinkage() -> None:
    for family in FAMILIES:
        model = likelihood(family, n=600)
        found = maximise(model, groups=[np.arange(K)])
        gradient = model.derivatives(found.x).gradient
        gradient[:K] -= gradient[:K].mean()
        np.testing.assert_allclose(gradient, 0.0, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=12))
def test_holm_against_a_loop(values: list[float | None]) -> None:
    known = sorted((p, i) for i, p in enumerate(values) if p is not None)
    want, least = [np.nan] * len(values), 0.0
    for step, (p, i) in enumerate(known):
        least = max(least, (len(known) - step) * p)
        want[i] = min(1.0, least)
    got = holm(np.array([np.nan if p is None else p for p in values]))
    np.testing.assert_allclose(got, want, atol=1e-15)


def test_the_quadratic_test() -> None:
    rng = np.random.default_rng(6)
    root = rng.normal(size=(6, 4))
    basis, covariance = root, root @ root.T
    u = basis @ rng.normal(size=4)
    found = quadratic_test(u, covariance)
    want = u @ np.linalg.pinv(covariance) @ u
    assert (found.statistic, found.df) == (pytest.approx(want), 4)
    assert found.p_value == pytest.approx(chi2.sf(want, 4), rel=1e-9)
    turned = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    again = quadratic_test(turned @ u, turned @ covariance @ turned.T)
    assert again.statistic == pytest.approx(found.statistic)
    nothing = quadratic_test(np.zeros(3), np.zeros((3, 3)))
    assert nothing.df == 0
    assert np.isnan(nothing.p_value)
