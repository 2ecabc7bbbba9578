"""Near-copies: a slow count of shared wrong options, and simulated models with known copies."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.stats import Copies, find_copies
from theodolite.stats.copies import PRIOR_ITEMS, PRIOR_PAIRS, SHARPNESS
from theodolite.stats.copies import _Pairs as Pairs

J = 4


def one_hot(choice: np.ndarray) -> np.ndarray:
    shape = (len(choice), -1)
    return (choice[:, :, None] == np.arange(J)).reshape(shape).astype(np.float32)


def pairs_of(choice: np.ndarray, key: np.ndarray) -> Pairs:
    """What is computed before any model is joined."""
    wrong = one_hot(choice)[:, ~(key[:, None] == np.arange(J)).ravel()]
    n = len(key)
    blind = np.full(n, 1 / (J - 1), dtype=np.float32)
    return Pairs.of(wrong, np.arange(0, n * (J - 1), J - 1), blind)


def copies_of(choice: np.ndarray, key: np.ndarray, above: float = 0.6) -> Copies:
    keyed = (key[:, None] == np.arange(J)).ravel()
    return find_copies(one_hot(choice), np.arange(0, keyed.size, J), keyed, above=above)


def simulated(rng: np.random.Generator, accuracy: np.ndarray, n: int, lure: float):
    """Models that, where wrong, take the item's misleading option with probability ``lure``."""
    key = np.zeros(n, dtype=int)
    mislead = rng.integers(1, J, n)
    shape = (accuracy.size, n)
    wrong = np.where(rng.random(shape) < lure, mislead, rng.integers(1, J, shape))
    return np.where(rng.random(shape) < accuracy[:, None], key, wrong), key


def slow(choice: np.ndarray, key: np.ndarray, a: int, b: int) -> tuple[float, float, float]:
    """Count B, O and E for one pair that may be copies, by loops over the items and pairs."""
    models = range(len(choice))

    def is_wrong(m: int, i: int) -> bool:
        return choice[m, i] >= 0 and choice[m, i] != key[i]

    def counts(x: int, y: int) -> tuple[float, float, float]:
        both = [i for i in range(len(key)) if is_wrong(x, i) and is_wrong(y, i)]
        same = sum(choice[x, i] == choice[y, i] for i in both)
        return len(both), same, len(both) / (J - 1)

    alike = np.eye(len(choice))
    for x, y in combinations(models, 2):
        both, same, blind = counts(x, y)
        value = np.clip((same - blind) / (both - blind + PRIOR_ITEMS), 0, 1)
        alike[x, y] = alike[y, x] = value
    w = 1 / (alike**SHARPNESS).sum(axis=1)
    w /= w.max()
    others = [pair for pair in combinations(models, 2) if set(pair) != {a, b}]
    tops, bottoms = np.zeros(len(key)), np.zeros(len(key))
    for i in range(len(key)):
        for x, y in others:
            if is_wrong(x, i) and is_wrong(y, i):
                bottoms[i] += w[x] * w[y]
                tops[i] += w[x] * w[y] * (choice[x, i] == choice[y, i])
    share = tops.sum() / bottoms.sum() if bottoms.sum() > 0 else 1.0
    expected = sum(
        (tops[i] + PRIOR_PAIRS * share) / (bottoms[i] + PRIOR_PAIRS)
        for i in range(len(key))
        if is_wrong(a, i) and is_wrong(b, i)
    )
    both, same, _ = counts(a, b)
    return both, same, expected


def test_against_a_slow_count() -> None:
    rng = np.random.default_rng(1)
    choice, key = simulated(rng, np.array([0.3, 0.3, 0.5, 0.6, 0.4]), 150, 0.5)
    choice[1] = np.where(rng.random(150) < 0.95, choice[0], choice[1])
    choice[2, :20] = -1
    both, same, expected = slow(choice, key, 0, 1)
    wanted = (same - expected) / (both - expected + PRIOR_ITEMS)
    assert wanted > 0.5
    assert pairs_of(choice, key).excess()[0, 1] == pytest.approx(wanted, rel=1e-5)


def test_the_pair_is_reported_by_what_others_do() -> None:
    rng = np.random.default_rng(1)
    choice, key = simulated(rng, np.array([0.3, 0.3, 0.5, 0.6, 0.4]), 400, 0.5)
    choice[3] = np.where(rng.random(400) < 0.95, choice[1], choice[3])
    found = copies_of(choice, key)
    assert np.array_equal(found.group, [0, 1, 2, 1, 4])
    assert (list(found.one), list(found.two)) == ([1], [3])
    both = (choice[1] != key) & (choice[3] != key)
    assert found.both == both.sum()
    assert found.agreed == (both & (choice[1] == choice[3])).sum()
    # Half are lured, so two agree by 1/4 + 3/4 * 1/3.
    assert found.expected / found.both == pytest.approx(0.5, abs=0.05)


