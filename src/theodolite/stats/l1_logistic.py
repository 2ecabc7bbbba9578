r"""Logistic regressions with an L1 penalty, many at once: designs, weightings and costs.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y      rows (B, N, P) of B designs, and what happened, in [0, 1], (B, N)
s         weights of the rows under F weightings, (B, F, N), or (1, F, N) for all designs
C         cost: what the loss counts beside the penalty
w         coefficients (P,), none of them free of the penalty
g, H      gradient and curvature of the loss at w
z         minimiser of the penalised quadratic model at w
========  ==================================================================================

Each problem minimises

    |w|_1 + C sum s (log(1 + exp(x'w)) - y x'w),

which is the objective of LIBLINEAR's L1-penalised logistic regression without an intercept, with a
row of outcome y standing for two: one of outcome 1 and weight s y, one of 0 and s (1 - y).

Steps go to z. The objective is convex along a step, so its slope at the end tells whether the step
went too far: no objective is evaluated. A step is shortened until the slope there is at most a
tenth of the slope at its start, in size. Costs are fitted in order, each from the last.

References
----------
R.-E. Fan, K.-W. Chang, C.-J. Hsieh, X.-R. Wang and C.-J. Lin (2008), J. Mach. Learn. Res. 9,
1871-1874; G.-X. Yuan, C.-H. Ho and C.-J. Lin (2012), J. Mach. Learn. Res. 13, 1999-2030
(proximal Newton steps).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.l1_quadratic import minimise_l1_quadratic
from theodolite.stats.soft_rows import Slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.soft_rows import SoftRows

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["L1Path", "l1_logistic", "l1_residual"]

MOST_STEPS = 200
# Of a residual, relative to the largest that its parts could make.
TOLERANCE = 1e-10
ROUNDING = 1e-13
TOO_FAR = 0.1


@dataclass(frozen=True)
class L1Path:
    """Coefficients along the costs.

    Attributes
    ----------
    coefficients
        w, (B, F, K, P): designs, weightings, costs, features.
    residual
        How far each is from the conditions of an optimum, relative, (B, F, K).
    evaluations
        How often a gradient was taken, over all designs and weightings.
    """

    coefficients: Floats
    residual: Floats
    evaluations: int


def l1_logistic(
    own: SoftRows, costs: Floats, *, shared: SoftRows | None = None, start: Floats | None = None
) -> L1Path:
    """Fit each design under each weighting at each cost, to the optimum.

    Parameters
    ----------
    own
        The rows of each design; those that a weighting leaves out have weight 0 there.
    costs
        C, positive: (K,), the same for all designs, or (B, K). Ascending is fastest.
    shared
        Rows that all designs have, one design of them, with as many weightings.
    start
        Where the first cost starts, (B, F, P), near the optimum; from 0 where left out. A start
        so far off that all curvature has vanished ends in an error.

    Raises
    ------
    NotConvergedError
        A problem's residual stays above 1e-10.

    Examples
    --------
    Twelve rows say 1 with probability 3/4. A small cost leaves the coefficient at 0; else, with
    p the fitted probability, C 12 (3/4 - p) = 1:

    >>> from theodolite.stats.soft_rows import SoftRows
    >>> rows = SoftRows(np.ones((1, 12, 1)), np.full((1, 12), 0.75), np.ones((1, 1, 12)))
    >>> w = l1_logistic(rows, np.array([0.1, 1.0])).coefficients.ravel()
    >>> w.round(4), (12 * (0.75 - 1 / (1 + np.exp(-w[1:])))).round(9)
    (array([0.    , 0.6931]), array([1.]))
    """
    slopes = Slopes.of(own, shared)
    designs, weightings, count = slopes.size.shape
    costs = np.broadcast_to(costs, (designs, np.shape(costs)[-1]))
    found = np.empty((designs, weightings, costs.shape[1], count))
    residual = np.empty(found.shape[:3])
    here = _Here.at(slopes, np.zeros_like(slopes.size) if start is None else start)
    for k in range(costs.shape[1]):
        residual[:, :, k] = _descend(slopes, here, costs[:, k, None])
        found[:, :, k] = here.w
    return L1Path(found, residual, here.evaluations)


def l1_residual(w: Floats, gradient: Floats, size: Floats) -> Floats:
    """Give the largest violation of the optimality conditions, relative to what could be.

    Where w_j is not 0, the gradient of C times the loss must be -sign(w_j), and within [-1, 1]
    where it is 0.

    Parameters
    ----------
    w, gradient
        Coefficients and C g, (..., P).
    size
        C times the sum of s |x| of each feature: what the gradient could be at most.

    Examples
    --------
    >>> l1_residual(np.array([0.5, 0.0]), np.array([-1.0, 0.9]), np.array([9.0, 9.0]))
    np.float64(0.0)
    """
    gap = np.where(w == 0.0, np.maximum(np.abs(gradient) - 1.0, 0.0), gradient + np.sign(w))
    worst: Floats = np.max(np.abs(gap) / (1.0 + size), axis=-1)
    return worst


@dataclass
class _Here:
    """Where each problem stands, with the loss's slopes there."""

    w: Floats
    gradient: Floats
    curvature: Floats
    evaluations: int

    @classmethod
    def at(cls, slopes: Slopes, w: Floats) -> _Here:
        gradient, curvature = slopes.at(w)
        return cls(w.copy(), gradient, curvature, w.shape[0] * w.shape[1])


