"""Made-up judgments of known truth: integer scores, questions in categories, two turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from theodolite.scoring.mt_bench.grid import GRADES, PERCENT, Grid

CATEGORIES, EACH, TURNS = 8, 10, 2


@dataclass(frozen=True)
class World:
    """What is true of the models and the questions.

    Attributes
    ----------
    means
        Of each model on a scale without ends, (K,).
    hard
        How far each category lies above or below, (8,).
    shared, own, noise
        Standard deviations between questions, of a model on a question, and of a turn.
    fails
        How often an answer fails altogether, and is given 1 to 3.
    second
        What each model's second turn adds, (K,).
    """

    means: np.ndarray
    hard: np.ndarray
    shared: float = 0.7
    own: float = 0.9
    noise: float = 1.2
    fails: float = 0.0
    second: float = -0.4

    @property
    def k(self) -> int:
        return len(self.means)


MIDDLING = World(
    means=np.array([6.0, 6.0, 6.5, 7.2, 7.2, 8.0]),
    hard=np.array([0.8, 0.4, -1.6, -2.2, -1.4, -0.3, 0.5, 1.0]),
)
# A half to three quarters of the scores are tens.
CEILING = World(
    means=np.array([9.6, 9.6, 9.9, 10.4, 10.4, 11.0]),
    hard=np.array([0.6, 0.4, -0.8, -1.2, -0.6, 0.0, 0.5, 0.8]),
)
# Four fifths and more are tens.
TENS = replace(CEILING, means=CEILING.means + 1.6)
# Mostly nines and tens, but now and then an answer fails altogether.
FAILING = World(
    means=np.array([9.0, 9.0, 9.3, 9.5, 9.5, 9.8]),
    hard=np.zeros(8),
    shared=0.3,
    own=0.4,
    noise=0.5,
    fails=0.08,
)


def quality(world: World, rng: np.random.Generator, each: int = EACH) -> np.ndarray:
    """How good each answer is, (K, questions, 2)."""
    n = CATEGORIES * each
    easy = np.repeat(world.hard, each) + rng.normal(0, world.shared, n)
    turn = np.array([0.0, world.second])
    own = rng.normal(0, world.own, (world.k, n, 1))
    noise = rng.normal(0, world.noise, (world.k, n, TURNS))
    return world.means[:, None, None] + easy[:, None] + turn + own + noise


def scores(world: World, rng: np.random.Generator, each: int = EACH) -> np.ndarray:
    """Integer scores, (K, questions, 2)."""
    out = np.clip(np.round(quality(world, rng, each)), 1, 10)
    failed = rng.random(out.shape) < world.fails
    return np.where(failed, rng.integers(1, 4, out.shape), out)


def truth(world: World, *, each: int = 20_000, seed: int = 99) -> np.ndarray:
    """What endless questions would give, (K, categories, 2)."""
    many = scores(world, np.random.default_rng(seed), each)
    return many.reshape(world.k, CATEGORIES, each, TURNS).mean(axis=2)


def grid_of_scores(values: np.ndarray, *, categories: bool = True) -> Grid:
    """Lay scores, (K, questions, 2), out as a grid."""
    k, n, turns = values.shape
    cells = np.repeat(np.arange(n), turns)
    category = cells // (n // CATEGORIES) if categories else np.full(n * turns, -1)
    return Grid(
        models=tuple(f"m{i}" for i in range(k)),
        scores=values.reshape(k, n * turns).astype(float),
        unparseable=np.zeros((k, n * turns), dtype=bool),
        question=cells,
        turn=np.tile(np.arange(1, turns + 1), n),
        category=category,
        questions=tuple(f"q{i}" for i in range(n)),
        categories=tuple(f"c{i}" for i in range(CATEGORIES)) if categories else (),
        scale=GRADES,
    )


LEAN, TIE, SEEN = 0.6, 0.5, 0.8


def outcomes(world: World, rng: np.random.Generator, each: int = EACH) -> np.ndarray:
    """Outcome of every match of i against j, (K, K, questions, 2): 1, 0 or -1, ``nan`` at i = j.

    The judge sees both orders, with noise, and leans to what it sees first.
    """
    good = quality(world, rng, each)
    k = world.k
    out = np.full((k, k, *good.shape[1:]), np.nan)
    for i in range(k):
        for j in range(i + 1, k):
            gap = good[i] - good[j]
            games = [gap + lean + rng.normal(0, SEEN, gap.shape) for lean in (LEAN, -LEAN)]
            first, second = (np.where(np.abs(g) < TIE, 0, np.sign(g)) for g in games)
            out[i, j] = np.where(first == second, first, 0)
            out[j, i] = -out[i, j]
    return out


def grid_of_outcomes(values: np.ndarray, *, baseline: int | None = None) -> Grid:
    """Lay outcomes out as a grid of rates in percent; a cell is a question, turn and opponent."""
    k, _, n, turns = values.shape
    models = [i for i in range(k) if i != baseline]
    against = [baseline] if baseline is not None else list(range(k))
    rates = 50.0 + 50.0 * values[np.ix_(models, against)].transpose(0, 2, 3, 1)
    cells = np.repeat(np.arange(n), turns * len(against))
    return Grid(
        models=tuple(f"m{i}" for i in models),
        scores=rates.reshape(len(models), -1),
        unparseable=np.zeros((len(models), len(cells)), dtype=bool),
        question=cells,
        turn=np.tile(np.repeat(np.arange(1, turns + 1), len(against)), n),
        category=cells // (n // CATEGORIES),
        questions=tuple(f"q{i}" for i in range(n)),
        categories=tuple(f"c{i}" for i in range(CATEGORIES)),
        scale=PERCENT,
    )
