r"""Logistic regression with a Gaussian prior on each coefficient.

======== ===============================================================
symbol   meaning
======== ===============================================================
X, y     design (N, P), what happened in [0, 1] (N,)
w        weights (N,)
lambda   precision of the prior of each coefficient (P,), 0 for a flat one
beta     coefficients (P,), the mode of the posterior
======== ===============================================================

beta maximises the sum of w (y log p + (1 - y) log(1 - p)) - lambda beta^2 / 2 with
p = sigmoid(X beta).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.functions import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["logistic"]

MOST_STEPS = 100
MOST_HALVINGS = 40
TOLERANCE = 1e-9
FLAT = 1e-7


def logistic(x: Floats, y: Floats, weights: Floats, precision: Floats) -> Floats:
    """Fit the posterior mode by Newton's method with halved steps.

    Parameters
    ----------
    x, y, weights
        The design (N, P), outcomes in [0, 1] (N,), and how often each row counts (N,).
    precision
        Of the prior of each coefficient, at least 0 (P,).

    Returns
    -------
    numpy.ndarray
        The coefficients (P,).

    Raises
    ------
    NotConvergedError
        A coefficient with a flat prior has no finite optimum, or the design is collinear there.

    References
    ----------
    D. R. Cox (1958), J. R. Stat. Soc. B 20, 215-242. doi:10.1111/j.2517-6161.1958.tb00292.x

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> beta = logistic(x, np.array([0.2, 0.5]), np.array([10.0, 10.0]), np.zeros(2))
    >>> np.round(beta, 4)
    array([-1.3863,  1.3863])
    """
    beta = np.zeros(x.shape[1])
    value = _value(beta, x, y, weights, precision)
    for _ in range(MOST_STEPS):
        p = sigmoid(x @ beta)
        gradient = x.T @ (weights * (y - p)) - precision * beta
        hessian = x.T @ (x * (weights * p * (1.0 - p))[:, None]) + np.diag(precision)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break
        decrement = float(gradient @ step)
        if not np.isfinite(decrement):
            break
        if decrement < TOLERANCE:
            if _is_flat(hessian, x, weights, precision):
                break
            return beta
        for halving in range(MOST_HALVINGS):
            candidate = beta + step * 0.5**halving
            better = _value(candidate, x, y, weights, precision)
            if better >= value:
                beta, value = candidate, better
                break
    raise NotConvergedError("the outcomes are separated or the design is collinear: no optimum")


def _is_flat(hessian: Floats, x: Floats, weights: Floats, precision: Floats) -> bool:
    """Whether the curvature has all but vanished in some direction: its optimum is at infinity."""
    most = np.sqrt(0.25 * (weights @ (x * x)) + precision)
    scaled = hessian / np.outer(most, most)
    return bool(np.linalg.eigvalsh(scaled)[0] < FLAT)


def _value(beta: Floats, x: Floats, y: Floats, weights: Floats, precision: Floats) -> float:
    eta = x @ beta
    likelihood = weights @ (y * log_sigmoid(eta) + (1.0 - y) * log_sigmoid(-eta))
    return float(likelihood - 0.5 * precision @ (beta * beta))
