"""Refitting a likelihood on many resamples of its votes at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
C, P, K   cells (groups of identical votes), pairs, models
R         resamples
n_c       votes of a cell; a resample draws them from one multinomial over the cells
X         strengths of all resamples, (R, K)
D         incidence of pairs, (P, K): +1 for the first model, -1 for the second
========  ==================================================================================

A resample's optimum is near the one of all votes, so steps with that one's inverse information,
X <- X + G H^-1, converge in a few rounds for all resamples together; each round is exact, and only
the direction is borrowed. A resample that does not get there (its votes may be separated) is
fitted alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.graph import WinGraph
from theodolite.stats.half_win import HalfWin
from theodolite.stats.likelihood import maximise
from theodolite.stats.separation import separate
from theodolite.stats.ties import TieModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theodolite.stats.pairs import PairCounts

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Indices = NDArray[np.int64]
    Draw = Callable[[np.random.Generator, int], Floats]

__all__ = ["Cells", "counted", "draw_clusters", "draw_votes", "resample"]

CHUNK = 50
# A ten-thousandth of a rating point; single precision, which is faster, reaches that.
TOLERANCE = 5e-7
MOST_ROUNDS = 60
MOST_DENSE = 4_000_000
FEW_A_CELL = 8


@dataclass(frozen=True)
class Cells:
    """Groups of identical votes, those of one pair together.

    Attributes
    ----------
    pair
        Row of the pair in the likelihood's table, ascending, (C,).
    outcome
        0 where the pair's first model won, 1 where the second did, 2 tie, 3 both bad, (C,).
    share
        The part of the vote that goes to the pair's first model, (C,).
    weight
        Of one vote, pair weights included, (C,).
    """

    pair: Indices
    outcome: Indices
    share: Floats
    weight: Floats


def draw_votes(count: Indices) -> Draw:
    """Resample votes: counts of the cells from one multinomial, (R, C)."""
    total, cells = int(count.sum()), len(count)
    chance = count / total
    owner = np.repeat(np.arange(cells), count) if total < FEW_A_CELL * cells else None

    def draw(rng: np.random.Generator, size: int) -> Floats:
        if owner is None:
            return rng.multinomial(total, chance, size=size).astype(np.float64)
        # Where cells hold few votes each, drawing vote by vote is the faster multinomial.
        drawn = (owner[rng.integers(0, total, total)] for _ in range(size))
        return np.stack([np.bincount(row, minlength=cells) for row in drawn]).astype(np.float64)

    return draw


def draw_clusters(cluster: Indices, cell: Indices, n_cells: int) -> Draw:
    """Resample whole clusters of votes, given the cluster and the cell of each vote, (N,)."""
    from scipy.sparse import coo_array  # noqa: PLC0415  (slow to import; only clusters need it)

    n_clusters = int(cluster.max()) + 1
    entries = (np.ones(len(cell)), (cluster, cell))
    counts = coo_array(entries, shape=(n_clusters, n_cells)).tocsr()

    def draw(rng: np.random.Generator, size: int) -> Floats:
        times = rng.multinomial(n_clusters, np.full(n_clusters, 1.0 / n_clusters), size=size)
        return np.asarray(times.astype(np.float64) @ counts, dtype=np.float64)

    return draw


def resample(
    likelihood: HalfWin | TieModel,
    x: Floats,
    inverse: Floats,
    *,
    cells: Cells,
    draw: Draw,
    n_resamples: int,
    seed: int,
) -> Floats:
    """Fit the likelihood to resamples of its votes.

    Parameters
    ----------
    likelihood, x, inverse
        Of all votes, its maximum, (K + E,), and the inverse information there.
    cells, draw
        The votes, and how to draw them anew: :func:`draw_votes` or :func:`draw_clusters`.
    n_resamples
        R.
    seed
        Of the draws; the result does not depend on the number of processors.

    Returns
    -------
    numpy.ndarray
        Centred strengths, (R, K). Where a resample is separated, those of its largest strong
        component; the others are infinite, or ``nan`` where nothing joins them to it.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (as slow as SciPy)

    rngs = np.random.default_rng(seed).spawn(-(-n_resamples // CHUNK))
    sizes = [min(CHUNK, n_resamples - CHUNK * i) for i in range(len(rngs))]
    if isinstance(likelihood, HalfWin):
        fit = _half_win(likelihood, x, inverse, cells)
    else:
        fit = partial(_one_by_one, likelihood, x, cells)
    # Drawing takes the time, and runs beside the fits; these use all processors by themselves.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return np.concatenate([fit(counts) for counts in pool.map(draw, rngs, sizes)])


def _one_by_one(likelihood: HalfWin | TieModel, x: Floats, cells: Cells, counts: Floats) -> Floats:
    return np.stack([_alone(likelihood, x, cells, row) for row in counts])


def _half_win(
    likelihood: HalfWin, x: Floats, inverse: Floats, cells: Cells
) -> Callable[[Floats], Floats]:
    """Prepare the fit of many resamples in one array problem."""
    starts = np.searchsorted(cells.pair, np.arange(len(likelihood.pairs.count)))
    won = cells.weight * cells.share
    alike = bool((cells.weight == 1.0).all())
    incidence = _incidence(likelihood.pairs)

    def fit(counts: Floats) -> Floats:
        weighed = counts if alike else counts * cells.weight
        sums = (np.add.reduceat(part, starts, axis=1) for part in (weighed, counts * won))
        found, done = _rounds(x, inverse, incidence, *sums)
        for row in np.flatnonzero(~done):
            found[row] = _alone(likelihood, x, cells, counts[row])
        return found

    return fit


def _incidence(pairs: PairCounts) -> Singles | csr_array:
    """D in single precision; beyond a few million entries, which are mostly zero, sparse."""
    p, k = len(pairs.count), pairs.n_models
    rows = np.arange(p)
    if p * k <= MOST_DENSE:
        dense = np.zeros((p, k), dtype=np.float32)
        dense[rows, pairs.first], dense[rows, pairs.second] = 1.0, -1.0
        return dense
    from scipy.sparse import csr_array  # noqa: PLC0415  (slow to import; only large boards need it)

    ends = (np.r_[rows, rows], np.r_[pairs.first, pairs.second])
    signs = np.r_[np.ones(p), -np.ones(p)].astype(np.float32)
    return csr_array((signs, ends), shape=(p, k))


def _rounds(
    x: Floats, inverse: Floats, incidence: Singles | csr_array, weight: Floats, won: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Take steps until all have converged; say which have."""
    found = np.tile(x, (len(weight), 1))
    moved = left = np.ones(len(weight))
    for _ in range(MOST_ROUNDS):
        gap = np.asarray((incidence @ found.T.astype(np.float32)).T)
        with np.errstate(over="ignore"):
            residual = won - weight / (1.0 + np.exp(-gap))
        step = np.asarray(residual.astype(np.float32) @ incidence) @ inverse
        before, moved = moved, np.abs(step).max(axis=1)
        found += np.where(moved[:, None] < np.maximum(before, 1.0)[:, None], step, 0.0)
        # Steps shrink by a constant factor: the last two tell what is still to come.
        left = moved * np.minimum(1.0, moved / np.maximum(before, 1e-30))
        if left.max() < TOLERANCE:
            break
    return found, left < TOLERANCE


def _alone(likelihood: HalfWin | TieModel, x: Floats, cells: Cells, counts: Floats) -> Floats:
    """Fit one resample by Newton's method, on its largest strong component."""
    part = counted(likelihood, cells, counts)
    graph = (
        WinGraph.of_shares(part.pairs)
        if isinstance(part, HalfWin)
        else WinGraph.of_outcomes(part.outcomes)
    )
    separation = separate(graph)
    core, side = separation.core, separation.side
    inner = part.among(core)
    start = inner.start()
    start[: len(core)] = x[core] - x[core].mean()
    found = maximise(inner, groups=[np.arange(len(core))], start=start)
    out = np.where(side > 0, np.inf, np.where(side < 0, -np.inf, np.nan))
    out[core] = found.x[: len(core)]
    return out


def counted(
    likelihood: HalfWin | TieModel, cells: Cells, counts: Floats, *, drop: bool = True
) -> HalfWin | TieModel:
    """Return the likelihood with the votes of one resample, without the pairs that it lacks.

    ``drop=False`` keeps these pairs, with no votes.
    """
    weight = counts * cells.weight
    if isinstance(likelihood, HalfWin):
        pairs: PairCounts = likelihood.pairs
        p = len(pairs.count)
        table = replace(
            pairs,
            weight=_sums(cells.pair, weight, p),
            won=_sums(cells.pair, weight * cells.share, p),
        )
        return HalfWin(table.where(table.weight > 0) if drop else table)
    shape = likelihood.outcomes.weight.shape
    cell = cells.pair * shape[1] + cells.outcome
    sums = _sums(cell, weight, shape[0] * shape[1]).reshape(shape)
    outcomes = replace(likelihood.outcomes, weight=sums)
    kept = outcomes.where(sums.sum(axis=1) > 0) if drop else outcomes
    return TieModel(kept, likelihood.rule)


def _sums(at: Indices, values: Floats, size: int) -> Floats:
    return np.bincount(at, values, size).astype(np.float64)
