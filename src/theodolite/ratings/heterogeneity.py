"""Do groups of votes share one board? A score test that needs no board of any group.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x         parameters that fit all votes: strengths theta and others n (ties, style), (C + E,)
U_g       sum of the scores of group g's votes at x, (C + E,)
H_g       negative Hessian of the group's log-likelihood at x
E_g       T_g U_g with T_g = [I, -H_g,tn H_g,nn^-1]: scores by the strengths that do not mind if the
          group has its own others, (C,)
J_g       H_g,tt - H_g,tn H_g,nn^-1 H_g,nt, their information
M_gh      sum of products of scores of groups g and h: over votes, or clusters of votes
========  ==================================================================================

If one set of strengths holds for all groups, E_g - J_g J^-1 E is noise, where J and E sum over the
groups: the part of the scores that no common strengths take up. Ties, both_bad and the weight of
style may differ between groups; the strengths may not. The statistic is the quadratic form of these
in their sandwich covariance; of the redundant groups the largest is left out. Two groups, or the
same two in the other order, give the same. With few votes to a parameter it is rough.

References
----------
D. D. Boos (1992), The American Statistician 46, 327-333. doi:10.1080/00031305.1992.10475921
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooLargeError
from theodolite.ratings.arrays import clusters_within
from theodolite.ratings.evidence import vote_model
from theodolite.stats import (
    QuadraticTest,
    VoteModel,
    cluster_sums,
    cross_meat,
    inverse_information,
    quadratic_test,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.solve import Solution

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["heterogeneity"]

# Beyond, the matrices of the test take minutes and gigabytes.
MOST_PARAMETERS = 3000


def heterogeneity(solution: Solution, group: Indices) -> QuadraticTest:
    """Test whether groups of votes have the same ratings.

    Parameters
    ----------
    solution
        The fit of all votes.
    group
        The group of each vote, numbered from 0, (N,).
    """
    model = solution.likelihood
    if not isinstance(model, VoteModel):
        model = vote_model(solution.votes, solution.evidence).among(solution.core)
    # Groups without a vote of the core say nothing.
    own = np.unique(group[model.rows.position], return_inverse=True)[1]
    n, c, x = int(own.max()) + 1, model.n_models, solution.found.x
    if n == 1:
        return QuadraticTest(0.0, 0, float("nan"))
    if n * len(x) > MOST_PARAMETERS:
        raise TooLargeError(
            f"{n} categories of {c:,} models are too many to test together: choose fewer (--within)"
        )
    sums, meat = _sums(solution, model, own, n)
    parts = [
        VoteModel(model.base, model.rows.where(own == g)).derivatives(x).information
        for g in range(n)
    ]
    keep = [_efficient(part, c) for part in parts]
    scores = np.stack([t @ u for t, u in zip(keep, sums, strict=True)])
    spread = np.einsum("gcp,gphq,hdq->gchd", np.stack(keep), meat, np.stack(keep))
    information = np.stack([t @ part[:, :c] for t, part in zip(keep, parts, strict=True)])
    pull = information @ inverse_information(information.sum(axis=0), [np.arange(c)])
    left = scores - pull @ scores.sum(axis=0)
    # The same for the covariance: L M L' with L = I - pull * (sum over groups).
    spread = spread - np.einsum("gcd,dhe->gche", pull, spread.sum(axis=0))
    spread = spread - np.einsum("gcd,hed->gche", spread.sum(axis=2), pull)
    others = np.arange(n) != int(np.bincount(own, minlength=n).argmax())
    size = int(others.sum()) * c
    return quadratic_test(left[others].ravel(), spread[others][:, :, others].reshape(size, size))


def _efficient(information: Floats, c: int) -> Floats:
    """T_g: takes from the strengths' scores what the other parameters could take up."""
    cross, inner = information[:c, c:], information[c:, c:]
    return np.hstack([np.eye(c), -cross @ np.linalg.pinv(inner, hermitian=True)])


def _sums(solution: Solution, model: VoteModel, group: Indices, n: int) -> tuple[Floats, Floats]:
    """Return U, (G, C + E), and M, (G, C + E, G, C + E)."""
    scores = model.scores(solution.found.x)
    size = scores.size
    column = solution.spec.cluster
    inside = [scores.where(group == g) for g in range(n)]
    sums = np.stack([part.total() for part in inside])
    meat = np.zeros((n, size, n, size))
    if column is None:
        for g, part in enumerate(inside):
            meat[g, :, g, :] = cross_meat(part, part)
        return sums, meat
    codes = clusters_within(solution.votes, column, model.rows.position)
    c = int(codes.max()) + 1
    by_cluster = [cluster_sums(p, codes[group == g], c) for g, p in enumerate(inside)]
    for g, one in enumerate(by_cluster):
        for h, two in enumerate(by_cluster):
            meat[g, :, h, :] = (one.T @ two).toarray() * (c / (c - 1))
    return sums, meat
