r"""A target benchmark as a sigmoid of features, and what it predicts for models never fitted.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y         the target, a share; c its floor
z         features of a model: capabilities, or a logarithm of compute
u         (y - c) / (1 - c) = 1 / (1 + exp(-(b_0 + b' z))), up to noise
lambda    precision of the prior of b: b_k ~ N(0, 1 / lambda)
tau, sigma  noise of the linear part, and of u
kappa     factor of the noise for models ahead of most that were fitted
========  ==================================================================================

c is the chance level where one is known; otherwise c, and always lambda, is the one with the
smallest error on models that a fit has not seen: two thirds for each family left out in turn, one
third for the first-capability's upper 30% and upper 45% left out, because targets are asked for
ahead of the models at hand. tau and sigma come from the residuals of families left out; kappa is by
how much the residuals of the upper parts left out exceed that, never below 1.

A prediction draws a weighting of the families (refitted, axes too), the capabilities given the
scores that the model has, and the noise: Student's t with G - K - 1 degrees of freedom, G families,
and 5 at most, those by which its size was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from theodolite.errors import TooFewError
from theodolite.stats.ridge_sigmoid import ROBUST, linear, noise_of, ridge_sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.observational.latent import Latent, Weightings

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Law", "Predictions", "law_of"]

PRECISIONS = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
FLOORS = (0.0, 0.1, 0.2, 0.25, 0.3, 1.0 / 3.0, 0.4, 0.5)
# A floor may lie above the lowest score by what chance does.
SLACK = 0.02
UPPER = (0.7, 0.55)
UPPER_WEIGHT = 1.0 / 3.0
# From this quantile of the fitted models on, a model is ahead of them.
EDGE = 0.9
FEWEST_DEGREES = 3
FEWEST_MODELS = 8
REPEATS = 4


@dataclass(frozen=True)
class Predictions:
    """What a law says of every model, as shares, (n,); NaN where it can say nothing.

    Attributes
    ----------
    estimate, low, high
        The target and its prediction interval.
    """

    estimate: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class _Tried:
    """How one floor and precision predict what they were not fitted to."""

    floor: float
    precision: float
    error: float
    apart: Array
    upper: Array


@dataclass(frozen=True)
class Law:
    """A fitted target.

    Attributes
    ----------
    slopes, drawn
        b, (1 + K,), and that of the draws, (R, 1 + K).
    floor, precision
        c and lambda.
    tau, sigma, kappa
        The noise.
    fitted
        Which models it was fitted to, (n,).
    degrees
        Degrees of freedom of the noise.
    apart
        b_0 + b' z of each fitted model by the fit without its family, (n,), else NaN.
    """

    slopes: Array
    drawn: Array
    floor: float
    precision: float
    tau: float
    sigma: float
    kappa: float
    fitted: Flags
    degrees: int
    apart: Array
    latent: Latent
    weightings: Weightings

    def predict(
        self, level: float, rng: np.random.Generator, *, apart: bool = False
    ) -> Predictions:
        """Predict the target of every model.

        Parameters
        ----------
        level
            Of the intervals.
        rng
            Random numbers of capabilities and noise.
        apart
            Whether to predict each fitted model by the fit without its family.
        """
        centre = linear(self.latent.features[:1], self.slopes[None])[0]
        drawn = linear(self.latent.features[self.weightings.drawn], self.drawn)
        if apart:
            # What the draws say of the uncertainty, about the fit without the family.
            drawn = drawn - drawn.mean(axis=0) + self.apart
            centre = self.apart
        drawn = np.repeat(drawn, REPEATS, axis=0) + self._missing(rng)
        noise = rng.standard_t(self.degrees, size=(2, *drawn.shape)) * self._ahead()
        shares = expit(drawn + self.tau * noise[0]) + self.sigma * noise[1]
        with np.errstate(invalid="ignore"):
            tail = (1.0 - level) / 2.0
            low, high = np.quantile(shares, [tail, 1.0 - tail], axis=0)
        unknown = ~self.latent.known
        estimate, low, high = (
            np.where(unknown, np.nan, self._share(part)) for part in (expit(centre), low, high)
        )
        return Predictions(estimate, np.minimum(low, estimate), np.maximum(high, estimate))

    def curve(self, eta: Array) -> Array:
        """Return the target, a share, at values of b_0 + b' z."""
        return self._share(expit(eta))

    def _share(self, u: Array) -> Array:
        return np.clip(self.floor + (1.0 - self.floor) * u, 0.0, 1.0)

    def _ahead(self) -> Array:
        """Return the factor of the noise: 1 among the fitted models, up to kappa ahead of them."""
        first = self.latent.features[0, :, 0]
        inside = first[self.fitted]
        cut = np.quantile(inside, UPPER[0])
        # How far the upper part is ahead, on average, of what it was predicted from.
        reach = float((inside[inside > cut] - cut).mean()) if (inside > cut).any() else 1.0
        ahead: Array = np.clip((first - np.quantile(inside, EDGE)) / reach, 0.0, 1.0)
        return 1.0 + (self.kappa - 1.0) * ahead

    def _missing(self, rng: np.random.Generator) -> Array:
        """Draw what the scores that a model lacks do to the linear part."""
        spread = self.latent.spread
        if spread is None:
            return np.zeros((1, len(self.fitted)))
        slopes = self.drawn[:, None, 1:]
        inner = (spread[self.weightings.drawn] @ slopes[..., None])[..., 0]
        sd = np.sqrt(np.maximum((inner * slopes).sum(axis=2), 0.0))
        size = (REPEATS * len(sd), sd.shape[1])
        return np.repeat(sd, REPEATS, axis=0) * rng.standard_normal(size)


