"""How often the intervals hold the truth: few histories always, many among the slow tests."""

from __future__ import annotations

import pytest

from tests.scoring.agreement.simulations import World, coverage

TOLD = ("agreement", "separability", "separability_human", "brier", "spearman", "kendall")


def test_intervals_hold_the_truth() -> None:
    found = coverage(World(20, 0.9, 0.1), 40, seed=1)
    for name in TOLD:
        # Of 40 histories at 95%, fewer than 33 have a chance below 1 in 1,000.
        assert found[name]["covered"] >= 33 / 40, name


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        World(15, 0.8, 0.1),
        World(20, 0.9, 0.3),
        World(60, 0.9, 0.3),
        World(30, 0.9, 0.2, "uniform"),
        World(30, 0.9, 0.2, "skewed"),
        World(30, 0.9, 0.2, "two groups"),
    ],
    ids=str,
)
def test_intervals_hold_the_truth_in_many_histories(world: World) -> None:
    found = coverage(world, 500, seed=11)
    for name in TOLD:
        # Monte Carlo error of 500 histories: 1%.
        assert 0.92 <= found[name]["covered"] <= 0.995, (name, found[name])
