"""Putting what pairs contribute into one symmetric matrix over models and other parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairTable

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["PairBlocks", "Terms", "assemble"]


@dataclass(frozen=True)
class PairBlocks:
    """Contributions among the two thetas, (P,); of these and others, (P, E); of others, (E, E)."""

    ii: Floats
    ij: Floats
    jj: Floats
    ie: Floats
    je: Floats
    ee: Floats


@dataclass(frozen=True)
class Terms:
    """What rows of votes bring to a likelihood, weights included.

    Attributes
    ----------
    value
        The log-likelihood of all rows.
    first, second, others
        Its derivatives in each row by theta_i and theta_j, (R,), and by other parameters, (R, E).
    curve
        The negative second derivatives in each row.
    """

    value: float
    first: Floats
    second: Floats
    others: Floats
    curve: PairBlocks


def assemble(pairs: PairTable, blocks: PairBlocks) -> Floats:
    """Sum the blocks of all pairs into a matrix, (K + E, K + E)."""
    k, e = pairs.n_models, len(blocks.ee)
    out = np.zeros((k + e, k + e))
    out[pairs.first, pairs.second] = blocks.ij
    out[pairs.second, pairs.first] = blocks.ij
    diagonal = np.bincount(pairs.first, blocks.ii, k) + np.bincount(pairs.second, blocks.jj, k)
    out[np.arange(k), np.arange(k)] = diagonal
    for column in range(e):
        edge = np.bincount(pairs.first, blocks.ie[:, column], k)
        edge += np.bincount(pairs.second, blocks.je[:, column], k)
        out[:k, k + column] = edge
        out[k + column, :k] = edge
    out[k:, k:] = blocks.ee
    return out
