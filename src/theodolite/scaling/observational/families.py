r"""Capabilities against compute, family by family.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
S_if      a capability of model i of family f, in standard deviations
C_if      its training FLOPs
a_f       intercept of family f
b         slope that all families share, per factor of ten of compute
e_f       10^((a_f - mean of a) / b): by what factor a family's compute counts
========  ==================================================================================

S_if = a_f + b log10 C_if + noise. b is least squares within families, its standard error clustered
by family (Student's t, families less one). e_f draws b, and a_f given b with the noise within
families over the square root of its models; where slopes of either sign are left open, so is e_f.

References
----------
Y. Ruan, C. J. Maddison and T. Hashimoto (2024), arXiv:2405.10938.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from theodolite.scaling.result import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Family", "Line", "line_of"]

DRAWS = 4000
FEWEST = 2


@dataclass(frozen=True)
class Family:
    """One family on the line.

    Attributes
    ----------
    family, models
        Its name, and its models of known compute.
    slope
        Its own slope per factor of ten; ``None`` for fewer than two models of different compute.
    r_squared
        Of its own line; ``None`` for fewer than three models.
    efficiency
        e_f; the low end 0 and the high one infinite where the slope's sign is open.
    """

    family: str
    models: int
    slope: float | None
    r_squared: float | None
    efficiency: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; an infinite end is null, and flagged."""
        ends = self.efficiency
        return {
            "family": self.family,
            "models": self.models,
            "slope": self.slope,
            "r_squared": self.r_squared,
            "efficiency": {**ends.to_dict(), "unbounded": bool(np.isinf(ends.high))},
        }


@dataclass(frozen=True)
class Line:
    """One capability against the logarithm of compute.

    Attributes
    ----------
    component
        Its number, from 1.
    slope
        b, standard deviations per factor of ten of compute.
    r_squared
        The share of the variance within families that the shared slope explains.
    families
        One each, the most efficient first.
    centre
        The mean of a: where the average family is at one FLOP.
    """

    component: int
    slope: Estimate
    r_squared: float
    families: tuple[Family, ...]
    centre: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "component": self.component,
            "slope": self.slope.to_dict(),
            "r_squared": self.r_squared,
            "families": [family.to_dict() for family in self.families],
        }


def line_of(
    scores: Array, flops: Array, families: Sequence[str], *, component: int, level: float, seed: int
) -> Line | None:
    """Fit the line; ``None`` where fewer than three families have two models of known compute.

    Parameters
    ----------
    scores, flops
        S and C of the models, (n,); C is NaN where not known.
    families
        The family of each.
    component
        Which capability it is.
    level, seed
        Of intervals, and of the draws behind those of the families.
    """
    known = ~np.isnan(flops)
    x, y, names = np.log10(flops[known]), scores[known], np.asarray(families)[known]
    kinds, at = np.unique(names, return_inverse=True)
    size = np.bincount(at)
    mean_x, mean_y = (np.bincount(at, weights=v) / size for v in (x, y))
    within_x, within_y = x - mean_x[at], y - mean_y[at]
    moving = np.bincount(at, weights=within_x**2) > 0.0
    if moving.sum() <= FEWEST:
        return None
    ssx = float((within_x**2).sum())
    slope = float((within_x * within_y).sum()) / ssx
    residual = within_y - slope * within_x
    clusters = int(moving.sum())
    score = np.bincount(at, weights=within_x * residual)
    error = float(np.sqrt(clusters / (clusters - 1) * (score**2).sum())) / ssx
    reach = float(stdtrit(clusters - 1, 0.5 + level / 2.0)) * error
    degrees = max(len(x) - len(kinds) - 1, 1)
    noise = float(np.sqrt((residual**2).sum() / degrees))
    rng = np.random.default_rng(seed)
    drawn = slope + error * rng.standard_t(clusters - 1, DRAWS)[:, None]
    moved = noise / np.sqrt(size) * rng.standard_t(degrees, (DRAWS, len(kinds)))
    draws = _efficiency(mean_y - drawn * mean_x + moved, drawn)
    if slope <= reach:
        # Where the slope's sign is open, so is every factor.
        draws[:] = np.inf
    efficiency = _efficiency(mean_y - slope * mean_x, slope)
    parts = [(within_x[at == k], within_y[at == k]) for k in range(len(kinds))]
    ends = [_ends(float(efficiency[k]), draws[:, k], level=level) for k in range(len(kinds))]
    found = [
        Family(str(kind), int(size[k]), _slope(*parts[k]), _explained(*parts[k]), ends[k])
        for k, kind in enumerate(kinds)
    ]
    total = float((within_y**2).sum())
    return Line(
        component=component,
        slope=Estimate(slope, slope - reach, slope + reach),
        r_squared=1.0 - float((residual**2).sum()) / total if total else 0.0,
        families=tuple(sorted(found, key=lambda one: -one.efficiency.estimate)),
        centre=float((mean_y - slope * mean_x).mean()),
    )


def _efficiency(intercepts: Array, slope: Array | float) -> Array:
    with np.errstate(over="ignore", divide="ignore"):
        centred = intercepts - intercepts.mean(axis=-1, keepdims=True)
        factor: Array = 10.0 ** np.clip(centred / slope, -300.0, 300.0)
    return factor


def _ends(estimate: float, draws: Array, *, level: float) -> Estimate:
    if np.isinf(draws).any():
        return Estimate(estimate, 0.0, np.inf)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return Estimate(estimate, min(float(low), estimate), max(float(high), estimate))


def _slope(x: Array, y: Array) -> float | None:
    square = float((x**2).sum())
    return float((x * y).sum()) / square if square > 0.0 else None


def _explained(x: Array, y: Array) -> float | None:
    slope, total = _slope(x, y), float((y**2).sum())
    if slope is None or len(x) <= FEWEST or total == 0.0:
        return None
    return 1.0 - float(((y - slope * x) ** 2).sum()) / total
