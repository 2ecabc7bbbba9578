"""Confidence sequences: intervals that hold at every look at once, by Robbins' normal mixture.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
I         information on a contrast so far: 1 / se^2
rho       the mixture's parameter: about where in I the sequence is narrowest
alpha     the chance that the sequence ever misses the truth
L         2 ln(1 / alpha)
c         the information at which a mixture is narrowest, in units of rho: c = L + ln(1 + c)
========  ==================================================================================

If I (estimate - truth) moves like a Brownian motion whose clock is I, then with a chance of at
least 1 - alpha it stays, at every I at once, within

    sqrt((I + rho) (ln((I + rho) / rho) + L)).

Divided by I this is the half-width of the sequence. For a sandwich's I the statement is asymptotic:
it needs some votes before the first look.

References
----------
H. Robbins (1970), Annals of Mathematical Statistics 41, 1397-1409. doi:10.1214/aoms/1177696786;
S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon (2021), Annals of Statistics 49, 1055-1080.
doi:10.1214/20-AOS1991; I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas (2024),
Annals of Statistics 52, 2613-2640. doi:10.1214/24-AOS2408
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["half_width", "information_needed", "mixture_rho"]

TOLERANCE = 1e-12
MOST_STEPS = 200


def mixture_rho(width: float, alpha: float) -> float:
    """Find the rho whose sequence comes down to a half-width with the least information.

    For given I the half-width is least where I / rho = c, and there it is sqrt((1 + c) / I).

    Parameters
    ----------
    width
        The half-width to be reached, above 0.
    alpha
        The chance of an error, in (0, 1).

    Examples
    --------
    >>> rho = mixture_rho(0.1, 0.05)
    >>> needed = information_needed(np.array([0.1]), rho, 0.05)
    >>> [information_needed(np.array([0.1]), rho * f, 0.05) > needed for f in (0.9, 1.1)]
    [array([ True]), array([ True])]
    """
    c = _narrowest(alpha)
    return (1.0 + c) / (c * width * width)


def half_width(information: Floats, rho: float, alpha: float) -> Floats:
    """Half-width of the sequence at each information; infinite where there is none.

    Parameters
    ----------
    information
        I, not negative, of any shape.
    rho, alpha
        The mixture's parameter and the chance of an error.

    Examples
    --------
    An ordinary 95% interval is narrower, but holds at one look only:

    >>> np.round(half_width(np.array([100.0]), 10.0, 0.05), 3), round(1.96 / 10, 3)
    (array([0.304]), 0.196)
    """
    given = information > 0
    i = np.where(given, information, 1.0)
    width = np.sqrt((i + rho) * (np.log1p(i / rho) - 2.0 * math.log(alpha))) / i
    return np.where(given, width, np.inf)


def information_needed(width: Floats, rho: float, alpha: float) -> Floats:
    """Information at which the half-width comes down to ``width``; infinite for a width of 0.

    The logarithm of the half-width falls in ln I with a slope between -1 and 0, so Newton's
    method in ln I finds the root; a bracket keeps it from straying.

    Parameters
    ----------
    width
        Half-widths above or at 0, of any shape.
    rho, alpha
        The mixture's parameter and the chance of an error.

    Raises
    ------
    NotConvergedError
        No root after 200 steps.

    Examples
    --------
    >>> information = information_needed(np.array([0.2, 0.4]), 10.0, 0.05)
    >>> half_width(information, 10.0, 0.05)
    array([0.2, 0.4])
    """
    wanted = np.where(width > 0, width, 1.0)
    # (I + rho) L / I^2 is less than the squared half-width, and equals width^2 at `low`.
    most = -2.0 * math.log(alpha) / wanted**2
    low = np.log(0.5 * (most + np.sqrt(most * most + 4.0 * most * rho)))
    high = low + 1.0
    while (short := half_width(np.exp(high), rho, alpha) > wanted).any():
        high = np.where(short, high + 1.0, high)
    at = low
    for _ in range(MOST_STEPS):
        excess = np.log(half_width(np.exp(at), rho, alpha) / wanted)
        low, high = np.where(excess > 0, at, low), np.where(excess > 0, high, at)
        step = at - excess / _slope(np.exp(at), rho, alpha)
        following = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        moved = np.abs(following - at)
        at = following
        if (moved < TOLERANCE * np.maximum(1.0, np.abs(at))).all():
            return np.where(width > 0, np.exp(at), np.inf)
    raise NotConvergedError(f"no information was found for a half-width in {MOST_STEPS} steps")


def _slope(information: Floats, rho: float, alpha: float) -> Floats:
    """Give d ln(half-width) / d ln I."""
    total = np.log1p(information / rho) - 2.0 * math.log(alpha)
    return 0.5 * information / (information + rho) * (1.0 + 1.0 / total) - 1.0


def _narrowest(alpha: float) -> float:
    """Solve c = L + ln(1 + c), a contraction."""
    least = c = -2.0 * math.log(alpha)
    for _ in range(MOST_STEPS):
        following = least + math.log1p(c)
        if abs(following - c) < TOLERANCE * (1.0 + c):
            return following
        c = following
    raise NotConvergedError(f"no mixture was found for an alpha of {alpha:g}")
