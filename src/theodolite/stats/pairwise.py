"""The pairwise likelihood: grouping votes by pair, the Bradley-Terry maximum, its sandwich.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
K         models, numbered 0 to K - 1
i, j      the two models of a pair, i < j
y         the part of a vote that goes to the first model: 1, 1/2 or 0, or a soft vote between
w         the weight of a vote
theta     strengths on the log-odds scale, (K,), centred to mean 0
p         P(i beats j) = sigmoid(theta_i - theta_j)
n, s      sum of w, and sum of w * y, over the votes of a pair
H         the negative Hessian: the Laplacian of the graph with edge weights n * p * (1 - p)
B         the sum over votes (or clusters) of the outer products of their scores
V         H^+ B H^+, the sandwich covariance of the centred theta
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "PairCounts",
    "Strengths",
    "cluster_meat",
    "count_pairs",
    "inverse_laplacian",
    "laplacian",
    "maximise",
    "sandwich",
    "sigmoid",
    "vote_meat",
]

TOLERANCE = 1e-10
MOST_STEPS = 100


@dataclass(frozen=True)
class PairCounts:
    """Votes grouped by pair: all that the Bradley-Terry likelihood and its sandwich need.

    Attributes
    ----------
    n_models
        K, models without a vote included.
    first, second
        The models of each pair that met, first < second, (P,).
    count
        Votes of the pair, (P,).
    weight, won
        n and s, (P,).
    weight_sq, won_sq, won_sq_sq
        The sums of w^2, w^2 y and w^2 y^2 over the votes of the pair, (P,).
    """

    n_models: int
    first: Indices
    second: Indices
    count: Indices
    weight: Floats
    won: Floats
    weight_sq: Floats
    won_sq: Floats
    won_sq_sq: Floats

    def scaled(self, factor: Floats) -> PairCounts:
        """Multiply the weight of every vote of a pair by the pair's factor, (P,)."""
        square = factor * factor
        return PairCounts(
            self.n_models,
            self.first,
            self.second,
            self.count,
            self.weight * factor,
            self.won * factor,
            self.weight_sq * square,
            self.won_sq * square,
            self.won_sq_sq * square,
        )

    def gap(self, theta: Floats) -> Floats:
        """theta_i - theta_j of every pair, (P,)."""
        gap: Floats = theta[self.first] - theta[self.second]
        return gap


@dataclass(frozen=True)
class Strengths:
    """The maximum of the likelihood: centred theta, (K,), its log-likelihood, Newton steps."""

    theta: Floats
    log_likelihood: float
    iterations: int


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, tail) / (1.0 + tail)


def count_pairs(
    first: Indices,
    second: Indices,
    share: Floats,
    *,
    n_models: int,
    weight: Floats | None = None,
    count: Indices | None = None,
) -> PairCounts:
    """Group votes by the unordered pair of models.

    Parameters
    ----------
    first, second
        The models of each vote, (N,).
    share
        The part of the vote that goes to ``first``, in [0, 1], (N,).
    n_models
        K.
    weight
        How much each vote weighs, (N,); 1 where left out.
    count
        How many votes each entry stands for, (N,); one where left out.

    Examples
    --------
    >>> pairs = count_pairs(np.array([0, 1]), np.array([1, 0]), np.array([1.0, 1.0]), n_models=2)
    >>> pairs.count, pairs.won
    (array([2]), array([1.]))
    """
    swapped = first > second
    y = np.where(swapped, 1.0 - share, share)
    keys, pair = np.unique(
        np.where(swapped, second, first) * n_models + np.where(swapped, first, second),
        return_inverse=True,
    )
    times = np.ones(len(y)) if count is None else count.astype(np.float64)
    w = np.ones(len(y)) if weight is None else weight

    def total(values: Floats) -> Floats:
        return np.bincount(pair, weights=values, minlength=len(keys)).astype(np.float64)

    return PairCounts(
        n_models=n_models,
        first=keys // n_models,
        second=keys % n_models,
        count=total(times).round().astype(np.int64),
        weight=total(times * w),
        won=total(times * w * y),
        weight_sq=total(times * w * w),
        won_sq=total(times * w * w * y),
        won_sq_sq=total(times * w * w * y * y),
    )


def laplacian(pairs: PairCounts, edge: Floats) -> Floats:
    """Sum of edge * (e_i - e_j)(e_i - e_j)' over the pairs, (K, K)."""
    k = pairs.n_models
    out = np.zeros((k, k))
    out[pairs.first, pairs.second] = -edge
    out[pairs.second, pairs.first] = -edge
    out[np.diag_indices(k)] = -out.sum(axis=1)
    return out


