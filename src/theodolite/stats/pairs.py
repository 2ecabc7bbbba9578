"""Votes grouped by the unordered pair of models.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
K, P      models, numbered 0 to K - 1, and pairs that met
i, j      the two models of a pair, i < j
y         the part of a vote that goes to the first model: 1, 1/2 or 0, or a soft vote between
w         the weight of a vote
n, s      sum of w, and sum of w * y, over the votes of a pair
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "OUTCOMES",
    "OutcomeCounts",
    "PairCounts",
    "PairTable",
    "count_outcomes",
    "count_pairs",
    "turned",
]

T = TypeVar("T", bound="PairTable")
Whole = TypeVar("Whole", bound=np.integer)

# The first model wins, the second wins, a tie, both bad: the columns of OutcomeCounts.
OUTCOMES = 4
MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class PairTable:
    """Pairs of models that met; what stands beside them has one row a pair.

    Attributes
    ----------
    n_models
        K, models without a vote included.
    first, second
        The models of each pair, first < second, in ascending order, (P,).
    """

    n_models: int
    first: Indices
    second: Indices

    def gap(self, theta: Floats) -> Floats:
        """theta_i - theta_j of every pair, (P,); strengths of many looks, (T, K), give (T, P)."""
        gap: Floats = theta[..., self.first] - theta[..., self.second]
        return gap

    def middle(self, theta: Floats) -> Floats:
        """(theta_i + theta_j) / 2 of every pair, (P,)."""
        middle: Floats = (theta[self.first] + theta[self.second]) / 2.0
        return middle

    def locate(self, first: Indices, second: Indices) -> Indices:
        """Find the row of the pair of each vote, (N,); every pair must be in the table."""
        k = self.n_models
        if k * k <= MOST_CELLS:
            # Looking up is much faster than searching.
            cell = np.zeros((k, k), dtype=np.int64)
            cell[self.first, self.second] = cell[self.second, self.first] = np.arange(
                len(self.first)
            )
            found: Indices = cell.ravel()[first * k + second]
            return found
        low, high = np.minimum(first, second), np.maximum(first, second)
        rows: Indices = np.searchsorted(self.first * k + self.second, low * k + high)
        return rows

    def among(self: T, models: Indices) -> T:
        """Keep the pairs within some models, given in order, which are numbered anew."""
        number = np.full(self.n_models, -1)
        number[models] = np.arange(len(models))
        kept = self.where((number[self.first] >= 0) & (number[self.second] >= 0))
        return replace(
            kept,
            n_models=len(models),
            first=number[kept.first],
            second=number[kept.second],
        )

    def where(self: T, mask: NDArray[np.bool_]) -> T:
        """Keep the pairs where a mask, (P,), is true."""
        rows = {f.name: getattr(self, f.name)[mask] for f in fields(self) if f.name != "n_models"}
        return replace(self, **rows)


@dataclass(frozen=True)
class PairCounts(PairTable):
    """All that the Bradley-Terry likelihood and its sandwich need of the votes.

    Attributes
    ----------
    count
        Votes of the pair, (P,).
    weight, won
        n and s, (P,).
    weight_sq, won_sq, won_sq_sq
        The sums of w^2, w^2 y and w^2 y^2 over the votes of the pair, (P,).
    """

    count: Indices
    weight: Floats
    won: Floats
    weight_sq: Floats
    won_sq: Floats
    won_sq_sq: Floats

    def scaled(self, factor: Floats) -> PairCounts:
        """Multiply the weight of every vote of a pair by the pair's factor, (P,)."""
        square = factor * factor
        return replace(
            self,
            weight=self.weight * factor,
            won=self.won * factor,
            weight_sq=self.weight_sq * square,
            won_sq=self.won_sq * square,
            won_sq_sq=self.won_sq_sq * square,
        )


