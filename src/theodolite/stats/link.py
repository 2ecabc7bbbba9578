r"""Curves of accuracy: of a task's loss, or of counts of parameters, tokens or FLOPs.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
L, z      loss, and (centre - L) / spread: it rises as the loss falls
c, u      what guessing scores; the most that training reaches
s         1 / (1 + exp(-t))
x_k       centred log of a count
========  ==================================================================================

``Sigmoid``: c + (u - c) s(t), t = a + b z. ``Exponential``: c + exp(a + b z), the error of which
falls as eps - k exp(-gamma L). ``Powers``: c + (u - c) s(t), t = a - sum_k exp(A_k - g_k x_k), a
power law within the logistic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Exponential", "Powers", "Sigmoid"]

# exp(3) above the floor is no accuracy: it bounds overflow alone.
MOST = 3.0


@dataclass(frozen=True)
class Sigmoid:
    """Accuracy as a logistic of ``z``, (n,) or (R, n); parameters a, b, c, u."""

    z: Array

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Return the curve and its derivatives."""
        a, b, low, high = (theta[:, [k]] for k in range(4))
        share = expit(a + b * self.z)
        slope = (high - low) * share * (1.0 - share)
        parts = (slope, slope * self.z, 1.0 - share, share)
        return low + (high - low) * share, np.stack(parts, axis=1)


@dataclass(frozen=True)
class Exponential:
    """Accuracy as an exponential of ``z``, (n,) or (R, n); parameters a, b, c."""

    z: Array

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Return the curve and its derivatives."""
        a, b, low = (theta[:, [k]] for k in range(3))
        rise = np.exp(np.minimum(a + b * self.z, MOST))
        return low + rise, np.stack((rise, rise * self.z, np.ones_like(rise)), axis=1)


@dataclass(frozen=True)
class Powers:
    """Accuracy as a logistic of a power law in ``logs``, (K, n).

    Parameters a, then A_k and g_k for each count, then c, u.
    """

    logs: Array

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Return the curve and its derivatives."""
        inside = np.repeat(theta[:, [0]], self.logs.shape[1], axis=1)
        powers = []
        for k, log in enumerate(self.logs):
            size, exponent = theta[:, [1 + 2 * k]], theta[:, [2 + 2 * k]]
            powers.append(np.exp(np.clip(size - exponent * log, -700.0, 30.0)))
            inside -= powers[-1]
        low, high = theta[:, [-2]], theta[:, [-1]]
        share = expit(inside)
        slope = (high - low) * share * (1.0 - share)
        parts = [slope]
        for log, power in zip(self.logs, powers, strict=True):
            parts += [-slope * power, slope * power * log]
        parts += [1.0 - share, share]
        return low + (high - low) * share, np.stack(parts, axis=1)
