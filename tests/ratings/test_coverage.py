"""Intervals hold the truth as often as they say: a little here, 2,000 histories when slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.ratings.simulations import (
    clustered_coverage,
    coverage,
    half_win_votes,
    outcome_votes,
    pairs_of,
    pointwise,
    table,
)
from theodolite.ratings import bootstrap, bradley_terry

if TYPE_CHECKING:
    from theodolite.ratings import RatingFit
    from theodolite.tables import Votes

# Two models are exactly equal, so that a true tie must keep both its ranks.
STRENGTHS = np.array([0.9, 0.5, 0.5, 0.2, 0.0, -0.2, -0.6, -1.3])


def half_win(votes: int, histories: int, seed: int):
    def history(rng):
        return bradley_terry(half_win_votes(rng, STRENGTHS, votes))

    return coverage(history, STRENGTHS, histories=histories, seed=seed)


def with_ties(rule: str, votes: int, histories: int, seed: int):
    def history(rng):
        drawn = outcome_votes(rng, STRENGTHS, votes, rule=rule, both_bad=(-1.5, 0.8))
        return bradley_terry(drawn, ties=rule)

    return coverage(history, STRENGTHS, histories=histories, seed=seed)


def sandwich(votes: Votes, cluster: str | None) -> RatingFit:
    return bradley_terry(votes, cluster=cluster)


def balanced(votes: Votes, cluster: str | None) -> RatingFit:
    return bradley_terry(votes, cluster=cluster, pair_weights="inverse-count")


def resampled(votes: Votes, cluster: str | None) -> RatingFit:
    return bootstrap(votes, bradley_terry(votes, cluster=cluster), n_resamples=400)


def with_voters(rate, *, voters: int, histories: int, seed: int) -> tuple[float, float]:
    return clustered_coverage(
        STRENGTHS, rate=rate, voters=voters, each=20, histories=histories, seed=seed
    )


def one_sided(histories: int, seed: int) -> tuple[float, int]:
    """A strong model with so few votes that it often only wins: how often its bound holds."""
    rng, held = np.random.default_rng(seed), []
    theta = np.append(STRENGTHS, 2.5)
    while len(held) < histories:
        first, second = pairs_of(rng, 8, 1500)
        few = rng.integers(0, 8, 12)
        first, second = np.append(first, np.full(12, 8)), np.append(second, few)
        lost = rng.random(len(first)) > 1 / (1 + np.exp(theta[second] - theta[first]))
        board = bradley_terry(table(first, second, lost.astype(int))).board
        truth = 1000 + 400 / np.log(10) * (theta - theta[:8].mean())
        # Judged over all histories: what is one-sided in some is two-sided in the others.
        centre = 400 / np.log(10) * (theta[:9].mean() - theta[:8].mean())
        shift = 0.0 if board.unbounded[8] else centre
        held.append((board.low[8] <= truth[8] - shift, board.unbounded[8]))
    low_holds, unbounded = np.mean(held, axis=0)
    return float(low_holds), int(unbounded * histories)


@pytest.mark.slow
def test_coverage_of_few_histories() -> None:
    found = half_win(1500, 200, seed=11)
    assert abs(found.pointwise - 0.95) < 0.02
    assert abs(found.joint - 0.95) < 4 * found.error
    assert found.rank_sets > 0.95 - 4 * found.error
    assert found.fit_rejected < 0.05 + 4 * found.error


@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
def test_coverage_with_ties_of_few_histories(rule: str) -> None:
    found = with_ties(rule, 1500, 150, seed=15)
    assert abs(found.pointwise - 0.95) < 0.025
    assert abs(found.joint - 0.95) < 4 * found.error


def test_clusters_matter() -> None:
    clustered, plain = with_voters(sandwich, voters=150, histories=60, seed=12)
    assert clustered > 0.91
    assert plain < clustered - 0.05


@pytest.mark.slow
@pytest.mark.parametrize("votes", [400, 2000, 20000])
def test_coverage_of_many_histories(votes: int) -> None:
    found = half_win(votes, 2000, seed=13)
    print(f"\nhalf-win, {votes} votes: {found}, Monte Carlo error {found.error:.4f}")
    assert 0.93 <= found.pointwise <= 0.97
    assert 0.93 <= found.joint <= 0.97
    assert found.rank_sets >= 0.95 - 2 * found.error
    assert 0.03 <= found.fit_rejected <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
def test_coverage_with_ties(rule: str) -> None:
    found = with_ties(rule, 2000, 2000, seed=16)
    print(f"\n{rule}, 2000 votes: {found}, Monte Carlo error {found.error:.4f}")
    assert 0.93 <= found.pointwise <= 0.97
    assert 0.93 <= found.joint <= 0.97
    assert found.rank_sets >= 0.95 - 2 * found.error


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sandwich", "inverse-count weights", "bootstrap"])
def test_coverage_with_voters(kind: str) -> None:
    rate = {"sandwich": sandwich, "bootstrap": resampled}.get(kind, balanced)
    clustered, plain = with_voters(rate, voters=300, histories=2000, seed=14)
    print(f"\n300 voters of 20 votes, {kind}: clustered {clustered:.4f}, not {plain:.4f}")
    assert 0.93 <= clustered <= 0.97


@pytest.mark.slow
def test_coverage_of_one_sided_bounds() -> None:
    held, unbounded = one_sided(2000, seed=17)
    print(f"\n12 votes of a strong model: low end holds {held:.4f}; unbounded {unbounded} of 2000")
    assert unbounded > 200
    assert held >= 0.94


def test_pointwise_is_judged_on_the_same_centre() -> None:
    votes = half_win_votes(np.random.default_rng(1), STRENGTHS, 500)
    board = bradley_terry(votes).board
    assert pointwise(board, board.theta + 3.0) == 1.0
