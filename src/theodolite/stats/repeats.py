"""Several answers to one item: how often at least one of a few would be right.

========  ==========================================================
symbol    meaning
========  ==========================================================
n         answers to the item
c         those of them that are right
k         how many answers one would take
========  ==========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["pass_at_k"]


def pass_at_k(right: ArrayLike, total: ArrayLike, k: int) -> NDArray[np.float64]:
    r"""Estimate the probability that at least one of ``k`` answers to an item is right.

    .. math:: 1 - \binom{n - c}{k} \Big/ \binom{n}{k}

    which is unbiased where the answers are independent: the share of the subsets of ``k`` answers
    that hold a right one.

    Parameters
    ----------
    right, total
        c and n of each item, whole numbers, ``0 <= c <= n``.
    k
        At least 1, and no more than the least n.

    Returns
    -------
    numpy.ndarray
        One probability an item.

    Raises
    ------
    ValueError
        The counts or ``k`` are out of these bounds.

    References
    ----------
    Chen and others (2021), Evaluating Large Language Models Trained on Code,
    https://doi.org/10.48550/arXiv.2107.03374, equation 1.

    Examples
    --------
    >>> pass_at_k([0, 1, 3], [4, 4, 4], 2)
    array([0. , 0.5, 1. ])
    """
    c, n = np.broadcast_arrays(np.asarray(right, float), np.asarray(total, float))
    if np.any(c < 0) or np.any(c > n):
        raise ValueError("as many answers right as there are, or fewer, and not below 0")
    if k < 1 or np.any(n < k):
        raise ValueError(f"k must be from 1 to the least number of answers, not {k}")
    # A ratio of binomials as a product of k ratios: nothing overflows, and a 0 among them is exact.
    j = np.arange(k)
    factors = np.maximum(n[..., None] - c[..., None] - j, 0.0) / (n[..., None] - j)
    missed: NDArray[np.float64] = np.prod(factors, axis=-1)
    return np.asarray(1.0 - missed)
