"""Elo ratings: one pass over the votes, in many orders side by side.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
R, N, K   orders, votes in each, models
r         ratings, (R, K); they begin at 0 and keep that mean
k         how far one vote moves a rating: r_a <- r_a + k * (y - p)
p         1 / (1 + 10^((r_b - r_a) / 400))
========  ==================================================================================

References
----------
A. E. Elo (1978), The Rating of Chessplayers, Past and Present, Arco.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["elo"]

BLOCK = 2048
SLOPE = np.log(10.0) / 400.0


def elo(
    first: Indices,
    second: Indices,
    share: Floats,
    *,
    block: Callable[[int, int], Indices],
    n_models: int,
    k_factor: float,
) -> Floats:
    """Rate models by passing over the votes in each of several orders.

    A vote depends on the ratings that the votes before it left, so there is no way around one
    step a vote; each step serves all orders at once.

    Parameters
    ----------
    first, second
        The models of each vote, (N,).
    share
        The part of the vote that goes to ``first``, (N,).
    block
        Gives the votes that come from one place in the orders up to another, (R, places), each
        place asked for once and in turn; a row may be a permutation, or draws with replacement.
    n_models, k_factor
        K and k.

    Returns
    -------
    numpy.ndarray
        Ratings around 0, (R, K).

    Examples
    --------
    >>> one, two = np.array([0]), np.array([1])
    >>> elo(one, two, np.ones(1), block=lambda a, b: np.array([[0]]), n_models=2, k_factor=4.0)
    array([[ 2., -2.]])
    """
    ratings, row = np.zeros(0), np.zeros(0, dtype=np.int64)
    for start in range(0, len(first), BLOCK):
        votes = np.ascontiguousarray(block(start, start + BLOCK).T)
        if start == 0:
            row = np.arange(votes.shape[1]) * n_models
            ratings = np.zeros(votes.shape[1] * n_models)
        one, two, part = first[votes] + row, second[votes] + row, share[votes]
        for a, b, y in zip(one, two, part, strict=True):
            gap = ratings[b] - ratings[a]
            change = k_factor * (y - 1.0 / (1.0 + np.exp(SLOPE * gap)))
            ratings[a] += change
            ratings[b] -= change
    return ratings.reshape(-1, n_models)
