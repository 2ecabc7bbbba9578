"""Scores as logits: exact scores, moments by integration, chance, ceilings, outliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from theodolite.stats.latent_scores import Measured, fit_latent, inverse_link

Parts = tuple[Measured, np.ndarray, np.ndarray]


def made(seed: int, groups: int = 12, chance: float = 0.25, height: float = -1.0) -> Parts:
    """Scores on a known line, with what families and models have beyond it."""
    rng = np.random.default_rng(seed)
    group = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, 2 * groups)]))
    x = rng.normal(0, 1.5, groups)[group] + rng.normal(0, 1.2, len(group))
    eta = height + 0.6 * x + 0.6 * rng.normal(size=groups)[group] + 0.4 * rng.normal(size=len(x))
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    measured = Measured(np.zeros(len(x)), np.full(len(x), 0.012), chance, 1.0, starts)
    noisy = measured.curve(eta) + measured.noise * rng.normal(size=len(x))
    return replace(measured, score=np.clip(noisy, 0, 1)), np.stack([np.ones(len(x)), x], 1), eta


def test_moments_are_those_of_the_product() -> None:
    """The normal that stands for a score makes, with the rest, the mean that integration gives."""
    measured, x, _ = made(0, height=-2.5)
    fit = fit_latent(measured, x, robust=False)
    effect, line = fit.effect, x @ fit.line.beta
    for i in np.argsort(measured.score)[[0, 1, 5, 20, -1]]:
        # What all others say: take the score's own normal out of the posterior again.
        precision = 1.0 / fit.effect_variance[i] - 1.0 / fit.data.variance[i]
        pull = (line[i] + effect[i]) / fit.effect_variance[i] - fit.data.z[i] / fit.data.variance[i]
        mean = pull / precision

        def mass(
            eta: float, power: int, i: int = i, m: float = mean, p: float = precision
        ) -> float:
            off = (measured.score[i] - measured.curve(np.array(eta))) / measured.noise[i]
            return float(eta**power * np.exp(-0.5 * (off**2 + p * (eta - m) ** 2)))

        ends = (line[i] + effect[i] - 8.0, line[i] + effect[i] + 8.0)
        top = [line[i] + effect[i]]
        parts = [quad(mass, *ends, args=(k,), points=top, limit=200)[0] for k in range(3)]
        middle = parts[1] / parts[0]
        assert line[i] + effect[i] == pytest.approx(middle, abs=0.01)
        assert fit.effect_variance[i] == pytest.approx(parts[2] / parts[0] - middle**2, rel=0.05)


def test_a_score_at_chance_says_little() -> None:
    measured, x, _ = made(3, height=-4.0)
    fit = fit_latent(measured, x)
    low = measured.score < 0.25
    assert low.sum() > 3
    clear = measured.score > 0.33
    assert fit.data.variance[low].min() > 4 * fit.data.variance[clear].max()
    assert fit.converged


@pytest.mark.parametrize("chance", [0.0, 0.25])
@pytest.mark.parametrize("height", [-1.0, -3.0])
def test_the_slope_is_found_also_near_chance(chance: float, height: float) -> None:
    lines = [fit_latent(*made(seed, 20, chance, height)[:2]).line for seed in range(12)]
    slopes = np.array([line.beta[1] for line in lines])
    assert slopes.mean() == pytest.approx(0.6, abs=4 * slopes.std() / 12**0.5)


def test_no_outlier_pulls_far() -> None:
    measured, x, _ = made(5, chance=0.0)
    high = measured.score.copy()
    high[3] = 0.97
    plain, moved = (fit_latent(measured, x).line, fit_latent(replace(measured, score=high), x).line)
    free = fit_latent(replace(measured, score=high), x, robust=False).line
    change = np.abs(moved.beta - plain.beta).max()
    assert change < 0.7 * np.abs(free.beta - plain.beta).max()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0.5, 3.0))
def test_units_of_compute_do_not_matter(seed: int, factor: float) -> None:
    measured, x, _ = made(seed, 8)
    one, other = (fit_latent(measured, x * np.array([1.0, by])).line for by in (1.0, factor))
    assert other.beta * np.array([1.0, factor]) == pytest.approx(one.beta, abs=2e-3)


def test_scores_outside_are_infinite_logits() -> None:
    bounds = Measured(np.zeros(1), np.ones(1), 0.5, 1.0, np.zeros(1, dtype=np.int64))
    assert inverse_link(bounds, np.array([0.4, 0.5, 1.0])).tolist() == [-np.inf, -np.inf, np.inf]
    assert inverse_link(bounds, bounds.curve(np.array([1.3]))) == pytest.approx([1.3])


def test_scores_at_both_ends_converge() -> None:
    measured, x, _ = made(7, 10)
    score = measured.score.copy()
    score[:4], score[-4:] = 0.0, 1.0
    fit = fit_latent(replace(measured, score=score, noise=np.full(len(score), 0.1)), x)
    assert np.isfinite(fit.line.beta).all()
    assert np.isfinite(fit.effect).all()
