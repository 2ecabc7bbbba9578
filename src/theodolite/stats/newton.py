r"""Minimising many small smooth problems at once: Newton steps with damping, within bounds.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     parameters, (R, P): R problems at once
g, H      gradient and curvature at theta
s         step: -(V (|e| + c) V')^-1 g in units of the curvature's own diagonal, e and V the
          eigenvalues and vectors of H, c the damping
========  ==================================================================================

A problem has converged when the decrease that its next undamped step promises, g'|H|^-1 g / 2, is
below a part in 1e11 of its objective (or nothing, in data without noise); a parameter that pushes
against its bound counts as fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.log_sum import Linearised

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["EXACT", "Bounds", "Minimum", "Problem", "minimise"]

PROMISE = 1e-11
# Squared residuals of data without noise end here, a run each: nothing is left to gain.
EXACT = 1e-18
MOST_STEPS = 600
# Part of a promised decrease that is good enough to damp less, or so poor that more is needed.
GOOD, POOR = 0.75, 0.1
LEAST_DAMPING = 1e-10
MOST_DAMPING = 1e12


@dataclass(frozen=True)
class Bounds:
    """Where parameters may lie, (P,) each; where ``low`` equals ``high`` one is held fixed."""

    low: Array
    high: Array


class Problem(Protocol):
    """What can be minimised: an objective with two derivatives, for many parameter sets."""

    def rows(self, which: slice | NDArray[np.intp]) -> Problem:
        """Return the problem of some of the parameter sets."""

    def value(self, theta: Array, weights: Array, delta: float) -> Array:
        """Return the objective of each parameter set, (R,)."""

    def linearise(self, theta: Array, weights: Array, delta: float) -> Linearised:
        """Return the objective with its first and second derivatives."""


@dataclass(frozen=True)
class Minimum:
    """Minima of R problems.

    Attributes
    ----------
    theta, value
        (R, P) and (R,).
    converged
        Whether each stands at a minimum, (R,).
    """

    theta: Array
    value: Array
    converged: Mask


def minimise(model: Problem, start: Array, weights: Array, delta: float, bounds: Bounds) -> Minimum:
    """Minimise the Huber objective from each start.

    Parameters
    ----------
    model
        What is fitted.
    start
        (R, P).
    weights
        (R, n), or (1, n) where all problems share them.
    delta
        Where squares end.
    bounds
        Of the parameters: (P,), or (R, P) each.
    """
    theta = np.clip(start, bounds.low, bounds.high)
    value = model.value(theta, weights, delta)
    converged = np.zeros(len(theta), dtype=bool)
    damping = np.full(len(theta), 1e-3)
    active = np.arange(len(theta))
    low = np.broadcast_to(bounds.low, theta.shape)
    high = np.broadcast_to(bounds.high, theta.shape)
    for _ in range(MOST_STEPS):
        if not len(active):
            break
        own, rows = _of(weights, active), model.rows(active)
        here = rows.linearise(theta[active], own, delta)
        free = _free(theta[active], here.gradient, low[active], high[active])
        step, done = _step(here, free, damping[active], EXACT * own.sum(axis=1))
        there = np.clip(theta[active] + step, low[active], high[active])
        reached = rows.value(there, own, delta)
        better = reached < here.value
        gain = (here.value - reached) / np.maximum(_promised(here, step), np.finfo(float).tiny)
        theta[active] = np.where(better[:, None], there, theta[active])
        value[active] = np.where(better, reached, here.value)
        damping[active] *= np.select([~better, gain < POOR, gain > GOOD], [6.0, 3.0, 0.15], 1.0)
        damping[active] = np.maximum(damping[active], LEAST_DAMPING)
        converged[active] = done
        active = active[~done & (damping[active] < MOST_DAMPING)]
    return Minimum(theta, value, converged)


def _of(weights: Array, rows: NDArray[np.intp]) -> Array:
    return weights if len(weights) == 1 else weights[rows]


def _free(theta: Array, gradient: Array, low: Array, high: Array) -> Mask:
    """Return which parameters do not push against a bound."""
    held: Mask = ((theta <= low) & (gradient >= 0)) | ((theta >= high) & (gradient <= 0))
    return ~held


def _step(here: Linearised, free: Mask, damping: Array, enough: Array) -> tuple[Array, Mask]:
    """Return damped steps, and whether the undamped ones promise nothing more."""
    count = free.shape[1]
    gradient = np.where(free, here.gradient, 0.0)
    both = free[:, :, None] & free[:, None, :]
    curvature = np.where(both, here.curvature, np.eye(count))
    spread = np.sqrt(np.maximum(np.abs(np.einsum("rpp->rp", curvature)), 1e-30))
    scaled = curvature / (spread[:, :, None] * spread[:, None, :])
    eigenvalues, vectors = np.linalg.eigh(scaled)
    size = np.maximum(np.abs(eigenvalues), 1e-14)
    along = np.einsum("rpq,rp->rq", vectors, gradient / spread)
    promise = 0.5 * np.sum(along * along / size, axis=1)
    step = -np.einsum("rpq,rq->rp", vectors, along / (size + damping[:, None])) / spread
    return step, promise <= PROMISE * here.value + enough


def _promised(here: Linearised, step: Array) -> Array:
    """Return the decrease that the quadratic model promises for a step."""
    bent = np.einsum("rp,rpq,rq->r", step, here.curvature, step)
    promised: Array = -np.einsum("rp,rp->r", here.gradient, step) - 0.5 * bent
    return promised
