"""Votes one by one, as a likelihood with covariates reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.pairs import turned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairTable

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["VoteRows", "starts_of"]

# Rows are worked on in blocks that fit the processor's cache.
BLOCK = 32_768
SHORT = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class VoteRows:
    """Votes, seen from the first model of their pair; those of one pair stand together.

    Attributes
    ----------
    position
        Where the vote stands in the caller's table, (N,).
    pair
        Row of its pair in the table of pairs, ascending, (N,).
    outcome
        0 where the pair's first model won, 1 where the second did, 2 tie, 3 both bad, (N,).
    share
        The part of the vote that goes to the pair's first model, (N,).
    weight
        Of the vote, (N,).
    style
        Covariates, (F, N).
    """

    position: Indices
    pair: NDArray[np.int32]
    outcome: NDArray[np.int8]
    share: Floats
    weight: Floats
    style: Floats

    @classmethod
    def of(
        cls,
        table: PairTable,
        sides: tuple[Indices, Indices],
        verdict: tuple[Indices, Floats],
        *,
        weight: Floats | None,
        style: Sequence[Floats],
    ) -> VoteRows:
        """Sort votes by pair.

        Parameters
        ----------
        table
            The pairs; that of every vote must be among them.
        sides
            The two models of each vote, (N,) each.
        verdict
            The outcome, and the part that goes to the first side, (N,) each.
        weight
            Of each vote, (N,); ``None`` where all weigh 1.
        style
            F covariates of each vote, from the first side, (N,) each.
        """
        first, second = sides
        outcome, share = verdict
        pair = table.locate(first, second)
        # Short numbers are sorted by their digits, which is the fastest way.
        keys = pair.astype(np.uint16) if len(table.first) <= SHORT else pair
        order = np.argsort(keys, kind="stable")
        swapped = (first > second)[order]
        # Memory that is touched for the first time costs more than the work on it: arrays are as
        # narrow as they can be, and are written into place.
        seen = np.empty((len(style), len(order)))
        for row, z in zip(seen, style, strict=True):
            np.take(z, order, out=row, mode="clip")
            np.negative(row, out=row, where=swapped)
        own = np.take(share, order)
        np.subtract(1.0, own, out=own, where=swapped)
        return cls(
            position=order,
            pair=np.take(pair.astype(np.int32), order),
            outcome=turned(np.take(outcome.astype(np.int8), order), swapped),
            share=own,
            weight=np.broadcast_to(1.0, len(order)) if weight is None else np.take(weight, order),
            style=seen,
        )

    def __len__(self) -> int:
        return len(self.pair)

    def where(self, mask: Flags | slice) -> VoteRows:
        """Keep the votes where a mask, (N,), is true."""
        return VoteRows(
            position=self.position[mask],
            pair=self.pair[mask],
            outcome=self.outcome[mask],
            share=self.share[mask],
            weight=self.weight[mask],
            style=self.style[:, mask],
        )

    def without_style(self) -> VoteRows:
        """Leave out the covariates."""
        return replace(self, style=self.style[:0])

    def blocks(self) -> Iterator[slice]:
        """Cut the votes into blocks."""
        for start in range(0, len(self), BLOCK):
            yield slice(start, start + BLOCK)


def starts_of(pair: NDArray[np.int32]) -> Indices:
    """Where each pair's votes begin, in ascending pairs."""
    return np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