def test_what_is_expected_of_a_group_comes_from_pairs_of_different_groups() -> None:
    rng, n = np.random.default_rng(7), 300
    choice, key = simulated(rng, np.full(6, 0.4), n, 0.5)
    choice[[2, 5]] = np.where(rng.random((2, n)) < 0.97, choice[0], choice[[2, 5]])
    found = copies_of(choice, key)
    assert np.array_equal(found.group, [0, 1, 0, 3, 4, 0])
    wrong = one_hot(choice)[:, ~(key[:, None] == np.arange(J)).ravel()].astype(float)
    groups = [wrong[[0, 2, 5]].mean(axis=0), wrong[1], wrong[3], wrong[4]]
    blind = np.full(n, 1 / (J - 1), dtype=np.float32)
    rows = np.array(groups, dtype=np.float32)
    w = Pairs.of(rows, np.arange(0, n * (J - 1), J - 1), blind).weights.astype(float)
    agree, pairs = np.zeros(n), np.zeros(n)
    for a, b in combinations(range(4), 2):
        for i in range(n):
            x, y = (groups[g].reshape(n, J - 1)[i] for g in (a, b))
            agree[i] += w[a] * w[b] * (x @ y)
            pairs[i] += w[a] * w[b] * x.sum() * y.sum()
    share = (agree + PRIOR_PAIRS * agree.sum() / pairs.sum()) / (pairs + PRIOR_PAIRS)
    both = (choice[0] != key) & (choice[2] != key)
    assert (found.one[0], found.two[0]) == (0, 2)
    assert found.expected[0] == pytest.approx(share[both].sum(), rel=1e-5)


def test_a_chain_is_not_one_group() -> None:
    # The second is half like the first and half like the third, which are unlike each other.
    rng = np.random.default_rng(8)
    choice, key = simulated(rng, np.full(9, 0.3), 2_000, 0.2)
    choice[1] = np.where(np.arange(2_000) % 2, choice[0], choice[2])
    excess = pairs_of(choice, key).excess()
    assert min(excess[0, 1], excess[1, 2]) > 0.4
    assert excess[0, 2] < 0.2
    assert np.unique(copies_of(choice, key, above=0.4).group).size == 8


@pytest.mark.parametrize("m", [3, 12])
@pytest.mark.parametrize(("lure", "accuracy"), [(0.0, 0.5), (0.6, 0.8), (0.97, 0.93)])
def test_models_of_their_own_mind_are_no_copies(m: int, lure: float, accuracy: float) -> None:
    choice, key = simulated(np.random.default_rng(2), np.full(m, accuracy), 2_000, lure)
    off = pairs_of(choice, key).excess()[np.triu_indices(m, 1)]
    assert abs(off.mean()) < 0.1
    assert off.max() < 0.35
    assert np.array_equal(copies_of(choice, key).group, np.arange(m))


@pytest.mark.parametrize("m", [3, 12])
def test_wrong_keys_make_no_copies(m: int) -> None:
    # Strong models fail almost only where the key is wrong, and there all take the true answer.
    rng = np.random.default_rng(4)
    choice, key = simulated(rng, np.full(m, 0.99), 3_000, 0.3)
    choice[:, :150] = np.where(rng.random((m, 150)) < 0.97, 2, choice[:, :150])
    assert pairs_of(choice, key).excess()[np.triu_indices(m, 1)].max() < 0.4


def test_two_models_alone_cannot_be_told_from_copies() -> None:
    choice, key = simulated(np.random.default_rng(5), np.full(2, 0.5), 500, 0.5)
    choice[1] = choice[0]
    assert np.array_equal(copies_of(choice, key).group, [0, 1])
    third = np.vstack([choice, simulated(np.random.default_rng(6), np.array([0.5]), 500, 0.5)[0]])
    assert np.array_equal(copies_of(third, key).group, [0, 0, 2])


@pytest.mark.parametrize("copies", [2, 5, 30])
def test_copies_are_found_even_when_they_are_most_of_the_models(copies: int) -> None:
    rng = np.random.default_rng(3)
    accuracy = np.concatenate([np.full(copies, 0.4), np.linspace(0.4, 0.85, 8)])
    choice, key = simulated(rng, accuracy, 1_500, 0.5)
    same = rng.random((copies, 1_500)) < 0.95
    choice[:copies] = np.where(same, choice[0], choice[:copies])
    found = copies_of(choice, key)
    assert np.array_equal(found.group, [0] * copies + list(range(copies, copies + 8)))


def test_few_shared_errors_prove_nothing() -> None:
    choice = np.zeros((3, 20), dtype=int)
    choice[:2, :3] = 1
    choice[2, 5:9] = 2
    assert pairs_of(choice, np.zeros(20, dtype=int)).excess()[0, 1] < 0.3


def test_no_wrong_option_at_all() -> None:
    taken = np.ones((2, 3), dtype=np.float32)
    found = find_copies(taken, np.arange(3), np.ones(3, dtype=bool), above=0.6)
    assert np.array_equal(found.group, [0, 1])
    alone = find_copies(taken[:1], np.arange(3), np.zeros(3, dtype=bool), above=0.6)
    assert np.array_equal(alone.group, [0])


@given(seed=st.integers(0, 2**32 - 1), m=st.integers(1, 6), n=st.integers(1, 30))
def test_properties(seed: int, m: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    choice, key = rng.integers(-1, J, (m, n)), rng.integers(0, J, n)
    excess = pairs_of(choice, key).excess()
    assert np.allclose(excess, excess.T, atol=1e-5)
    assert (excess <= 1).all()
    order = rng.permutation(m)
    turned = pairs_of(choice[order], key).excess()
    off = ~np.eye(m, dtype=bool)
    np.testing.assert_allclose(turned[off], excess[np.ix_(order, order)][off], atol=1e-3)
    found = copies_of(choice, key, above=0.3)
    assert (found.group <= np.arange(m)).all()
    assert np.array_equal(found.group[found.group], found.group)
    assert (found.agreed <= found.both + 1e-6).all()
    assert found.one.size == sum(c * (c - 1) // 2 for c in np.bincount(found.group))
