r"""Profiles of an objective: how much worse the best fit is with one quantity held.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
S(v)      the least objective with the quantity held at v, the rest free; S0 its minimum
r, d      residuals at the optimum; delta of Huber's function
psi       derivative of the cost of a residual: clip(r, -d, d), or the sign
n, P      runs and parameters
h         bandwidth of a normal kernel over the residuals
========  ==================================================================================

With errors of one law, symmetric about 0, 2 (S(v) - S0) E psi' / E psi^2 at the truth tends to
chi-square with 1 degree of freedom: the estimate has the variance E psi^2 / (E psi')^2 (J J')^-1,
and S has the curvature E psi' J J'. For least squares the factor is 1 / sigma^2.

E psi' is the chance of a residual within d. For a small d few residuals are, P of which the fit
itself puts there; so the chance is smoothed, sum_i k(r_i), k(r) = Phi((d - r) / h) -
Phi((-d - r) / h), and P k(0) taken off, over n - P. It is 1 for squares. E psi^2 is the sum over
n - P.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from theodolite.stats.newton import Minimum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from theodolite.stats.residual_loss import ResidualLoss

    Array = NDArray[np.float64]
    # Holds the quantity at values (m,), starting at theta (m, P).
    Held = Callable[[Array, Array], Minimum]

__all__ = ["Trace", "quasi_factor", "trace"]

# In standard errors.
FIRST_STEP = 0.25
GROWTH = 1.1
MOST_STEPS = 100
# How far beyond the limit a curve is followed, as its multiple.
FURTHER = 1.6
REFINEMENTS = 8
# How far back to the optimum to begin again where the solver got stuck.
RESTARTS = (0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 1.0)
# Two ways end at one minimum within this part of it.
AGREED = 1e-9
# Half-width of a density's window, in bandwidths, where the cost is the absolute value.
NARROW = 1e-3


@dataclass(frozen=True)
class Trace:
    """A profile from its minimum outwards.

    Attributes
    ----------
    values, rise
        Where the quantity was held, ascending, and S - S0 there, (m,).
    ends
        Where the rise reaches the limit; infinite on a side where it never does.
    converged
        Whether every point of it is a minimum.
    lowest
        The least S - S0: clearly below 0, the optimum that it started from was none.
    """

    values: Array
    rise: Array
    ends: tuple[float, float]
    converged: bool
    lowest: float


def quasi_factor(residual: Array, cost: ResidualLoss, parameters: int) -> float:
    """Return 2 E psi' / E psi^2, which turns a rise of the objective into a chi-square statistic.

    Parameters
    ----------
    residual
        At the optimum, (n,).
    cost
        What a residual costs.
    parameters
        How many were fitted.

    References
    ----------
    S. Heritier and E. Ronchetti (1994), Journal of the American Statistical Association 89,
    897-904. doi:10.1080/01621459.1994.10476822; P. J. Huber and E. M. Ronchetti (2009), Robust
    Statistics, 2nd edition, chapter 13. doi:10.1002/9780470434697

    Examples
    --------
    >>> from theodolite.stats.residual_loss import ResidualLoss
    >>> squares = ResidualLoss("least-squares", np.inf)
    >>> quasi_factor(np.array([1.0, -1.0, 1.0, -1.0]), squares, 2)
    1.0
    """
    spare = max(len(residual) - parameters, 1)
    if cost.objective == "least-squares":
        return 2.0 * spare / float(residual @ residual)
    width = _bandwidth(residual)
    # Absolute values are the limit of Huber's function over d: so are psi and its derivative.
    small = cost.objective == "least-absolute"
    delta = NARROW * width if small else cost.delta
    inside = ndtr((delta - residual) / width) - ndtr((-delta - residual) / width)
    own = 2.0 * ndtr(delta / width) - 1.0
    pull = float(inside.sum() - parameters * own) / spare
    push = float((np.clip(residual, -delta, delta) ** 2).sum()) / spare
    if small:
        pull, push = pull / delta, len(residual) / spare
    return float(2.0 * max(pull, np.finfo(float).tiny) / push)


def trace(held: Held, theta: Array, *, estimate: float, step: float, rise: float, least: float,
          bounds: tuple[float, float]) -> Trace:  # fmt: skip
    """Follow a profile outwards from the optimum until it has risen enough, on both sides.

    Parameters
    ----------
    held
        Minimises with the quantity held.
    theta
        The optimum, (P,): each step starts where the one before it ended.
    estimate, step
        The quantity at the optimum, and about its standard error.
    rise, least
        How far to follow S above its minimum, and that minimum.
    bounds
        Of the quantity: where it stops.
    """
    sides = [_side(held, theta, estimate, sign * step, rise, least, end)
             for sign, end in zip((-1.0, 1.0), bounds, strict=True)]  # fmt: skip
    values = np.concatenate([sides[0].values[::-1], [estimate], sides[1].values])
    rises = np.concatenate([sides[0].rise[::-1], [0.0], sides[1].rise])
    return Trace(
        values,
        rises,
        (sides[0].ends[0], sides[1].ends[0]),
        sides[0].converged and sides[1].converged,
        float(rises.min()),
    )


def _side(
    held: Held, theta: Array, estimate: float, step: float, rise: float, least: float, bound: float
) -> Trace:
    """Walk to one side; the ends hold the crossing once, infinite with the sign of the step."""
    values, rises, good = [], [], True
    inside, there, size = (estimate, 0.0, theta), theta, FIRST_STEP * step
    value, end = estimate, float(np.copysign(np.inf, step))
    stopped = False
    for _ in range(MOST_STEPS):
        value += size
        stopped = value <= bound if step < 0 else value >= bound
        value = bound if stopped else value
        found = _held(held, value, there, theta)
        up, there = float(found.value[0]) - least, found.theta[0]
        good &= bool(found.converged[0])
        if up >= rise and np.isinf(end):
            end = _crossing(partial(_held, held, first=theta), inside, (value, up), rise, least)
            if end != value:  # or the curve would have the point twice
                values.append(end)
                rises.append(rise)
        values.append(value)
        rises.append(up)
        if stopped or up >= FURTHER * rise:
            break
        inside, size = (value, up, there), size * GROWTH
    # A side without an end is one that reached the bound, not one that ran out of steps.
    good &= stopped or bool(np.isfinite(end))
    return Trace(np.array(values), np.array(rises), (end, end), good, 0.0)


def _crossing(
    at: Callable[[float, Array], Minimum],
    inside: tuple[float, float, Array],
    outside: tuple[float, float],
    rise: float,
    least: float,
) -> float:
    """Find where the rise is reached: its root is nearly linear, so false position is fast."""
    near, low, theta = inside
    far, high = outside
    goal = np.sqrt(rise)
    low, high = np.sqrt(max(low, 0.0)), np.sqrt(high)
    for step in range(REFINEMENTS):
        # Every third step halves, in case one end never moves.
        part = 0.5 if step % 3 == 2 else (goal - low) / max(high - low, 1e-300)  # noqa: PLR2004
        value = near + part * (far - near)
        found = at(value, theta)
        root = np.sqrt(max(float(found.value[0]) - least, 0.0))
        if root < goal:
            near, low, theta = value, root, found.theta[0]
        else:
            far, high = value, root
    return float(near + (goal - low) / max(high - low, 1e-300) * (far - near))


def _held(held: Held, value: float, start: Array, first: Array) -> Minimum:
    """Hold the quantity; where the solver gets stuck, begin again elsewhere."""
    found = held(np.array([value]), start[None])
    values = [float(found.value[0])]
    for part in RESTARTS:
        if found.converged[0]:
            return found
        again = held(np.array([value]), (1.0 - part) * found.theta + part * first)
        values.append(float(again.value[0]))
        if again.converged[0] or again.value[0] < found.value[0]:
            found = again
    # At a kink no derivative tells a minimum, but that every way ends there does.
    agreed = max(values) - min(values) <= AGREED * min(values)
    return Minimum(found.theta, found.value, found.converged | agreed)


def _bandwidth(residual: Array) -> float:
    quarter, three = np.quantile(residual, [0.25, 0.75])
    spread = min(float(residual.std(ddof=1)), float(three - quarter) / 1.349)
    return float(max(0.9 * spread * len(residual) ** -0.2, np.finfo(float).tiny))
