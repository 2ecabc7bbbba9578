r"""Bradley-Terry strengths of models that met each other, a tie as half a win for each.

P(i beats j) = sigmoid(theta_i - theta_j); ratings are 1000 + 400 theta / ln 10 with theta centred
over the models that have a finite estimate. The covariance is H^-1 B H^-1 with B summed over
questions, times G / (G - 1) for G of them; quantiles are Student's on G - 1. A model that only won,
or only lost, has one end, from the profile likelihood, which knows no questions.

A. Zeileis, S. Koell and N. Graham (2020), Journal of Statistical Software 95(1),
doi:10.18637/jss.v095.i01 (clustered sandwich); the likelihood is in
:mod:`theodolite.stats.half_win`, the bounds in :mod:`theodolite.stats.separation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import NotConvergedError
from theodolite.stats import (
    HalfWin,
    WinGraph,
    count_pairs,
    inverse_information,
    maximise,
    one_sided_bounds,
    separate,
    sigmoid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.matches import Matches
    from theodolite.stats import Separation

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["COLUMNS", "Strengths", "strengths_of", "strengths_of_games"]

CENTRE, POINTS = 1000.0, 400.0 / float(np.log(10.0))
COLUMNS = ("rating", "rating_low", "rating_high", "unbounded")
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Strengths:
    """Centred strengths, (K,), their standard errors, and the quantile of their intervals."""

    theta: Floats
    error: Floats
    quantile: float


def strengths_of(matches: Matches, *, level: float) -> tuple[pl.DataFrame | None, str]:
    """Rate the models, or say why they cannot be rated.

    Returns
    -------
    tuple
        One row a model (``model`` and :data:`COLUMNS`), or ``None`` and the reason, which is empty
        where strengths say no more than rates: of two models, or against a baseline.
    """
    frame = matches.frame.filter(pl.col("outcome").is_not_null())
    names = sorted({*frame["one"], *frame["two"]})
    if matches.baseline is not None or len(names) < 3:  # noqa: PLR2004
        return None, ""
    kinds = pl.Enum(names)
    first, second = (
        frame[side].cast(kinds).to_physical().cast(pl.Int64).to_numpy() for side in ("one", "two")
    )
    won = (frame["outcome"].cast(pl.Float64).to_numpy() + 1.0) / 2.0
    question = frame["item_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    likelihood = HalfWin(count_pairs(first, second, won, n_models=len(names)))
    graph = WinGraph.of_shares(likelihood.pairs)
    groups = graph.components(strong=False)
    if len(groups) > 1:
        return None, (
            f"There are no strengths: the models fall into {len(groups)} groups that never met."
        )
    separation = separate(graph)
    core = separation.core
    if len(core) < 2:  # noqa: PLR2004
        return None, "There are no strengths: no two models beat each other, even through others."
    if len(core) < len(names) and level <= 0.5:  # noqa: PLR2004
        return None, (
            "There are no strengths: a model that only won or only lost has a bound at levels "
            "above 0.5 alone."
        )
    number = np.full(len(names), -1)
    number[core] = np.arange(len(core))
    inside = (number[first] >= 0) & (number[second] >= 0)
    at = (number[first[inside]], number[second[inside]], won[inside], question[inside])
    z = np.array([NormalDist().inv_cdf(level)])
    try:
        found = strengths_of_games(*at, level=level)
        bounds = one_sided_bounds(likelihood, graph, separation, z=z)[:, 0]
    except NotConvergedError as problem:
        return None, f"There are no strengths: {problem}."
    return _framed(names, separation, found, bounds), ""


def _framed(
    names: list[str], separation: Separation, found: Strengths, bounds: Floats
) -> pl.DataFrame:
    """Put strengths and bounds on the scale of ratings, one row a model."""
    core, side = separation.core, separation.side
    rating = np.full(len(names), np.nan)
    low = np.where(side > 0, bounds, -np.inf)
    high = np.where(side < 0, bounds, np.inf)
    half = found.quantile * found.error
    rating[core], low[core], high[core] = found.theta, found.theta - half, found.theta + half
    unbounded = np.ones(len(names), dtype=bool)
    unbounded[core] = False
    columns = {
        name: CENTRE + POINTS * x for name, x in zip(COLUMNS[:3], (rating, low, high), strict=True)
    }
    out = pl.DataFrame({"model": names, **columns, "unbounded": unbounded})
    return out.with_columns(pl.col("rating").fill_nan(None))


def strengths_of_games(
    first: Integers, second: Integers, won: Floats, question: Integers, *, level: float
) -> Strengths:
    """Estimate strengths that are all finite.

    Parameters
    ----------
    first, second
        The models of each match, numbered from 0, (N,).
    won
        The part of it that the first won: 1, 1/2 or 0.
    question
        Its cluster, as any whole numbers.
    level
        Of the intervals.
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    k = int(max(first.max(), second.max())) + 1
    everyone = [np.arange(k)]
    found = maximise(HalfWin(count_pairs(first, second, won, n_models=k)), groups=everyone)
    inverse = inverse_information(found.information, everyone)
    label = np.unique(question, return_inverse=True)[1]
    n = int(label.max()) + 1
    residual = won - sigmoid(found.x[first] - found.x[second])
    sums = np.zeros((n, k))
    np.add.at(sums, (label, first), residual)
    np.add.at(sums, (label, second), -residual)
    covariance = inverse @ (sums.T @ sums) @ inverse * (n / (n - 1.0) if n > 1 else np.nan)
    plain = np.diag(inverse)
    variance = np.diag(covariance)
    # Outcomes that are all alike show no spread; the likelihood then says how sure they can make.
    variance = np.where(variance > LEAST_VARIANCE * plain, variance, plain)
    df = max(n - 1.0, 1.0)
    return Strengths(found.x, np.sqrt(variance), float(stdtrit(df, 0.5 + level / 2.0)))
