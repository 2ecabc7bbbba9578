"""However often one looks, hardly a history decides a pair wrongly; 2,000 of them when slow."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from tests.ratings.settling_simulations import run

# Eight models with gaps of 6 to 40 points between neighbours.
GAPS = np.array([6.0, 12.0, 18.0, 24.0, 30.0, 36.0, 40.0])
LADDER = np.concatenate([[0.0], np.cumsum(GAPS)])
TIED = np.array([0.0, 0.0, 0.0, 20.0, 20.0, 40.0, 40.0, 90.0])


def test_few_histories() -> None:
    found = run(LADDER, histories=60, seed=1)
    assert found.sequence <= 0.05
    assert found.ordinary >= 0.1
    assert found.models <= 0.05
    assert 0.5 < found.decided < 0.9


def test_few_histories_with_ties() -> None:
    found = run(TIED, histories=40, seed=2)
    assert found.sequence <= 0.05
    assert found.ordinary > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("name", "points"), [("ladder", LADDER), ("exact ties", TIED)])
def test_many_histories(name: str, points: np.ndarray) -> None:
    found = run(points, histories=2000, seed=3)
    print(
        f"\n{name}: sequence wrong {found.sequence:.4f}, ordinary {found.ordinary:.4f}, models "
        f"missed {found.models:.4f}, pairs decided {found.decided:.3f}, +- {found.error:.4f}"
    )
    assert found.sequence <= 0.05
    assert found.models <= 0.05
    assert found.ordinary > found.sequence + 0.1


@pytest.mark.slow
def test_the_price_in_votes() -> None:
    found = run(LADDER, histories=400, seed=4, n_votes=40_000, n_looks=160)
    i, j = np.triu_indices(8, 1)
    for gap in (24.0, 30.0, 36.0, 40.0):
        pair = int(np.abs(LADDER[j] - LADDER[i] - gap).argmin())
        size = np.abs(LADDER[j] - LADDER[i])[pair] * np.log(10) / 400
        fixed = [
            (NormalDist().inv_cdf(1 - error / 2) / size) ** 2 / found.information[pair]
            for error in (0.05, 0.05 / 28)
        ]
        print(
            f"\ngap {LADDER[j][pair] - LADDER[i][pair]:.0f}: median votes, sequence "
            f"{found.after[pair]:.0f}, first ordinary {found.ordinary_after[pair]:.0f}, fixed size "
            f"{fixed[0]:.0f}, fixed size at 0.05/28 {fixed[1]:.0f}"
        )
        # To look as often as one likes costs votes, but not many times as many.
        assert fixed[1] * 0.8 < found.after[pair] < 3 * fixed[1]


@pytest.mark.slow
@pytest.mark.parametrize("target", [10.0, 100.0, 300.0])
@pytest.mark.parametrize("burn_in", [2, 5, 10, 25, 50, 100])
def test_burn_in(burn_in: int, target: float) -> None:
    """Wide gaps, ties and a look every 10 votes: where too early a start would show."""
    points = np.array([0.0, 0.0, 150.0, 150.0, 300.0, 300.0, 600.0, 600.0])
    found = run(
        points,
        histories=1000,
        seed=5,
        n_votes=1000,
        n_looks=100,
        burn_in=burn_in,
        target=target,
    )
    print(
        f"\nburn-in {burn_in}, tuned to {target:.0f} points: sequence wrong {found.sequence:.4f}, "
        f"models missed {found.models:.4f}, pairs decided {found.decided:.3f}"
    )
    if burn_in >= 50:
        assert found.sequence <= 0.05
        assert found.models <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [True, False])
def test_clusters(clustered: bool) -> None:
    """Voters with tastes of their own, 20 votes each, at any time; all models equally strong."""
    found = run(np.zeros(8), histories=300, seed=6, n_votes=8000, each=20, clustered=clustered)
    print(
        f"\nvoters, clustered {clustered}: sequence wrong {found.sequence:.4f}, ordinary "
        f"{found.ordinary:.4f}, models missed {found.models:.4f}"
    )
    assert found.sequence <= 0.05
