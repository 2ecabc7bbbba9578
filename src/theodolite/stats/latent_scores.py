r"""Scores between chance and a ceiling, as logits of unequal precision about a line in groups.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_i, e_i  score of model i, and its standard deviation
c, h      chance and ceiling
eta_i     s_i = c + (h - c) sigmoid(eta_i) + noise
m_i, M_i  mean and variance of eta_i by the line and by the other models of its group
z_i, v_i  the estimate and variance that stand for what s_i says of eta_i
========  ==================================================================================

A score near chance says only that eta is low, a score near the ceiling only that it is high; a
logit of it would be noise or infinite. The likelihood of s_i over eta, times the normal (m_i, M_i)
that all other scores make, has a mean and a variance, found on a grid. z_i and v_i are the normal
likelihood that would give the same two. They go into :mod:`theodolite.stats.mixed_line`, whose line
gives new m_i and M_i, until nothing changes (expectation propagation). Units that lie more than
HUBER standard deviations off the line get the weight HUBER over that.

References
----------
T. P. Minka (2001), Expectation propagation for approximate Bayesian inference, UAI, 362-369.
P. J. Huber (1964), Annals of Mathematical Statistics 35, 73-101. doi:10.1214/aoms/1177703732
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import sigmoid
from theodolite.stats.mixed_line import Grouped, MixedLine, fit_mixed_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LatentFit", "Measured", "fit_latent", "inverse_link", "logit_estimates", "refit_latent"]

HUBER = 2.5
# The likelihood of a score is nothing beyond so many standard deviations.
REACH = 7.0
POINTS = 160
FARTHEST = 12.0
LEAST_PRECISION = 1e-6
# The part of each step that is taken: after a while less, for scores at chance may go in circles.
DAMPING, LATE_DAMPING, LATE = 0.7, 0.15, 10
# Of the line's coefficients: a hundredth of what their standard errors are at best.
TOLERANCE = 3e-4
MOST_ROUNDS = 150
# Of a logit given all other scores: a narrower one would show the score's slope alone.
LEAST_VARIANCE = 0.01
LEAST_WIDTH = 1e-6
TAIL = 2.0


@dataclass(frozen=True)
class Measured:
    """Scores and what bounds them.

    Attributes
    ----------
    score, noise
        s and its standard deviation, (n,), sorted by group.
    chance, ceiling
        c and h.
    starts
        Where each group starts, (F,).
    """

    score: Floats
    noise: Floats
    chance: float
    ceiling: float
    starts: Integers

    def curve(self, eta: Floats) -> Floats:
        """Score at a logit."""
        return self.chance + (self.ceiling - self.chance) * sigmoid(eta)

    def steepness(self, eta: Floats) -> Floats:
        """Derivative of the score by the logit."""
        share = sigmoid(eta)
        return (self.ceiling - self.chance) * share * (1.0 - share)


@dataclass(frozen=True)
class LatentFit:
    """The line, and what each score says of its logit.

    Attributes
    ----------
    line
        The line through the logits.
    data
        z, v, the regressors and the weights of the models.
    effect, effect_variance
        What each model has beyond the line, its group's part included: mean and variance given
        all scores, (n,).
    converged
        Whether nothing changed in the end.
    """

    line: MixedLine
    data: Grouped
    effect: Floats
    effect_variance: Floats
    converged: bool


def inverse_link(measured: Measured, score: Floats) -> Floats:
    """Logit of a score between chance and ceiling; infinite at or beyond these.

    Examples
    --------
    >>> bounds = Measured(np.zeros(1), np.ones(1), 0.25, 1.0, np.zeros(1, dtype=np.int64))
    >>> inverse_link(bounds, np.array([0.2, 0.625, 1.0]))
    array([-inf,   0.,  inf])
    """
    share = np.clip((score - measured.chance) / (measured.ceiling - measured.chance), 0.0, 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(share) - np.log1p(-share), dtype=np.float64)


def fit_latent(measured: Measured, x: Floats, *, robust: bool = True) -> LatentFit:
    """Fit scores on regressors, (n, P), the first of them 1.

    Raises
    ------
    numpy.linalg.LinAlgError
        Without some group the regressors are collinear.

    Examples
    --------
    >>> x = np.stack([np.ones(12), np.linspace(-4.0, 4.0, 12)], axis=1)
    >>> bounds = Measured(np.zeros(12), np.full(12, 0.01), 0.25, 1.0, np.arange(0, 12, 2))
    >>> from dataclasses import replace
    >>> exact = replace(bounds, score=bounds.curve(x @ np.array([0.5, 0.8])))
    >>> fit_latent(exact, x).line.beta.round(2)
    array([0.5, 0.8])
    """
    start = _start(measured)
    data = Grouped(x, *start, np.ones(len(x)), measured.starts)
    line, converged = fit_mixed_line(data), False
    for k in range(MOST_ROUNDS):
        mean, variance = _cavities(data, line)
        damping = DAMPING if k < LATE else LATE_DAMPING
        data = _step(measured, data, (mean, variance), damping)
        if robust:
            data = replace(data, weight=_weights(data, line))
        before, line = line, fit_mixed_line(data)
        if np.abs(line.beta - before.beta).max() < TOLERANCE:
            converged = True
            break
    return LatentFit(line, data, *_effects(data, line), converged)


def refit_latent(fit: LatentFit, x: Floats) -> MixedLine:
    """Fit the same logits on other regressors."""
    return fit_mixed_line(replace(fit.data, x=x))


def _start(measured: Measured) -> tuple[Floats, Floats]:
    low, high = measured.chance + measured.noise, measured.ceiling - measured.noise
    inside = np.clip(measured.score, np.minimum(low, high), np.maximum(low, high))
    z = np.clip(inverse_link(measured, inside), -FARTHEST, FARTHEST)
    return z, (measured.noise / measured.steepness(z)) ** 2


def _weights(data: Grouped, line: MixedLine) -> Floats:
    spread = np.sqrt(data.variance + line.between + line.within)
    gap = np.abs(data.z - data.x @ line.beta)
    return np.minimum(1.0, HUBER * spread / np.maximum(gap, 1e-9))


def _precisions(data: Grouped, line: MixedLine) -> tuple[Floats, Floats]:
    """Q and q times the residual of each model, (n,)."""
    q = data.weight / (data.variance + line.within)
    return q, q * (data.z - data.x @ line.beta)


def _cavities(data: Grouped, line: MixedLine) -> tuple[Floats, Floats]:
    """M and M: the line, and what the other models of the group say of its part."""
    q, pull = _precisions(data, line)
    total, pulls = (np.add.reduceat(part, data.starts)[data.group] - part for part in (q, pull))
    shared = line.between / (1.0 + line.between * total)
    mean = data.x @ line.beta + shared * pulls
    return mean, np.maximum(shared + line.within / data.weight, LEAST_VARIANCE)


def _effects(data: Grouped, line: MixedLine) -> tuple[Floats, Floats]:
    """Mean and variance of u + w given all estimates."""
    mean, variance = _cavities(data, line)
    precision = 1.0 / variance + 1.0 / data.variance
    at = (mean / variance + data.z / data.variance) / precision
    return at - data.x @ line.beta, 1.0 / precision


def logit_estimates(
    measured: Measured, mean: Floats, variance: Floats, *, least: float = LEAST_PRECISION
) -> tuple[Floats, Floats]:
    """Give z and v of each score, given a normal for its logit.

    Parameters
    ----------
    measured, mean, variance
        Scores, and m and M, (n,).
    least
        What 1 / v is at least, for scores that say nothing: z then keeps the mean of the product.

    Examples
    --------
    >>> bounds = Measured(np.array([0.5]), np.array([0.01]), 0.0, 1.0, np.zeros(1, dtype=np.int64))
    >>> z, v = logit_estimates(bounds, np.ones(1), np.ones(1))
    >>> abs(z.item()) < 0.01, round(v.item() ** 0.5, 2)
    (True, 0.04)
    """
    middle, spread = _moments(measured, mean, variance)
    v = 1.0 / np.maximum(1.0 / spread - 1.0 / variance, least)
    return mean + (middle - mean) * (variance + v) / variance, v


def _step(
    measured: Measured, data: Grouped, cavity: tuple[Floats, Floats], damping: float
) -> Grouped:
    mean, variance = cavity
    z, v = logit_estimates(measured, mean, variance)
    old = 1.0 / data.variance
    new = damping / v + (1.0 - damping) * old
    z = (damping * z / v + (1.0 - damping) * old * data.z) / new
    return replace(data, z=z, variance=1.0 / new)


def _moments(measured: Measured, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the product of likelihood and normal."""
    low, high = _ends(measured, mean, np.sqrt(variance))
    eta = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, POINTS)
    off = (measured.score[:, None] - measured.curve(eta)) / measured.noise[:, None]
    log = -0.5 * (off**2 + (eta - mean[:, None]) ** 2 / variance[:, None])
    mass = np.exp(log - log.max(axis=1, keepdims=True))
    mass /= mass.sum(axis=1, keepdims=True)
    middle = (mass * eta).sum(axis=1)
    return middle, (mass * (eta - middle[:, None]) ** 2).sum(axis=1)


def _ends(measured: Measured, mean: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Where the product of likelihood and normal can be."""
    # A score beyond chance is most likely under the lowest logits; count from there.
    inside = np.clip(measured.score, measured.chance, measured.ceiling)
    low = inverse_link(measured, inside - REACH * measured.noise)
    high = inverse_link(measured, inside + REACH * measured.noise)
    near, far = mean - REACH * spread, mean + REACH * spread
    both = np.maximum(low, near), np.minimum(high, far)
    # Where the two do not meet, one end of the likelihood's is finite: look there.
    apart = both[1] - both[0] < LEAST_WIDTH
    tail = (
        np.where(np.isneginf(low), high - TAIL, low),
        np.where(np.isposinf(high), low + TAIL, high),
    )
    return np.where(apart, tail[0], both[0]), np.where(apart, tail[1], both[1])