def law_of(target: Array, latent: Latent, weightings: Weightings, *, chance: float | None) -> Law:
    """Fit a target.

    Parameters
    ----------
    target
        y, (n,), NaN where not measured.
    latent
        Features of the models.
    weightings
        Which models may be fitted, by family.
    chance
        The floor; ``None`` where it is not known.

    Raises
    ------
    TooFewError
        Fewer than eight fitted models have the target and the features.
    """
    fitted = weightings.fitted & ~np.isnan(target) & latent.known
    if int(fitted.sum()) < FEWEST_MODELS:
        raise TooFewError(
            f"{int(fitted.sum())} fitted models have the target and what it is predicted from: "
            f"{FEWEST_MODELS} are needed"
        )
    lowest = target[fitted].min() + SLACK
    floors = [c for c in FLOORS if c <= lowest] if chance is None else [chance]
    best = min(
        (
            _tried(target, latent, weightings, fitted, (floor, precision))
            for floor in floors or [0.0]
            for precision in PRECISIONS
        ),
        key=lambda tried: tried.error,
    )
    rows = np.r_[0, np.arange(1 + weightings.groups, len(weightings.matrix))]
    slopes = _slopes(target, latent, weightings, fitted, (best.floor, best.precision), rows)
    scaled = _scaled(target, best.floor)[fitted]
    residual = scaled - expit(best.apart)
    tau, sigma = noise_of(residual, expit(best.apart))
    apart = np.full(len(target), np.nan)
    apart[fitted] = best.apart
    families = len(np.unique(weightings.family[fitted]))
    law = Law(
        slopes=slopes[0],
        drawn=slopes[1:],
        floor=best.floor,
        precision=best.precision,
        tau=tau,
        sigma=sigma,
        kappa=1.0,
        fitted=fitted,
        degrees=int(np.clip(families - slopes.shape[1], FEWEST_DEGREES, int(ROBUST))),
        apart=apart,
        latent=latent,
        weightings=weightings,
    )
    return Law(**{**vars(law), "kappa": _kappa(law, scaled, best.upper)})


def _scaled(target: Array, floor: float) -> Array:
    return (target - floor) / (1.0 - floor)


def _slopes(
    target: Array,
    latent: Latent,
    weightings: Weightings,
    fitted: Flags,
    choice: tuple[float, float],
    rows: NDArray[np.intp],
) -> Array:
    floor, precision = choice
    return ridge_sigmoid(
        latent.features[rows][:, fitted],
        _scaled(target, floor)[fitted],
        weightings.matrix[rows][:, fitted],
        precision,
    )


def _tried(
    target: Array,
    latent: Latent,
    weightings: Weightings,
    fitted: Flags,
    choice: tuple[float, float],
) -> _Tried:
    """Predict each family without it, and the upper parts without these."""
    floor, precision = choice
    scaled = _scaled(target, floor)[fitted]
    family = weightings.family[fitted]
    groups = np.arange(1, 1 + weightings.groups)
    slopes = _slopes(target, latent, weightings, fitted, choice, groups)
    apart = linear(latent.features[groups][:, fitted], slopes)[family, np.arange(len(family))]
    features = latent.features[:1][:, fitted]
    below = _upper(features[0, :, 0])
    features = np.repeat(features, len(below), axis=0)
    upper = linear(features, ridge_sigmoid(features, scaled, (~below).astype(float), precision))
    misses = (scaled - expit(upper)) ** 2
    errors = [float(miss[top].mean()) for miss, top in zip(misses, below, strict=True)]
    within = float(((scaled - expit(apart)) ** 2).mean())
    error = (1.0 - UPPER_WEIGHT) * within + UPPER_WEIGHT * float(np.mean(errors))
    return _Tried(floor, precision, error * (1.0 - floor) ** 2, apart, upper)


def _upper(first: Array) -> Flags:
    """Return which models are in the upper parts by the first feature, (2, n)."""
    cuts = np.quantile(first, UPPER)
    mask: Flags = first[None, :] > cuts[:, None]
    return mask


def _kappa(law: Law, scaled: Array, upper: Array) -> float:
    """Return by how much upper parts left out are further off than the noise explains."""
    features = law.latent.features
    drawn = linear(features[law.weightings.drawn][:, law.fitted], law.drawn)
    variance = law.tau**2 + drawn.var(axis=0)
    ratios = []
    for eta, top in zip(upper, _upper(features[0, law.fitted, 0]), strict=True):
        p = expit(eta)
        spread = law.sigma**2 + variance * (p * (1.0 - p)) ** 2
        ratios.append(float((((scaled - p) ** 2) / spread)[top].mean()) if top.any() else 1.0)
    return float(np.sqrt(max(float(np.mean(ratios)), 1.0)))