@dataclass(frozen=True)
class OutcomeCounts(PairTable):
    """What a likelihood of ties needs of the votes.

    Attributes
    ----------
    count
        Votes of each outcome: first wins, second wins, tie, both bad, (P, 4).
    weight, weight_sq
        The sums of w and w^2 over them, (P, 4).
    """

    count: Indices
    weight: Floats
    weight_sq: Floats

    def scaled(self, factor: Floats) -> OutcomeCounts:
        """Multiply the weight of every vote of a pair by the pair's factor, (P,)."""
        by = factor[:, None]
        return replace(self, weight=self.weight * by, weight_sq=self.weight_sq * by * by)

    def decided(self) -> PairCounts:
        """Leave out both_bad, and count a tie as half a win for each."""
        half, quarter = np.array([1.0, 0.0, 0.5]), np.array([1.0, 0.0, 0.25])
        weight, square = self.weight[:, :3], self.weight_sq[:, :3]
        table = PairCounts(
            n_models=self.n_models,
            first=self.first,
            second=self.second,
            count=self.count[:, :3].sum(axis=1),
            weight=weight.sum(axis=1),
            won=weight @ half,
            weight_sq=square.sum(axis=1),
            won_sq=square @ half,
            won_sq_sq=square @ quarter,
        )
        return table.where(table.count > 0)


def count_pairs(
    first: Indices,
    second: Indices,
    share: Floats,
    *,
    n_models: int,
    weight: Floats | None = None,
    count: Indices | None = None,
) -> PairCounts:
    """Sum up votes by pair.

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
    y = np.where(first > second, 1.0 - share, share)
    keys, pair = _keys(first, second, n_models)
    times, w = _times(len(y), count), _weights(len(y), weight)

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


def count_outcomes(
    first: Indices,
    second: Indices,
    outcome: Indices,
    *,
    n_models: int,
    weight: Floats | None = None,
    count: Indices | None = None,
) -> OutcomeCounts:
    """Sum up votes by pair and outcome.

    Parameters
    ----------
    first, second, n_models, weight, count
        As in :func:`count_pairs`.
    outcome
        0 where ``first`` won, 1 where ``second`` won, 2 for a tie, 3 for both bad, (N,).

    Examples
    --------
    >>> two = count_outcomes(np.array([0, 1]), np.array([1, 0]), np.array([0, 0]), n_models=2)
    >>> two.count
    array([[1, 1, 0, 0]])
    """
    keys, pair = _keys(first, second, n_models)
    cell = pair * OUTCOMES + turned(outcome, first > second)
    times, w = _times(len(cell), count), _weights(len(cell), weight)

    def total(values: Floats) -> Floats:
        sums = np.bincount(cell, weights=values, minlength=len(keys) * OUTCOMES)
        return sums.reshape(len(keys), OUTCOMES).astype(np.float64)

    return OutcomeCounts(
        n_models=n_models,
        first=keys // n_models,
        second=keys % n_models,
        count=total(times).round().astype(np.int64),
        weight=total(times * w),
        weight_sq=total(times * w * w),
    )


def turned(outcome: NDArray[Whole], swapped: NDArray[np.bool_]) -> NDArray[Whole]:
    """Give each outcome from the other side where the two models are swapped.

    Examples
    --------
    >>> turned(np.array([0, 0, 2, 3]), np.array([False, True, True, True]))
    array([0, 1, 2, 3])
    """
    out = outcome.copy()
    np.subtract(1, out, out=out, where=swapped & (out < 2))  # noqa: PLR2004
    return out


def _keys(first: Indices, second: Indices, n_models: int) -> tuple[Indices, Indices]:
    low, high = np.minimum(first, second), np.maximum(first, second)
    keys, pair = np.unique(low * n_models + high, return_inverse=True)
    return keys, pair


def _times(size: int, count: Indices | None) -> Floats:
    return np.ones(size) if count is None else count.astype(np.float64)


def _weights(size: int, weight: Floats | None) -> Floats:
    return np.ones(size) if weight is None else weight
