r"""Fits from many starts, and of many resamples, each as one batch.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     inner parameters of a law, (R, P)
w         weights of the runs, (R, n)
========  ==================================================================================

The starts are a grid over the exponents; given those the coefficients enter linearly and come from
weighted least squares (variable projection), so that only the exponents are guessed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.newton import EXACT, Bounds, Minimum, minimise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.stats.log_sum import LogSum
    from theodolite.stats.residual_loss import ResidualLoss

    Array = NDArray[np.float64]

__all__ = ["Best", "best_of", "projected_starts", "refit", "resample_weights", "solve"]

# A start has arrived when its objective is within this part of the best one.
ARRIVED = 1e-6
WORKERS = 2
# Elements of a batch's widest array: it should stay in the processor's cache.
ROOM = 50_000
LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Best:
    """The best minimum found.

    Attributes
    ----------
    theta, value
        (P,), and the objective there.
    converged
        Whether it is a minimum by its own derivatives.
    starts, arrived
        How many starts there were, and how many reached it.
    """

    theta: Array
    value: float
    converged: bool
    starts: int
    arrived: int


def projected_starts(
    model: LogSum, grid: Array, linear: Sequence[int], *, constant: int | None = None
) -> Array:
    """Give each start of a grid the coefficients that fit best for its exponents.

    Parameters
    ----------
    model
        What is fitted.
    grid
        (S, P); what stands at the ``linear`` parameters is not used.
    linear
        Which parameters are coefficients of the terms, in the order of the terms.
    constant
        Which of them is a coefficient itself, not its log; ``None`` where none is.
    """
    start = grid.copy()
    start[:, list(linear)] = 0.0
    if constant is not None:
        start[:, constant] = 1.0
    shapes = np.stack([np.exp(term.at(start).u) for term in model.terms], axis=1)
    shapes = np.broadcast_to(shapes, (len(start), len(linear), len(model.loss))) / model.loss
    gram = shapes @ shapes.transpose(0, 2, 1)
    right = shapes.sum(axis=2)
    ridge = 1e-10 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(len(linear))
    found = np.linalg.solve(gram + ridge, right[:, :, None])[:, :, 0]
    # A coefficient below zero is no coefficient: start from a small share of the loss.
    least = LEAST_SHARE / np.maximum(shapes.mean(axis=2), 1e-300)
    found = np.maximum(found, least)
    logs = [at != constant for at in linear]
    start[:, list(linear)] = np.where(logs, np.log(found), found)
    return start


def solve(
    model: LogSum, starts: Array, weights: Array, cost: ResidualLoss, bounds: Bounds
) -> Minimum:
    """Minimise through the stages of an objective; values are of the objective itself."""
    theta = starts
    for delta in cost.stages:
        found = minimise(model, theta, weights, delta, bounds)
        theta = found.theta
    if cost.objective != "least-absolute":
        return found
    residual = model.residuals(theta)
    value = cost.total(residual, np.broadcast_to(weights, residual.shape))
    return Minimum(theta, value, found.converged)


def best_of(
    model: LogSum, starts: Array, weights: Array, cost: ResidualLoss, bounds: Bounds
) -> Best:
    """Fit one sample from many starts; ``weights`` is (1, n)."""
    found = solve(model, starts, weights, cost, bounds)
    # A value of NaN is no value; a start that stopped between minima is still a bound.
    value = np.where(np.isfinite(found.value), found.value, np.inf)
    first = int(np.argmin(np.where(found.converged, value, np.inf)))
    lowest = int(np.argmin(value))
    if not found.converged[first] or value[lowest] < value[first] * (1.0 - ARRIVED):
        first = lowest
    arrived = value <= value[first] * (1.0 + ARRIVED) + EXACT * weights.sum()
    return Best(
        found.theta[first],
        float(value[first]),
        bool(found.converged[first]),
        len(starts),
        int(arrived.sum()),
    )


def refit(
    model: LogSum, start: Array, weights: Array, cost: ResidualLoss, bounds: Bounds
) -> Minimum:
    """Fit many weightings of one sample, each from the same start (P,) or its own (R, P)."""
    starts = np.broadcast_to(start, (len(weights), start.shape[-1])).copy()
    size = max(1, ROOM // model.loss.shape[-1])
    blocks = [slice(at, at + size) for at in range(0, len(weights), size)]

    def run(block: slice) -> Minimum:
        return solve(model.rows(block), starts[block], weights[block], cost, bounds)

    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(run, blocks))
    return Minimum(
        np.concatenate([part.theta for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.converged for part in parts]),
    )


def resample_weights(
    groups: NDArray[np.intp], n_resamples: int, generator: np.random.Generator
) -> Array:
    """Draw groups with replacement and return how often each run is in, (R, n).

    Parameters
    ----------
    groups
        The group of each run, from 0: every run its own, or its family.
    n_resamples, generator
        How many draws, and of what.
    """
    count = int(groups.max()) + 1
    drawn = generator.multinomial(count, np.full(count, 1.0 / count), size=n_resamples)
    return drawn[:, groups].astype(np.float64)
