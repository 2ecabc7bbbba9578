"""Similar sets from an index, against all pairs looked at one by one."""

from __future__ import annotations

import numpy as np
import pytest

from theodolite.stats import near_pairs


def flat(sets: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    hashes = rng.integers(2**63, size=1_000, dtype=np.uint64)
    members = [hashes[i] for one in sets for i in sorted(one)]
    return np.array(members, np.uint64), np.repeat(np.arange(len(sets)), [len(s) for s in sets])


def slow(sets: list[set[int]], least: float) -> dict[tuple[int, int], float]:
    pairs = {}
    for b in range(len(sets)):
        for a in range(b):
            union = sets[a] | sets[b]
            similarity = len(sets[a] & sets[b]) / len(union) if union else 0.0
            if similarity >= least:
                pairs[a, b] = similarity
    return pairs


def simulated(seed: int, n: int = 120) -> list[set[int]]:
    """Sets of which a third are copies of an earlier one with a few members exchanged."""
    rng = np.random.default_rng(seed)
    sets: list[set[int]] = []
    for i in range(n):
        if i % 3 == 2:
            old = set(sets[rng.integers(i)])
            for gone in rng.choice(sorted(old), rng.integers(1, 6), replace=False):
                old.discard(int(gone))
            sets.append(old | {int(rng.integers(1_000))})
        else:
            sets.append(set(map(int, rng.choice(1_000, rng.integers(20, 60), replace=False))))
    return sets


@pytest.mark.parametrize("seed", range(5))
def test_what_is_found_is_right_and_little_is_missed(seed: int) -> None:
    sets = simulated(seed)
    a, b, similarity = near_pairs(*flat(sets), least=0.7, seed=seed)
    found = dict(zip(zip(a.tolist(), b.tolist(), strict=True), similarity, strict=True))
    every = slow(sets, 0.7)
    assert all(every[pair] == pytest.approx(value) for pair, value in found.items())
    missed = [value for pair, value in every.items() if pair not in found]
    assert len(missed) <= 0.1 * len(every)
    assert all(value < 0.85 for value in missed)


def test_the_share_that_is_missed_is_the_stated_one() -> None:
    """1 - (1 - 0.8^4)^10: of 2,000 pairs at 0.8 about 10 are missed."""
    n = 2_000
    sets: list[set[int]] = []
    rng = np.random.default_rng(1)
    ids = iter(range(10**9))
    for _ in range(n):
        common = {next(ids) for _ in range(8)}
        sets += [common | {next(ids)}, common | {next(ids)}]
    hashes = rng.integers(2**63, size=20_000 + 2 * n, dtype=np.uint64)
    members = np.array([hashes[i] for one in sets for i in sorted(one)], np.uint64)
    owner = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    found = near_pairs(members, owner, least=0.75)[0].size
    expected = 1.0 - (1.0 - 0.8**4) ** 10
    assert found / n == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n))


def test_groups_are_kept_apart() -> None:
    sets = [set(range(20)), set(range(20)), set(range(20))]
    groups = np.array([1, 2, 1], np.uint64)
    a, b, similarity = near_pairs(*flat(sets), least=0.5, groups=groups)
    assert (a.tolist(), b.tolist(), similarity.tolist()) == ([0], [2], [1.0])


def test_large_buckets_stay_linear() -> None:
    sets = [set(range(20))] * 400
    a, _, _ = near_pairs(*flat(sets), least=0.5)
    assert 399 <= a.size <= 8 * 400


def test_nothing_and_one() -> None:
    none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    assert near_pairs(*none, least=0.5)[0].size == 0
    assert near_pairs(*flat([{1, 2, 3}]), least=0.5)[0].size == 0
    assert near_pairs(*flat([{1, 2}, {5, 6}]), least=0.5)[0].size == 0
