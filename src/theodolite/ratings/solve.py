"""One maximum of one likelihood, with its sandwich; and the covariance of two of them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x         parameters of the core: strengths, tie parameters, style coefficients, (C + E,)
H         negative Hessian of the log-likelihood at its maximum
s         scores of the votes, for each of two estimators
========  ==================================================================================

Two estimators from the same votes, or from votes that overlap, are x and y with
cov(x, y) = H_x^-1 (sum of s_x s_y') H_y^-1: the corner of one stacked sandwich.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError, NotIdentifiedError
from theodolite.ratings.arrays import clusters_within
from theodolite.ratings.evidence import gather, vote_model
from theodolite.stats import (
    Maximum,
    VoteModel,
    cluster_meat,
    collinearity,
    cross_meat,
    inverse_information,
    maximise,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Evidence, Specification
    from theodolite.stats import Collinearity, HalfWin, Scores, TieModel
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Solution", "covariance_of", "fit_core", "meat_of", "scores_of", "solve"]

# A style that moves the odds by e^20 at its typical difference has run away.
FARTHEST = 20.0
# Of a covariate's spread, the least part that models and other covariates must leave unexplained.
LEAST_LEFT = 1e-8


@dataclass(frozen=True)
class Solution:
    """A maximum and what it rests on.

    Attributes
    ----------
    votes, spec
        What was fitted, and how.
    evidence, likelihood
        Of all votes, and the likelihood of the core.
    found
        The maximum.
    inverse
        H^-1 among centred strengths, (C + E, C + E).
    told
        How far style features can be told apart; ``None`` without style.
    """

    votes: Votes
    spec: Specification
    evidence: Evidence
    likelihood: HalfWin | TieModel | VoteModel
    found: Maximum
    inverse: Floats
    told: Collinearity | None

    @property
    def core(self) -> Indices:
        """The models with a finite estimate."""
        return self.evidence.separation.core


def solve(votes: Votes, spec: Specification) -> Solution:
    """Fit the core of the votes by maximum likelihood.

    Raises
    ------
    NotIdentifiedError
        A style feature cannot be told from the models and the other features, or separates
        winners from losers.
    """
    evidence = gather(votes, spec)
    core = evidence.separation.core
    likelihood = evidence.likelihood.among(core)
    everyone = [np.arange(len(core))]
    found = fit_core(likelihood, spec)
    information = found.information
    told = None
    if isinstance(likelihood, VoteModel):
        told = require_told_apart(information, likelihood, spec)
    inverse = inverse_information(information, everyone)
    return Solution(votes, spec, evidence, likelihood, found, inverse, told)


def fit_core(likelihood: HalfWin | TieModel | VoteModel, spec: Specification) -> Maximum:
    """Find the maximum of the core's likelihood; see :func:`solve`."""
    if isinstance(likelihood, VoteModel):
        return _with_style(likelihood, spec)
    return maximise(likelihood, groups=[np.arange(likelihood.n_models)])


def scores_of(solution: Solution) -> Scores:
    """Return the score of every vote, in the order of the table; outside the core it is zero."""
    model = solution.likelihood
    if not isinstance(model, VoteModel):
        model = vote_model(solution.votes, solution.evidence).among(solution.core)
    scores = model.scores(solution.found.x)
    return scores.placed(model.rows.position, len(solution.votes))


def meat_of(solution: Solution) -> tuple[Floats, int | None]:
    """Return B, and the number of clusters where votes are clustered."""
    column = solution.spec.cluster
    if column is None:
        return solution.likelihood.meat(solution.found.x), None
    scores = scores_of(solution)
    first, second = solution.evidence.sides(solution.votes)
    inside = (solution.evidence.numbered(first) >= 0) & (solution.evidence.numbered(second) >= 0)
    # Clusters without a vote in the core do not count.
    codes = clusters_within(solution.votes, column, np.flatnonzero(inside))
    scores = scores.where(inside)
    return cluster_meat(scores, scores, codes), int(codes.max()) + 1


def covariance_of(
    one: tuple[Solution, Scores], other: tuple[Solution, Scores], clusters: Indices | None
) -> Floats:
    """Return cov(x, y) of two estimators, (C + E of the one, C + E of the other).

    Parameters
    ----------
    one, other
        Each with the scores of the same votes, in the same order.
    clusters
        The cluster of each vote; ``None`` for independent votes.
    """
    (left, s), (right, t) = one, other
    meat = cross_meat(s, t) if clusters is None else cluster_meat(s, t, clusters)
    covariance: Floats = left.inverse @ meat @ right.inverse
    return covariance


def _with_style(likelihood: VoteModel, spec: Specification) -> Maximum:
    everyone = [np.arange(likelihood.n_models)]
    without = maximise(likelihood.base, groups=everyone)
    start = np.concatenate([without.x, np.zeros(likelihood.n_covariates)])
    features = spec.style.features if spec.style else ()
    for feature, z in zip(features, likelihood.rows.style, strict=True):
        if not z.any():
            raise NotIdentifiedError(
                f"the style feature {feature} never differs between two models that can be rated: "
                "leave it out"
            )
    names = ", ".join(features)
    try:
        found = maximise(likelihood, groups=everyone, start=start)
    except NotConvergedError:
        require_told_apart(likelihood.derivatives(start).information, likelihood, spec)
        if not likelihood.is_concave:
            raise
        found = None
    style = likelihood.rows.style
    spread = np.sqrt(np.einsum("fn,fn->f", style, style) / style.shape[1])
    gamma = None if found is None else found.x[-likelihood.n_covariates :]
    if found is None or gamma is None or np.abs(gamma * spread).max() > FARTHEST:
        raise NotIdentifiedError(
            f"no finite coefficient fits best: the style features ({names}) tell winners from "
            "losers without exception. Collect more votes, or leave a feature out."
        )
    return found


def require_told_apart(
    information: Floats, likelihood: VoteModel, spec: Specification
) -> Collinearity:
    """Raise where a covariate follows from the models, or from the other covariates."""
    found = collinearity(information, likelihood.n_models, likelihood.n_covariates)
    features = spec.style.features if spec.style else ()
    for feature, own, left in zip(features, found.own, found.left, strict=True):
        if own < LEAST_LEFT:
            raise NotIdentifiedError(
                f"the style feature {feature} follows from the models alone: each always differs "
                "from the others by as much, so what style does cannot be told from strength"
            )
        if left < LEAST_LEFT:
            raise NotIdentifiedError(
                f"the style feature {feature} follows from the other features: leave one of them "
                "out (--style)"
            )
    return found
