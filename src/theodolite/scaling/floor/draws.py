"""Draws of E as wide as few runs leave it; none is below 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.result import Estimate, ScalingFit

    Array = NDArray[np.float64]

__all__ = ["floor_draws", "floor_of"]


def floor_draws(found: ScalingFit) -> Array:
    """Return the draws of E about its estimate, (R,); none is below 0."""
    at = found.law.floor
    assert at is not None  # noqa: S101  (only laws with a floor come here)
    middle = found.fitted.theta[at]
    wide: Array = middle + found.widening * (found.fitted.draws[:, at] - middle)
    return np.maximum(wide, 0.0)


def floor_of(found: ScalingFit) -> Estimate:
    """Return E with its interval."""
    at = found.law.floor
    assert at is not None  # noqa: S101  (only laws with a floor come here)
    return found.interval(found.fitted.theta[at], floor_draws(found))
