r"""Ways from what a run cost to the accuracy that it reaches.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, FLOPs
L         loss on the task, or on an evaluation text
c, u      accuracy of guessing; the most that training reaches
e1, e2    scatter of a run about the law of its loss, and about the link of its accuracy
========  ==================================================================================

``sigmoid``, ``exponential`` and ``ladder`` take two steps: L = E + A / N^alpha + B / D^beta, then
accuracy from L; ``ladder`` is a logistic with no prior, and one made-up run of loss 0 and accuracy
1. ``direct`` and ``compute`` take one: a power law of N and D, or of C, within a logistic.

The runs are drawn once for both steps. Where data say nothing of c, u or an exponent, a prior does;
each draw moves the priors too, so that the intervals hold what the runs leave open. A new run
scatters about both steps, and its two residuals are drawn together, from one run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from theodolite.errors import NotConvergedError, TooFewError
from theodolite.scaling.downstream.curves import fit_curve, prior_of, widened
from theodolite.scaling.fit import optimum
from theodolite.scaling.identify import held_share, require_design
from theodolite.scaling.laws import law_named
from theodolite.scaling.result import ENOUGH_HELD
from theodolite.stats.link import Exponential, Powers, Sigmoid
from theodolite.stats.multistart import refit, resample_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.downstream.curves import Evidence, Fit, PathName
    from theodolite.scaling.laws import Centre, Law, Points
    from theodolite.scaling.recipe import Recipe
    from theodolite.stats.penalised import Curve

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = [
    "LINKS",
    "ONE_STEP",
    "TWO_STEPS",
    "Drawn",
    "FirstStep",
    "Path",
    "TwoSteps",
    "first_step",
    "fit_path",
    "one_step",
    "two_steps",
]

LINKS: tuple[PathName, ...] = ("sigmoid", "exponential")
TWO_STEPS: tuple[PathName, ...] = (*LINKS, "ladder")
ONE_STEP: tuple[PathName, ...] = ("direct", "compute")

LAW: Law = law_named("chinchilla")
LEAST_CONVERGED = 0.9
FEWEST = 6


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
    if name in TWO_STEPS:
        first = first_step(evidence, recipe=recipe, resamples=resamples, seed=seed)
        return two_steps(name, evidence, first, seed=seed)
    return one_step(name, evidence, resamples=resamples, seed=seed)


def _require_runs(evidence: Evidence) -> None:
    if len(evidence.loss) < FEWEST:
        raise TooFewError(f"{len(evidence.loss)} runs, and a forecast needs {FEWEST} at least")


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


@dataclass(frozen=True)
class FirstStep:
    """The law of loss, fitted once for every link.

    ``theta`` (P,), ``draws`` (R, P) with whether each ``converged``, the residuals widened to
    ``scatter``; and the ``weights`` of the runs in each draw, or the ``noise`` drawn instead where
    too few resamples of runs could hold the law.
    """

    theta: Array
    draws: Array
    converged: Mask
    centre: Centre
    scatter: Array
    weights: Array
    noise: Array | None


def first_step(evidence: Evidence, *, recipe: Recipe, resamples: int, seed: int) -> FirstStep:
    """Fit the law of loss and its resamples."""
    _require_runs(evidence)
    require_design(LAW, evidence.points)
    found = optimum(LAW, evidence.points, evidence.loss, recipe=recipe)
    theta = found.best.theta
    generator = np.random.default_rng(seed)
    weights = _weights(len(evidence.loss), resamples, generator)
    noise = None
    model = found.model
    if held_share(LAW, evidence.points, weights) < ENOUGH_HELD:
        weights = np.ones_like(weights)
        noise = generator.standard_normal((2, *weights.shape))
        model = model.with_residuals(theta, model.noise(theta) * noise[0])
    first = refit(model, theta, weights, recipe.cost, found.bounds)
    scatter = widened(found.model.residuals(theta[None])[0], len(theta))
    return FirstStep(theta, first.theta, first.converged, found.centre, scatter, weights, noise)


def two_steps(name: PathName, evidence: Evidence, first: FirstStep, *, seed: int) -> TwoSteps:
    """Fit a link from loss to accuracy to the same draws of the runs."""
    generator = np.random.default_rng([seed, 4])
    centre, spread = float(evidence.loss.mean()), float(evidence.loss.std()) or 1.0
    given = _with_ideal(evidence, first) if name == "ladder" else (evidence, first)
    curve = _link(name, (centre - given[0].loss) / spread)
    start = prior_of(name, evidence)
    weights, noise = given[1].weights, given[1].noise
    link = fit_curve(curve, given[0].accuracy, start, weights, generator, noise)
    good = _enough(first.converged & link.converged)
    picks = generator.integers(0, len(evidence.loss), size=int(good.sum()))
    return TwoSteps(
        name,
        first.theta,
        first.draws[good],
        first.centre,
        first.scatter,
        replace(link, draws=link.draws[good], scatter=link.scatter[: len(evidence.loss)]),
        centre,
        spread,
        picks,
    )


def _with_ideal(evidence: Evidence, first: FirstStep) -> tuple[Evidence, FirstStep]:
    """Add the run that the ladder makes up: no loss, and every answer right."""
    runs = replace(
        evidence,
        loss=np.append(evidence.loss, 0.0),
        accuracy=np.append(evidence.accuracy, 1.0),
    )
    weights = np.pad(first.weights, ((0, 0), (0, 1)), constant_values=1.0)
    noise = None if first.noise is None else np.pad(first.noise, ((0, 0), (0, 0), (0, 1)))
    return runs, replace(first, weights=weights, noise=noise)


def one_step(name: PathName, evidence: Evidence, *, resamples: int, seed: int) -> OneStep:
    """Fit accuracy straight from the counts."""
    _require_runs(evidence)
    generator = np.random.default_rng(seed)
    n = len(evidence.loss)
    centre = _centre(name, evidence.points)
    curve = Powers(_logs(name, evidence.points, centre))
    weights = _weights(n, resamples, generator)
    prior = prior_of(name, evidence)
    fit = fit_curve(curve, evidence.accuracy, prior, weights, generator, None)
    good = _enough(fit.converged)
    picks = generator.integers(0, n, size=int(good.sum()))
    return OneStep(name, replace(fit, draws=fit.draws[good]), centre, picks)


def _weights(n: int, resamples: int, generator: np.random.Generator) -> Array:
    if not resamples:
        return np.ones((1, n))
    return resample_weights(np.arange(n), resamples, generator)


def _enough(good: Mask) -> Mask:
    if good.mean() < LEAST_CONVERGED:
        raise NotConvergedError(
            f"{int((~good).sum()):,} of {len(good):,} resamples reached no minimum, which leaves "
            "no interval"
        )
    return good


def _link(name: PathName, z: Array) -> Curve:
    return Exponential(z) if name == "exponential" else Sigmoid(z)


def _centre(name: PathName, points: Points) -> tuple[float, ...]:
    if name == "direct":
        return float(points.params.mean()), float(points.tokens.mean())
    return (float(points.flops.mean()),)


def _logs(name: PathName, points: Points, centre: tuple[float, ...]) -> Array:
    counts = (points.params, points.tokens) if name == "direct" else (points.flops,)
    return np.stack([count - at for count, at in zip(counts, centre, strict=True)])


def _clipped(accuracy: Array) -> Array:
    return np.clip(accuracy, 0.0, 1.0)
