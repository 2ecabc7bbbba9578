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

import polars as pl

from theodolite.scaling.result import Estimate
from theodolite.stats.cluster_mean import clustered_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Verdict = Literal["predicts", "no better than compute", "cannot be told"]

__all__ = ["MARGIN", "VERDICTS", "mean_error", "verdict_of"]

VERDICTS: tuple[Verdict, ...] = ("predicts", "no better than compute", "cannot be told")
# A gain of less than a point, as a share, is taken for none.
MARGIN = 0.01


def mean_error(points: pl.DataFrame, column: str, level: float) -> Estimate | None:
    """Return the mean of a column with an interval clustered by family; ``None`` without values."""
    rows = points.filter(pl.col(column).is_not_null())
    if rows.is_empty():
        return None
    values: Array = rows[column].to_numpy()
    return Estimate(*clustered_mean(values, rows["family"].to_list(), level))


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
