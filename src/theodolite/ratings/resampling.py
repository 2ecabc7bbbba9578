"""Bootstrap intervals beside the sandwich."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError, UsageError
from theodolite.ratings.arrays import VoteArrays, clusters_within, vote_arrays, vote_cells
from theodolite.ratings.board import Settings, make_board
from theodolite.ratings.evidence import Specification, gather
from theodolite.ratings.solve import fit_core
from theodolite.ratings.style import Style
from theodolite.stats import (
    Cells,
    VoteModel,
    draw_clusters,
    draw_votes,
    inverse_information,
    resample,
    resample_votes,
    turned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Evidence, Ties
    from theodolite.ratings.results import RatingFit
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["bootstrap"]

LEAST_RESAMPLES = 100


def bootstrap(votes: Votes, fit: RatingFit, *, n_resamples: int = 1000) -> RatingFit:
    """Replace a fit's intervals by percentiles over resampled votes.

    Votes, or clusters where the fit has them, are drawn with replacement as often as there are;
    each resample is fitted anew. Rank sets use the resamples' covariance.

    Parameters
    ----------
    votes
        What was fitted.
    fit
        A fit of :func:`bradley_terry`, whose method, cluster, weights, level, anchor and seed hold.
    n_resamples
        At least 100.

    Returns
    -------
    RatingFit
        With ``interval`` ``bootstrap``. Models that are unbounded stay so.

    Raises
    ------
    UsageError
        Fewer than 100 resamples, or a fit of another kind.
    TooFewError
        More than half of the resamples leave some model without a finite estimate.

    References
    ----------
    B. Efron (1979), Annals of Statistics 7, 1-26. doi:10.1214/aos/1176344552
    """
    if n_resamples < LEAST_RESAMPLES:
        raise UsageError(f"a bootstrap needs at least {LEAST_RESAMPLES} resamples")
    spec = _specification(fit)
    evidence = gather(votes, spec)
    drawn = _resampled(votes, evidence, spec, n_resamples=n_resamples, seed=fit.seed)
    core = evidence.separation.core
    theta, gamma = drawn[:, : len(core)], drawn[:, len(core) :]
    finite = np.isfinite(drawn).all(axis=1)
    if finite.mean() < 0.5:  # noqa: PLR2004
        raise TooFewError(
            "most resamples leave some model without a finite estimate: the votes are too few for "
            "a bootstrap. Use the sandwich (--interval sandwich)."
        )
    board = make_board(
        evidence,
        fit.board.theta[core],
        np.cov(theta[finite], rowvar=False),
        settings=Settings(level=fit.board.level, seed=fit.seed),
        ends=_percentiles(theta, fit.board.level),
    )
    if fit.anchor is not None:
        board = board.anchored(*fit.anchor)
    style = fit.style and fit.style.with_ends(*_percentiles(gamma, fit.board.level))
    return replace(fit, interval="bootstrap", board=board, style=style, n_resamples=n_resamples)


def _specification(fit: RatingFit) -> Specification:
    ties: dict[str, Ties] = {
        "bradley-terry": "half-win",
        "davidson": "davidson",
        "rao-kupper": "rao-kupper",
    }
    if fit.method not in ties:
        raise UsageError(f"{fit.method} has its own resamples")
    held = fit.style
    return Specification(
        ties=ties[fit.method],
        style=None if held is None else Style(held.features, standardized=held.standardized),
        cluster=fit.cluster,
        pair_weights=fit.pair_weights,
    )


def _percentiles(theta: Floats, level: float) -> tuple[Floats, Floats]:
    """Give the ends of each model's interval; a strength that is not known may be anywhere."""
    tail = (1.0 - level) / 2.0
    ends = []
    for part, unknown in ((tail, -np.inf), (1.0 - tail, np.inf)):
        known = np.where(np.isnan(theta), unknown, theta)
        # Without interpolation, for a percentile may be infinite.
        ends.append(np.quantile(known, part, axis=0, method="nearest"))
    return ends[0], ends[1]


def _resampled(
    votes: Votes, evidence: Evidence, spec: Specification, *, n_resamples: int, seed: int
) -> Floats:
    """Fit resamples: strengths of the core and style coefficients, (R, C + F)."""
    core = evidence.separation.core
    likelihood = evidence.likelihood.among(core)
    found = fit_core(likelihood, spec)
    inverse = inverse_information(found.information, [np.arange(len(core))])
    if isinstance(likelihood, VoteModel):
        position = likelihood.rows.position
        n = len(position)
        if spec.cluster is None:
            draw = draw_votes(np.ones(n, dtype=np.int64))
        else:
            codes = clusters_within(votes, spec.cluster, position)
            draw = draw_clusters(codes, np.arange(n), n)
        return resample_votes(
            likelihood, found.x, inverse, draw=draw, n_resamples=n_resamples, seed=seed
        )
    arrays = vote_cells(votes) if spec.cluster is None else vote_arrays(votes)
    inside, each = _cells(arrays, evidence)
    cells, cell = _distinct(each, outcomes=spec.ties != "half-win")
    if spec.cluster is None:
        assert arrays.count is not None  # noqa: S101
        draw = draw_votes(np.bincount(cell, arrays.count[inside]).astype(np.int64))
    else:
        draw = draw_clusters(
            clusters_within(votes, spec.cluster, np.flatnonzero(inside)), cell, len(cells.pair)
        )
    return resample(
        likelihood, found.x, inverse, cells=cells, draw=draw, n_resamples=n_resamples, seed=seed
    )


def _cells(arrays: VoteArrays, evidence: Evidence) -> tuple[NDArray[np.bool_], Cells]:
    """Which votes are the core's, and these from the side of the first model of their pair."""
    first, second = evidence.numbered(arrays.first), evidence.numbered(arrays.second)
    inside = (first >= 0) & (second >= 0)
    first, second, share = first[inside], second[inside], arrays.share[inside]
    swapped = first > second
    table = evidence.base.among(evidence.separation.core).table
    return inside, Cells(
        pair=table.locate(first, second),
        outcome=turned(arrays.outcome[inside], swapped),
        share=np.where(swapped, 1.0 - share, share),
        weight=evidence.weights(arrays)[inside],
    )


def _distinct(votes: Cells, *, outcomes: bool) -> tuple[Cells, Indices]:
    """Group what a likelihood cannot tell apart; return the groups, and the group of each vote."""
    keys = [votes.weight, votes.share, votes.pair]
    if outcomes:
        keys.insert(0, votes.outcome)
    order = np.lexsort(keys)
    new = np.zeros(len(order), dtype=bool)
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    cell = np.empty(len(order), dtype=np.int64)
    cell[order] = np.cumsum(new)
    first = order[np.flatnonzero(np.r_[True, new[1:]])]
    return Cells(*(values[first] for values in vars(votes).values())), cell
