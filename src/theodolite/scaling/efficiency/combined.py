r"""One gain of each model over several benchmarks.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
z_ij, v_ij  logit that the score of model i on benchmark j stands for, and its variance
y_ij      (z_ij - a_j) / b_j - x_i: log gain, by the line without the model's family
delta     standard deviation of y_ij over benchmarks beyond v_ij / b_j^2, of all models together
w_ij      1 / (v_ij / b_j^2 + delta^2)
D_ih      what leaving family h out of every benchmark does to the mean of model i
========  ==================================================================================

The log gain of a model is the mean of y_ij with weights w_ij: a score at chance, of which hardly
anything is known, hardly counts. Its variance is 1 / sum_j w_ij plus that of the lines, (F - 1) / F
sum_h D_ih^2, so that families are left out of all benchmarks together; each line's part is
widened where its model-based variance is larger. delta solves sum_ij w_ij (y_ij - mean_i)^2 =
sum_i (J_i - 1) (Paule and Mandel).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.efficiency.gains import LARGEST, SHOWN, without_family
from theodolite.scaling.result import Estimate
from theodolite.stats.latent_scores import logit_estimates
from theodolite.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.curve import ScoreCurve
    from theodolite.stats.mixed_line import MixedLine

    Array = NDArray[np.float64]

__all__ = ["Combined", "LogGains", "combined", "left_out_pulls"]

HALVINGS = 60
WIDE = 4.0
# 1 / v of a score that says nothing.
LEAST = 0.02


@dataclass(frozen=True)
class LogGains:
    """The logs of the gains, and what they share.

    Attributes
    ----------
    value, noise
        Mean over benchmarks, (n,), and its variance but for the lines', (n,).
    pulls
        D, scaled so that the variance of the lines' part is the sum of squares, (families, n).
    df
        Degrees of freedom.
    """

    value: Array
    noise: Array
    pulls: Array
    df: int

    def mean(self, weights: Array, level: float) -> Estimate:
        """Give a weighted sum of log gains, where only noise and lines are uncertain."""
        value = float(weights @ self.value)
        variance = float(weights**2 @ self.noise + ((self.pulls @ weights) ** 2).sum())
        margin = self.quantile(level) * variance**0.5
        return Estimate(value, value - margin, value + margin)

    def quantile(self, level: float) -> float:
        """Standard errors from the middle of an interval to its end."""
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        return float(stdtrit(self.df, 0.5 + level / 2.0))


@dataclass(frozen=True)
class Combined:
    """The gain of each model over all benchmarks on which scores rise with compute.

    Attributes
    ----------
    frame
        One row a model, the largest gain first: what it is, ``gain``, ``low``, ``high``,
        ``unbounded``, ``p_adjusted`` (that it is above 1, Holm), ``benchmarks`` (how many).
    benchmarks
        Their names.
    spread
        delta: the gains of one model on two benchmarks differ by a factor of exp(sqrt(2) delta)
        or so.
    logs
        In the order of ``frame``.
    """

    frame: pl.DataFrame
    benchmarks: tuple[str, ...]
    spread: float
    logs: LogGains = field(repr=False)

    def with_own(self, gains: pl.DataFrame) -> Combined:
        """Take the gains of the only benchmark as those over all."""
        columns = ("gain", "low", "high", "unbounded", "p_adjusted")
        frame = self.frame.drop(columns).join(
            gains.select("model", *columns), on="model", how="left", maintain_order="left"
        )
        return replace(self, frame=frame.select(self.frame.columns))

    def at(self, model: str) -> int:
        """Give the row of a model."""
        return self.frame["model"].to_list().index(model)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one plain object a model."""
        rows = self.frame.with_columns(pl.col("released").cast(pl.String)).to_dicts()
        for row in rows:
            ends = {"low": row.pop("low"), "high": row.pop("high")}
            row["gain"] = {"estimate": row["gain"], **ends}
        return rows


def left_out_pulls(line: MixedLine, rows: Array) -> Array:
    """Say what leaving each family out does to ``rows @ beta``, (F, n).

    Scaled so that squares sum to the variance, the larger of the two that the line has.
    """
    f = len(line.without)
    gap = (line.without - line.without.mean(axis=0)) @ rows.T
    gap *= ((f - 1.0) / f) ** 0.5
    own = (gap**2).sum(axis=0)
    wider = np.sqrt(line.variance(rows) / np.maximum(own, 1e-300))
    pulls: Array = gap * np.maximum(wider, 1.0)
    return pulls


