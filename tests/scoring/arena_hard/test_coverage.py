"""How often intervals of scores and differences hold the truth, and how often the published do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.scoring.arena_hard.made import BASE, World, table
from theodolite.scoring.arena_hard.fitting import fit_games
from theodolite.scoring.arena_hard.games import games_of
from theodolite.scoring.arena_hard.published import published_of
from theodolite.scoring.arena_hard.standing import standing_of

# A judge for which questions differ and the two games of a question go together.
LIFE = World((-2.0, -0.3, 0.4, 1.5), question=0.7, answer=0.5)


@dataclass(frozen=True)
class Shares:
    """Of histories in which an interval held the truth: of each score, of all pairs, published."""

    scores: np.ndarray
    pairs: float
    published: np.ndarray


def shares(world: World, n_questions: int, histories: int) -> Shares:
    true, aim = world.shares()
    k = len(true)
    held, pairs, published = np.zeros(k), 0.0, np.zeros(k)
    for seed in range(histories):
        games = games_of(table(world.games(n_questions, seed=seed)), baseline=BASE)
        standing = standing_of(games, fit_games(games), np.arange(k))
        low, high = standing.interval(0.95)
        held += (low <= true) & (true <= high)
        frame = standing.contrasts(world.names, level=0.95, seed=0)
        a, b = (
            true[frame[side].str.tail(1).cast(int).to_numpy()] for side in ("model_a", "model_b")
        )
        inside = (frame["low"].to_numpy() <= a - b) & (a - b <= frame["high"].to_numpy())
        pairs += inside.all()
        ends = published_of(games, seed=seed)[:, 1:]
        published += (ends[:, 0] <= aim) & (aim <= ends[:, 1])
    return Shares(held / histories, pairs / histories, published / histories)


def test_a_few_histories() -> None:
    got = shares(LIFE, 80, 60)
    # Of 240 dependent intervals, 90% is three standard errors and more below 95%.
    assert got.scores.mean() > 0.9
    assert got.pairs > 0.86
    # The published interval says 90% and holds the truth about two times out of three.
    assert got.published.mean() < 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "n_questions"),
    [(World(), 250), (LIFE, 60), (LIFE, 250)],
    ids=["link holds", "60 questions", "250 questions"],
)
def test_coverage(world: World, n_questions: int) -> None:
    """2,000 histories: a Monte Carlo error of half a point."""
    got = shares(world, n_questions, 2000)
    assert (got.scores > 0.93).all()
    assert (got.scores < 0.97).all()
    assert got.pairs > 0.935
    assert (got.published < 0.8).all()
