"""Whether more tokens still buy benchmark scores, across published models of about one size.

The trend stands in :mod:`theodolite.scaling.saturation.trend`. A plateau is tried as curvature,
y = a + b x + q x^2, and as a hinge, y = a + b min(x, k), its knee k at a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl
from scipy.special import expit

from theodolite.errors import TheodoliteError, TooFewError, UsageError
from theodolite.scaling.saturation.score_result import ScoreSaturation
from theodolite.scaling.saturation.trend import FEWEST_FAMILIES, trend_of
from theodolite.scaling.saturation.two_models import compare_two
from theodolite.stats.left_out import left_out
from theodolite.tables.checks import Removal
from theodolite.tables.scored import SHARES, scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.saturation.trend import Trend
    from theodolite.tables import Models
    from theodolite.tables.scored import Scored

    Array = NDArray[np.float64]

__all__ = ["BAND", "SCORE_VERDICTS", "score_saturation"]

BAND = (6e9, 9e9)
# Below this many families a curve says nothing that one family does not.
FEWEST_CURVED = 6
ScoreVerdict = Literal["rises", "rises, but flattens", "falls", "cannot be told"]
SCORE_VERDICTS: tuple[ScoreVerdict, ...] = get_args(ScoreVerdict)


def score_saturation(
    models: Models,
    *,
    params: tuple[float, float] = BAND,
    benchmarks: Sequence[str] | None = None,
    pair: tuple[str, str] | None = None,
    level: float = 0.95,
) -> ScoreSaturation:
    """Test whether scores of base models of about one size still rise with training tokens.

    Parameters
    ----------
    models
        The table.
    params
        Fewest and most parameters.
    benchmarks
        Which; all that are shares of items and have five families in the band where left out.
    pair
        Two models, by name or alias, the one with more tokens first: how much better is it, and
        is that what the trend of the other families says?
    level
        Level of every interval.

    Returns
    -------
    ScoreSaturation
        See there.

    Raises
    ------
    UsageError
        The band or level is out of range, or a name is unknown.
    TooFewError
        No benchmark has five families with known tokens in the band.

    References
    ----------
    Meta (2024), Llama 3 model card (8B parameters, 15T tokens).

    Examples
    --------
    >>> from theodolite.loading import load_models
    >>> got = score_saturation(load_models(), benchmarks=["MMLU"])
    >>> got.scores["models"].item() >= 5
    True
    """
    low, high = params
    if not 0.0 < low < high:
        raise UsageError(f"--params runs from fewer to more, as 6e9..9e9; not {low:g}..{high:g}")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    names = [models.find_field(name) for name in benchmarks or shares_of(models)]
    rows, trends, without = [], {}, []
    for name in dict.fromkeys(names):
        try:
            trend = trend_of(_in_band(scored(models, name), params))
        except UsageError:
            raise
        except TheodoliteError as error:
            without.append({"benchmark": name, "reason": str(error)})
            continue
        trends[name] = trend
        rows.append(_row(name, trend, level))
    if not rows:
        reasons = "; ".join(f"{one['benchmark']}: {one['reason']}" for one in without)
        raise TooFewError(
            f"no benchmark has {FEWEST_FAMILIES} families with known tokens from {low:.3g} to "
            f"{high:.3g} parameters ({reasons}): widen --params, or add models (--models FILE)"
        )
    return ScoreSaturation(
        scores=pl.DataFrame(rows, infer_schema_length=None),
        models=_models(trends),
        pair=None if pair is None else compare_two(models, pair, trends, level=level),
        without=tuple(without),
        params=params,
        level=level,
        removed=_removed(models, params),
    )


def shares_of(models: Models) -> list[str]:
    """Return the benchmarks that are shares of items, in alphabetical order."""
    units = models.results.group_by("benchmark").agg(pl.col("unit").is_in(SHARES).all())
    return units.filter("unit").get_column("benchmark").sort().to_list()


def _in_band(scores: Scored, params: tuple[float, float]) -> Scored:
    inside = pl.col("params").is_between(*params)
    frame = scores.frame.filter(inside)
    left = tuple(r for r in scores.removed)
    return type(scores)(scores.benchmark, frame, scores.measurements, scores.harness, left)


def _row(name: str, trend: Trend, level: float) -> dict[str, Any]:
    slope, low, high = trend.line.interval(np.array([0.0, 1.0]), level)
    row: dict[str, Any] = {
        "benchmark": name,
        "models": len(trend.x),
        "families": int(trend.cluster.max()) + 1,
        "measurements": int(trend.scores.frame["measured"].sum()),
        "slope": slope,
        "slope_low": low,
        "slope_high": high,
        **_points(trend, level),
        **_curve(trend, level),
        "between": trend.tau2**0.5,
        "harness": trend.scores.harness**0.5,
        **_errors(trend),
    }
    flattens = row["curvature_high"] is not None and row["curvature_high"] < 0.0
    verdict: ScoreVerdict = "cannot be told"
    if low > 0.0:
        verdict = "rises, but flattens" if flattens else "rises"
    elif high < 0.0:
        verdict = "falls"
    return {**row, "verdict": verdict}


def _points(trend: Trend, level: float) -> dict[str, float]:
    """Return what a doubling of tokens buys in points of score, at the models' middle."""
    slope, low, high = trend.line.interval(np.array([0.0, 1.0]), level)
    middle = float(trend.line.coefficients[0])
    room = 1.0 - trend.scores.chance

    def gain(step: float) -> float:
        return room * float(expit(middle + step) - expit(middle))

    return {"doubling": gain(slope), "doubling_low": gain(low), "doubling_high": gain(high)}


