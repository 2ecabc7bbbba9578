r"""How to spend on one model: arrays in, arrays out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, training FLOPs, C = 6 N D; n, d their logs where N, D
l         the loss above the floor, A N^-alpha + B D^-beta
x         the part of l that more parameters would take away, A N^-alpha / l
v         log(x / (1 - x)): where a model stands on the curve of equal loss; small v is a large
          model trained on few tokens
T         tokens that the model will read and write once it is trained
p, q      prices of a FLOP in training and in inference
========  ==================================================================================

On the curve of equal loss

    n = (a - log l + log(1 + e^-v)) / alpha,    d = (b - log l + log(1 + e^v)) / beta,

a and b being log A and log B. The least training compute stands at e^v = beta / alpha, whatever
l is. The cost p 6 N D + q 2 N T is log-convex in n along the curve, and least where

    (alpha / beta) e^v = 1 + (q / p) T / (3 D).

Both sides are monotone in v, the left up and the right down: one root, found by Newton steps on
the difference of the logs, whose slope lies between 1 and 1 + 1 / beta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from theodolite.scaling.allocation import Split

    Array = NDArray[np.float64]

__all__ = ["EqualLoss", "budget_for_loss", "budget_for_params", "excess"]

MOST_STEPS = 200
CLOSE = 1e-13


@dataclass(frozen=True)
class EqualLoss:
    """The models of one loss, for R laws.

    Attributes
    ----------
    split
        The laws, (R, 1) each.
    log_loss
        Log of the loss above the floor, (R, 1).
    """

    split: Split
    log_loss: Array

    @classmethod
    def through(cls, split: Split, log_params: Array, log_tokens: Array) -> EqualLoss:
        """Take the curve through a model of each law, logs of (R, 1)."""
        return cls(split, excess(split, log_params, log_tokens))

    @property
    def cheapest_to_train(self) -> Array:
        """Where training costs least, (R, 1): log(beta / alpha)."""
        out: Array = np.log(self.split.beta / self.split.alpha)
        return out

    @property
    def smallest(self) -> Array:
        """Log of the size that no tokens bring to the loss: only models above it reach it."""
        out: Array = (self.split.log_a - self.log_loss) / self.split.alpha
        return out

    def at(self, place: Array) -> tuple[Array, Array]:
        """Return logs of N and D at places v, (R, m)."""
        params = self.smallest + np.logaddexp(0.0, -place) / self.split.alpha
        return params, self._fewest + np.logaddexp(0.0, place) / self.split.beta

    @property
    def _fewest(self) -> Array:
        """Log of the tokens below which no size reaches the loss."""
        out: Array = (self.split.log_b - self.log_loss) / self.split.beta
        return out

    def cheapest_to_own(self, log_worth: float) -> Array:
        """Return where training and inference together cost least, (R, 1).

        Parameters
        ----------
        log_worth
            Log of (q / p) T / 3: the tokens in training that cost as much as all inference;
            minus infinity without inference.

        References
        ----------
        N. Sardana, J. Portes, S. Doubov and J. Frankle (2024), arXiv:2401.00448.
        """
        start = self.cheapest_to_train
        pull = np.broadcast_to(log_worth - self._fewest, start.shape)
        inverse = 1.0 / self.split.beta

        def difference(place: Array) -> tuple[Array, Array]:
            push = pull - inverse * np.logaddexp(0.0, place)
            slope = 1.0 + inverse * expit(push) * expit(place)
            return place - start - np.logaddexp(0.0, push), slope

        # At the start the right side is at its largest, so the root is not beyond it.
        far = start + np.logaddexp(0.0, pull - inverse * np.logaddexp(0.0, start))
        return root(difference, start, far)

    def at_ratio(self, log_ratio: Array) -> Array:
        """Return where D / N has these logs, (R, m)."""
        alpha, beta = self.split.alpha, self.split.beta
        gap = self._fewest - self.smallest

        def difference(place: Array) -> tuple[Array, Array]:
            up, down = np.logaddexp(0.0, place) / beta, np.logaddexp(0.0, -place) / alpha
            return gap + up - down - log_ratio, expit(place) / beta + expit(-place) / alpha

        # log(1 + e^v) lies between max(v, 0) and max(v, 0) + log 2.
        short = log_ratio - gap
        spare = np.log(2.0) * (1.0 / alpha + 1.0 / beta)
        low, high = short - spare, short + spare
        bounds = [np.where(x > 0, x * beta, x * alpha) for x in (low, high)]
        return root(difference, *bounds)

    def with_tokens(self, log_tokens: Array) -> Array:
        """Return the log of the N that reaches the loss with these tokens; infinite where none."""
        left = -np.expm1(np.minimum(self.split.beta * (self._fewest - log_tokens), 0.0))
        with np.errstate(divide="ignore"):
            out: Array = self.smallest - np.log(left) / self.split.alpha
        return out


def excess(split: Split, log_params: Array, log_tokens: Array) -> Array:
    """Return the log of the loss above the floor, (R, m)."""
    out: Array = np.logaddexp(
        split.log_a - split.alpha * log_params, split.log_b - split.beta * log_tokens
    )
    return out


def budget_for_params(split: Split, log_params: Array) -> Array:
    """Return the log of the C at which a size is compute-optimal, (R, m)."""
    gain = np.log(split.alpha / split.beta) + split.log_a - split.log_b
    out: Array = ((split.alpha + split.beta) * log_params - gain) / split.beta + np.log(6.0)
    return out


def budget_for_loss(split: Split, log_loss: Array) -> Array:
    """Return the log of the least C that reaches a loss, given as its log above the floor."""
    curve = EqualLoss(split, log_loss)
    params, tokens = curve.at(curve.cheapest_to_train)
    out: Array = np.log(6.0) + params + tokens
    return out


def root(difference: Callable[[Array], tuple[Array, Array]], low: Array, high: Array) -> Array:
    """Find the zero of rising functions between bounds.

    Newton steps; a halving of the bounds where a step leaves them, or is not half the one before.

    Raises
    ------
    NotConvergedError
        A zero was not found, which no finite law gives rise to.
    """
    place, last = low, high - low
    for _ in range(MOST_STEPS):
        value, slope = difference(place)
        low, high = np.where(value <= 0, place, low), np.where(value >= 0, place, high)
        step = place - value / slope
        good = (step >= low) & (step <= high) & (2.0 * np.abs(step - place) <= last)
        step = np.where(good, step, (low + high) / 2.0)
        last = np.abs(step - place)
        if (last <= CLOSE * (1.0 + np.abs(step))).all():
            return step
        place = step
    raise NotConvergedError("no split of the costs was found: the law's exponents are extreme")
