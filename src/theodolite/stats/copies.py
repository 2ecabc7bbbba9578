r"""Models that are near-copies of each other, told by the wrong options that they share.

======== ====================================================================
symbol   meaning
======== ====================================================================
t_gk     mean share of the answers of group g's models that took option k (G, K)
v_gi     mean share that took any wrong option of item i (G, N)
w_g      weight of a group, small where many others agree with it beyond blind choice
O_ab     items on which a and b took the same wrong option: sum of t_a t_b over wrong options
B_ab     items on which both took a wrong option: sum of v_a v_b
E_ab     O as expected from the other pairs of groups on the same items
x_ab     excess agreement, (O - E) / (B - E + c)
======== ====================================================================

Two models that are wrong on one item often take the same wrong option, as some options mislead all
models, and some keys are wrong. So the agreement expected of a and b on an item is that of the
other pairs that are wrong there, each pair by the product of its weights, drawn to their agreement
on all items as if one more pair had agreed that often. The constant c draws x to 0 where few items
tell. x is 0 for two that agree as others do, or where there are no others, and near 1 for a model
and itself.

At first each model is a group. Groups are joined where x is above a threshold, on average over the
groups joined, and x is computed again, now without the pairs inside a group: copies must not vouch
for each other. That repeats until none is joined.
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

__all__ = ["Copies", "find_copies"]

# Items that agree as others do, added to every pair: a few shared errors prove no copy.
PRIOR_ITEMS = 10.0
PRIOR_PAIRS = 1.0
# Halves the pull of a model whose agreement is 0.92, and removes that of one at 0.6 or below.
SHARPNESS = 8
# A pair is at most three quarters of what it is compared to, so a copy is above it all the same.
MAYBE = 0.2
# Rounding leaves a little of a pair that was taken away from itself.
NO_PAIRS = 1e-3
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Copies:
    """Groups of models, and the pairs inside them.

    Attributes
    ----------
    group
        For each model the first model of its group (M,).
    one, two
        The pairs of models of one group, ``one`` before ``two`` (P,).
    both, agreed, expected, excess
        B, O, E and x of these pairs (P,), E from pairs of different groups.
    """

    group: Integers
    one: Integers
    two: Integers
    both: Floats
    agreed: Floats
    expected: Floats
    excess: Floats


def find_copies(
    taken: Shares, starts: Integers, keyed: NDArray[np.bool_], *, above: float
) -> Copies:
    """Group models that share far more wrong options than others do.

    Parameters
    ----------
    taken
        Share of each model's answers that took an option, 0 or 1 if asked once; the options of an
        item stand side by side (M, K).
    starts
        The column where each item begins, rising (N,). Every item has an option.
    keyed
        Whether the option is keyed as right (K,).
    above
        The excess agreement from which groups are joined.

    Examples
    --------
    Three models, 40 items of four options each; the first and the last share every error.

    >>> rng = np.random.default_rng(0)
    >>> choice = rng.integers(0, 4, (3, 40))
    >>> choice[2] = choice[0]
    >>> taken = (choice[:, :, None] == np.arange(4)).reshape(3, 160).astype(np.float32)
    >>> keyed = np.tile([True, False, False, False], 40)
    >>> copies = find_copies(taken, np.arange(0, 160, 4), keyed, above=0.6)
    >>> copies.group, copies.agreed / copies.both
    (array([0, 1, 0]), array([1.]))
    """
    sizes = np.diff(np.append(starts, keyed.size))
    item = np.repeat(np.arange(starts.size), sizes)[~keyed]
    first = np.flatnonzero(np.diff(item, prepend=-1))
    blind = (1.0 / np.diff(np.append(first, item.size))).astype(np.float32)
    wrong = np.ascontiguousarray(taken[:, ~keyed])
    group = np.arange(len(wrong))
    rows = wrong
    while True:
        pairs = _Pairs.of(rows, first, blind)
        joined = _joined(pairs.excess(), above)
        if joined.max() + 1 == len(rows):
            break
        group = joined[group]
        member = (group == np.arange(group.max() + 1)[:, None]).astype(np.float32)
        rows = (member / member.sum(axis=1, keepdims=True)) @ wrong
    one, two = np.nonzero(np.triu(group[:, None] == group, 1))
    numbers = pairs.inside(wrong, one, two)
    _, leader = np.unique(group, return_index=True)
    return Copies(leader[group], one, two, *numbers, _excess(*numbers))


def _joined(excess: Floats, above: float) -> Integers:
    """Label the rows that belong together, from 0, by average linkage."""
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415  (slow to import)

    n = len(excess)
    distance = np.maximum(1.0 - excess[np.triu_indices(n, 1)], 0.0)
    if not (distance < 1.0 - above).any():
        return np.arange(n)
    label = fcluster(linkage(distance, "average"), 1.0 - above, "distance")
    _, group = np.unique(label, return_inverse=True)
    return np.asarray(group, dtype=np.int64)


@dataclass(frozen=True)
class _Pairs:
    """What all pairs of groups, each by its weight, lead one to expect of one pair."""

    wrong: Shares
    any_wrong: Shares
    first: Integers
    weights: Shares

    @classmethod
    def of(cls, wrong: Shares, first: Integers, blind: Shares) -> _Pairs:
        any_wrong = _by_item(wrong, first)
        both, agreed = any_wrong @ any_wrong.T, wrong @ wrong.T
        by_chance = (any_wrong * blind) @ any_wrong.T
        alike = np.clip(_excess(both, agreed, by_chance), 0.0, 1.0)
        np.fill_diagonal(alike, 1.0)
        company = np.sum(alike**SHARPNESS, axis=1)
        # The one with least company counts in full: where all are alike, that is to be expected.
        return cls(wrong, any_wrong, first, (company.min() / company).astype(np.float32))

    @cached_property
    def _sums(self) -> tuple[Shares, Shares]:
        """Agreeing and all weighted pairs that are wrong on each item."""
        w, w2, half = self.weights, self.weights**2, np.float32(0.5)
        agreeing = (w @ self.wrong) ** 2 - w2 @ self.wrong**2
        pairs = (w @ self.any_wrong) ** 2 - w2 @ self.any_wrong**2
        summed = _by_item(agreeing[None, :], self.first)[0]
        return np.maximum(summed, 0.0) * half, np.maximum(pairs, 0.0) * half

    @cached_property
    def _expected(self) -> Shares:
        """The expected agreement on each item, with no pair left out."""
        agreeing, pairs = self._sums
        expected: Shares = _drawn(agreeing[None, :], pairs[None, :])[0]
        return expected

    def excess(self) -> Floats:
        both, agreed = self.any_wrong @ self.any_wrong.T, self.wrong @ self.wrong.T
        expected = (self.any_wrong * self._expected) @ self.any_wrong.T
        # Only for pairs that may be copies does it matter that they do not vouch for themselves,
        # and it needs a pass over all items for each.
        one, two = np.nonzero(np.triu(_excess(both, agreed, expected), 1) > MAYBE)
        expected[one, two] = expected[two, one] = self._without(one, two)
        return _excess(both, agreed, expected)

    def _without(self, one: Integers, two: Integers) -> Shares:
        agreeing, pairs = self._sums
        expected = np.zeros(one.size, dtype=np.float32)
        step = max(1, CELLS_AT_ONCE // max(1, self.wrong.shape[1]))
        for start in range(0, one.size, step):
            a, b = one[start : start + step], two[start : start + step]
            weight = (self.weights[a] * self.weights[b])[:, None]
            same = _by_item(self.wrong[a] * self.wrong[b], self.first)
            both = self.any_wrong[a] * self.any_wrong[b]
            others = np.maximum(agreeing - weight * same, 0.0)
            share = _drawn(others, np.maximum(pairs - weight * both, 0.0))
            expected[start : start + step] = np.einsum("pi,pi->p", both, share)
        return expected

    def inside(self, wrong: Shares, one: Integers, two: Integers) -> tuple[Floats, Floats, Floats]:
        """Both wrong, agreed and expected of single models that are of one group."""
        any_wrong = _by_item(wrong, self.first)
        matrices = (
            any_wrong @ any_wrong.T,
            wrong @ wrong.T,
            (any_wrong * self._expected) @ any_wrong.T,
        )
        both, agreed, expected = (m[one, two].astype(float) for m in matrices)
        return both, agreed, expected


def _drawn(agreeing: Shares, pairs: Shares) -> Shares:
    """Agreeing part of the pairs on each item, drawn to that on all items; 1 without any pair."""
    total, of = (s.sum(axis=1, keepdims=True) for s in (agreeing, pairs))
    known = of > NO_PAIRS
    overall = np.where(known, total / np.where(known, of, 1.0), 1.0).astype(np.float32)
    drawn: Shares = (agreeing + np.float32(PRIOR_PAIRS) * overall) / (
        pairs + np.float32(PRIOR_PAIRS)
    )
    return drawn


def _excess(both: Shares | Floats, agreed: Shares | Floats, expected: Shares | Floats) -> Floats:
    room = np.maximum(both.astype(float) - expected, 0.0)
    excess: Floats = (agreed.astype(float) - expected) / (room + PRIOR_ITEMS)
    return excess


def _by_item(columns: Shares, first: Integers) -> Shares:
    if not first.size:
        return np.zeros((len(columns), 0), dtype=np.float32)
    return np.add.reduceat(columns, first, axis=1)
