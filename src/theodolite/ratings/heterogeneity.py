"""Do groups of votes share one board? A score test that needs no board of any group.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x         parameters that fit all votes, (C + E,)
U_g       sum of the scores of group g's votes at x, (C + E,); over all groups it is 0
H_g, H    negative Hessian of the group's log-likelihood at x, and of all
M_gh      sum of products of scores of groups g and h: over votes, or clusters of votes
V_gh      covariance of U_g and U_h with x estimated: M_gh - A_g M_.h - M_g. A_h' + A_g M A_h',
          A_g = H_g H^-1
========  ==================================================================================

If one board holds for all groups, every U_g is 0 but for noise. The statistic is the quadratic form
of the groups' scores by the strengths in V; of the redundant groups the largest is left out. Two
groups, or the same two in the other order, give the same. With few votes to a parameter it errs on
the side of finding no difference.

References
----------
D. D. Boos (1992), The American Statistician 46, 327-333. doi:10.1080/00031305.1992.10475921
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.ratings.arrays import clusters_within
from theodolite.ratings.evidence import vote_model
from theodolite.stats import VoteModel, cluster_sums, cross_meat, quadratic_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.solve import Solution
    from theodolite.stats import QuadraticTest

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["heterogeneity"]


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
    own = group[model.rows.position]
    n = int(group.max()) + 1
    sums, meat = _sums(solution, model, own, n)
    size = len(solution.found.x)
    parts = [
        VoteModel(model.base, model.rows.where(own == g)).derivatives(solution.found.x).information
        for g in range(n)
    ]
    # What each group's score loses because x fits all votes: (n size, size).
    pull = np.vstack([part @ solution.inverse for part in parts])
    over_all = meat.reshape(n * size, n, size).sum(axis=1)
    total = over_all.reshape(n, size, size).sum(axis=0)
    variance = meat - pull @ over_all.T - over_all @ pull.T + pull @ total @ pull.T
    largest = int(np.bincount(own, minlength=n).argmax())
    index = np.arange(n * size).reshape(n, size)[np.arange(n) != largest, : model.n_models].ravel()
    return quadratic_test(sums.ravel()[index], variance[np.ix_(index, index)])


def _sums(solution: Solution, model: VoteModel, group: Indices, n: int) -> tuple[Floats, Floats]:
    """Return U, (n, size), and M, (n size, n size)."""
    scores = model.scores(solution.found.x)
    size = scores.size
    column = solution.spec.cluster
    inside = [scores.where(group == g) for g in range(n)]
    sums = np.stack([part.total() for part in inside])
    meat = np.zeros((n, size, n, size))
    if column is None:
        for g, part in enumerate(inside):
            meat[g, :, g, :] = cross_meat(part, part)
        return sums, meat.reshape(n * size, n * size)
    codes = clusters_within(solution.votes, column, model.rows.position)
    c = int(codes.max()) + 1
    by_cluster = [cluster_sums(p, codes[group == g], c) for g, p in enumerate(inside)]
    for g, one in enumerate(by_cluster):
        for h, two in enumerate(by_cluster):
            meat[g, :, h, :] = (one.T @ two).toarray() * (c / (c - 1))
    return sums, meat.reshape(n * size, n * size)
