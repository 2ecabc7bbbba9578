"""What a residual costs: squares, Huber's function, absolute values.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
r         residual
d         delta: below it squares, beyond it absolute values
========  ==================================================================================

Huber's function is r^2 / 2 where abs(r) <= d, and d (abs(r) - d / 2) beyond. Least squares is its
limit of d without end, r^2 / 2. Least absolute deviations, abs(r), are the limit of Huber / d for
d to 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["OBJECTIVES", "Objective", "ResidualLoss"]

Objective = Literal["huber", "least-squares", "least-absolute"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
# Absolute values have no derivative at 0. Their minimum is approached through these.
TOWARDS_ABSOLUTE = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class ResidualLoss:
    """One way to weigh residuals.

    Attributes
    ----------
    objective
        ``huber``, ``least-squares`` or ``least-absolute``.
    delta
        Where Huber's function turns from squares to absolute values; infinite for squares.

    Examples
    --------
    >>> ResidualLoss("huber", 0.5).total(np.array([0.2, -2.0])).item()
    0.895
    """

    objective: Objective
    delta: float

    @property
    def stages(self) -> tuple[float, ...]:
        """The deltas at which to minimise, one after the other."""
        return TOWARDS_ABSOLUTE if self.objective == "least-absolute" else (self.delta,)

    def value(self, residual: Array) -> Array:
        """Return the cost of each residual."""
        size = np.abs(residual)
        if self.objective == "least-absolute":
            return size
        return smooth_value(size, self.delta)

    def total(self, residual: Array, weights: Array | None = None) -> Array:
        """Return the sum over the last axis, weighted."""
        cost = self.value(residual)
        total: Array = np.sum(cost if weights is None else cost * weights, axis=-1)
        return total


def smooth_value(size: Array, delta: float) -> Array:
    """Return Huber's function of absolute residuals."""
    within = np.minimum(size, delta)
    return within * (size - 0.5 * within)
