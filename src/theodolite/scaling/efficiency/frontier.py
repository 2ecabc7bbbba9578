r"""The frontier: the score that the best tenth of models reach at their compute.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
e_i, p_i  what model i has beyond the curve, given all scores: mean and variance
t2        tau_f^2 + tau_i^2
k         sqrt(t2 / mean of (e_i - mean e)^2)
o         the frontier lies o above the curve, as a logit: a quantile of the k e_i
========  ==================================================================================

The largest of noisy scores is too large. The means e_i are shrunk by each score's noise, and so lie
too close together; k gives them back the spread that models have. The frontier is parallel to
the curve in logits: exp(o / b) times the compute is what a typical model needs to reach it.
Intervals draw families with exponential weights.

References
----------
T. A. Louis (1984), Journal of the American Statistical Association 79, 393-398.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.scaling.result import Estimate

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.curve import ScoreCurve

    Array = NDArray[np.float64]

__all__ = ["Frontier", "frontier"]


@dataclass(frozen=True)
class Frontier:
    """The frontier of one benchmark.

    Attributes
    ----------
    benchmark, quantile
        Whose, and the share of models below.
    offset
        o, with its interval.
    factor
        exp(o / b) at the curve's b: the compute that a typical model needs to be on it.
    models
        Those whose own mean e lies above it, the farthest first: ``model``, ``flops``, ``score``,
        ``frontier`` (its score there), ``distance`` (the factor of compute to it) and
        ``probability`` that the model lies above, by its own noise.
    """

    benchmark: str
    quantile: float
    offset: Estimate
    factor: Estimate
    models: pl.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "benchmark": self.benchmark,
            "quantile": self.quantile,
            "offset": self.offset.to_dict(),
            "factor": self.factor.to_dict(),
            "models": self.models.to_dicts(),
        }


def frontier(curve: ScoreCurve, weights: Array, level: float) -> Frontier:
    """Place the frontier; ``weights``, (R, F), draw the families."""
    from scipy.special import ndtr  # noqa: PLC0415  (slow to import)

    effect, variance = curve.fit.effect, curve.fit.effect_variance
    spread = float(np.mean((effect - effect.mean()) ** 2)) ** 0.5
    beyond = effect * curve.scatter / spread if spread > 0.0 else effect
    quantile = curve.settings.quantile
    o = float(_quantiles(beyond, np.ones((1, len(beyond))), quantile)[0])
    drawn = _quantiles(beyond, weights[:, curve.fit.data.group], quantile)
    tails = [0.5 - level / 2.0, 0.5 + level / 2.0]
    low, high = (float(value) for value in np.quantile(drawn, tails))
    offset = Estimate(o, min(low, o), max(high, o))
    b = float(curve.line.beta[1])
    ends = np.exp(np.clip(np.array([offset.estimate, offset.low, offset.high]) / b, -700, 700))
    factor = Estimate(*(float(end) for end in ends)) if b > 0.0 else Estimate(*[float("nan")] * 3)
    level_of = curve.line.beta[0] + b * curve.log_compute + o
    models = curve.frame.select("model", "flops", "score").with_columns(
        frontier=curve.measured.curve(level_of),
        distance=np.exp(np.clip((effect - o) / b, -700, 700)),
        probability=np.asarray(ndtr((effect - o) / np.sqrt(variance)), dtype=np.float64),
        above=effect > o,
    )
    above = models.filter("above").drop("above").sort("distance", descending=True)
    return Frontier(curve.name, quantile, offset, factor, above)


def _quantiles(values: Array, weights: Array, share: float) -> Array:
    """Give a quantile under each weighting, (R,), between neighbouring values."""
    order = np.argsort(values)
    w = weights[:, order]
    mass = (np.cumsum(w, axis=1) - 0.5 * w) / w.sum(axis=1, keepdims=True)
    ordered = values[order]
    return np.array([np.interp(share, row, ordered) for row in mass])
