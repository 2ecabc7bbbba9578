r"""Curves fitted by least squares with priors on their parameters, many weightings at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     parameters, (R, P): R sets at once
f, J      the curve at its points, (R, n), and its derivatives, (R, P, n)
y, w      what was observed, (n,) or (R, n); weights, (R or 1, n)
m, h      where the prior of each parameter stands, (P,) or (R, P), and its precision, (P,)
========  ==================================================================================

The objective is sum w (y - f)^2 / 2 + sum h (theta - m)^2 / 2, and its curvature is taken as
J w J' + diag(h) (Gauss and Newton), which is never negative: with a prior on every parameter each
weighting has a minimum, however few runs it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from theodolite.stats.log_sum import Linearised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Curve", "Penalised", "Prior"]


class Curve(Protocol):
    """A curve of some parameters at fixed points."""

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Return f (R, n) and J (R, P, n) at (R, P) parameters."""


@dataclass(frozen=True)
class Prior:
    """Normal priors: means, (P,) or (R, P), and standard deviations, (P,)."""

    mean: Array
    sd: Array

    def drawn(self, count: int, generator: np.random.Generator) -> Prior:
        """Draw means: with data drawn too, optima then spread as what the two leave open."""
        noise = generator.standard_normal((count, len(self.sd)))
        return Prior(self.mean + noise * self.sd, self.sd)


@dataclass(frozen=True)
class Penalised:
    """A curve set against observations, with priors.

    Attributes
    ----------
    curve
        The curve, at the points of the observations.
    observed
        (n,), or (R, n) where each parameter set has its own.
    prior
        Of the parameters.
    variance
        Of an observation about the curve: what weighs the data against the prior.
    """

    curve: Curve
    observed: Array
    prior: Prior
    variance: float

    def rows(self, which: slice | NDArray[np.intp]) -> Penalised:
        """Return the problem of some of the parameter sets."""
        out = self
        if self.observed.ndim > 1:
            out = replace(out, observed=self.observed[which])
        if self.prior.mean.ndim > 1:
            out = replace(out, prior=Prior(self.prior.mean[which], self.prior.sd))
        return out

    def value(self, theta: Array, weights: Array, delta: float) -> Array:  # noqa: ARG002
        """Return the objective of each parameter set, (R,); squares have no ``delta``."""
        residual = self.observed - self.curve.at(theta)[0]
        away = theta - self.prior.mean
        total: Array = 0.5 * np.sum(weights * residual * residual, axis=1)
        total += 0.5 * np.sum(self._precision * away * away, axis=1)
        return total

    def linearise(self, theta: Array, weights: Array, delta: float) -> Linearised:
        """Return the objective with its gradient and the curvature of Gauss and Newton."""
        mean, jacobian = self.curve.at(theta)
        away = theta - self.prior.mean
        push = weights * (self.observed - mean)
        gradient = -np.matmul(jacobian, push[:, :, None])[:, :, 0] + self._precision * away
        bent = np.matmul(jacobian * weights[:, None, :], jacobian.transpose(0, 2, 1))
        curvature = bent + np.diag(self._precision)
        return Linearised(self.value(theta, weights, delta), gradient, curvature)

    @property
    def _precision(self) -> Array:
        out: Array = self.variance / (self.prior.sd * self.prior.sd)
        return out
