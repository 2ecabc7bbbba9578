"""From two boards' strengths to the table of their changes."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError
from theodolite.ratings.board import two_sided
from theodolite.ratings.results import Scale
from theodolite.stats import QuadraticTest, holm, quadratic_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from theodolite.ratings.shift_results import Shift

    Floats = NDArray[np.float64]

__all__ = ["change_frame", "common_models", "holm_over", "joint_change"]

# In log-odds: a ten-thousandth of a millionth of a point.
ROUNDING = 1e-9

SCHEMA = {
    "model": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank_before": pl.Int64,
    "rank_after": pl.Int64,
    "p_value": pl.Float64,
}


def common_models(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the models on both boards, in the order of the first.

    Raises
    ------
    TooFewError
        Fewer than two.
    """
    there = set(after)
    common = [model for model in before if model in there]
    if len(common) < 2:  # noqa: PLR2004
        raise TooFewError(
            f"the two boards have {len(common)} rated models in common: a change needs at least two"
        )
    return common


def change_frame(
    before: Mapping[str, float],
    after: Mapping[str, float],
    covariance: Floats,
    *,
    level: float,
) -> pl.DataFrame:
    """Lay out the change of every model.

    Parameters
    ----------
    before, after
        Strengths of the rated models of each board, in log-odds.
    covariance
        Of the change of the common models, in the order of ``before``; any common shift counts
        for nothing, (C, C).
    level
        Of the pointwise intervals.

    Returns
    -------
    polars.DataFrame
        The columns of :class:`Shift`, but for Holm's adjustment; see :func:`holm_over`.
    """
    common, scale = common_models(list(before), list(after)), Scale()
    x, y = (np.array([side[m] for m in common]) for side in (before, after))
    centres = x.mean(), y.mean()
    x, y = x - centres[0], y - centres[1]
    error = np.sqrt(np.maximum(np.diag(centred(covariance)), 0.0))
    change = y - x
    # Two fits of the same votes differ by rounding alone: that is no change.
    same = np.abs(change) < ROUNDING
    change, error = np.where(same, 0.0, change), np.where(same & (error < ROUNDING), 0.0, error)
    half = two_sided(level) * error
    size = np.divide(np.abs(change), error, out=np.zeros_like(change), where=error > 0)
    frame = pl.DataFrame(
        {
            "model": common,
            "before": scale.rating(x),
            "after": scale.rating(y),
            "change": change * scale.points,
            "low": (change - half) * scale.points,
            "high": (change + half) * scale.points,
            "rank_before": 1 + (x[None, :] > x[:, None]).sum(axis=1),
            "rank_after": 1 + (y[None, :] > y[:, None]).sum(axis=1),
            "p_value": [2.0 * NormalDist().cdf(-z) for z in size],
        },
        schema=SCHEMA,
    ).sort("rank_before", "model")
    rest = [
        {"model": m, name: scale.rating(np.array(side[m] - centre)).item()}
        for name, side, centre in zip(("before", "after"), (before, after), centres, strict=True)
        for m in sorted(set(side).difference(common))
    ]
    return pl.concat([frame, pl.DataFrame(rest, schema=SCHEMA)])


def centred(covariance: Floats) -> Floats:
    """Take the mean out of both sides of a covariance."""
    half = covariance - covariance.mean(axis=0)
    out: Floats = half - half.mean(axis=1)[:, None]
    return out


def joint_change(frame: pl.DataFrame, covariance: Floats, common: Sequence[str]) -> QuadraticTest:
    """Test that no common model changes: Wald's statistic of the centred changes."""
    by_model = dict(frame.select("model", "change").iter_rows())
    change = np.array([by_model[m] for m in common]) / Scale().points
    if not change.any():
        return QuadraticTest(0.0, len(common) - 1, 1.0)
    return quadratic_test(change, centred(covariance))


def holm_over(shifts: Sequence[Shift]) -> list[Shift]:
    """Add ``p_adjusted`` and ``significant``, with Holm's adjustment over all of the shifts."""
    p = np.concatenate([s.models["p_value"].fill_null(np.nan).to_numpy() for s in shifts])
    adjusted = np.split(holm(p), np.cumsum([len(s.models) for s in shifts])[:-1])
    out = []
    for shift, values in zip(shifts, adjusted, strict=True):
        column = pl.Series("p_adjusted", values).fill_nan(None)
        significant = (column < 1.0 - shift.level).fill_null(value=False).alias("significant")
        out.append(replace(shift, models=shift.models.with_columns(column, significant)))
    return out