def _descend(slopes: Slopes, here: _Here, cost: Floats) -> Floats:
    """Move every problem to its optimum at its cost, (B, 1), and give the residuals."""
    size = cost[:, :, None] * slopes.size
    cost = np.broadcast_to(cost, size.shape[:2])
    part = np.ones(cost.shape)
    for _ in range(MOST_STEPS):
        residual = l1_residual(here.w, cost[:, :, None] * here.gradient, size)
        going = residual > TOLERANCE
        if not going.any():
            return residual
        step, falls = _step(here, cost, size, going)
        designs: Flags = np.any(going, axis=1)
        trial = here.w + part[:, :, None] * step
        gradient, curvature = slopes.at(trial, designs)
        here.evaluations += int(designs.sum()) * cost.shape[1]
        rises = _slope(trial, cost[:, :, None] * gradient, step, -1.0)
        noise = ROUNDING * np.sum((1.0 + size) * np.abs(step), axis=-1)
        taken = going & (rises <= TOO_FAR * -falls + noise)
        here.w[taken] = trial[taken]
        here.gradient[taken] = gradient[taken]
        here.curvature[taken] = curvature[taken]
        far = going & ~taken
        part[taken] = 1.0
        # Where the slope would vanish if it changed evenly.
        part[far] *= np.clip(falls[far] / (falls[far] - rises[far]), 0.05, 0.7)
    raise NotConvergedError(
        f"{int(going.sum())} of {going.size} penalised logistic regressions did not converge "
        f"within {MOST_STEPS} steps"
    )


def _step(here: _Here, cost: Floats, size: Floats, going: Flags) -> tuple[Floats, Floats]:
    """Give the way to each model's minimiser, and the objective's slope along it at its start."""
    step = np.zeros_like(here.w)
    falls = np.zeros(cost.shape)
    w, c = here.w[going], cost[going][:, None]
    gradient, curvature = c * here.gradient[going], c[:, :, None] * here.curvature[going]
    to = minimise_l1_quadratic(w, gradient, curvature, size[going])
    step[going] = to - w
    falls[going] = _slope(w, gradient, to - w, 1.0)
    return step, falls


def _slope(w: Floats, gradient: Floats, step: Floats, side: float) -> Floats:
    """Give the slope of the objective along a step: ahead of w (side 1), or behind it (-1)."""
    bent = np.where(w == 0.0, side * np.abs(step), np.sign(w) * step)
    slope: Floats = np.sum(gradient * step + bent, axis=-1)
    return slope