def combined(curves: Sequence[ScoreCurve], level: float) -> Combined:
    """Combine the gains on several benchmarks, or state those on one in the same terms."""
    models = pl.concat([curve.frame.select(SHOWN) for curve in curves]).unique(
        "model", keep="first", maintain_order=True
    )
    place = {name: i for i, name in enumerate(models["model"])}
    families = {n: i for i, n in enumerate(dict.fromkeys(f for c in curves for f in c.families))}
    n, many = len(place), len(curves)
    y, v = np.zeros((n, many)), np.full((n, many), np.inf)
    pulls = np.zeros((len(families), n, many))
    for j, curve in enumerate(curves):
        rows = np.array([place[name] for name in curve.frame["model"]])
        own, spread, pull = _one(curve)
        y[rows, j], v[rows, j] = own, spread
        those = np.array([families[name] for name in curve.families])
        pulls[those[:, None], rows[None, :], j] = pull
    there = np.isfinite(v)
    delta = _between(y, v)
    w = np.where(there, 1.0 / (v + delta**2), 0.0)
    total = w.sum(axis=1)
    value = (w * y).sum(axis=1) / total
    df = min(curve.line.df for curve in curves) - 1
    logs = LogGains(value, 1.0 / total, (pulls * w).sum(axis=2) / total, df)
    return _ordered(models.with_columns(benchmarks=there.sum(axis=1)), logs, curves, delta, level)


def _one(curve: ScoreCurve) -> tuple[Array, Array, Array]:
    """Give y, its variance and the pulls of the families, of one benchmark."""
    beta, group = without_family(curve)
    a, b = beta.T
    # By a wide normal: what the score itself says, not what it adds to the others of its family.
    prior = np.full(len(a), WIDE * max(curve.scatter**2, 1.0))
    z, variance = logit_estimates(curve.measured, a + b * curve.log_compute, prior, least=LEAST)
    y = (z - a) / b - curve.log_compute
    gradient = np.stack([-1.0 / b, -(z - a) / b**2], axis=1)
    pull = left_out_pulls(curve.line, gradient)
    # Its own family has no part in the line that a model is held against.
    pull[group, np.arange(len(y))] = 0.0
    return y, variance / b**2, pull


def _between(y: Array, v: Array) -> float:
    """Find delta by halving."""
    there = np.isfinite(v)
    degrees = float((there.sum(axis=1) - 1).sum())

    def excess(delta: float) -> float:
        w = np.where(there, 1.0 / (v + delta**2), 0.0)
        mean = (w * y).sum(axis=1) / w.sum(axis=1)
        return float((w * (y - mean[:, None]) ** 2).sum()) - degrees

    if degrees == 0 or excess(0.0) <= 0.0:
        return 0.0
    low, high = 0.0, 20.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    return high


def _ordered(
    models: pl.DataFrame,
    logs: LogGains,
    curves: Sequence[ScoreCurve],
    delta: float,
    level: float,
) -> Combined:
    from scipy.special import stdtr  # noqa: PLC0415  (slow to import)

    error = np.sqrt(logs.noise + (logs.pulls**2).sum(axis=0))
    margin = logs.quantile(level) * error
    ends = np.stack([logs.value, logs.value - margin, logs.value + margin])
    ends = np.where(np.abs(ends) < np.log(LARGEST), ends, np.sign(ends) * np.inf)
    gain, low, high = np.exp(ends)
    tail = np.asarray(stdtr(logs.df, -logs.value / error), dtype=np.float64)
    order = np.lexsort((np.arange(len(gain)), -logs.value))
    frame = models.drop("score").with_columns(
        gain=gain,
        low=low,
        high=high,
        unbounded=(low == 0.0) | np.isinf(high),
        p_adjusted=holm(tail),
    )
    sorted_ = LogGains(logs.value[order], logs.noise[order], logs.pulls[:, order], logs.df)
    return Combined(frame[order], tuple(curve.name for curve in curves), delta, sorted_)
