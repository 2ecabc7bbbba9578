r"""Ways from what a run cost to the accuracy that it reaches.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, FLOPs
L         loss on the task, or on an evaluation text
c, u      accuracy of guessing; the most that training reaches
e1, e2    scatter of a run about the law of its loss, and about the link of its accuracy
========  ==================================================================================

``sigmoid`` and ``exponential`` take two steps: L = E + A / N^alpha + B / D^beta, then accuracy
from L. ``direct`` and ``compute`` take one: a power law of N and D, or of C, within a logistic.

The runs are drawn once for both steps. Where data say nothing of c, u or an exponent, a prior does;
each draw moves the priors too, so that the intervals hold what the runs leave open. A new run
scatters about both steps, and its two residuals are drawn together, from one run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np

from theodolite.errors import NotConvergedError, TooFewError
from theodolite.scaling.fit import optimum
from theodolite.scaling.identify import held_share, require_design
from theodolite.scaling.laws import law_named
from theodolite.scaling.result import ENOUGH_HELD
from theodolite.stats.link import Exponential, Powers, Sigmoid
from theodolite.stats.multistart import refit, resample_weights
from theodolite.stats.newton import Bounds, minimise
from theodolite.stats.penalised import Penalised, Prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.fit import Optimum
    from theodolite.scaling.laws import Centre, Law, Points
    from theodolite.scaling.recipe import Recipe
    from theodolite.stats.penalised import Curve

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["PATHS", "Drawn", "Evidence", "Path", "PathName", "TwoSteps", "fit_path"]

PathName = Literal["sigmoid", "exponential", "direct", "compute"]
PATHS: tuple[PathName, ...] = get_args(PathName)

LAW: Law = law_named("chinchilla")
# Standard deviations of the priors: of a ceiling below 1, of a known and of an unknown floor.
CEILING_SD, KNOWN_SD, FREE_SD = 0.15, 0.015, 0.10
LEAST_GAP = 0.05
LEAST_VARIANCE = 1e-10
LEAST_CONVERGED = 0.9
FEWEST = 6
# Log of the most that drawn noise may change a loss.
LOUDEST = 2.0
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
class Drawn:
    """Predictions at m points: estimates (m,), draws of the curve and of a new run, (R, m)."""

    estimate: Array
    curve: Array
    run: Array


class Path(Protocol):
    """A fitted way to accuracy."""

    @property
    def name(self) -> PathName:
        """What it is called."""

    def predict(self, points: Points) -> tuple[Drawn, Drawn | None]:
        """Predict accuracy, and the loss on the way where there is one."""


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


def fit_path(
    name: PathName, evidence: Evidence, *, recipe: Recipe, resamples: int, seed: int
) -> Path:
    """Fit one way to accuracy, and its resamples; ``resamples=0`` asks for the estimate alone.

    Raises
    ------
    TooFewError
        There are fewer than six runs, or fewer than the law of loss needs.
    NotIdentifiedError, NotConvergedError
        The runs do not hold the law of loss, or too few resamples reached a minimum.
    """
    if len(evidence.loss) < FEWEST:
        raise TooFewError(f"{len(evidence.loss)} runs, and a forecast needs {FEWEST} at least")
    generator = np.random.default_rng(seed)
    if name in ("sigmoid", "exponential"):
        return _two_steps(name, evidence, recipe, resamples, generator)
    return _one_step(name, evidence, resamples, generator)


@dataclass(frozen=True)
class TwoSteps:
    """Loss from counts, and accuracy from loss."""

    name: PathName
    theta: Array
    draws: Array
    law_centre: Centre
    scatter: Array
    link: Fit
    centre: float
    spread: float
    picks: NDArray[np.intp]

    def predict(self, points: Points) -> tuple[Drawn, Drawn | None]:
        """Predict accuracy and loss."""
        loss = LAW.predict(self.theta[None], points, self.law_centre)
        curve = LAW.predict(self.draws, points, self.law_centre)
        run = curve * np.exp(self.scatter[self.picks])[:, None]
        noise = self.link.scatter[self.picks][:, None]
        accuracy = Drawn(
            _clipped(self.accuracy(self.link.theta[None], loss)[0]),
            _clipped(self.accuracy(self.link.draws, curve)),
            _clipped(self.accuracy(self.link.draws, run) + noise),
        )
        return accuracy, Drawn(loss[0], curve, run)

    def at_loss(self, loss: Array) -> Drawn:
        """Predict accuracy at losses, (m,), that are known."""
        drawn = self.accuracy(self.link.draws, loss)
        noise = self.link.scatter[self.picks][:, None]
        estimate = self.accuracy(self.link.theta[None], loss)[0]
        return Drawn(_clipped(estimate), _clipped(drawn), _clipped(drawn + noise))

    def accuracy(self, theta: Array, loss: Array) -> Array:
        """Return the accuracy at losses, (R, m)."""
        return _link(self.name, (self.centre - loss) / self.spread).at(theta)[0]


@dataclass(frozen=True)
class OneStep:
    """Accuracy from counts."""

    name: PathName
    fit: Fit
    law_centre: tuple[float, ...]
    picks: NDArray[np.intp]

    def predict(self, points: Points) -> tuple[Drawn, Drawn | None]:
        """Predict accuracy."""
        curve = Powers(_logs(self.name, points, self.law_centre))
        drawn = curve.at(self.fit.draws)[0]
        run = drawn + self.fit.scatter[self.picks][:, None]
        estimate = curve.at(self.fit.theta[None])[0][0]
        return Drawn(_clipped(estimate), _clipped(drawn), _clipped(run)), None


def _two_steps(
    name: PathName,
    evidence: Evidence,
    recipe: Recipe,
    resamples: int,
    generator: np.random.Generator,
) -> TwoSteps:
    require_design(LAW, evidence.points)
    found = optimum(LAW, evidence.points, evidence.loss, recipe=recipe)
    theta = found.best.theta
    n = len(evidence.loss)
    weights = _weights(n, resamples, generator)
    noise = None
    model = found.model
    if held_share(LAW, evidence.points, weights) < ENOUGH_HELD:
        weights = np.ones_like(weights)
        noise = generator.standard_normal((2, *weights.shape))
        model = replace(model, loss=_of_noise(found, noise[0]))
    first = refit(model, theta, weights, recipe.cost, found.bounds)
    centre, spread = float(evidence.loss.mean()), float(evidence.loss.std()) or 1.0
    curve = _link(name, (centre - evidence.loss) / spread)
    link = _fit_curve(curve, evidence.accuracy, _prior(name, evidence), weights, generator, noise)
    good = _enough(first.converged & link.converged)
    scatter = _widened(found.model.residuals(theta[None])[0], len(theta))
    picks = generator.integers(0, n, size=int(good.sum()))
    return TwoSteps(
        name,
        theta,
        first.theta[good],
        found.centre,
        scatter,
        replace(link, draws=link.draws[good]),
        centre,
        spread,
        picks,
    )


def _one_step(
    name: PathName, evidence: Evidence, resamples: int, generator: np.random.Generator
) -> OneStep:
    n = len(evidence.loss)
    centre = _centre(name, evidence.points)
    curve = Powers(_logs(name, evidence.points, centre))
    weights = _weights(n, resamples, generator)
    prior = _prior(name, evidence)
    fit = _fit_curve(curve, evidence.accuracy, prior, weights, generator, None)
    good = _enough(fit.converged)
    picks = generator.integers(0, n, size=int(good.sum()))
    return OneStep(name, replace(fit, draws=fit.draws[good]), centre, picks)


def _weights(n: int, resamples: int, generator: np.random.Generator) -> Array:
    if not resamples:
        return np.ones((1, n))
    return resample_weights(np.arange(n), resamples, generator)


def _of_noise(found: Optimum, noise: Array) -> Array:
    theta = found.best.theta
    residual = found.model.residuals(theta[None])[0]
    spare = max(len(residual) - len(theta), 1)
    scale = np.sqrt(residual @ residual / spare)
    mean = np.exp(found.model.log_sum(theta[None]))
    out: Array = mean * np.exp(np.clip(scale * noise, -LOUDEST, LOUDEST))
    return out


@dataclass(frozen=True)
class _Start:
    """A prior with the bounds and starts of its curve."""

    prior: Prior
    bounds: Bounds
    starts: Array


def _prior(name: PathName, evidence: Evidence) -> _Start:
    low, low_sd = _floor(evidence)
    ends = [(low, low_sd, 0.0, 0.95), (1.0, CEILING_SD, low + LEAST_GAP, 1.0)]
    if name == "sigmoid":
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
    mean, sd, least, most = (np.array(column) for column in zip(*rows, strict=True))
    grid = np.stack(np.meshgrid(*guess, indexing="ij"), axis=-1).reshape(-1, len(guess))
    tail = np.broadcast_to(mean[len(guess) :], (len(grid), len(mean) - len(guess)))
    return _Start(Prior(mean, sd), Bounds(least, most), np.hstack([grid, tail]))


def _fit_curve(
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
    return Fit(theta, draws.theta, _widened(residual, held), draws.converged)


def _held(curve: Curve, theta: Array, prior: Prior, variance: float) -> float:
    """Return how many parameters the runs, rather than the priors, determine."""
    jacobian = curve.at(theta[None])[1][0]
    gram = jacobian @ jacobian.T / variance
    return float(np.trace(np.linalg.solve(gram + np.diag(prior.sd**-2.0), gram)))


def _widened(residual: Array, parameters: float) -> Array:
    """Widen residuals to what new runs show: as :attr:`ScalingFit.scatter` does for squares."""
    n = len(residual)
    out: Array = residual * (n / max(n - parameters, 1.0))
    return out


def _enough(good: Mask) -> Mask:
    if good.mean() < LEAST_CONVERGED:
        raise NotConvergedError(
            f"{int((~good).sum()):,} of {len(good):,} resamples reached no minimum, which leaves "
            "no interval"
        )
    return good


def _link(name: PathName, z: Array) -> Curve:
    return Sigmoid(z) if name == "sigmoid" else Exponential(z)


def _centre(name: PathName, points: Points) -> tuple[float, ...]:
    if name == "direct":
        return float(points.params.mean()), float(points.tokens.mean())
    return (float(points.flops.mean()),)


def _logs(name: PathName, points: Points, centre: tuple[float, ...]) -> Array:
    counts = (points.params, points.tokens) if name == "direct" else (points.flops,)
    return np.stack([count - at for count, at in zip(counts, centre, strict=True)])


def _clipped(accuracy: Array) -> Array:
    return np.clip(accuracy, 0.0, 1.0)
