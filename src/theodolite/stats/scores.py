"""Scores of single votes, and the sums of their products: the meat of a sandwich.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, K, E   votes, models, and parameters beside the strengths
s         score of a vote: the derivative of its weighted log-likelihood, (K + E,), of which only
          the entries of its two models and the last E are not zero
B         sum of s t' over votes, or over clusters of votes, for two estimators s and t
========  ==================================================================================

With s and t from one estimator B is the meat of its own sandwich; from two, it is what makes the
covariance of both: H_s^-1 B H_t^-1, the corner of one stacked sandwich.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Scores", "cluster_meat", "cluster_sums", "cross_meat"]

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Scores:
    """Scores of votes, weights included.

    Attributes
    ----------
    n_models
        K.
    first, second
        The two models of each vote, (N,).
    by_first, by_second
        The score by the strength of each, (N,).
    others
        The score by the other parameters, (N, E).
    """

    n_models: int
    first: Indices
    second: Indices
    by_first: Floats
    by_second: Floats
    others: Floats

    @property
    def size(self) -> int:
        """K + E."""
        return self.n_models + int(self.others.shape[1])

    def where(self, mask: NDArray[np.bool_]) -> Scores:
        """Keep the votes where a mask, (N,), is true."""
        return replace(
            self,
            first=self.first[mask],
            second=self.second[mask],
            by_first=self.by_first[mask],
            by_second=self.by_second[mask],
            others=self.others[mask],
        )

    def total(self) -> Floats:
        """Sum over the votes, (K + E,)."""
        k = self.n_models
        strengths = np.bincount(self.first, self.by_first, k)
        strengths += np.bincount(self.second, self.by_second, k)
        return np.concatenate([strengths, self.others.sum(axis=0)])

    def placed(self, position: Indices, n_votes: int) -> Scores:
        """Put each vote at its place in a table of ``n_votes``; the others score zero."""

        def spread(values: NDArray[T]) -> NDArray[T]:
            out = np.zeros((n_votes, *values.shape[1:]), dtype=values.dtype)
            out[position] = values
            return out

        return replace(
            self,
            first=spread(self.first),
            second=spread(self.second),
            by_first=spread(self.by_first),
            by_second=spread(self.by_second),
            others=spread(self.others),
        )


def cross_meat(left: Scores, right: Scores) -> Floats:
    """B over independent votes, (K + E of the left, K + E of the right).

    Parameters
    ----------
    left, right
        Scores of the same votes under two estimators, or twice under one.
    """
    k, n = left.n_models, right.n_models
    out = np.zeros((left.size, right.size))
    strengths = np.zeros(k * n)
    for one, by_one in ((left.first, left.by_first), (left.second, left.by_second)):
        for two, by_two in ((right.first, right.by_first), (right.second, right.by_second)):
            strengths += np.bincount(one * n + two, by_one * by_two, k * n)
        for column, other in enumerate(right.others.T):
            out[:k, n + column] += np.bincount(one, by_one * other, k)
    for two, by_two in ((right.first, right.by_first), (right.second, right.by_second)):
        for column, other in enumerate(left.others.T):
            out[k + column, :n] += np.bincount(two, by_two * other, n)
    out[:k, :n] = strengths.reshape(k, n)
    out[k:, n:] = left.others.T @ right.others
    return out


def cluster_meat(left: Scores, right: Scores, cluster: Indices) -> Floats:
    """B over clusters of votes, with the finite-cluster factor C / (C - 1).

    Parameters
    ----------
    left, right
        As in :func:`cross_meat`.
    cluster
        The cluster of each vote, numbered 0 to C - 1, (N,).
    """
    n_clusters = int(cluster.max()) + 1
    one = cluster_sums(left, cluster, n_clusters)
    two = one if right is left else cluster_sums(right, cluster, n_clusters)
    meat: Floats = np.asarray((one.T @ two).toarray())
    return meat * (n_clusters / (n_clusters - 1))


def cluster_sums(scores: Scores, cluster: Indices, n_clusters: int) -> csr_array:
    """Sum the scores of each cluster, (C, K + E)."""
    from scipy.sparse import coo_array  # noqa: PLC0415  (slow to import; only clusters need it)

    n, e = scores.others.shape
    others = np.broadcast_to(scores.n_models + np.arange(e), (n, e))
    columns = np.column_stack([scores.first, scores.second, others])
    values = np.column_stack([scores.by_first, scores.by_second, scores.others])
    entries = (values.ravel(), (np.repeat(cluster, 2 + e), columns.ravel()))
    return coo_array(entries, shape=(n_clusters, scores.size)).tocsr()
