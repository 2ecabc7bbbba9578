"""How often intervals of multipliers cover, and how often equal sets are said to differ."""

import numpy as np
import pytest

from tests.scaling.datasets.simulations import coverage
from theodolite.scaling import Recipe, Resampling

SQUARES = Recipe(objective="least-squares")
DESIGNS = (
    ((16, 16), (1.0, 1.6)),
    ((30, 10), (1.0, 1.6)),
    ((14, 12, 10), (1.0, 1.6, 0.7)),
    ((16, 16), (1.0, 1.0)),
    ((6, 5), (1.0, 1.6)),
    ((20, 4), (1.0, 1.6)),
    ((5, 4, 4), (1.0, 1.0, 1.0)),
)


def error(share, count):
    return np.sqrt(share * (1.0 - share) / count)


@pytest.mark.slow
def test_intervals_cover():
    got = coverage((16, 16), (1.0, 1.6), recipe=SQUARES, resampling=Resampling(n=100), histories=20)
    assert got["failed"] == 0
    assert got["inside"] >= 0.95 - 3.0 * error(0.95, 20)


@pytest.mark.slow
def test_equal_sets_are_seldom_said_to_differ():
    got = coverage((6, 6), (1.0, 1.0), recipe=SQUARES, resampling=Resampling(n=100), histories=20)
    assert got["apart"] <= 0.05 + 3.0 * error(0.05, 20)


@pytest.mark.slow
@pytest.mark.parametrize(("counts", "worth"), DESIGNS)
def test_coverage_of_many_histories(counts, worth):
    got = coverage(counts, worth, recipe=SQUARES, resampling=Resampling(n=400), histories=500)
    print(counts, worth, got)
    assert abs(got["inside"] - 0.95) <= 0.02 + 2.0 * error(0.95, 500 * (len(counts) - 1))
    assert got["together"] >= 0.93 - 2.0 * error(0.95, 500)
    if len(set(worth)) == 1:
        assert got["apart"] <= 0.07 + 2.0 * error(0.05, 500)
