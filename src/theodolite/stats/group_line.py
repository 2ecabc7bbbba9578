r"""A line through estimates of unequal precision, with what they scatter beyond it.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x_g, y_g  abscissa and estimate of a group: log C and log N at the minimum
v_g       variance of the estimate within its group
tau2      variance between groups, beyond what the v_g explain
B         groups
========  ==================================================================================

``y_g = c_0 + c_1 x_g + u_g + e_g`` with ``Var u_g = tau2`` and ``Var e_g = v_g``, fitted with
weights ``1 / (v_g + tau2)``. ``tau2`` makes the weighted sum of squares ``Q`` equal to ``B - 2``;
it is 0 where ``Q`` is below that already. The covariance is ``Q / (B - 2)`` times the inverse
information, and intervals are Student's on ``B - 2`` degrees of freedom, so that the scatter
itself, not what the v_g promise, says how surely the line is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["GroupLine", "fit_group_line"]

FEWEST = 3
HALVINGS = 100


@dataclass(frozen=True)
class GroupLine:
    """A line over groups.

    Attributes
    ----------
    centre
        The weighted mean abscissa: ``height`` is the line there, and independent of ``slope``.
    height, slope
        The line is ``height + slope (x - centre)``.
    height_variance, slope_variance
        Of these.
    df
        ``B - 2``.
    between
        tau2.
    """

    centre: float
    height: float
    slope: float
    height_variance: float
    slope_variance: float
    df: int
    between: float

    def quantile(self, level: float) -> float:
        """Standard errors from the middle of an interval to its end."""
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        return float(stdtrit(self.df, 0.5 + level / 2.0))

    def slope_interval(self, level: float) -> tuple[float, float]:
        """Give the ends of the slope's interval."""
        margin = self.quantile(level) * self.slope_variance**0.5
        return self.slope - margin, self.slope + margin

    def at(self, x: ArrayLike, level: float) -> tuple[Floats, Floats, Floats]:
        """Give the line at ``x``, and the pointwise ends of its interval there."""
        away = np.asarray(x, float) - self.centre
        y = self.height + self.slope * away
        error = np.sqrt(self.height_variance + self.slope_variance * away**2)
        margin = self.quantile(level) * error
        return y, y - margin, y + margin


def fit_group_line(x: ArrayLike, y: ArrayLike, variance: ArrayLike) -> GroupLine:
    """Fit a line to group estimates.

    Parameters
    ----------
    x, y, variance
        x, y and v of each group, (B,). Where all v are 0 the groups weigh alike.

    Raises
    ------
    ValueError
        There are fewer than three groups, or they share one abscissa.

    References
    ----------
    R. C. Paule and J. Mandel (1982), Consensus values and weighting factors,
    https://doi.org/10.6028/jres.087.022 (tau2); G. Knapp and J. Hartung (2003), Improved tests for
    a random effects meta-regression with a single covariate, https://doi.org/10.1002/sim.1482.

    Examples
    --------
    >>> got = fit_group_line([0.0, 1.0, 2.0], [0.0, 0.5, 1.0], [1e-4, 1e-4, 1e-4])
    >>> round(got.slope, 6), got.df, round(got.slope_variance, 6)
    (0.5, 1, 0.0)
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    v = np.asarray(variance, float)
    if len(x) < FEWEST or np.ptp(x) <= 0.0:
        raise ValueError("a line and its scatter need three groups and two abscissas")
    if not v.any():
        v = np.ones_like(v)
    df = len(x) - 2
    between = _between(x, y, v, df)
    w = 1.0 / (v + between)
    centre, height, slope, spread = _line(x, y, w)
    scatter = float(w @ (y - height - slope * (x - centre)) ** 2) / df
    return GroupLine(centre, height, slope, scatter / float(w.sum()), scatter / spread, df, between)


def _line(x: Floats, y: Floats, w: Floats) -> tuple[float, float, float, float]:
    total = float(w.sum())
    centre, height = float(w @ x) / total, float(w @ y) / total
    away = x - centre
    spread = float(w @ away**2)
    return centre, height, float(w @ (away * y)) / spread, spread


def _between(x: Floats, y: Floats, v: Floats, df: int) -> float:
    """Find the tau2 at which Q = B - 2; Q falls as tau2 rises."""

    def excess(tau2: float) -> float:
        w = 1.0 / (v + tau2)
        centre, height, slope, _ = _line(x, y, w)
        return float(w @ (y - height - slope * (x - centre)) ** 2) - df

    low = 0.0
    if v.min() > 0.0 and excess(low) <= 0.0:
        return low
    high = float(np.ptp(y)) ** 2 + float(v.max())
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    return 0.5 * (low + high)
