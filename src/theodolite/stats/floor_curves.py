r"""Curves of loss against tokens by group: lines in ln D, and powers of D over their own floors.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
D, y      tokens and loss of a run, (n,); y may be (R, n), one row a draw
s         group (size) of a run, 0 to S - 1; D_s the most tokens of a group
w         weights of the runs, (R, n) or (1, n); 0 leaves a run out
a, b      a line: y = a_s - b_s ln(D / D_s)
c, F, k   a power: y = c_s + F_s (D / D_s)^-k, both at least 0; F is what the term is at D_s
========  ==================================================================================

Both minimise the sum of w ((y - fitted) / y)^2, which is that of squared log residuals to first
order. Given k the rest is a line, so that k alone is searched for, over a grid: no start is
guessed, and R draws of all groups are one array problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["FloorCurves", "GroupLines", "Grouped", "floor_curves", "group_lines"]

EXPONENTS = np.geomspace(0.01, 3.0, 80)
FINER = 17
# Below this share of its square the spread of x is rounding.
NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Grouped:
    """Runs by group: ``log_tokens`` (n,) and ``group`` (n,), numbered from 0."""

    log_tokens: Array
    group: Index

    @property
    def count(self) -> int:
        """S."""
        return int(self.group.max()) + 1

    @property
    def last(self) -> Array:
        """Logs of D_s, (S,)."""
        out = np.full(self.count, -np.inf)
        np.maximum.at(out, self.group, self.log_tokens)
        return out

    @property
    def order(self) -> Index:
        """The runs by group, (n,)."""
        return np.argsort(self.group, kind="stable")

    @property
    def starts(self) -> Index:
        """Where each group begins in that order, (S,)."""
        return np.searchsorted(self.group[self.order], np.arange(self.count))

    @property
    def ahead(self) -> Array:
        """ln(D / D_s) of each run, (n,): at most 0."""
        out: Array = self.log_tokens - self.last[self.group]
        return out


@dataclass(frozen=True)
class GroupLines:
    """Lines by group: ``height`` (the loss at D_s) and ``slope`` (b), (R, S); NaN where none."""

    height: Array
    slope: Array

    def at(self, group: Index, ahead: Array) -> Array:
        """Return losses, (R, m), at ln(D / D_s) of (m,) points."""
        out: Array = self.height[:, group] - self.slope[:, group] * ahead
        return out


@dataclass(frozen=True)
class FloorCurves:
    """Powers over floors by group: ``floor``, ``fall`` (F) and ``exponent`` (k), (R, S)."""

    floor: Array
    fall: Array
    exponent: Array

    def at(self, group: Index, ahead: Array) -> Array:
        """Return losses, (R, m), at ln(D / D_s) of (m,) points."""
        power = np.exp(-self.exponent[:, group] * ahead)
        out: Array = self.floor[:, group] + self.fall[:, group] * power
        return out


def group_lines(runs: Grouped, loss: Array, weights: Array) -> GroupLines:
    """Fit y = a - b ln(D / D_s) in each group.

    Parameters
    ----------
    runs
        Tokens and groups.
    loss, weights
        y and w, broadcast to (R, n).

    Examples
    --------
    >>> runs = Grouped(np.log([1.0, 2.0, 4.0]), np.zeros(3, int))
    >>> got = group_lines(runs, np.array([[3.0, 2.5, 2.0]]), np.ones((1, 3)))
    >>> got.height.round(6).item(), (got.slope * np.log(2)).round(6).item()
    (2.0, 0.5)
    """
    fitted = _Sums.of(runs, -runs.ahead, loss, weights)
    slope = fitted.slope
    return GroupLines(fitted.mean_y - slope * fitted.mean_x, slope)


def floor_curves(
    runs: Grouped, loss: Array, weights: Array, *, own: NDArray[np.bool_]
) -> FloorCurves:
    """Fit y = c + F (D / D_s)^-k in each group.

    Parameters
    ----------
    runs
        Tokens and groups.
    loss, weights
        y and w, broadcast to (R, n).
    own
        Which groups have their own k, (S,); the others share the one that fits all groups best.

    Examples
    --------
    >>> tokens = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    >>> runs = Grouped(np.log(tokens), np.zeros(5, int))
    >>> got = floor_curves(runs, 2.0 + tokens[None] ** -0.5, np.ones((1, 5)), own=np.ones(1, bool))
    >>> got.floor.round(2).item(), got.exponent.round(2).item()
    (2.0, 0.5)
    """
    log = np.log(EXPONENTS)
    costs = np.stack([_power(runs, loss, weights, k).cost for k in EXPONENTS])
    best = np.where(own, costs.argmin(axis=0), costs.sum(axis=2).argmin(axis=0)[:, None])
    # Twice more on finer grids about the best, each ending at the bottom of a parabola.
    step = log[1] - log[0]
    exponent = EXPONENTS[best]
    for width in (step, 2.0 * step / (FINER - 1)):
        shifts = np.linspace(-width, width, FINER)[:, None, None]
        exponents = np.exp(np.clip(np.log(exponent) + shifts, log[0], log[-1]))
        costs = np.stack([_power(runs, loss, weights, k).cost for k in exponents])
        shared = np.broadcast_to(costs.sum(axis=2, keepdims=True), costs.shape)
        exponent = _bottom(exponents, np.where(own, costs, shared))
    found = _power(runs, loss, weights, exponent)
    return FloorCurves(found.floor, found.fall, np.broadcast_to(exponent, found.floor.shape))


def _bottom(exponents: Array, costs: Array) -> Array:
    """Return where a parabola through the least cost and its neighbours is least."""
    at = costs.argmin(axis=0).clip(1, len(costs) - 2)[None]
    low, middle, high = (np.take_along_axis(costs, at + k, axis=0)[0] for k in (-1, 0, 1))
    bend = low - 2.0 * middle + high
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(bend > 0.0, 0.5 * (low - high) / bend, 0.0).clip(-1.0, 1.0)
    logs = np.log(exponents)
    step = np.take_along_axis(logs, at + 1, axis=0)[0] - np.take_along_axis(logs, at, axis=0)[0]
    out: Array = np.exp(np.take_along_axis(logs, at, axis=0)[0] + shift * step)
    return out


@dataclass(frozen=True)
class _Power:
    floor: Array
    fall: Array
    cost: Array


def _power(runs: Grouped, loss: Array, weights: Array, exponent: float | Array) -> _Power:
    """Fit c and F, both at least 0, given k: a number, or (R, S)."""
    k = np.broadcast_to(exponent, (1, runs.count)) if np.ndim(exponent) == 0 else exponent
    k = np.asarray(k)[:, runs.group]
    sums = _Sums.of(runs, np.exp(-k * runs.ahead), loss, weights)
    fall = np.maximum(np.nan_to_num(sums.slope), 0.0)
    floor = sums.mean_y - fall * sums.mean_x
    below = floor < 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = (sums.xy + sums.total * sums.mean_x * sums.mean_y) / (
            sums.xx + sums.total * sums.mean_x**2
        )
    fall, floor = np.where(below, alone, fall), np.where(below, 0.0, floor)
    away = sums.mean_y - floor - fall * sums.mean_x
    cost = sums.yy - 2.0 * fall * sums.xy + fall**2 * sums.xx + sums.total * away**2
    return _Power(floor, fall, np.where(sums.total > 0.0, cost, 0.0))


@dataclass(frozen=True)
class _Sums:
    """Weighted sums by group, (R, S): of weights, means, and centred products."""

    total: Array
    mean_x: Array
    mean_y: Array
    xx: Array
    xy: Array
    yy: Array

    @classmethod
    def of(cls, runs: Grouped, x: Array, loss: Array, weights: Array) -> _Sums:
        order, starts = runs.order, runs.starts

        def sums(values: Array) -> Array:
            return np.add.reduceat(values[:, order], starts, axis=1)

        w = np.atleast_2d(weights / loss**2)
        total = sums(w)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_x, mean_y = (sums(w * v) / total for v in (x, loss))
        at_x, at_y = (x - np.nan_to_num(mean_x)[:, runs.group], loss - mean_y[:, runs.group])
        at_y = np.where(w > 0.0, at_y, 0.0)
        products = (sums(w * v) for v in (at_x * at_x, at_x * at_y, at_y * at_y))
        return cls(total, mean_x, mean_y, *products)

    @property
    def slope(self) -> Array:
        """NaN where x does not vary."""
        spread = self.total * np.nan_to_num(self.mean_x) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            slope: Array = self.xy / self.xx
        return np.where(self.xx > NO_SPREAD * spread + 1e-300, slope, np.nan)
