"""The probability that one of a few answers is right."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.stats.repeats import pass_at_k


@settings(deadline=None)
@given(st.data())
def test_it_is_the_share_of_subsets_with_a_right_answer(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    c = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    subsets = list(combinations([1] * c + [0] * (n - c), k))
    expected = sum(map(any, subsets)) / len(subsets)
    assert pass_at_k(c, n, k) == pytest.approx(expected, abs=1e-14)


@settings(deadline=None)
@given(st.integers(1, 2_000), st.data())
def test_it_is_the_ratio_of_binomials(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    exact = 1 - comb(n - c, k) / comb(n, k)
    assert pass_at_k(c, n, k) == pytest.approx(exact, abs=1e-12)


def test_it_is_unbiased() -> None:
    rng = np.random.default_rng(3)
    p, n, k = 0.2, 10, 4
    estimates = pass_at_k(rng.binomial(n, p, 40_000), np.full(40_000, n), k)
    error = estimates.std() / 200
    assert abs(estimates.mean() - (1 - (1 - p) ** k)) < 4 * error


@pytest.mark.parametrize(("c", "n", "k"), [(3, 2, 1), (-1, 2, 1), (1, 2, 3), (1, 2, 0)])
def test_it_refuses_what_is_out_of_bounds(c: int, n: int, k: int) -> None:
    with pytest.raises(ValueError, match=r"as many answers|k must be"):
        pass_at_k([c], [n], k)
