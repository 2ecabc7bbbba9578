"""How often intervals of scores and rank sets hold the truth, over simulated histories."""

from __future__ import annotations

import numpy as np
import pytest

from theodolite.claims.answers import Unit
from theodolite.claims.standings import Standing, average_standings, standing_of

ABILITY = np.array([0.0, 0.0, 0.3, 0.8, 0.8, 2.0])
# Of each benchmark: clusters, items of one, how hard it is.
BENCHMARKS = ((120, 1, 0.0), (40, 4, -1.0), (60, 2, 1.5))


def truth(hard: float) -> np.ndarray:
    """What each model would score on endless items: a normal mixture, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    chance = 1 / (1 + np.exp(-(ABILITY[:, None] - hard - np.sqrt(2.0) * nodes)))
    return chance @ (weights / weights.sum())


def history(rng: np.random.Generator, *, missing: float) -> list[Standing]:
    """Standings on three benchmarks and their averages, from fresh items."""
    units = []
    for number, (clusters, size, hard) in enumerate(BENCHMARKS):
        label = np.repeat(np.arange(clusters), size)
        difficulty = hard + rng.normal(0, 1, clusters)[label] + rng.normal(0, 1, len(label))
        right = rng.random((len(ABILITY), len(label))) < 1 / (
            1 + np.exp(difficulty - ABILITY[:, None])
        )
        values = np.where(rng.random(right.shape) < missing, np.nan, right.astype(float))
        units.append(Unit(str(number), np.arange(len(ABILITY)), values, label))
    standings = [standing_of(unit, level=0.95, seed=0) for unit in units]
    return [*average_standings(units, standings, level=0.95, seed=0), *standings]


def ranks_hold(got: Standing, true: np.ndarray) -> bool:
    """Whether every rank that the truth admits is in the set; tied models share theirs."""
    frame = got.models([str(k) for k in range(len(true))])
    own = true[got.rows]
    best = 1 + (own[None, :] > own[:, None] + 1e-12).sum(axis=1)
    worst = len(own) - (own[None, :] < own[:, None] - 1e-12).sum(axis=1)
    return bool(
        ((frame["rank_low"].to_numpy() <= best) & (frame["rank_high"].to_numpy() >= worst)).all()
    )


def shares(n_histories: int, *, missing: float) -> tuple[dict[str, float], dict[str, float]]:
    """Of every benchmark and average: how often scores, and all ranks, hold the truth."""
    rng = np.random.default_rng(11)
    by_unit = [truth(hard) for _, _, hard in BENCHMARKS]
    items = np.array([clusters * size for clusters, size, _ in BENCHMARKS], dtype=float)
    true = {str(i): value for i, value in enumerate(by_unit)}
    true["(macro)"] = np.mean(by_unit, axis=0)
    true["(micro)"] = items / items.sum() @ np.array(by_unit)
    scores: dict[str, list[float]] = {name: [] for name in true}
    ranks: dict[str, list[bool]] = {name: [] for name in true}
    for _ in range(n_histories):
        for got in history(rng, missing=missing):
            low, high = got.ends
            own = true[got.name][got.rows]
            scores[got.name].append(float(np.mean((low <= own) & (own <= high))))
            ranks[got.name].append(ranks_hold(got, true[got.name]))
    return (
        {name: float(np.mean(held)) for name, held in scores.items()},
        {name: float(np.mean(held)) for name, held in ranks.items()},
    )


def test_scores_and_ranks_hold_the_truth() -> None:
    # Monte Carlo error of 60 histories: 2.8 points for ranks, about half of it for scores.
    scores, ranks = shares(60, missing=0.0)
    assert min(scores.values()) > 0.91
    assert min(ranks.values()) > 0.88


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_coverage(missing: float) -> None:
    scores, ranks = shares(2000, missing=missing)
    for name in scores:
        print(f"{missing:.0%} missing, {name}: scores {scores[name]:.1%}, ranks {ranks[name]:.1%}")
    # Monte Carlo error: 0.5 points for ranks, less for scores.
    assert all(0.93 <= share <= 0.97 for share in scores.values())
    assert min(ranks.values()) >= 0.945
