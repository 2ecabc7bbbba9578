r"""Draws of E as wide as few runs leave it.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
n, P      runs, and parameters of the law
w         (n / (n - P))^(1/2)
========  ==================================================================================

Residuals that P parameters were fitted to are too small by (1 - P / n)^(1/2), and so is the spread
of resamples about the estimate. Draws of the noise are of residuals that were widened already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.result import Estimate, ScalingFit

    Array = NDArray[np.float64]

__all__ = ["floor_draws", "floor_of", "widening"]


def widening(found: ScalingFit) -> float:
    """Return w of a fit."""
    if found.fitted.of_noise:
        return 1.0
    spare = max(found.n - len(found.law.parameters), 1)
    return float(np.sqrt(found.n / spare))


def floor_draws(found: ScalingFit) -> Array:
    """Return the draws of E about its estimate, (R,); none is below 0."""
    at = found.law.floor
    assert at is not None  # noqa: S101  (only laws with a floor come here)
    middle = found.fitted.theta[at]
    wide: Array = middle + widening(found) * (found.fitted.draws[:, at] - middle)
    return np.maximum(wide, 0.0)


def floor_of(found: ScalingFit) -> Estimate:
    """Return E with its interval."""
    at = found.law.floor
    assert at is not None  # noqa: S101  (only laws with a floor come here)
    return found.interval(found.fitted.theta[at], floor_draws(found))
