r"""Pairs of sets that have much in common, found without looking at all pairs.

======== ====================================================================
symbol   meaning
======== ====================================================================
J(a, b)  Jaccard similarity: size of the intersection over size of the union
h        64-bit hash of a member
r, m     rows of a band, bands: two sets meet in a band where r minima agree
======== ====================================================================

A band is the minimum of r random permutations of the members (MinHash). Two sets agree in one band
with probability J^r, and in at least one of m with 1 - (1 - J^r)^m. Those that do are compared
exactly, so that what is returned is similar, and what is similar is missed only with the rest of
that probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["near_pairs"]

ROWS, BANDS = 4, 10
# Sets in one bucket are each compared with so many before them: large buckets stay linear.
NEIGHBOURS = 8
BLOCK = 2**22


def near_pairs(
    hashes: Hashes,
    sets: Integers,
    *,
    least: float,
    groups: Hashes | None = None,
    seed: int = 0,
) -> tuple[Integers, Integers, Floats]:
    """Return the pairs of sets whose Jaccard similarity is at least ``least``.

    Parameters
    ----------
    hashes
        Shape (members,), the members of all sets, one set after the other, no member twice in one.
    sets
        Shape (members,), the set of each, from 0, ascending.
    least
        The least similarity, above 0.
    groups
        Shape (sets,): a number for each set; only sets with the same one are compared.
    seed
        Of the permutations.

    Returns
    -------
    first, second, similarity
        Pairs with first < second, in order. At a similarity of 0.8 one in 190 is missed; within a
        bucket of alike sets each is compared with the eight before it.

    References
    ----------
    A. Z. Broder (1997), On the resemblance and containment of documents, SEQUENCES.
    doi:10.1109/SEQUEN.1997.666900

    Examples
    --------
    >>> members = np.array([*range(10), *range(9), 10, 11, 12], dtype=np.uint64)
    >>> sets = np.repeat([0, 1, 2], [10, 10, 2])
    >>> first, second, similarity = near_pairs(members, sets, least=0.5)
    >>> first.tolist(), second.tolist(), similarity.round(3).tolist()
    ([0], [1], [0.818])
    """
    if hashes.size == 0:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0)
    groups = np.zeros(int(sets[-1]) + 1, dtype=np.uint64) if groups is None else groups
    hashes = _mixed(hashes)
    first, second = _candidates(hashes, sets, groups, np.random.default_rng(seed))
    alike = groups[first] == groups[second]
    first, second = first[alike], second[alike]
    similarity = _similarity(hashes, sets, first, second)
    near = similarity >= least
    return first[near], second[near], similarity[near]


def _mixed(hashes: Hashes) -> Hashes:
    """Spread what tells members apart over all bits: hashes may be small numbers."""
    mixed = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _candidates(
    hashes: Hashes, sets: Integers, groups: Hashes, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    start = np.flatnonzero(np.diff(sets, prepend=-1))
    present = sets[start]
    found = []
    for _ in range(BANDS):
        band = groups[present]
        for _ in range(ROWS):
            least = _minima(hashes, start, rng)
            band = (band ^ least) * np.uint64(0x9E3779B97F4A7C15)
            band ^= band >> np.uint64(29)
        found.append(_neighbours(band, present))
    pairs = np.unique(np.concatenate(found))
    return pairs // np.int64(2**31), pairs % np.int64(2**31)


def _minima(hashes: Hashes, start: Integers, rng: np.random.Generator) -> Hashes:
    """Return the least member of each set in a random order of all."""
    factor = np.uint64(rng.integers(2**63, dtype=np.uint64) * np.uint64(2) + np.uint64(1))
    shift = rng.integers(2**63, dtype=np.uint64)
    mixed = hashes ^ shift
    mixed *= factor
    # The high bits of a product are well mixed, the low ones are not.
    mixed ^= mixed >> np.uint64(32)
    mixed *= factor
    return np.minimum.reduceat(mixed, start)


def _neighbours(band: Hashes, present: Integers) -> Integers:
    """Pair each set with the few before it that have the same band; a pair is one number."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    pairs = []
    for back in range(1, NEIGHBOURS + 1):
        same = np.flatnonzero(ordered[back:] == ordered[:-back])
        if same.size == 0:
            break
        a, b = present[order[same]], present[order[same + back]]
        pairs.append(np.minimum(a, b) * np.int64(2**31) + np.maximum(a, b))
    return np.concatenate(pairs) if pairs else np.zeros(0, dtype=np.int64)


def _similarity(hashes: Hashes, sets: Integers, first: Integers, second: Integers) -> Floats:
    n = int(sets[-1]) + 1
    sizes = np.bincount(sets, minlength=n)
    start = np.cumsum(sizes) - sizes
    similarity = np.zeros(first.size)
    # A block of pairs at a time bounds the memory.
    cost = np.cumsum(sizes[first] + sizes[second])
    for block in np.split(np.arange(first.size), _cuts(cost)):
        if block.size == 0:
            continue
        a, b = first[block], second[block]
        members = np.concatenate([_members(start, sizes, a), _members(start, sizes, b)])
        pair = np.concatenate([np.repeat(block, sizes[a]), np.repeat(block, sizes[b])]) - block[0]
        # One number for pair and member, so that one plain sort brings equal members together.
        bits = np.uint64(64 - max(int(block.size).bit_length(), 1))
        key = np.sort(
            (pair.astype(np.uint64) << bits) | (hashes[members] >> (np.uint64(64) - bits))
        )
        shared = key[1:][key[1:] == key[:-1]] >> bits
        both = np.bincount(shared.astype(np.int64), minlength=block.size)
        union = sizes[a] + sizes[b] - both
        similarity[block] = both / np.maximum(union, 1)
    return similarity


def _cuts(cost: Integers) -> Integers:
    if cost.size == 0 or cost[-1] <= BLOCK:
        return np.zeros(0, dtype=np.int64)
    return np.searchsorted(cost, np.arange(BLOCK, cost[-1], BLOCK))


def _members(start: Integers, sizes: Integers, which: Integers) -> Integers:
    """Return the places of all members of some sets, one set after the other."""
    n = sizes[which]
    within = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    return np.repeat(start[which], n) + within
