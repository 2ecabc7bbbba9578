r"""Intervals from bootstrap draws.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
t, t*     an estimate, and its R bootstrap draws
z0        normal quantile of the share of draws below t: the estimate's median bias
========  ==================================================================================

The interval runs from the Phi(2 z0 - z) to the Phi(2 z0 + z) quantile of the draws. Infinite
draws count, and so may its ends. Several intervals hold together at a level when each is taken at
the level below which that share of the draws lies in every one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["bias_corrected", "joint_level"]


def bias_corrected(
    estimate: Array, draws: Array, level: float, *, corrected: bool = True
) -> tuple[Array, Array]:
    """Return the ends of bias-corrected percentile intervals; they always hold the estimate.

    Parameters
    ----------
    estimate
        (m,).
    draws
        (R, m).
    level
        Confidence level.
    corrected
        Whether to correct. Where a parameter is held at a bound the estimate has no symmetric
        median bias, and plain percentiles cover better.

    References
    ----------
    B. Efron (1981), Canadian Journal of Statistics 9, 139-158. doi:10.2307/3314608

    Examples
    --------
    >>> draws = np.linspace(-1.0, 1.0, 2001)[:, None]
    >>> low, high = bias_corrected(np.zeros(1), draws, 0.9)
    >>> low.round(2).item(), high.round(2).item()
    (-0.9, 0.9)
    """
    count = len(draws)
    ordered = np.sort(draws, axis=0)
    # Ties with the estimate (a bound, say) count half.
    below = (draws < estimate).sum(axis=0) + 0.5 * (draws == estimate).sum(axis=0)
    middle = ndtri(np.clip(below / count, 0.5 / count, 1.0 - 0.5 / count))
    shift = 2.0 * middle if corrected else np.zeros_like(middle)
    reach = ndtri(0.5 + level / 2.0)
    low, high = (_quantile(ordered, ndtr(shift + side)) for side in (-reach, reach))
    return np.minimum(low, estimate), np.maximum(high, estimate)


def _quantile(ordered: Array, share: Array) -> Array:
    """Return the quantile of each column, between order statistics where both are finite."""
    place = share * (len(ordered) - 1)
    under = np.floor(place).astype(np.intp)
    over = np.minimum(under + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    low, high = ordered[under, columns], ordered[over, columns]
    part = place - under
    with np.errstate(invalid="ignore"):
        between = low + part * (high - low)
    nearest = np.where(part < 0.5, low, high)  # noqa: PLR2004
    return np.where(np.isfinite(low) & np.isfinite(high), between, nearest)


def joint_level(draws: Array, level: float) -> float:
    """Return the pointwise level at which percentile intervals of several numbers hold together.

    Of each draw, the number that lies furthest out among its own draws says at which pointwise
    level all its numbers would be inside; the answer is the quantile of these levels.

    Parameters
    ----------
    draws
        (R, m): m numbers, drawn together.
    level
        The level of all intervals at once.

    References
    ----------
    R. Beran (1988), Journal of the American Statistical Association 83, 679-686 (balanced
    simultaneous confidence sets). doi:10.2307/2289290

    Examples
    --------
    One number needs no more than its own level, three independent ones about 0.95 ** (1 / 3):

    >>> rng = np.random.default_rng(0)
    >>> round(joint_level(rng.normal(size=(20_000, 1)), 0.95), 2)
    0.95
    >>> round(joint_level(rng.normal(size=(20_000, 3)), 0.95), 3)
    0.983
    """
    count = len(draws)
    place = np.argsort(np.argsort(draws, axis=0, kind="stable"), axis=0, kind="stable")
    outward = np.abs(2.0 * (place + 0.5) / count - 1.0).max(axis=1)
    return float(max(level, np.quantile(outward, level)))
