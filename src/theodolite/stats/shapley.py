r"""What each of a few factors contributes to a difference: the average over all orders.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
m         factors, each of which is as in run a (0) or as in run b (1)
v(S)      the value where the factors of S are as in b and the others as in a
phi_j     what factor j contributes: the mean over the m! orders of v(S + j) - v(S), S being the
          factors changed before j
========  ==================================================================================

The contributions sum to v(all) - v(none) exactly. A set S of s factors comes before j in
s! (m - s - 1)! of the orders.
"""

from __future__ import annotations

from itertools import product
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["contributions"]


def contributions(values: Array) -> tuple[Array, Array, Array]:
    """Return the Shapley contribution of each factor, with the least and the most over orders.

    Parameters
    ----------
    values
        (2, ..., 2, R): one axis a factor, 0 as in a and 1 as in b; the last axis holds draws.

    Returns
    -------
    tuple
        (m, R) each: the mean over orders, the least and the most that an order gives.

    References
    ----------
    L. S. Shapley (1953), in Contributions to the Theory of Games II, 307-317; A. F. Shorrocks
    (2013), Journal of Economic Inequality 11, 99-126. doi:10.1007/s10888-011-9214-z

    Examples
    --------
    A product of two factors that both double:

    >>> mean, low, high = contributions(np.array([[[1.0], [2.0]], [[2.0], [4.0]]]))
    >>> mean.ravel().tolist(), low.ravel().tolist(), high.ravel().tolist()
    ([1.5, 1.5], [1.0, 1.0], [2.0, 2.0])
    """
    count = values.ndim - 1
    mean, low, high = (np.empty((count, values.shape[-1])) for _ in range(3))
    for factor in range(count):
        before = np.take(values, 0, axis=factor)
        steps = (np.take(values, 1, axis=factor) - before).reshape(-1, values.shape[-1])
        sizes = [sum(others) for others in product((0, 1), repeat=count - 1)]
        orders = [factorial(s) * factorial(count - s - 1) / factorial(count) for s in sizes]
        mean[factor] = np.array(orders) @ steps
        low[factor], high[factor] = steps.min(axis=0), steps.max(axis=0)
    return mean, low, high
