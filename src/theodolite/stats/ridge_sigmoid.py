r"""Sigmoids of several features with a ridge, many weightings at once, and the noise about them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y         a score, scaled so that guessing gives 0 and the ceiling 1
z         features (K,)
eta       b_0 + b' z; p = 1 / (1 + exp(-eta))
w         weights of the rows
lambda    precision of the prior of each slope: b_k ~ N(0, 1 / lambda)
tau       standard deviation of eta between models of the same features
sigma     standard deviation of y that does not depend on p
========  ==================================================================================

b minimises sum w (log(1 + exp(eta)) - y eta) + lambda |b|^2 / 2: the binomial likelihood taken as
an estimating equation, convex for any y, so that a score below chance is no trouble. The prior's
mean is no slope at all; the intercept has none but 1e-3, so that the minimum is finite.

The residual y - p has about the variance sigma^2 + (tau p (1 - p))^2; both are found by the
likelihood of Student's t with 5 degrees of freedom on a grid, so that single models do not rule it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from scipy.stats import t as student

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ROBUST", "linear", "noise_of", "ridge_sigmoid"]

STEPS = 100
TOLERANCE = 1e-8
INTERCEPT = 1e-3
HALVINGS = 40
TAUS = np.concatenate([[0.0], np.geomspace(0.03, 3.0, 25)])
SIGMAS = np.geomspace(0.003, 0.3, 20)
ROBUST = 5.0


def linear(features: Array, slopes: Array) -> Array:
    """Return eta, (R, n), of features (R, n, K) and coefficients (R, 1 + K)."""
    eta: Array = slopes[:, :1] + (features @ slopes[:, 1:, None])[:, :, 0]
    return eta


def ridge_sigmoid(features: Array, scores: Array, weights: Array, precision: float) -> Array:
    """Fit a sigmoid for each weighting by Newton's method with halved steps.

    Parameters
    ----------
    features
        z, (R, n, K): those of each weighting.
    scores
        y, (n,).
    weights
        w, (R, n).
    precision
        lambda, positive.

    Returns
    -------
    numpy.ndarray
        b, (R, 1 + K).

    Raises
    ------
    NotConvergedError
        The gradient does not vanish.

    Examples
    --------
    >>> z = np.linspace(-2.0, 2.0, 41)[None, :, None]
    >>> y = expit(0.5 + 2.0 * z[0, :, 0])
    >>> ridge_sigmoid(z, y, np.ones((1, 41)), 1e-9).round(2).tolist()
    [[0.5, 2.0]]
    """
    count, n, k = features.shape
    design = np.concatenate([np.ones((count, n, 1)), features], axis=2)
    ridge = np.concatenate([[INTERCEPT], np.full(k, precision)])
    coefficients = np.zeros((count, 1 + k))

    def cost(at: Array) -> Array:
        eta = linear(features, at)
        losses = weights * (np.logaddexp(0.0, eta) - scores * eta)
        total: Array = losses.sum(axis=1) + 0.5 * (ridge * at**2).sum(axis=1)
        return total

    value = cost(coefficients)
    for _ in range(STEPS):
        p = expit(linear(features, coefficients))
        gradient = ((weights * (p - scores))[:, None, :] @ design)[:, 0] + ridge * coefficients
        curved = design.transpose(0, 2, 1) @ (design * (weights * p * (1.0 - p))[:, :, None])
        step = np.linalg.solve(curved + np.diag(ridge), gradient[:, :, None])[:, :, 0]
        length = np.ones(count)
        for _ in range(HALVINGS):
            new = coefficients - length[:, None] * step
            lower = cost(new)
            worse = ~(lower <= value + 1e-10 * np.abs(value))
            if not worse.any():
                break
            length = np.where(worse, length / 2.0, length)
        coefficients, value = new, lower
        if np.abs(step).max() < TOLERANCE * (1.0 + np.abs(coefficients).max()):
            return coefficients
    raise NotConvergedError("the sigmoid of a target did not converge")


def noise_of(residuals: Array, predicted: Array) -> tuple[float, float]:
    """Return tau and sigma of residuals y - p at predicted p, both (n,).

    Examples
    --------
    >>> p = np.linspace(0.05, 0.95, 400)
    >>> draws = np.random.default_rng(0).standard_normal(400)
    >>> tau, sigma = noise_of(0.5 * p * (1.0 - p) * draws, p)
    >>> 0.3 < tau < 0.6, sigma < 0.02
    (True, True)
    """
    slope = (predicted * (1.0 - predicted)) ** 2
    spread = np.sqrt(SIGMAS[None, :, None] ** 2 + TAUS[:, None, None] ** 2 * slope)
    fits = (student.logpdf(residuals / spread, ROBUST) - np.log(spread)).sum(axis=2)
    row, column = np.unravel_index(int(fits.argmax()), fits.shape)
    return float(TAUS[row]), float(SIGMAS[column])
