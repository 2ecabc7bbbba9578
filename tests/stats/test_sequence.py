"""Confidence sequences: against a slow reference, and on walks that are watched all the time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from theodolite.stats import half_width, information_needed, mixture_rho

ALPHAS = st.floats(1e-8, 0.5)
RHOS = st.floats(1e-3, 1e4)


def mixture(s: float, information: float, rho: float) -> float:
    """The likelihood ratio of S ~ N(I d, I) against d = 0, averaged over d ~ N(0, 1 / rho)."""

    def term(d: float) -> float:
        scale = math.sqrt(rho / (2 * math.pi))
        return scale * math.exp(d * s - d * d * information / 2 - rho * d * d / 2)

    centre, spread = s / (information + rho), 1 / math.sqrt(information + rho)
    return quad(term, centre - 12 * spread, centre + 12 * spread)[0]


@pytest.mark.parametrize("information", [0.5, 20.0, 300.0])
@pytest.mark.parametrize("rho", [0.4, 30.0])
def test_the_boundary_is_where_the_mixture_reaches_one_over_alpha(information, rho) -> None:
    alpha = 0.02
    s = brentq(
        lambda s: mixture(s, information, rho) - 1 / alpha, 0, 10 * math.sqrt(information + rho)
    )
    got = half_width(np.array([information]), rho, alpha)
    np.testing.assert_allclose(got, s / information, rtol=1e-7)


@given(st.lists(st.floats(1e-3, 10.0), min_size=1, max_size=5), RHOS, ALPHAS)
def test_information_needed_is_the_inverse(widths: list[float], rho: float, alpha: float) -> None:
    width = np.array(widths)
    np.testing.assert_allclose(half_width(information_needed(width, rho, alpha), rho, alpha), width)


@given(st.floats(1e-3, 1e6), st.floats(1.01, 10.0), RHOS, ALPHAS)
def test_more_information_is_narrower(information, factor, rho, alpha) -> None:
    wide, narrow = half_width(np.array([information, factor * information]), rho, alpha)
    assert narrow < wide


def test_the_ends() -> None:
    assert half_width(np.array([0.0]), 1.0, 0.05) == np.inf
    assert information_needed(np.array([0.0]), 1.0, 0.05) == np.inf


@pytest.mark.parametrize("width", [0.01, 0.0576, 1.0])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 4950])
def test_no_other_mixture_needs_less(width: float, alpha: float) -> None:
    def needed(log_rho: float) -> float:
        return float(information_needed(np.array([width]), math.exp(log_rho), alpha)[0])

    best = math.log(mixture_rho(width, alpha))
    found = minimize_scalar(needed, bounds=(best - 2, best + 2), method="bounded")
    assert needed(best) <= found.fun * (1 + 1e-9)
    assert abs(found.x - best) < 0.01


def crossed(histories: int, steps: int, boundary) -> float:
    """Share of Gaussian walks, one step a unit of information, that ever leave the boundary."""
    rng = np.random.default_rng(8)
    information = np.arange(1.0, steps + 1)
    edge = boundary(information) * information
    walks = np.cumsum(rng.standard_normal((histories, steps)), axis=1)
    return float((np.abs(walks) > edge).any(axis=1).mean())


def test_walks_stay_inside_at_all_times() -> None:
    share = crossed(4000, 3000, lambda i: half_width(i, 10.0, 0.05))
    # Discrete steps and an end make it less than 5%, but a tight boundary is not far from it.
    assert 0.02 < share < 0.05
    assert crossed(1000, 3000, lambda i: 1.96 / np.sqrt(i)) > 0.5
