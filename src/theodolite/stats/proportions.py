"""Wilson's interval of a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["wilson", "wilson_ends"]


def wilson(p: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    r"""Give both ends of the score interval of a share.

    With z the normal quantile of (1 + level) / 2, the ends are
    (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n); [0, 1] where n is 0.

    Parameters
    ----------
    p
        Observed shares in [0, 1].
    n
        What each is a share of, of the same shape; an effective number may be fractional.
    level
        Confidence level.

    References
    ----------
    E. B. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = wilson(np.array([0.5, 0.0]), np.array([10.0, 0.0]), 0.95)
    >>> np.round(low, 4), np.round(high, 4)
    (array([0.2366, 0.    ]), array([0.7634, 1.    ]))
    """
    from scipy.special import ndtri  # noqa: PLC0415  (slow to import, and not always needed)

    return wilson_ends(p, n, float(ndtri(0.5 + level / 2.0)))


def wilson_ends(p: Floats, n: Floats, quantile: Floats | float) -> tuple[Floats, Floats]:
    """Give the same ends for any quantile z: Student's, say, where n is itself an estimate.

    Examples
    --------
    >>> low, high = wilson_ends(np.array([0.5]), np.array([10.0]), 1.959964)
    >>> np.round(low, 4), np.round(high, 4)
    (array([0.2366]), array([0.7634]))
    """
    z2 = np.asarray(quantile, dtype=np.float64) ** 2
    known = n > 0
    n = np.where(known, n, 1.0)
    centre = p + z2 / (2.0 * n)
    half = np.sqrt(z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)))
    scale = 1.0 + z2 / n
    low = np.where(known, np.clip((centre - half) / scale, 0.0, 1.0), 0.0)
    high = np.where(known, np.clip((centre + half) / scale, 0.0, 1.0), 1.0)
    return low, high
