"""Both sides on a scale where a line may join them, and how sure the order of a pair is.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y, V      a side's values, (K,), and their covariance
p'        a share within [se / 2, 1 - se / 2]
se_ij     standard error of y_i - y_j
q_ij      how many of them make the pair sure
========  ==================================================================================

Shares become log-odds, log(p' / (1 - p')), with the errors of the delta method: a rating is linear
in log-odds of winning, and a share near an end is not sure to lie between. Of a share of 0 or 1
the standard error is about one item, and so is p'. Ratings and scores stay as they are.

A pair is sure by ``intervals`` where the two intervals have no common point, so that
q_ij = z (se_i + se_j) / se_ij; by ``contrasts`` where the difference exceeds q standard errors,
q the quantile of the largest of all K (K - 1) / 2, which all hold together.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.errors import TooFewError, shorten
from theodolite.stats import all_pairs, max_t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Estimates

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["SURE", "Side", "Sure", "side_of"]

Sure = Literal["intervals", "contrasts"]
SURE: tuple[Sure, ...] = ("intervals", "contrasts")

N_DRAWS = 4000


@dataclass(frozen=True)
class Side:
    """One side of K models and its P pairs.

    Attributes
    ----------
    estimates
        As they were given.
    value, covariance
        y and V on the scale of the line.
    error
        se_ij of each pair, (P,).
    quantile
        q_ij of each pair, (P,).
    order
        1 or -1 where the first or the second of a pair is surely higher, else 0, (P,).
    """

    estimates: Estimates
    value: Floats
    covariance: Floats
    error: Floats
    quantile: Floats
    order: Integers

    @property
    def difference(self) -> Floats:
        """y_i - y_j of each pair, (P,)."""
        first, second = all_pairs(len(self.value))
        return np.asarray(self.value[first] - self.value[second])

    @property
    def reliability(self) -> float:
        """The share of the variance between models that is no noise, from 0 to 1."""
        k = len(self.value)
        centred = self.covariance - self.covariance.mean(axis=0)
        noise = float(np.trace(centred)) / (k - 1)
        spread = float(self.value.var(ddof=1))
        return max(1.0 - noise / spread, 0.0) if spread > 0 else 0.0


def side_of(estimates: Estimates, *, sure: Sure, level: float, rng: np.random.Generator) -> Side:
    """Lay out one side.

    Raises
    ------
    TooFewError
        Two models have a difference that is known exactly, so that no interval can be made.
    """
    value, covariance = _on_line(estimates)
    first, second = all_pairs(len(value))
    variance = np.diag(covariance)
    square = variance[first] + variance[second] - 2.0 * covariance[first, second]
    exact = square <= 1e-12 * (variance[first] + variance[second])
    if exact.any():
        pair = int(np.argmax(exact))
        names = [shorten(estimates.models[int(at[pair])]) for at in (first, second)]
        raise TooFewError(
            f"{estimates.name}: {' and '.join(names)} have the same result on every item, so that "
            "nothing tells how sure their order is: leave one out (--where)"
        )
    error = np.sqrt(square)
    if sure == "contrasts":
        q = max_t_quantile(covariance, level=level, n_draws=N_DRAWS, rng=rng)
        quantile = np.full(len(error), q)
        apart = (value[first] - value[second]) / error
        order = np.sign(apart) * (np.abs(apart) > quantile)
    else:
        z = NormalDist().inv_cdf(0.5 + level / 2.0)
        alone = np.sqrt(variance)
        quantile = z * (alone[first] + alone[second]) / error
        order = _separated(estimates, level, first, second)
    return Side(estimates, value, covariance, error, quantile, order.astype(np.int64))


def _separated(estimates: Estimates, level: float, first: Integers, second: Integers) -> Floats:
    """Compare published intervals, or where another level is wanted those of that level."""
    low, high = (estimates.frame.get_column(name).to_numpy() for name in ("low", "high"))
    if level != estimates.level:
        value = estimates.frame.get_column("value").to_numpy()
        ratio = NormalDist().inv_cdf(0.5 + level / 2.0) / NormalDist().inv_cdf(
            0.5 + estimates.level / 2.0
        )
        low, high = value + ratio * (low - value), value + ratio * (high - value)
    up = low[first] > high[second]
    down = low[second] > high[first]
    return up.astype(np.float64) - down.astype(np.float64)


def _on_line(estimates: Estimates) -> tuple[Floats, Floats]:
    value = estimates.frame.get_column("value").to_numpy()
    error = estimates.frame.get_column("standard_error").to_numpy()
    unit = {"share": 1.0, "%": 100.0}.get(estimates.unit)
    if unit is None:
        return value, estimates.covariance
    share, least = value / unit, error / (2.0 * unit)
    share = np.clip(share, np.minimum(least, 0.5), np.maximum(1.0 - least, 0.5))
    slope = 1.0 / (unit * share * (1.0 - share))
    return np.log(share / (1.0 - share)), estimates.covariance * np.outer(slope, slope)
