r"""A curve of accuracy, its priors, and its fit to runs and to their resamples.

The priors are normal and weak, but for a floor that is known: without them a ceiling that no run
comes near, or an exponent within the noise, would be whatever fits the noise best. Each draw moves
the priors as it moves the runs, so that what the runs leave open stays open in the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from theodolite.stats.newton import Bounds, minimise
from theodolite.stats.penalised import Penalised, Prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import Points
    from theodolite.stats.penalised import Curve

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["PATHS", "Evidence", "Fit", "PathName", "fit_curve", "prior_of", "widened"]

PathName = Literal["sigmoid", "exponential", "ladder", "direct", "compute"]
PATHS: tuple[PathName, ...] = get_args(PathName)

# Standard deviations of the priors: of a ceiling below 1, of a known and of an unknown floor.
CEILING_SD, KNOWN_SD, FREE_SD = 0.25, 0.03, 0.10
LEAST_GAP = 0.05
# As good as none.
FLAT_SD = 1e3
LEAST_VARIANCE = 1e-10
PASSES = 3


@dataclass(frozen=True)
class Evidence:
    """The runs of one task: points, task loss and accuracy, (n,), and what guessing scores."""

    points: Points
    loss: Array
    accuracy: Array
    chance: float | None

    def at_rows(self, rows: NDArray[np.intp]) -> Evidence:
        """Take some of the runs."""
        return replace(
            self,
            points=self.points.at_rows(rows),
            loss=self.loss[rows],
            accuracy=self.accuracy[rows],
        )


@dataclass(frozen=True)
class Fit:
    """A curve of accuracy, fitted: parameters (P,), draws (R, P), residuals (n,), widened."""

    theta: Array
    draws: Array
    scatter: Array
    converged: Mask


def _floor(evidence: Evidence) -> tuple[float, float]:
    """Where the floor is thought to be, and how surely."""
    if evidence.chance is not None:
        return evidence.chance, KNOWN_SD
    lowest, spread = float(evidence.accuracy.min()), float(np.ptp(evidence.accuracy))
    return max(lowest - 0.25 * spread, 0.0), FREE_SD


@dataclass(frozen=True)
class _Start:
    """A prior with the bounds and starts of its curve."""

    prior: Prior
    bounds: Bounds
    starts: Array


def prior_of(name: PathName, evidence: Evidence) -> _Start:
    """Return the priors, bounds and starts of a way's curve of accuracy."""
    low, low_sd = _floor(evidence)
    ends = [(low, low_sd, 0.0, 0.95), (1.0, CEILING_SD, low + LEAST_GAP, 1.0)]
    if name in ("sigmoid", "ladder"):
        rows = [(0.0, 4.0, -12.0, 12.0), (1.0, 2.0, 0.0, 12.0), *ends]
        guess = [(-2.0, 0.0, 1.0), (0.5, 1.5)]
    elif name == "exponential":
        rows = [(-1.5, 2.0, -9.0, 2.0), (0.5, 1.0, 0.0, 6.0), ends[0]]
        guess = [(-2.5, -1.0), (0.3, 1.0)]
    else:
        power = [(0.5, 1.5, -8.0, 4.0), (0.25, 0.15, 0.02, 1.5)]
        counts = 2 if name == "direct" else 1
        rows = [(1.5, 2.0, -6.0, 8.0), *(power * counts), *ends]
        guess = [(0.5, 2.0), *([(0.0, 1.0), (0.15, 0.4)] * counts)]
    if name == "ladder":
        rows = [(mean, FLAT_SD, least, most) for mean, _, least, most in rows]
    mean, sd, least, most = (np.array(column) for column in zip(*rows, strict=True))
    grid = np.stack(np.meshgrid(*guess, indexing="ij"), axis=-1).reshape(-1, len(guess))
    tail = np.broadcast_to(mean[len(guess) :], (len(grid), len(mean) - len(guess)))
    return _Start(Prior(mean, sd), Bounds(least, most), np.hstack([grid, tail]))


def fit_curve(
    curve: Curve,
    accuracy: Array,
    start: _Start,
    weights: Array,
    generator: np.random.Generator,
    noise: Array | None,
) -> Fit:
    """Fit a curve by its prior and the runs, and each weighting of the runs by a prior drawn."""
    one = np.ones((1, len(accuracy)))
    variance = float(accuracy.var()) * 0.05 + LEAST_VARIANCE
    begin = start.starts
    for _ in range(PASSES):
        model = Penalised(curve, accuracy, start.prior, variance)
        found = minimise(model, begin, one, np.inf, start.bounds)
        theta = found.theta[int(np.argmin(found.value))]
        residual = accuracy - curve.at(theta[None])[0][0]
        held = _held(curve, theta, start.prior, variance)
        variance = float(residual @ residual) / max(len(accuracy) - held, 1.0) + LEAST_VARIANCE
        begin = theta[None]
    observed = accuracy
    if noise is not None:
        observed = curve.at(theta[None])[0] + np.sqrt(variance) * noise[1]
    drawn = Penalised(curve, observed, start.prior.drawn(len(weights), generator), variance)
    draws = minimise(drawn, np.repeat(theta[None], len(weights), 0), weights, np.inf, start.bounds)
    return Fit(theta, draws.theta, widened(residual, held), draws.converged)


def _held(curve: Curve, theta: Array, prior: Prior, variance: float) -> float:
    """Return how many parameters the runs, rather than the priors, determine."""
    jacobian = curve.at(theta[None])[1][0]
    gram = jacobian @ jacobian.T / variance
    return float(np.trace(np.linalg.solve(gram + np.diag(prior.sd**-2.0), gram)))


def widened(residual: Array, parameters: float) -> Array:
    """Widen residuals to what new runs show: as :attr:`ScalingFit.scatter` does for squares."""
    n = len(residual)
    out: Array = residual * (n / max(n - parameters, 1.0))
    return out
