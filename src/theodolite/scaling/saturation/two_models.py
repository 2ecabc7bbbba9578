r"""How much better one model is than another with fewer tokens, and whether tokens explain it.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
A, B      the models; s_A, s_B their scores, y_A, y_B their logits above chance
T_A, T_B  their tokens
b, tau2   slope and variance between models of the trend of the other families
========  ==================================================================================

The trend says y_A - y_B = b log2(T_A / T_B), give or take its own uncertainty, the noise of both
scores and 2 tau2. Relative gains are s_A / s_B - 1; over benchmarks the mean of ln(s_A / s_B), its
interval Student's over benchmarks. There is no ratio where a score is within its noise of 0: any
factor would be as good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit, ndtri, stdtrit

from theodolite.errors import TheodoliteError, TooFewError, UsageError
from theodolite.scaling.saturation.score_result import TwoModels
from theodolite.scaling.saturation.trend import above_chance
from theodolite.stats.group_line import fit_group_line
from theodolite.stats.left_out import left_out
from theodolite.tables.scored import scored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.saturation.trend import Trend
    from theodolite.tables import Models

    Array = NDArray[np.float64]

__all__ = ["compare_two"]

FEWEST_FAMILIES = 4


def compare_two(
    models: Models, pair: tuple[str, str], trends: Mapping[str, Trend], *, level: float
) -> TwoModels:
    """Compare two models on every benchmark of the trends that both were measured on.

    Raises
    ------
    UsageError
        There is no such model, or they are one.
    TooFewError
        They share no benchmark.
    """
    names = models.find(pair[0]), models.find(pair[1])
    if names[0] == names[1]:
        raise UsageError(f"{names[0]} is compared with itself: name two models")
    tokens = {name: _tokens(models, name) for name in names}
    one, other = tokens[names[0]], tokens[names[1]]
    doublings = float(np.log2(one / other)) if one and other else None
    rows = []
    for benchmark, trend in trends.items():
        try:
            found = scored(models, benchmark, needs=(), kinds=("base", "instruct"))
        except TheodoliteError:
            continue
        two = [found.frame.filter(model=name) for name in names]
        if not all(len(rows_of) for rows_of in two):
            continue
        rows.append(_row(benchmark, [rows_of.row(0, named=True) for rows_of in two], trend,
                         doublings=doublings, level=level)
                    | _matched(found.measurements, names))  # fmt: skip
    if not rows:
        raise TooFewError(f"{names[0]} and {names[1]} share no benchmark of {', '.join(trends)}")
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return TwoModels(
        names[0], names[1], tokens[names[0]], tokens[names[1]], frame, _overall(frame, level)
    )


def _tokens(models: Models, name: str) -> float | None:
    value: float | None = models.frame.filter(model=name)["tokens"].item()
    return value


def _row(
    benchmark: str,
    two: list[dict[str, Any]],
    trend: Trend,
    *,
    doublings: float | None,
    level: float,
) -> dict[str, Any]:
    z = float(ndtri(0.5 + level / 2.0))
    score, noise = (np.array([one[k] for one in two]) for k in ("score", "noise"))
    gap, half = float(score[0] - score[1]), z * float(np.hypot(*noise))
    row: dict[str, Any] = {
        "benchmark": benchmark,
        "score_a": float(score[0]),
        "score_b": float(score[1]),
        "measured_a": two[0]["measured"],
        "measured_b": two[1]["measured"],
        "difference": gap,
        "difference_low": gap - half,
        "difference_high": gap + half,
        **_relative(score, noise, z, [one["model"] for one in two]),
    }
    logit, variance = above_chance(score, noise, trend.scores.chance)
    kept = ~trend.scores.frame["family"].is_in([one["family"] for one in two]).to_numpy()
    slope = _slope(trend, kept)
    names = ("expected", "expected_low", "expected_high", "verdict")
    if slope is None or doublings is None:
        return row | dict.fromkeys(names)
    at, error, df, tau2 = slope
    wide = np.sqrt((error * doublings) ** 2 + 2.0 * tau2 + variance.sum())
    t = float(stdtrit(df, 0.5 + level / 2.0))
    ends = at * doublings + np.array([0.0, -t * wide, t * wide])
    room = 1.0 - trend.scores.chance
    gains = room * (expit(logit[1] + ends) - expit(logit[1]))
    verdict = "within the trend"
    if gap > gains[2]:
        verdict = "above the trend"
    elif gap < gains[1]:
        verdict = "below the trend"
    return row | dict(zip(names, [*map(float, gains), verdict], strict=True))


def _relative(score: Array, noise: Array, z: float, names: list[str]) -> dict[str, Any]:
    """Give the relative gain with its interval, or why there is none."""
    near = [name for name, at, give in zip(names, score, noise, strict=True) if at <= give]
    keys = ("relative", "relative_low", "relative_high")
    if near:
        reason = f"within its noise of 0: {' and '.join(near)}"
        return {**dict.fromkeys(keys), "relative_reason": reason}
    log, half = float(np.log(score[0] / score[1])), z * float(np.hypot(*(noise / score)))
    with np.errstate(over="ignore"):
        ends = np.expm1(np.array([log, log - half, log + half]))
    return {**dict(zip(keys, map(float, ends), strict=True)), "relative_reason": None}


def _slope(trend: Trend, kept: NDArray[np.bool_]) -> tuple[float, float, int, float] | None:
    """Fit the trend without the two models' families: slope, its error, df and tau2."""
    cluster = np.unique(trend.cluster[kept], return_inverse=True)[1]
    if not len(cluster) or cluster.max() + 1 < FEWEST_FAMILIES or np.ptp(trend.x[kept]) <= 0.0:
        return None
    x, y, v = trend.x[kept], trend.logit[kept], trend.variance[kept]
    tau2 = fit_group_line(x, y, v).between
    try:
        found = left_out(np.stack([np.ones_like(x), x], axis=1), y, 1.0 / (v + tau2), cluster)
    except ValueError:
        return None
    return float(found.coefficients[1]), float(found.covariance[1, 1]) ** 0.5, found.df, tau2


def _matched(measurements: pl.DataFrame, names: tuple[str, str]) -> dict[str, Any]:
    """Return the mean difference over settings of one source in which both were measured."""
    keys = ["setting", "source"]
    one, two = (
        measurements.filter(model=name).group_by(keys).agg(pl.col("score").mean()) for name in names
    )
    both = one.join(two, on=keys, how="inner", suffix="_b", nulls_equal=True)
    gap = both.select((pl.col("score") - pl.col("score_b")).mean()).item() if len(both) else None
    return {"matched": len(both), "matched_difference": gap}


def _overall(frame: pl.DataFrame, level: float) -> dict[str, float | None]:
    """Return the geometric mean of the relative gains, its interval over benchmarks.

    Benchmarks without a relative gain are left out; without any there is no mean.
    """
    logs = np.log1p(frame["relative"].cast(pl.Float64).drop_nulls().to_numpy())
    if not len(logs):
        return {"estimate": None, "low": None, "high": None}
    out: dict[str, float | None] = {"estimate": float(np.expm1(logs.mean()))}
    if len(logs) < 2:  # noqa: PLR2004
        return out | {"low": None, "high": None}
    t = float(stdtrit(len(logs) - 1, 0.5 + level / 2.0))
    half = t * float(logs.std(ddof=1)) / len(logs) ** 0.5
    with np.errstate(over="ignore"):
        low, high = np.expm1(logs.mean() + np.array([-half, half]))
    return out | {"low": float(low), "high": float(high)}
