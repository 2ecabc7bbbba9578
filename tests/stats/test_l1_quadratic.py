"""Quadratics with an L1 penalty against all patterns of signs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from theodolite.stats.l1_quadratic import minimise_l1_quadratic


def value(z, w, g, h) -> float:
    return float(g @ (z - w) + 0.5 * (z - w) @ h @ (z - w) + np.abs(z).sum())


def by_every_pattern(w, g, h) -> float:
    """The least value over the solutions of every pattern of signs that keep to it."""
    best = np.inf
    for signs in product((-1.0, 0.0, 1.0), repeat=len(w)):
        sign = np.array(signs)
        free = sign != 0
        z = np.zeros(len(w))
        if free.any():
            right = -(g + sign - h @ w)[free]
            z[free] = np.linalg.solve(h[np.ix_(free, free)], right)
        best = min(best, value(z, w, g, h))
    return best


@example(97, 4)  # a curvature of condition 22,000, in which sweeps over coordinates crawl
@given(st.integers(0, 100_000), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_the_minimum_is_the_best_of_all_patterns(seed, features) -> None:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(8, features, features + 1))
    h = half @ half.transpose(0, 2, 1)
    w = rng.normal(size=(8, features)) * rng.choice([0.0, 1.0], (8, features))
    g = 3.0 * rng.normal(size=(8, features))
    z = minimise_l1_quadratic(w, g, h, np.ones_like(w))
    for r in range(8):
        assert value(z[r], w[r], g[r], h[r]) == pytest.approx(
            by_every_pattern(w[r], g[r], h[r]), rel=1e-6, abs=1e-6
        )
