r"""Arena-Hard's published recipe, without its copied rows.

The recipe turns each game into a battle, a "much better" into three copies of it, and leaves out
questions of which one game has no verdict. As every battle is with the baseline, its win rate in a
Bradley-Terry fit is the weighted mean

    100 * sum of w y / sum of w,    y = 1, 1/2 or 0, w = 3 for a "much better" and else 1,

and drawing rows with replacement is a multinomial over the five verdicts, of which only their
counts are needed. The published interval runs from the 5th to the 95th percentile of 100 such
draws: 90%, over rows taken as independent, copies included.

References
----------
T. Li and others (2024), From Crowdsourced Data to High-Quality Benchmarks: Arena-Hard and
BenchBuilder. doi:10.48550/arXiv.2406.11939
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.arena_hard.games import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.games import Games

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["PUBLISHED_LEVEL", "PUBLISHED_RESAMPLES", "published_of"]

COPIES = np.array([3.0, 1.0, 1.0, 1.0, 3.0])
WON = np.array([0.0, 0.0, 0.5, 1.0, 1.0])
PUBLISHED_LEVEL = 0.9
PUBLISHED_RESAMPLES = 100


def published_of(games: Games, *, seed: int) -> Floats:
    """Give the published score of each contender and both ends of its interval, (C, 3).

    In percent; ``nan`` where every question lacks a verdict.
    """
    counts = _complete(games)
    rows = counts * COPIES
    total = rows.sum(axis=1)
    out = np.full((len(counts), 3), np.nan)
    rng = np.random.default_rng(seed)
    for contender in np.flatnonzero(total > 0):
        share = rows[contender] / total[contender]
        drawn = rng.multinomial(int(total[contender]), share, PUBLISHED_RESAMPLES)
        tail = 100.0 * (1.0 - PUBLISHED_LEVEL) / 2.0
        ends = np.percentile(drawn @ WON / total[contender], [tail, 100.0 - tail])
        out[contender] = 100.0 * np.array([share @ WON, *ends])
    return out


def _complete(games: Games) -> Floats:
    """Count verdicts of questions without an unread game, (C, 5)."""
    question = games.contender * (int(games.item.max()) + 1) + games.item
    _, question = np.unique(question, return_inverse=True)
    bad = np.bincount(question, ~games.read) > 0
    kept = ~bad[question]
    cell = games.contender[kept] * LEVELS + games.verdict[kept]
    counts = np.bincount(cell, minlength=games.n_contenders * LEVELS)
    return counts.reshape(-1, LEVELS).astype(np.float64)
