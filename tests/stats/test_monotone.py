"""A share that falls: the fit against brute force, the interval's coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.stats import decreasing_fit, excess_correlation, last_above

STEEP = 1 / (1 + np.exp(-(6 - 0.9 * np.arange(15))))
SLOW = 1 / (1 + np.exp(-(4 - 0.25 * np.arange(15))))
FLAT = np.full(15, 0.9)


def pooled(share: np.ndarray, weight: np.ndarray) -> list[float]:
    """The falling fit by its min-max formula."""
    m = len(share)

    def mean(i: int, j: int) -> float:
        return float(np.average(share[i : j + 1], weights=weight[i : j + 1]))

    return [min(max(mean(i, j) for j in range(k, m)) for i in range(k + 1)) for k in range(m)]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_the_fit_is_the_min_max_formula(rows: list[tuple[int, int]]) -> None:
    y, n = np.array([min(a, b) for a, b in rows], float), np.array([b for _, b in rows], float)
    assert decreasing_fit(y / n, n) == pytest.approx(pooled(y / n, n), abs=1e-9)


def test_correlation_is_recovered() -> None:
    rng = np.random.default_rng(0)
    for rho in (0.0, 0.1, 0.3):
        p = np.full(60, 0.6) if rho == 0 else rng.beta(0.6 * (1 / rho - 1), 0.4 * (1 / rho - 1), 60)
        y = rng.binomial(30, p).astype(float)
        fit = decreasing_fit(y / 30, np.full(60, 30.0))
        assert excess_correlation(y, np.full(60, 30.0), fit) == pytest.approx(rho, abs=0.09)
    assert excess_correlation(np.full(3, 5.0), np.full(3, 5.0), np.ones(3)) == 0.0


def ends(y: list[int], n: int, tau: float = 0.9, level: float = 0.95) -> tuple[int, int, int]:
    got = last_above(
        np.array(y),
        np.full(len(y), n),
        tau,
        level=level,
        n_draws=2000,
        rng=np.random.default_rng(0),
    )
    return got.estimate, got.low, got.high


def test_clear_cases() -> None:
    # 0.9 ** 40 is below 0.025: a last length alone shows that more than 90% are found. Where
    # others follow, the stretches that hold them were looked at too.
    assert ends([40] * 6 + [5] * 6, 40) == (6, 5, 6)
    assert ends([40] * 6, 40) == (6, 6, 6)
    assert ends([2] * 6, 40) == (0, 0, 0)
    # A single trial a length shows nothing about the next one.
    assert ends([1, 1, 1, 0], 1)[1] == 0
    assert ends([1], 1) == (1, 0, 1)
    assert ends([0], 1)[0] == 0


def test_a_higher_level_is_wider() -> None:
    y = [20, 20, 19, 20, 18, 16, 15, 9, 4, 2]
    assert ends(y, 20, level=0.99)[1] <= ends(y, 20, level=0.8)[1]
    assert ends(y, 20, level=0.99)[2] >= ends(y, 20, level=0.8)[2]


def covered(p: np.ndarray, n: int, rho: float, histories: int, seed: int = 2) -> float:
    rng, hits = np.random.default_rng(seed), 0
    k = int((p >= 0.9 - 1e-12).sum())
    for _ in range(histories):
        chance = p if rho == 0 else rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1))
        y = rng.binomial(n, chance)
        got = last_above(y, np.full(len(p), n), 0.9, level=0.95, n_draws=400, rng=rng)
        hits += got.low <= k <= got.high
    return hits / histories


@pytest.mark.parametrize("p", [STEEP, FLAT], ids=["steep", "flat"])
def test_coverage(p: np.ndarray) -> None:
    assert covered(p, 20, 0.1, 120) >= 0.91


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("n", [15, 35])
@pytest.mark.parametrize("p", [STEEP, SLOW, FLAT], ids=["steep", "slow", "flat"])
def test_coverage_at_length(p: np.ndarray, n: int, rho: float) -> None:
    assert covered(p, n, rho, 1000) >= 0.93
