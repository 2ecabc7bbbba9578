"""The minimum of each budget's parabola, with its interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats import fit_parabolas, moderate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted
    from theodolite.stats import Parabolas

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Minima", "find_minima"]

COEFFICIENTS = 3


@dataclass(frozen=True)
class Minima:
    """Minima of G parabolas of loss in log N.

    Attributes
    ----------
    fit
        The parabolas.
    where, low, high
        log N at the minimum and the ends of its interval, (G,); infinite where the noise could
        have hidden that there is a minimum at all.
    variance
        Of ``where``, by the delta method, (G,).
    loss, loss_low, loss_high
        The loss there, and the ends of its interval, (G,).
    reasons
        Why the minimum does not count, and what would help; empty where it does. G.
    edge
        Whether it lies beyond the last size but one on its side, (G,).
    """

    fit: Parabolas
    where: Floats
    low: Floats
    high: Floats
    variance: Floats
    loss: Floats
    loss_low: Floats
    loss_high: Floats
    reasons: tuple[str, ...]
    edge: NDArray[np.bool_]


def find_minima(
    counted: Accounted, group: Indices, *, level: float, n_resamples: int, seed: int
) -> Minima:
    """Fit the parabolas of runs that all have a budget, and draw what noise may have made of them.

    Parameters
    ----------
    counted
        The runs, n of them.
    group
        The budget of each, 0 to G - 1, at least four runs and three sizes in each.
    """
    x = np.log(counted.params)
    fit = fit_parabolas(x, counted.loss, group)
    residual = counted.loss - fit.at(x, group)
    df = np.bincount(group) - COEFFICIENTS
    noise, noise_df = moderate(np.bincount(group, residual**2) / df, df)
    draws = fit.draw(np.random.default_rng(seed), noise, noise_df, n_resamples)
    low, high = _ends(draws.minimum, level)
    tail = 0.5 - level / 2.0
    bent = fit.coefficients[:, 2] > 0.0
    # A draw without a minimum has no loss there either; the budget is set aside where they are
    # many, and a NaN of one that is set aside is never shown.
    values = np.where(np.isnan(draws.value), fit.value, draws.value)
    loss_low, loss_high = np.quantile(values, [tail, 1.0 - tail], axis=0)
    gradient = fit.vertex_gradient
    variance = noise * np.einsum("gj,gjk,gk->g", gradient, fit.inverse, gradient)
    sizes = [np.unique(x[group == g]) for g in range(len(df))]
    where = fit.minimum
    told = np.isfinite(low) & np.isfinite(high)
    reasons = tuple(
        _reason(s, float(m), bent=bool(b), told=bool(t))
        for s, m, b, t in zip(sizes, where, bent, told, strict=True)
    )
    edge = np.array([m < s[1] or m > s[-2] for s, m in zip(sizes, where, strict=True)], dtype=bool)
    return Minima(fit, where, low, high, variance, fit.value, loss_low, loss_high, reasons, edge)


def _ends(minimum: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentiles of the minimum; a draw without one may have it at either end of the world."""
    tail = 0.5 - level / 2.0
    none = np.isnan(minimum)
    low = np.quantile(np.where(none, -np.inf, minimum), tail, axis=0, method="lower")
    high = np.quantile(np.where(none, np.inf, minimum), 1.0 - tail, axis=0, method="higher")
    return low, high


def _reason(sizes: Floats, minimum: float, *, bent: bool, told: bool) -> str:
    smallest, largest = np.exp(sizes[0]), np.exp(sizes[-1])
    if not bent:
        return "its losses do not bend upwards: runs of much smaller and of much larger models help"
    if minimum < sizes[0]:
        return f"no minimum among its sizes: runs of models smaller than {smallest:.3g} help"
    if minimum > sizes[-1]:
        return f"no minimum among its sizes: runs of models larger than {largest:.3g} help"
    if not told:
        return (
            "noise may have made its minimum: runs of models smaller than "
            f"{smallest:.3g} and larger than {largest:.3g} help"
        )
    return ""
