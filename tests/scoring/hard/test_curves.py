"""Curves of items."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scoring.hard.quizzes import answers
from theodolite.scoring.hard.curves import item_curves


def spread(items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 0.6, items), rng.normal(0, 1, items)


def test_slopes_are_recovered() -> None:
    steep, hard = spread(400, 1)
    many = answers(200, steep, hard, seed=2)
    curves = item_curves(many, share=True, rng=np.random.default_rng(0))
    assert np.corrcoef(curves.slope, steep)[0, 1] > 0.75
    few = item_curves(answers(10, steep, hard, seed=2), share=True, rng=np.random.default_rng(0))
    assert np.ptp(few.slope) < 0.8 * np.ptp(curves.slope)  # what few models show is drawn back


def test_expected_scores_are_calibrated_on_other_models() -> None:
    steep, hard = spread(600, 3)
    curves = item_curves(answers(30, steep, hard, seed=4), share=True, rng=np.random.default_rng(0))
    fresh = np.mean([answers(30, steep, hard, seed=s) for s in range(100, 130)], axis=0).mean(0)
    expected = curves.expected.mean(axis=1)
    assert np.polyfit(expected, fresh, 1)[0] == pytest.approx(1.0, abs=0.12)
    best = np.argsort(-curves.slope)[:60]  # those that a choice would take
    gap = curves.expected[best, :8].mean(axis=1) - curves.expected[best, -8:].mean(axis=1)
    other = np.mean([answers(30, steep, hard, seed=s)[:, best] for s in range(100, 160)], axis=0)
    fresh = (other[:10] - other[-10:]).mean()
    assert 0.8 * fresh <= gap.mean() <= fresh  # drawn back rather too far than too little


def test_curves_of_other_scores_follow_an_affine_change() -> None:
    rng = np.random.default_rng(5)
    ability = rng.normal(0, 1, 14)
    y = np.outer(ability, rng.uniform(0, 2, 50)) + rng.normal(0, 1, (14, 50))
    one = item_curves(y, share=False, rng=np.random.default_rng(0))
    other = item_curves(5 * y + 3, share=False, rng=np.random.default_rng(0))
    np.testing.assert_allclose(other.expected, 5 * one.expected + 3, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(other.variance, 25 * one.variance, rtol=1e-3)
    np.testing.assert_allclose(other.slope, 5 * one.slope, rtol=2e-3, atol=5e-3)


@pytest.mark.parametrize("share", [True, False])
def test_missing_scores_and_models_that_are_all_alike(share: bool) -> None:
    steep, hard = spread(80, 6)
    y = answers(12, steep, hard, seed=7)
    y[np.random.default_rng(0).random(y.shape) < 0.3] = np.nan
    for values in (y, np.ones((4, 6)), np.where(np.eye(5) > 0, np.nan, 0.0)):
        curves = item_curves(values, share=share, rng=np.random.default_rng(0))
        for name in ("expected", "variance", "residual", "noise", "slope", "slope_error"):
            assert np.isfinite(getattr(curves, name)).all(), name


def test_an_item_does_not_vouch_for_itself() -> None:
    """Items of pure chance rise with the abilities of the others only by chance."""
    y = (np.random.default_rng(8).random((20, 12)) < 0.5).astype(float)
    slopes = [
        item_curves(y, share=True, rng=np.random.default_rng(s)).slope.mean() for s in range(5)
    ]
    assert np.mean(slopes) < 0.1
