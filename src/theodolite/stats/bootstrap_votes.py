"""Refitting a likelihood of single votes, with covariates, on many resamples of its votes.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, R      votes, resamples
x         parameters of one resample, (K + E + F,)
========  ==================================================================================

As in :mod:`theodolite.stats.bootstrap`, steps with the inverse information of all votes,
x <- x + H^-1 g, reach each resample's own maximum in a few rounds; where they do not, Newton's
method does. Covariates make every vote its own cell, so a round costs one pass over the votes.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError
from theodolite.stats.bootstrap import MOST_ROUNDS, TOLERANCE, Cells, counted
from theodolite.stats.graph import WinGraph
from theodolite.stats.half_win import HalfWin
from theodolite.stats.likelihood import maximise
from theodolite.stats.separation import separate
from theodolite.stats.vote_model import VoteModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.bootstrap import Draw

    Floats = NDArray[np.float64]

__all__ = ["resample_votes"]

# Counts that one chunk of resamples may hold, times eight bytes.
MOST_COUNTS = 4_000_000
CHUNK = 50


def resample_votes(
    model: VoteModel, x: Floats, inverse: Floats, *, draw: Draw, n_resamples: int, seed: int
) -> Floats:
    """Fit the likelihood to resamples of its votes.

    Parameters
    ----------
    model, x, inverse
        Of all votes, its maximum, (K + E + F,), and the inverse information there.
    draw
        How to draw the votes anew, in the order of the model's rows.
    n_resamples
        R.
    seed
        Of the draws; the result does not depend on the number of processors.

    Returns
    -------
    numpy.ndarray
        Centred strengths and covariates' coefficients, (R, K + F). Where a resample is separated,
        those of its largest strong component; the others are infinite, or ``nan`` where nothing
        joins them to it. Where it tells no coefficients, all are ``nan``.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (as slow as SciPy)

    chunk = max(1, min(CHUNK, MOST_COUNTS // len(model.rows)))
    rngs = np.random.default_rng(seed).spawn(-(-n_resamples // chunk))
    sizes = [min(chunk, n_resamples - chunk * i) for i in range(len(rngs))]
    fit = partial(_chunk, model, x, inverse, draw)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(fit, rngs, sizes)))


def _chunk(
    model: VoteModel, x: Floats, inverse: Floats, draw: Draw, rng: np.random.Generator, size: int
) -> Floats:
    return np.stack([_refitted(model, x, inverse, counts) for counts in draw(rng, size)])


def _refitted(model: VoteModel, x: Floats, inverse: Floats, counts: Floats) -> Floats:
    found, before = x.copy(), np.inf
    weight = counts * model.rows.weight
    k, f = model.n_models, model.n_covariates
    for _ in range(MOST_ROUNDS):
        step = inverse @ model.gradient(found, weight)
        moved = float(np.abs(step).max())
        if moved > before:
            break
        found += step
        # Steps shrink by a constant factor: the last two tell what is still to come.
        if moved * min(1.0, moved / before) < TOLERANCE:
            return np.concatenate([found[:k], found[len(found) - f :]])
        before = moved
    return _alone(model, x, counts)


def _alone(model: VoteModel, x: Floats, counts: Floats) -> Floats:
    """Fit one resample by Newton's method, on its largest strong component."""
    rows = model.rows
    cells = Cells(
        rows.pair.astype(np.int64), rows.outcome.astype(np.int64), rows.share, rows.weight
    )
    base = counted(model.base, cells, counts, drop=False)
    graph = (
        WinGraph.of_shares(base.pairs)
        if isinstance(base, HalfWin)
        else WinGraph.of_outcomes(base.outcomes)
    )
    separation = separate(graph)
    core, side = separation.core, separation.side
    weighed = replace(rows, weight=rows.weight * counts).where(counts > 0)
    inner = VoteModel(base, weighed).among(core)
    start = inner.start()
    start[: len(core)] = x[core] - x[core].mean()
    k, f = model.n_models, model.n_covariates
    out = np.full(k + f, np.nan)
    try:
        found = maximise(inner, groups=[np.arange(len(core))], start=start)
    except CannotAnswerError:
        return out
    out[:k] = np.where(side > 0, np.inf, np.where(side < 0, -np.inf, np.nan))
    out[core] = found.x[: len(core)]
    out[k:] = found.x[len(found.x) - f :]
    return out
