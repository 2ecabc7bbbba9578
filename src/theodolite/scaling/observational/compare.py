r"""How far off predictions were, and whether capabilities beat compute.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
e, e_0    absolute error of a prediction from capabilities, and from compute, in shares
d         e - e_0, on the same model
========  ==================================================================================

Intervals of means are clustered by family. Over several targets d is averaged over models and
targets together, all errors of a family in one cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from theodolite.scaling.result import Estimate
from theodolite.stats import clustered_means, mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Verdict = Literal["predicts", "no better than compute", "cannot be told"]

__all__ = ["MARGIN", "VERDICTS", "mean_by_family", "mean_error", "verdict_of"]

VERDICTS: tuple[Verdict, ...] = ("predicts", "no better than compute", "cannot be told")
# A gain of less than a point, as a share, is taken for none.
MARGIN = 0.01


def mean_error(points: pl.DataFrame, column: str, level: float) -> Estimate | None:
    """Return the mean of a column with an interval clustered by family; ``None`` without values."""
    rows = points.filter(pl.col(column).is_not_null())
    if rows.is_empty():
        return None
    values: Array = rows[column].to_numpy()
    return mean_by_family(values, rows["family"].to_list(), level)


def mean_by_family(values: Array, families: Sequence[str], level: float) -> Estimate:
    """Return a mean with an interval clustered by family; one family leaves both ends infinite.

    Examples
    --------
    >>> got = mean_by_family(np.array([1.0, 1.0, 3.0, 3.0]), ["a", "a", "b", "b"], 0.95)
    >>> got.estimate, round(got.low, 2), round(got.high, 2)
    (2.0, -10.71, 14.71)
    """
    _, cluster = np.unique(np.asarray(families), return_inverse=True)
    means = clustered_means(values[None], cluster.ravel())
    low, high = (float(end[0]) for end in mean_interval(means, level=level, share=False))
    if means.clusters[0] == 1:
        low, high = -np.inf, np.inf
    return Estimate(float(means.mean[0]), low, high)


def verdict_of(difference: Estimate | None) -> Verdict:
    """Say whether capabilities predict better than compute, from the interval of d alone.

    ``predicts``: all of the interval is below 0; ``no better than compute``: all of it is above a
    gain of one point; ``cannot be told`` otherwise, and where there is no interval.

    Examples
    --------
    >>> verdict_of(Estimate(-0.03, -0.05, -0.01)), verdict_of(Estimate(0.0, -0.005, 0.02))
    ('predicts', 'no better than compute')
    """
    if difference is None:
        return "cannot be told"
    if difference.high < 0.0:
        return "predicts"
    return "no better than compute" if difference.low > -MARGIN else "cannot be told"
