"""Keys drawn at random: against enumeration of all keys, and as a test that holds its level."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.stats import draw_positions, draw_sums, hits_p_value, position_statistic

SIZES = np.array([2, 3, 4, 3])
KEYS = np.array([1, 2, 1, 1])
STARTS = np.cumsum(SIZES) - SIZES


def all_keys() -> list[tuple[tuple[int, ...], ...]]:
    """Every way to key the items, all equally likely."""
    each = [list(combinations(range(j), k)) for j, k in zip(SIZES, KEYS, strict=True)]
    return list(product(*each))


def test_sums_are_distributed_as_all_keys_are() -> None:
    values = np.random.default_rng(0).random(SIZES.sum())
    exact = np.array(
        [
            sum(np.mean([values[s + j] for j in key]) for s, key in zip(STARTS, keys, strict=True))
            for keys in all_keys()
        ]
    )
    drawn = draw_sums(values, STARTS, KEYS, 40_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(exact.mean(), abs=0.006)
    assert drawn.std() == pytest.approx(exact.std(), rel=0.02)
    for q in (0.1, 0.5, 0.9):
        assert np.quantile(drawn, q) == pytest.approx(np.quantile(exact, q), abs=0.03)
    assert np.isin(np.round(drawn, 9), np.round(exact, 9)).all()


def test_positions_are_distributed_as_all_keys_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theodolite.stats.key_draws.CELLS_AT_ONCE", 1_000)
    exact = np.zeros((len(all_keys()), 4))
    for row, keys in zip(exact, all_keys(), strict=True):
        for key in keys:
            for j in key:
                row[j] += 1 / len(key)
    drawn = draw_positions(SIZES, KEYS, 20_000, np.random.default_rng(2))
    np.testing.assert_allclose(drawn.sum(axis=1), 4.0)
    np.testing.assert_allclose(drawn.mean(axis=0), exact.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(exact.T, bias=True), atol=0.03)
    # With one option the statistic is what scipy calls Pearson's.
    expected = exact.mean(axis=0)
    slow = [sum((row - expected) ** 2 / expected) for row in exact]
    np.testing.assert_allclose(position_statistic(exact, SIZES), slow)


def test_hits_against_enumeration() -> None:
    # A guess at one fixed option of each item hits in this many of all equally likely keys.
    hits = np.array([sum(0 in key for key in keys) for keys in all_keys()])
    for least in range(5):
        assert hits_p_value(least, SIZES, KEYS) == pytest.approx(np.mean(hits >= least))
    assert hits_p_value(1.9, SIZES, KEYS) == hits_p_value(1.0, SIZES, KEYS)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 20), draws=st.integers(1, 20))
def test_properties(seed: int, n: int, draws: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, n)
    keys = rng.integers(1, sizes)
    starts = np.cumsum(sizes) - sizes
    ones = draw_sums(np.ones(sizes.sum()), starts, keys, draws, np.random.default_rng(seed))
    np.testing.assert_allclose(ones, n)
    counts = draw_positions(sizes, keys, draws, np.random.default_rng(seed))
    assert counts.shape == (draws, sizes.max())
    np.testing.assert_allclose(counts.sum(axis=1), n)
    again = draw_positions(sizes, keys, draws, np.random.default_rng(seed))
    assert np.array_equal(counts, again)
    p = [hits_p_value(h, sizes, keys) for h in range(n + 1)]
    assert p[0] == pytest.approx(1.0)
    assert (np.diff(p) <= 1e-12).all()
