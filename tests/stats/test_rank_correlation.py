"""Rank correlations of many vectors: SciPy's one by one as reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from theodolite.stats import all_pairs, kendall, spearman

PAIRS = st.integers(3, 12).flatmap(
    lambda k: st.tuples(
        *(st.lists(st.integers(-3, 3).map(float), min_size=k, max_size=k) for _ in range(2))
    )
)


@settings(max_examples=60, deadline=None)
@given(PAIRS)
@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning")
def test_as_scipy_one_by_one(pair: tuple[list[float], list[float]]) -> None:
    x, y = map(np.array, pair)
    both = np.stack([x, y]), np.stack([y, x])
    for ours, theirs in ((spearman, spearmanr), (kendall, kendalltau)):
        got = ours(*both)
        want = np.array([theirs(x, y).statistic, theirs(y, x).statistic])
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_a_constant_side_has_none() -> None:
    x = np.arange(4.0)
    assert np.isnan(spearman(x, np.ones(4)))
    assert np.isnan(kendall(x, np.ones(4)))


def test_many_draws_against_one_vector() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 9)), rng.standard_normal(9)
    want = [kendalltau(row, y).statistic for row in x]
    np.testing.assert_allclose(kendall(x, y), want)
    want = [spearmanr(row, y).statistic for row in x]
    np.testing.assert_allclose(spearman(x, y), want)


def test_pairs_are_each_once() -> None:
    first, second = all_pairs(5)
    assert len({*zip(first.tolist(), second.tolist(), strict=True)}) == 10
    assert (first < second).all()
