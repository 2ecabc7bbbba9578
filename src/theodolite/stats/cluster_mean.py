"""The mean of values that come in clusters, with Student's t over the clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["clustered_mean"]


def clustered_mean(
    values: Array, clusters: Sequence[str], level: float
) -> tuple[float, float, float]:
    r"""Return the mean m of n values and both ends of its interval.

    The variance is G / (G - 1) sum_g (sum_{i in g} (x_i - m))^2 / n^2 over G clusters; the quantile
    is that of t with G - 1 degrees of freedom. With one cluster the ends are infinite.

    Examples
    --------
    >>> mean, low, high = clustered_mean(np.array([1.0, 1.0, 3.0, 3.0]), ["a", "a", "b", "b"], 0.95)
    >>> mean, round(low, 2), round(high, 2)
    (2.0, -10.71, 14.71)
    """
    mean = float(values.mean())
    _, at = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(at.max()) + 1
    if count == 1:
        return mean, -np.inf, np.inf
    sums = np.bincount(at.ravel(), weights=values - mean)
    error = np.sqrt(count / (count - 1) * (sums**2).sum()) / len(values)
    reach = float(stdtrit(count - 1, 0.5 + level / 2.0) * error)
    return mean, mean - reach, mean + reach