def inverse_laplacian(matrix: Floats) -> Floats:
    """Pseudo-inverse of a connected Laplacian, whose null space is the constant vector."""
    k = len(matrix)
    shift = np.trace(matrix) / k
    inverse: Floats = np.linalg.inv(matrix + shift / k) - 1.0 / (shift * k)
    return (inverse + inverse.T) / 2.0


def maximise(pairs: PairCounts) -> Strengths:
    """Maximum-likelihood strengths under P(i beats j) = sigmoid(theta_i - theta_j).

    The log-likelihood, sum of s * log p + (n - s) * log(1 - p), is concave, so Newton's method
    with exact derivatives and halved steps finds its maximum; there is no penalty. The win graph
    must be strongly connected, or there is no maximum to find.

    Returns
    -------
    Strengths
        With theta centred to mean 0.

    Raises
    ------
    NotConvergedError
        No maximum after 100 steps.

    References
    ----------
    R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029
    """
    k = pairs.n_models
    theta = np.zeros(k)
    value = _log_likelihood(pairs, theta)
    for iteration in range(1, MOST_STEPS + 1):
        p = sigmoid(pairs.gap(theta))
        residual = pairs.won - pairs.weight * p
        gradient = np.bincount(pairs.first, residual, k) - np.bincount(pairs.second, residual, k)
        hessian = laplacian(pairs, pairs.weight * p * (1.0 - p))
        hessian += np.trace(hessian) / (k * k)
        step = np.linalg.solve(hessian, gradient)
        step -= step.mean()
        theta, value, moved = _climb(pairs, theta, step, value)
        if moved < TOLERANCE:
            return Strengths(theta, value, iteration)
    raise NotConvergedError(
        f"the Bradley-Terry fit did not converge in {MOST_STEPS} Newton steps "
        f"(the last one moved a strength by {moved:.2g}); the data may be all but separated"
    )


def _climb(
    pairs: PairCounts, theta: Floats, step: Floats, value: float
) -> tuple[Floats, float, float]:
    """Take the longest of the halved steps that does not lower the likelihood."""
    slack = 1e-12 * (1.0 + abs(value))
    for _ in range(60):
        candidate = theta + step
        reached = _log_likelihood(pairs, candidate)
        if reached >= value - slack:
            break
        step = step / 2.0
    return candidate, reached, float(np.abs(step).max())


def _log_likelihood(pairs: PairCounts, theta: Floats) -> float:
    gap = pairs.gap(theta)
    # log p = -log1p(exp(-gap)), log(1 - p) = log p - gap
    log_p = np.minimum(gap, 0.0) - np.log1p(np.exp(-np.abs(gap)))
    return float(pairs.weight @ log_p - (pairs.weight - pairs.won) @ gap)


def vote_meat(pairs: PairCounts, theta: Floats) -> Floats:
    """B over independent votes: the Laplacian of sum of w^2 (y - p)^2, (K, K)."""
    p = sigmoid(pairs.gap(theta))
    spread = pairs.won_sq_sq - 2.0 * p * pairs.won_sq + p * p * pairs.weight_sq
    return laplacian(pairs, np.maximum(spread, 0.0))


def cluster_meat(
    first: Indices, second: Indices, score: Floats, *, cluster: Indices, n_models: int
) -> Floats:
    """B over clusters of votes, with the finite-cluster factor C / (C - 1), (K, K).

    Parameters
    ----------
    first, second
        The models of each vote, (N,).
    score
        w * (y - p) of each vote, (N,).
    cluster
        The cluster of each vote, numbered 0 to C - 1, (N,).
    n_models
        K.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415  (slow to import; only clusters need it)

    n_clusters = int(cluster.max()) + 1
    rows = np.concatenate([cluster, cluster])
    columns = np.concatenate([first, second])
    values = np.concatenate([score, -score])
    sums = coo_array((values, (rows, columns)), shape=(n_clusters, n_models)).tocsr()
    meat: Floats = (sums.T @ sums).toarray()
    return meat * (n_clusters / (n_clusters - 1))


def sandwich(pairs: PairCounts, theta: Floats, meat: Floats) -> Floats:
    """V = H^+ B H^+, the robust covariance of the centred strengths, (K, K).

    References
    ----------
    H. White (1982), Econometrica 50, 1-25. doi:10.2307/1912526
    """
    p = sigmoid(pairs.gap(theta))
    bread = inverse_laplacian(laplacian(pairs, pairs.weight * p * (1.0 - p)))
    covariance: Floats = bread @ meat @ bread
    return (covariance + covariance.T) / 2.0
