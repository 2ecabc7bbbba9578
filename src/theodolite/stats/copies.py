r"""Models that are near-copies of each other, told by the wrong options that they share.

======== ====================================================================
symbol   meaning
======== ====================================================================
t_mk     share of model m's answers that took option k; 0 or 1 if asked once (M, K)
v_mi     share of model m's answers to item i that took any wrong option (M, N)
q_i      1 / number of wrong options of item i
w_m      weight of model m, small where many models are like it
O_ab     items on which a and b took the same wrong option
E_ab     the same, as expected from the other pairs of models on the same items
B_ab     items on which both took a wrong option
x_ab     excess agreement, (O - E) / (B - E + c)
======== ====================================================================

Two models that are wrong on one item often take the same wrong option, as some options mislead all
models, and some keys are wrong. So the agreement expected of a and b on an item is that of the
other pairs of models that are wrong there, drawn to q_i as if one more pair had chosen blindly.
The constant c draws x to 0 where few items tell. x is 0 for two models that agree as others do,
and near 1 for a model and itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Shares = NDArray[np.float32]
    Integers = NDArray[np.int64]

__all__ = ["Agreement", "copy_groups", "wrong_agreement"]

# Items that agree as others do, added to every pair: a few shared errors prove no copy.
PRIOR_ITEMS = 10.0
PRIOR_PAIRS = 1.0
# Halves the pull of a model whose agreement is 0.92, and removes that of one at 0.6 or below.
SHARPNESS = 8
# A pair below it, even compared to blind choice, is no copy of interest.
MAYBE = 0.5
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Agreement:
    """How often two models take the same wrong option, all (M, M).

    Attributes
    ----------
    both, agreed, expected
        B, O and E of the module's symbols, in items.
    excess
        x, at most 1; the diagonal is 1.
    """

    both: Floats
    agreed: Floats
    expected: Floats
    excess: Floats


def wrong_agreement(taken: Shares, starts: Integers, keyed: NDArray[np.bool_]) -> Agreement:
    """Count shared wrong options, and what the other models lead one to expect.

    Parameters
    ----------
    taken
        t, one column an option, the options of an item side by side (M, K).
    starts
        The column where each item begins, rising (N,). Every item has an option.
    keyed
        Whether the option is keyed as right (K,).

    Examples
    --------
    Three models, 40 items of four options each; the first two share every error.

    >>> rng = np.random.default_rng(0)
    >>> choice = rng.integers(0, 4, (3, 40))
    >>> choice[1] = choice[0]
    >>> taken = (choice[:, :, None] == np.arange(4)).reshape(3, 160).astype(np.float32)
    >>> keyed = np.tile([True, False, False, False], 40)
    >>> agreement = wrong_agreement(taken, np.arange(0, 160, 4), keyed)
    >>> np.round(agreement.excess, 1) + 0.0
    array([[ 1. ,  0.7, -0.2],
           [ 0.7,  1. , -0.2],
           [-0.2, -0.2,  1. ]])
    """
    sizes = np.diff(np.append(starts, keyed.size))
    item = np.repeat(np.arange(starts.size), sizes)[~keyed]
    wrong = np.ascontiguousarray(taken[:, ~keyed])
    first = np.flatnonzero(np.diff(item, prepend=-1))
    blind = (1.0 / np.diff(np.append(first, item.size))).astype(np.float32)
    any_wrong = _by_item(wrong, first)
    both = (any_wrong @ any_wrong.T).astype(float)
    agreed = (wrong @ wrong.T).astype(float)
    uniform = ((any_wrong * blind) @ any_wrong.T).astype(float)
    alike = np.clip(_excess(both, agreed, uniform), 0.0, 1.0)
    weights = (1.0 / np.sum(alike**SHARPNESS, axis=1)).astype(np.float32)
    pairs = _Pairs(wrong, any_wrong, first, blind, weights)
    expected = pairs.expected_of_all()
    # Only for pairs that may be copies does it matter that they do not vouch for themselves.
    a, b = np.nonzero(np.triu(alike, 1) > MAYBE)
    expected[a, b] = expected[b, a] = pairs.expected_of(a, b)
    return Agreement(both, agreed, expected, _excess(both, agreed, expected))


def copy_groups(excess: Floats, threshold: float) -> Integers:
    """Group models whose excess agreement is, on average over the pairs, above a threshold.

    Parameters
    ----------
    excess
        Symmetric (M, M).
    threshold
        The average over all pairs of two groups at which they are joined.

    Returns
    -------
    numpy.ndarray
        For each model the first model of its group (M,).

    Examples
    --------
    >>> excess = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]])
    >>> copy_groups(excess, 0.7)
    array([0, 1, 0])
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415  (slow to import)

    if len(excess) == 1:
        return np.zeros(1, dtype=np.int64)
    distance = 1.0 - excess[np.triu_indices(len(excess), 1)]
    tree = linkage(np.maximum(distance, 0.0), "average")
    label = fcluster(tree, 1.0 - threshold, "distance")
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(first[group], dtype=np.int64)


@dataclass(frozen=True)
class _Pairs:
    """What all pairs of models, each by its weight, lead one to expect of one pair."""

    wrong: Shares
    any_wrong: Shares
    first: Integers
    blind: Shares
    weights: Shares

    @cached_property
    def _sums(self) -> tuple[Shares, Shares]:
        """Agreeing and all weighted pairs of wrong models on each item."""
        w, w2 = self.weights, self.weights**2
        agreeing = (w @ self.wrong) ** 2 - w2 @ self.wrong**2
        pairs = (w @ self.any_wrong) ** 2 - w2 @ self.any_wrong**2
        half = np.float32(0.5)
        agreeing_items = _by_item(agreeing[None, :], self.first)[0]
        return np.maximum(agreeing_items, 0.0) * half, np.maximum(pairs, 0.0) * half

    def expected_of_all(self) -> Floats:
        agreeing, pairs = self._sums
        share = (agreeing + PRIOR_PAIRS * self.blind) / (pairs + PRIOR_PAIRS)
        expected: Floats = ((self.any_wrong * share) @ self.any_wrong.T).astype(float)
        return expected

    def expected_of(self, a: Integers, b: Integers) -> Floats:
        """Leave the pair itself out of what is expected of it."""
        agreeing, pairs = self._sums
        expected = np.zeros(a.size)
        step = max(1, CELLS_AT_ONCE // max(1, self.wrong.shape[1]))
        for start in range(0, a.size, step):
            one, two = a[start : start + step], b[start : start + step]
            weight = (self.weights[one] * self.weights[two])[:, None]
            same = _by_item(self.wrong[one] * self.wrong[two], self.first)
            both = self.any_wrong[one] * self.any_wrong[two]
            share = np.maximum(agreeing - weight * same, 0.0) + PRIOR_PAIRS * self.blind
            share /= np.maximum(pairs - weight * both, 0.0) + PRIOR_PAIRS
            expected[start : start + step] = np.einsum("pi,pi->p", both, share)
        return expected


def _excess(both: Floats, agreed: Floats, expected: Floats) -> Floats:
    excess = (agreed - expected) / (np.maximum(both - expected, 0.0) + PRIOR_ITEMS)
    np.fill_diagonal(excess, 1.0)
    return excess


def _by_item(columns: Shares, first: Integers) -> Shares:
    if not first.size:
        return np.zeros((len(columns), 0), dtype=np.float32)
    return np.add.reduceat(columns, first, axis=1)
