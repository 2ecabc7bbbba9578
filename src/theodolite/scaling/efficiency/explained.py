r"""How much of the differences between models compute explains, and whether the product suffices.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
V_x       variance of log C over models; V_xf of the families' means, V_xw within families
b         slope of the logit
share     b^2 V_x / (b^2 V_x + tau_f^2 + tau_i^2), of the logits, free of the scores' noise
between   b^2 V_xf / (b^2 V_xf + tau_f^2); within: b^2 V_xw / (b^2 V_xw + tau_i^2)
b_N, b_D  slopes of log N and log D; C = 6 N D says b_N = b_D
========  ==================================================================================

Intervals draw families with exponential weights (the same in all benchmarks), on the scale of the
log-odds of the share; the draws are spread by sqrt(F / (F - 2)) times the ratio of Student's to the
normal quantile. Squares are never below 0, and so no draw of a share is: where the interval of b
holds 0, that of the share is taken down to 0.

References
----------
S. Nakagawa and H. Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142 (shares of
variance with random effects); D. B. Rubin (1981), Annals of Statistics 9, 130-134 (the weights).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from theodolite.errors import NotIdentifiedError
from theodolite.scaling.result import Estimate
from theodolite.stats.mixed_line import weighted_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.curve import ScoreCurve

    Array = NDArray[np.float64]

__all__ = ["Explained", "Product", "Said", "explained", "explained_in_all", "product"]

Said = Literal["compute explains most", "compute does not explain most", "cannot be told"]
Suffices = Literal["product suffices", "product does not suffice", "cannot be told"]
HALF = 0.5
# b_N and b_D are as good as alike where their difference is within so much of their mean.
ALIKE = 0.5
LEAST_ODDS = 1e-6


@dataclass(frozen=True)
class Explained:
    """Shares of the variance between models' logits.

    Attributes
    ----------
    share
        That compute explains.
    between, within
        The same of the differences between families' means, and within families.
    family, model
        The shares that families and single models have beyond compute.
    noise
        Variance of a score's noise, as a logit (the median), over that and the variance of
        families and models. Above a half noise covers what compute should explain.
    rises
        Whether scores surely rise with compute; else compute may explain nothing.
    """

    share: Estimate
    between: Estimate
    within: Estimate
    family: float
    model: float
    noise: float
    rises: bool

    @property
    def drowned(self) -> bool:
        """Whether noise covers what families and models may have beyond compute."""
        return self.noise > HALF

    @property
    def verdict(self) -> Said:
        """Whether the interval of the share lies above or below a half; open where noise covers."""
        return "cannot be told" if self.drowned else said(self.share)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "verdict": self.verdict,
            **self.share.to_dict(),
            "between": self.between.to_dict(),
            "within": self.within.to_dict(),
            "family": self.family,
            "model": self.model,
            "noise": self.noise,
            "rises": self.rises,
        }


@dataclass(frozen=True)
class Product:
    """Parameters and tokens apart.

    Attributes
    ----------
    params, tokens
        b_N and b_D.
    difference
        b_N less b_D.
    """

    params: Estimate
    tokens: Estimate
    difference: Estimate

    @property
    def verdict(self) -> Suffices:
        """Whether the difference is not 0, or within half of the mean slope, by its interval."""
        mean = 0.5 * (self.params.estimate + self.tokens.estimate)
        if self.difference.low > 0.0 or self.difference.high < 0.0:
            return "product does not suffice"
        if max(-self.difference.low, self.difference.high) < ALIKE * mean:
            return "product suffices"
        return "cannot be told"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "verdict": self.verdict,
            "params": self.params.to_dict(),
            "tokens": self.tokens.to_dict(),
            "difference": self.difference.to_dict(),
        }


def said(share: Estimate) -> Said:
    """Whether the interval lies above or below a half."""
    if share.low > HALF:
        return "compute explains most"
    return "compute does not explain most" if share.high < HALF else "cannot be told"


def explained(curve: ScoreCurve, weights: Array, level: float) -> tuple[Explained, Array]:
    """Give the shares, and the draws of the log-odds of the first.

    Parameters
    ----------
    curve
        The fit.
    weights
        Weights of its families, (R, F).
    level
        Of the intervals.
    """
    x, group = curve.log_compute, curve.fit.data.group
    means = (np.bincount(group, x) / np.bincount(group))[group]
    spreads = np.array([np.var(x), np.var(means), np.mean((x - means) ** 2)])
    line = curve.line
    own = _odds(line.beta[None, 1], np.array([line.between]), np.array([line.within]), spreads)
    beta, between, within = weighted_lines(curve.fit.data, weights)
    drawn = _odds(beta[:, 1], between, within, spreads)
    drawn = own + (drawn - own) * _widening(curve, level)
    rises = curve.rises(level)
    found = [_share(own[0, k], drawn[:, k], level, rises=rises) for k in range(3)]
    rest = 1.0 - found[0].estimate
    family = rest * line.between / max(line.between + line.within, LEAST_ODDS)
    noise = float(np.median(curve.fit.data.variance))
    noise /= noise + line.between + line.within
    share, between_means, inside = found
    parts = {"family": family, "model": rest - family, "noise": noise}
    return Explained(share, between_means, inside, **parts, rises=rises), drawn[:, 0]


def explained_in_all(parts: Sequence[tuple[Explained, Array]], level: float) -> Estimate:
    """Give the mean share over benchmarks; families are drawn together.

    Benchmarks where noise covers the scatter are left out, unless it does so on all. In the lower
    end those where scores do not surely rise with compute count as 0.
    """
    parts = [part for part in parts if not part[0].drowned] or parts
    mean = float(np.mean([part.share.estimate for part, _ in parts]))
    drawn = np.array([1.0 / (1.0 + np.exp(-draws)) for _, draws in parts])
    sure = drawn * np.array([[part.rises] for part, _ in parts])
    low = np.quantile(sure.mean(axis=0), 0.5 - level / 2.0)
    high = np.quantile(drawn.mean(axis=0), 0.5 + level / 2.0)
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def product(curve: ScoreCurve, level: float) -> Product | None:
    """Fit parameters and tokens apart; ``None`` where these go together in all other families."""
    sizes = curve.frame.select("active_params", "params", "tokens")
    working = sizes["active_params"].fill_null(sizes["params"])
    columns = np.log(np.stack([working.to_numpy(), sizes["tokens"].to_numpy()], axis=1))
    try:
        line = curve.on(columns)
    except NotIdentifiedError:
        return None
    rows = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, -1.0]])
    margin = line.quantile(level) * np.sqrt(line.variance(rows))
    values = rows @ line.beta
    return Product(
        *(
            Estimate(float(v), float(v - m), float(v + m))
            for v, m in zip(values, margin, strict=True)
        )
    )


def _odds(slope: Array, between: Array, within: Array, spreads: Array) -> Array:
    """Log-odds of the three shares, (R, 3)."""
    rest = np.stack([between + within, between, within], axis=1)
    ratio = slope[:, None] ** 2 * spreads / np.maximum(rest, LEAST_ODDS)
    logs: Array = np.log(np.clip(ratio, LEAST_ODDS, 1.0 / LEAST_ODDS))
    return logs


def _widening(curve: ScoreCurve, level: float) -> float:
    from scipy.special import ndtri  # noqa: PLC0415  (slow to import)

    families = len(curve.line.without)
    ratio = curve.line.quantile(level) / float(ndtri(0.5 + level / 2.0))
    return float(np.sqrt(families / (families - 2.0))) * ratio


def _share(own: float, drawn: Array, level: float, *, rises: bool) -> Estimate:
    low, high = np.quantile(drawn, [0.5 - level / 2.0, 0.5 + level / 2.0])
    ends = 1.0 / (1.0 + np.exp(-np.array([own, min(low, own), max(high, own)])))
    return Estimate(float(ends[0]), float(ends[1]) if rises else 0.0, float(ends[2]))
