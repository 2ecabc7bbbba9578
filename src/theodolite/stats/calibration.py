"""Whether predicted probabilities are too bold or too timid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.functions import sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["calibration_slope"]

MOST_STEPS = 50
TOLERANCE = 1e-10


def calibration_slope(p: Floats, y: Floats) -> tuple[float, float]:
    """Fit logit E[y] = b * logit(p), and give b with its robust standard error.

    Parameters
    ----------
    p
        Predictions strictly between 0 and 1, (N,).
    y
        What happened, in [0, 1], (N,).

    Raises
    ------
    NotConvergedError
        All predictions are 1/2, or they are never wrong.

    References
    ----------
    D. R. Cox (1958), Biometrika 45, 562-565. doi:10.1093/biomet/45.3-4.562

    Examples
    --------
    >>> p = np.tile([0.2, 0.8], 50)
    >>> y = np.concatenate([np.tile([0.0, 1.0], 40), np.tile([1.0, 0.0], 10)])
    >>> slope, error = calibration_slope(p, y)
    >>> round(slope, 6)
    1.0
    """
    x = np.log(p) - np.log1p(-p)
    slope = 1.0
    for _ in range(MOST_STEPS):
        fitted = sigmoid(slope * x)
        information = float((fitted * (1.0 - fitted)) @ (x * x))
        if not information > 0.0:
            break
        step = float(x @ (y - fitted)) / information
        slope += float(np.clip(step, -1.0, 1.0))
        if abs(step) < TOLERANCE:
            residual = x * (y - sigmoid(slope * x))
            return slope, float(np.sqrt(residual @ residual)) / information
    raise NotConvergedError("the predictions do not vary, or are never wrong: no slope to estimate")