def _curve(trend: Trend, level: float) -> dict[str, float | None]:
    names = ("curvature", "slope_at_most")
    out: dict[str, float | None] = {
        f"{name}{end}": None for name in names for end in ("", "_low", "_high")
    }
    if trend.cluster.max() + 1 < FEWEST_CURVED:
        return out
    try:
        fitted = left_out(trend.designs()["curve"], trend.logit, trend.weights, trend.cluster)
    except ValueError:
        return out
    top = float(trend.x.max())
    for name, direction in (("curvature", [0.0, 0.0, 1.0]), ("slope_at_most", [0.0, 1.0, 2 * top])):
        value, low, high = fitted.interval(np.array(direction), level)
        out |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return out


def _errors(trend: Trend) -> dict[str, float | None]:
    """Return the mean absolute error, in points of score, of each family foretold without it."""
    room = 1.0 - trend.scores.chance
    observed = expit(trend.logit)
    out: dict[str, float | None] = {}
    for name, design in trend.designs().items():
        try:
            predicted = left_out(design, trend.logit, trend.weights, trend.cluster).predicted
        except ValueError:
            out[f"error_{name}"] = None
            continue
        out[f"error_{name}"] = room * float(np.abs(expit(predicted) - observed).mean())
    hinged = expit(_hinged(trend))
    out["error_plateau"] = room * float(np.abs(hinged - observed).mean())
    return out


def _hinged(trend: Trend) -> Array:
    """Foretell each family by the hinge that fits the others best, its knee at a model."""
    knees = np.unique(trend.x)[1:]
    one = np.ones_like(trend.x)
    best = np.full(len(one), np.inf)
    predicted = np.empty_like(one)
    for knee in knees:
        design = np.stack([one, np.minimum(trend.x, knee)], axis=1)
        try:
            found = left_out(design, trend.logit, trend.weights, trend.cluster)
        except ValueError:
            continue
        away = trend.logit - found.without @ design.T
        others = trend.cluster != np.arange(len(found.without))[:, None]
        cost = (others * trend.weights * away**2).sum(axis=1)
        better = cost[trend.cluster] < best
        best = np.where(better, cost[trend.cluster], best)
        predicted = np.where(better, found.predicted, predicted)
    return predicted


def _models(trends: dict[str, Trend]) -> pl.DataFrame:
    """Return one row a model and benchmark: what the trends were fitted to, and the lines."""
    parts = []
    for name, trend in trends.items():
        fitted = trend.line.coefficients[0] + trend.line.coefficients[1] * trend.x
        room = 1.0 - trend.scores.chance
        parts.append(
            trend.scores.frame.select(
                pl.lit(name).alias("benchmark"),
                *("model", "family", "params", "tokens", "score", "measured"),
                *("lowest", "highest", "noise"),
                fitted=pl.Series(trend.scores.chance + room * expit(fitted)),
            )
        )
    return pl.concat(parts)


def _removed(models: Models, params: tuple[float, float]) -> tuple[Removal, ...]:
    """Count the base models of the band that a trend in tokens must do without."""
    band = models.frame.filter(pl.col("params").is_between(*params) & (pl.col("kind") == "base"))
    unknown = int(band["tokens"].is_null().sum())
    counts = (
        ("models that are not base models, or whose parameters are not in the band or not known",
         len(models) - len(band)),
        ("base models in the band whose tokens are not known", unknown),
    )  # fmt: skip
    found = tuple(Removal(reason, count) for reason, count in counts if count)
    return (*models.removed, *found)
