r"""The compute that a score stands for: of each model, by the curve of the other families.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x         log C of the model; a, b: the line of logits without its family
g         log of the gain: s = c + (h - c) sigmoid(a + b (x + g))
V(g)      variance of the line at x + g; d(g) the curve's derivative by the logit there
n         standard deviation of s
========  ==================================================================================

The interval of g holds what ``|s - curve(x + g)| <= q sqrt(n^2 + d(g)^2 V(g))`` allows: it joins
noise and fit, has no lower end where s may be chance, and no upper end where s may be the ceiling.
q is Student's, with Satterthwaite's degrees of freedom for a known n and a V from the families. The
p-value is of "no more than the curve says at its own compute". ``z`` asks another question, whether
the model is unlike the others: s against the curve with the scatter of families and models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats.latent_scores import inverse_link
from theodolite.stats.multiplicity import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.curve import ScoreCurve

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LARGEST", "own_gains", "without_family"]

# Gains beyond a factor of a million are no numbers any more.
LARGEST = 1e6
STEPS = 801
NODES = 40
SHOWN = (*("model", "family", "released", "params", "active_params", "tokens", "flops", "score"),)


def without_family(curve: ScoreCurve) -> tuple[Array, Integers]:
    """Give a and b without each model's family, (n, 2), and the family's number, (n,)."""
    group = curve.fit.data.group
    return curve.line.without[group], group


def own_gains(curve: ScoreCurve, level: float) -> pl.DataFrame:
    """Give the gain of each model.

    Returns
    -------
    polars.DataFrame
        One row a model: ``benchmark``, what it is, ``score``, ``noise``, ``expected`` (by the
        curve of the other families), ``gain``, ``low``, ``high``, ``unbounded``, ``p_adjusted``
        (that the gain is above 1, Holm over models), ``z`` and ``z_p_adjusted`` (that it does
        better than the scatter of models at its compute). Gains are null where the curve does not
        clearly rise.
    """
    line, measured = curve.line, curve.measured
    beta, group = without_family(curve)
    x, score, noise = curve.log_compute, measured.score, measured.noise
    expected = measured.curve(beta[:, 0] + beta[:, 1] * x)
    z, z_tail = _unlike_others(curve, beta)
    out = curve.frame.select(SHOWN).with_columns(
        pl.lit(curve.name).alias("benchmark"),
        noise=noise,
        expected=expected,
        z=z,
        z_p_adjusted=holm(z_tail),
    )
    columns = ("gain", "low", "high", "p_adjusted")
    if not curve.rises(level):
        empty = [pl.lit(None, dtype=pl.Float64).alias(name) for name in columns]
        return out.with_columns(*empty, unbounded=pl.lit(None, dtype=pl.Boolean))
    logs = np.linspace(-np.log(LARGEST), np.log(LARGEST), STEPS)
    low, high, tail = (np.empty(len(x)) for _ in range(3))
    for f in range(len(line.without)):
        own = group == f
        rows = np.stack(np.broadcast_arrays(1.0, x[own, None] + logs), axis=-1)
        variance = line.variance_without(f, rows)
        eta = rows @ line.without[f]
        low[own], high[own], tail[own] = _accepted(
            (score[own, None] - measured.curve(eta), noise[own, None]),
            measured.steepness(eta) ** 2 * variance,
            (logs, line.df - 1, level),
        )
    point = (inverse_link(measured, score) - beta[:, 0]) / beta[:, 1] - x
    point = np.clip(point, np.where(np.isfinite(low), low, -np.inf), high)
    ends = np.stack([point, low, high])
    ends = np.where(np.abs(ends) < np.log(LARGEST), ends, np.sign(ends) * np.inf)
    gain, least, most = np.exp(ends)
    return out.with_columns(
        gain=gain,
        low=least,
        high=most,
        p_adjusted=holm(tail),
        unbounded=(least == 0.0) | np.isinf(most),
    )


def _accepted(
    parts: tuple[Array, Array], fitted: Array, how: tuple[Array, int, float]
) -> tuple[Array, Array, Array]:
    """Find the ends of what is not rejected, and the upper tail at a gain of 1."""
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    gap, noise = parts
    logs, df, level = how
    total = noise**2 + fitted
    degrees = df * (total / np.maximum(fitted, 1e-300)) ** 2
    degrees = np.minimum(degrees, 1e6)
    ratio = gap / np.sqrt(total)
    spare = np.asarray(stdtrit(degrees, 0.5 + level / 2.0)) - np.abs(ratio)
    inside = spare >= 0.0
    # The value in the middle, were nothing accepted: between two steps of the grid.
    nearest = np.abs(ratio).argmin(axis=1)
    inside[np.arange(len(inside)), nearest] = True
    first = inside.argmax(axis=1)
    last = inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    low = np.array([_crossing(spare[i], logs, k, -1) for i, k in enumerate(first)])
    high = np.array([_crossing(spare[i], logs, k, 1) for i, k in enumerate(last)])
    middle = len(logs) // 2
    tail = np.asarray(stdtr(degrees[:, middle], -ratio[:, middle]), dtype=np.float64)
    return low, high, tail


def _crossing(spare: Array, logs: Array, at: int, step: int) -> float:
    """Interpolate where an end lies between the last step inside and the next one."""
    after = at + step
    if not 0 <= after < len(logs):
        return step * np.inf
    inside, outside = max(float(spare[at]), 0.0), float(spare[after])
    part = inside / (inside - outside) if inside > outside else 0.0
    return float(logs[at] + part * (logs[after] - logs[at]))


def _unlike_others(curve: ScoreCurve, beta: Array) -> tuple[Array, Array]:
    """Place each score among those of other models at its compute: normal score and tail."""
    from scipy.special import ndtr, ndtri, stdtr  # noqa: PLC0415  (slow to import)

    measured, line = curve.measured, curve.line
    x, group = curve.log_compute, curve.fit.data.group
    rows = np.stack([np.ones(len(x)), x], axis=1)
    fitted = np.concatenate([line.variance_without(f, rows[group == f]) for f in np.unique(group)])
    spread = np.sqrt(fitted + line.between + line.within)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    eta = (rows * beta).sum(axis=1)[:, None] + spread[:, None] * nodes
    over = ndtr((measured.curve(eta) - measured.score[:, None]) / measured.noise[:, None])
    share = np.clip((over * weights).sum(axis=1) / weights.sum(), 1e-15, 1.0 - 1e-15)
    z = -np.asarray(ndtri(share), dtype=np.float64)
    return z, np.asarray(stdtr(line.df - 1, -z), dtype=np.float64)
