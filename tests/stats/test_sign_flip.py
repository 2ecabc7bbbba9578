"""Sign flips: all patterns one by one as reference."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from theodolite.stats import sign_flip


def slow(values: np.ndarray, clusters: np.ndarray) -> float:
    sums = [values[clusters == g].sum() for g in np.unique(clusters)]
    seen = abs(sum(sums))
    far = [
        abs(sum(s * t for s, t in zip(sums, signs, strict=True))) >= seen - 1e-9
        for signs in product((-1, 1), repeat=len(sums))
    ]
    return sum(far) / len(far)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_as_all_patterns(count: int) -> None:
    rng = np.random.default_rng(count)
    clusters = np.concatenate([np.arange(count), rng.integers(0, count, 12)])
    values = rng.normal(0.4, 1.0, len(clusters))
    assert sign_flip(values, clusters, rng=rng) == pytest.approx(slow(values, clusters))


def test_random_patterns_agree_with_all() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0.4, 1.0, 16)
    exact = sign_flip(values, np.arange(16), rng=rng)
    more = np.append(values, 0.0)  # a seventeenth cluster that says nothing
    assert sign_flip(more, np.arange(17), rng=rng) == pytest.approx(exact, abs=0.015)


def test_holds_its_level() -> None:
    rng = np.random.default_rng(4)
    p = [sign_flip(rng.standard_normal(8), np.arange(8), rng=rng) for _ in range(1000)]
    assert np.mean(np.array(p) <= 0.05) <= 0.065
