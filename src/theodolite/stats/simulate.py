"""Votes with a known truth, to try estimators on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["simulate_shares"]


def simulate_shares(
    gap: NDArray[np.float64], *, even_tie_share: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the part of each vote that goes to the first model, with ties as half.

    P(tie) = 4 * even_tie_share * p * (1 - p), P(win) = p - P(tie) / 2, so that the mean is
    p = sigmoid(gap) exactly and half-win Bradley-Terry holds.

    Parameters
    ----------
    gap
        theta of the first model less that of the second, (N,).
    even_tie_share
        The share of ties between equals, in [0, 1/2].
    rng
        The source of the draws.

    Examples
    --------
    >>> shares = simulate_shares(np.zeros(5), even_tie_share=0.5, rng=np.random.default_rng(1))
    >>> set(shares.tolist()) <= {0.0, 0.5, 1.0}
    True
    """
    p = sigmoid(gap)
    tie = 4.0 * even_tie_share * p * (1.0 - p)
    u = rng.random(len(gap))
    return np.where(u < p - tie / 2.0, 1.0, np.where(u < p + tie / 2.0, 0.5, 0.0))
