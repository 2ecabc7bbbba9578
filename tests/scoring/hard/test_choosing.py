"""Choosing items: against formulas by loops, all subsets, and small changes of weights."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from theodolite.scoring.hard.choosing import Choice, choose, quotas_of, top
from theodolite.scoring.hard.curves import Curves


def made(items: int, *, seed: int, points: int = 5, models: int = 6, **options: object) -> Choice:
    rng = np.random.default_rng(seed)
    ability = np.linspace(1.5, -1.5, points)
    logit = rng.uniform(-0.5, 3, items)[:, None] * (ability - rng.normal(0, 1, items)[:, None])
    p = 1 / (1 + np.exp(-logit))
    residual = rng.normal(0, 0.4, (models, items))
    noise = rng.uniform(0.05, 0.2, items)
    curves = Curves(p, p * (1 - p), residual, noise, logit[:, 0], np.ones(items))
    return Choice(curves, reach=1.0, level=0.95, **options)  # type: ignore[arg-type]


def slow_share(choice: Choice, weights: np.ndarray) -> float:
    """Expected share by the formulas of the module, pair by pair."""
    p, v, n = choice.curves.expected, choice.curves.variance, float(weights.sum())
    apart = 0.0
    for row in choice.curves.residual:
        apart += sum(w * e for w, e in zip(weights, row, strict=True)) ** 2 / len(
            choice.curves.residual
        )
    apart = max(apart - float((weights * choice.curves.noise).sum()), 0.0)
    q = stats.t.ppf(0.975, n - 1)
    shares = []
    for g, h in itertools.combinations(range(p.shape[1]), 2):
        a = sum(w * (p[i, g] - p[i, h]) for i, w in enumerate(weights))
        b = sum(w * (v[i, g] + v[i, h] + (p[i, g] - p[i, h]) ** 2) for i, w in enumerate(weights))
        big = (b - a * a / n) * n / (n - 1) + 2 * (choice.reach * n / (n + 2)) ** 2
        shares.append(stats.norm.cdf(a / math.sqrt(big + 2 * choice.shared * apart) - q))
    return float(np.mean(shares))


@pytest.mark.parametrize("seed", range(4))
def test_the_expected_share_is_the_formula(seed: int) -> None:
    choice = made(12, seed=seed)
    chosen = np.random.default_rng(seed).random(12) < 0.5
    chosen[:2] = True
    assert choice.expect(chosen) == pytest.approx(slow_share(choice, chosen * 1.0), abs=1e-12)


@pytest.mark.parametrize("shared", [0.0, 0.25, 1.0])
def test_an_items_value_is_what_its_weight_changes(shared: float) -> None:
    choice = made(30, seed=3, shared=shared)
    chosen = np.arange(30) < 20
    worth = choice.worth(np.flatnonzero(chosen), 1.0)

    def at(weights: np.ndarray) -> float:
        # Values leave n as it is: only exchanges are asked for.
        return slow_share(choice, weights)

    step = 1e-5
    for out, into in ((0, 25), (7, 29), (12, 21)):
        moved = chosen * 1.0
        moved[out], moved[into] = 1 - step, step
        rise = (at(moved) - at(chosen * 1.0)) / step
        moved[out], moved[into] = 1 - 2 * step, 2 * step
        assert np.sign(rise) == np.sign(worth[into] - worth[out])
    pairs = [(0, 25), (7, 29), (12, 21), (3, 22), (18, 28)]
    rises = []
    for out, into in pairs:
        moved = chosen * 1.0
        moved[out], moved[into] = 1 - step, step
        rises.append((at(moved) - at(chosen * 1.0)) / step)
    values = np.array([worth[into] - worth[out] for out, into in pairs])
    ratio = np.array(rises) / values
    assert ratio.max() / ratio.min() == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_all_subsets_of_a_small_benchmark(seed: int) -> None:
    choice = made(11, seed=seed)
    best = max(
        choice.expect(np.isin(np.arange(11), some)) for some in itertools.combinations(range(11), 5)
    )
    got = choice.expect(choose(choice, 5, np.random.default_rng(0)))
    assert got >= 0.97 * best


def test_many_small_benchmarks_are_solved_to_the_best() -> None:
    """Exchanges are local, so not all of them; but most."""
    hits = 0
    for seed in range(30):
        choice = made(9, seed=seed)
        every = [
            choice.expect(np.isin(np.arange(9), some))
            for some in itertools.combinations(range(9), 4)
        ]
        got = choice.expect(choose(choice, 4, np.random.default_rng(0)))
        hits += got >= max(every) - 1e-9
    assert hits >= 20


def test_easy_and_impossible_items_are_left() -> None:
    rng = np.random.default_rng(1)
    p = np.concatenate(
        [np.full((20, 4), 0.97), np.full((20, 4), 0.05), np.tile([0.9, 0.7, 0.3, 0.1], (10, 1))]
    )
    still = np.zeros((4, 50)), np.zeros(50), np.zeros(50), np.zeros(50)
    choice = Choice(Curves(p, p * (1 - p), *still), reach=1.0, level=0.95)
    assert np.flatnonzero(choose(choice, 10, rng)).tolist() == list(range(40, 50))


def test_what_items_share_beyond_ability_is_held_against_them() -> None:
    """Two kinds of items alike but that the first all favour one model: they are not all taken."""
    p = np.tile([0.8, 0.6, 0.4, 0.2], (60, 1))
    residual = np.zeros((4, 60))
    residual[1, :30], residual[2, :30] = 0.5, -0.5
    residual[1, 30:], residual[2, 30:] = -0.5, 0.5
    still = np.zeros(60), np.zeros(60), np.zeros(60)
    curves = Curves(p, p * (1 - p), residual, *still)
    choice = Choice(curves, reach=1.0, level=0.95)
    chosen = choose(choice, 20, np.random.default_rng(0))
    assert 9 <= chosen[:30].sum() <= 11
    one_kind = np.arange(60) < 20
    assert choice.expect(chosen) > choice.expect(one_kind)


def test_categories_get_their_quotas() -> None:
    categories = np.arange(40) % 3
    quotas = quotas_of(categories, 13)
    choice = made(40, seed=2, categories=categories, quotas=quotas)
    chosen = choose(choice, 13, np.random.default_rng(0))
    assert np.bincount(categories[chosen]).tolist() == quotas.tolist()
    free = choose(made(40, seed=2), 13, np.random.default_rng(0))
    assert choice.expect(free) >= choice.expect(chosen)


def test_more_categories_than_places() -> None:
    """The last categories may have no place at all, on the way to the list and in it."""
    categories = np.sort(np.arange(200) % 50)
    quotas = quotas_of(categories, 30)
    choice = made(200, seed=2, categories=categories, quotas=quotas)
    chosen = choose(choice, 30, np.random.default_rng(0))
    assert np.bincount(categories[chosen], minlength=50).tolist() == quotas.tolist()
    few = choice.top(np.arange(200.0), 25)
    assert few.sum() == 25
    assert np.bincount(categories[few]).max() == 1


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=60),
    st.integers(0, 60),
)
def test_quotas(categories: list[int], size: int) -> None:
    _, label = np.unique(categories, return_inverse=True)
    size = min(size, len(categories))
    quotas, sizes = quotas_of(label, size), np.bincount(label)
    assert quotas.sum() == size
    assert (quotas <= sizes).all()
    assert (np.abs(quotas - sizes * size / len(label)) < 1).all()
    chosen = top(np.arange(len(label)) * 1.0, size, label, quotas)
    assert np.bincount(label[chosen], minlength=len(quotas)).tolist() == quotas.tolist()


def test_equal_items_are_not_taken_as_they_stand() -> None:
    """Of few models many items have the same answers; the first of a file are often of a kind."""
    p = np.tile([0.8, 0.2], (200, 1))
    still = np.zeros((2, 200)), np.zeros(200), np.zeros(200), np.zeros(200)
    choice = Choice(Curves(p, p * (1 - p), *still), reach=1.0, level=0.95)
    taken = np.flatnonzero(choose(choice, 40, np.random.default_rng(0)))
    assert 60 < taken.mean() < 140
