"""Many tests at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["holm"]


def holm(p_values: Floats) -> Floats:
    """Adjust p-values so that the chance of any false discovery stays below the level.

    The i-th smallest of m is multiplied by m - i + 1, and none falls below a smaller one.

    Parameters
    ----------
    p_values
        (M,); ``nan`` for what was not tested, which stays ``nan`` and does not count.

    References
    ----------
    S. Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan]))
    array([0.03, 0.06, 0.06,  nan])
    """
    out = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    scaled = p_values[order] * np.arange(len(order), 0, -1)
    out[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return out
