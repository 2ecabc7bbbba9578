"""Intervals hold the truth as often as they say: a little here, 2,000 histories when slow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ratings.simulations import board_coverage, clustered_coverage

# Two models are exactly equal, so that a true tie must keep both its ranks.
STRENGTHS = np.array([0.9, 0.5, 0.5, 0.2, 0.0, -0.2, -0.6, -1.3])


def test_coverage_of_few_histories() -> None:
    found = board_coverage(STRENGTHS, votes=1500, histories=300, seed=11)
    assert abs(found.pointwise - 0.95) < 0.02
    assert abs(found.joint - 0.95) < 4 * found.error
    assert found.rank_sets > 0.95 - 4 * found.error
    assert found.fit_rejected < 0.05 + 4 * found.error


def test_clusters_matter() -> None:
    clustered, plain = clustered_coverage(STRENGTHS, voters=150, each=20, histories=100, seed=12)
    assert clustered > 0.92
    assert plain < clustered - 0.05


@pytest.mark.slow
@pytest.mark.parametrize("votes", [400, 2000, 20000])
def test_coverage_of_many_histories(votes: int) -> None:
    found = board_coverage(STRENGTHS, votes=votes, histories=2000, seed=13)
    print(f"\n{votes} votes: {found}, Monte Carlo error {found.error:.4f}")
    assert 0.93 <= found.pointwise <= 0.97
    assert 0.93 <= found.joint <= 0.97
    assert found.rank_sets >= 0.95 - 2 * found.error
    assert 0.03 <= found.fit_rejected <= 0.07


@pytest.mark.slow
def test_coverage_with_voters() -> None:
    clustered, plain = clustered_coverage(STRENGTHS, voters=300, each=20, histories=2000, seed=14)
    print(f"\n300 voters of 20 votes: clustered {clustered:.4f}, as independent votes {plain:.4f}")
    assert 0.93 <= clustered <= 0.97
