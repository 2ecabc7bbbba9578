r"""Whether a mean of clusters differs from nought, by turning their signs.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_g       sum of the values of cluster g; G clusters
========  ==================================================================================

If values are as likely positive as negative, so is each s_g: the p-value is the share of the 2^G
patterns of signs whose sum is as far from 0 as the one seen. All patterns are looked at up to
G = 16; beyond, random ones, and the one seen is counted too.

References
----------
R. A. Fisher (1935), The Design of Experiments, section 21; B. Phipson and G. K. Smyth (2010),
Statistical Applications in Genetics and Molecular Biology 9, 39. doi:10.2202/1544-6115.1585
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["sign_flip"]

MOST_EXACT = 16
N_PATTERNS = 20_000
SLACK = 1e-9


def sign_flip(values: Floats, clusters: Integers, *, rng: np.random.Generator) -> float:
    """Give the p-value of a mean of nought.

    Parameters
    ----------
    values
        (N,).
    clusters
        Which cluster each belongs to, (N,), from 0.
    rng
        Source of random patterns, where there are more than 16 clusters.

    Examples
    --------
    Of the eight patterns of three signs two are as extreme as all alike:

    >>> sign_flip(np.array([1.0, 2.0, 3.0]), np.arange(3), rng=np.random.default_rng(0))
    0.25
    """
    sums = np.bincount(clusters, weights=values)
    count = len(sums)
    seen = abs(float(sums.sum())) * (1.0 - SLACK)
    if count <= MOST_EXACT:
        patterns = (np.arange(2 ** (count - 1))[:, None] >> np.arange(count)) & 1
        return float((np.abs((1.0 - 2.0 * patterns) @ sums) >= seen).mean())
    patterns = rng.integers(0, 2, size=(N_PATTERNS, count))
    extreme = int((np.abs((1.0 - 2.0 * patterns) @ sums) >= seen).sum())
    return (extreme + 1.0) / (N_PATTERNS + 1.0)
