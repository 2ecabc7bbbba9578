r"""Where an optimiser with loose tolerances stops: L-BFGS-B with the defaults of SciPy.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     parameters, (S, P): S starts
r, psi    residuals, and the derivative of their cost
J         derivative of the prediction, (P, n)
========  ==================================================================================

The gradient is -J psi, summed over runs or averaged. L-BFGS-B stops when no component of it is
above 1e-5, or when a step gains less than about 2e-9 of max(S, 1): absolute limits, so that the
average over runs of a cost as small as Huber's at a delta of 1e-3 stops far from the minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.log_sum import LogSum
    from theodolite.stats.residual_loss import ResidualLoss

    Array = NDArray[np.float64]

__all__ = ["Stopped", "stopped"]


@dataclass(frozen=True)
class Stopped:
    """Where it stopped, from each start: (S, P), and the sum of the costs there, (S,)."""

    theta: Array
    value: Array

    @property
    def best(self) -> Array:
        """The end of least cost, (P,)."""
        out: Array = self.theta[int(np.argmin(self.value))]
        return out


def stopped(
    model: LogSum, starts: Array, cost: ResidualLoss, *, keep: NDArray[np.bool_], mean: bool
) -> Stopped:
    """Run L-BFGS-B from each start, with exact gradients and default tolerances.

    Parameters
    ----------
    model, cost
        What is fitted, and what a residual costs.
    starts
        (S, P).
    keep
        Which runs count, (n,).
    mean
        Average the cost over the runs, rather than sum it.

    References
    ----------
    R. H. Byrd, P. Lu, J. Nocedal and C. Zhu (1995), SIAM Journal on Scientific Computing 16,
    1190-1208. doi:10.1137/0916069
    """
    weight = keep / keep.sum() if mean else keep.astype(np.float64)

    def objective(theta: Array) -> tuple[float, Array]:
        residual = model.residuals(theta[None])[0]
        push = np.sign(residual)
        if cost.objective != "least-absolute":
            push = np.clip(residual, -cost.delta, cost.delta)
        gradient = -(model.jacobian(theta[None])[0] @ (weight * push))
        return float(cost.total(residual, weight)), gradient

    ends = [minimize(objective, start, jac=True, method="L-BFGS-B").x for start in starts]
    theta = np.array(ends)
    value = cost.total(model.residuals(theta), keep.astype(np.float64))
    return Stopped(theta, np.where(np.isfinite(value), value, np.inf))
