r"""How forecasts of held-out runs fared: errors, and whether intervals covered.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
L, P      observed and predicted loss of a held-out run
e         relative error, P / L - 1
m         held-out runs
========  ==================================================================================

mape is the mean of abs(e), bias the mean of e, rmse the root of the mean square of log(P / L),
worst the largest abs(e): all shares, 0.01 for one percent. Coverage is the share of held-out runs
inside their prediction intervals, with Wilson's interval, which takes them as independent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.stats.multistart import resample_weights
from theodolite.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.laws import LawName
    from theodolite.stats.residual_loss import Objective

    Array = NDArray[np.float64]

__all__ = ["Forecast", "Score", "differences", "score_of", "table_of"]

# Fewer held-out runs than this compare no two laws.
FEWEST_COMPARED = 10
FEWEST_FOLDS = 5
DRAWS = 4000
ROOM = 4_000_000


@dataclass(frozen=True)
class Score:
    """What the header of :mod:`theodolite.scaling.forecast` defines.

    ``low`` and ``high`` are of the coverage.
    """

    n: int
    mape: float
    bias: float
    rmse: float
    worst: float
    coverage: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return the figures as plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Forecast:
    """The forecasts of one law fitted by one objective.

    Attributes
    ----------
    law, objective, level
        Which, and the level of its intervals.
    points
        One row a held-out run: ``fold``, ``run`` (where the runs have ids), ``params``,
        ``tokens``, ``flops``, ``observed``, ``predicted``, ``low``, ``high``, ``error``,
        ``covered``. Empty where the law could not be fitted.
    reason
        Why it could not be fitted; ``None`` where it could.
    """

    law: LawName
    objective: Objective
    level: float
    points: pl.DataFrame = field(repr=False)
    reason: str | None = None

    @property
    def score(self) -> Score | None:
        """How it fared; ``None`` where the law could not be fitted."""
        return None if self.reason else score_of(self.points, self.level)


def score_of(points: pl.DataFrame, level: float) -> Score:
    """Measure forecasts.

    Parameters
    ----------
    points
        ``observed``, ``predicted``, ``error`` and ``covered`` of at least one run.
    level
        Of Wilson's interval of the coverage.

    Examples
    --------
    >>> points = pl.DataFrame({"observed": [2.0, 2.0], "predicted": [2.02, 1.98],
    ...                        "error": [0.01, -0.01], "covered": [True, False]})
    >>> round(score_of(points, 0.95).mape, 6)
    0.01
    """
    error = points.get_column("error").to_numpy()
    log = np.log1p(error)
    share = float(points.get_column("covered").to_numpy().mean())
    low, high = wilson(np.array([share]), np.array([float(len(error))]), level)
    return Score(
        n=len(error),
        mape=float(np.abs(error).mean()),
        bias=float(error.mean()),
        rmse=float(np.sqrt(np.mean(log * log))),
        worst=float(np.abs(error).max()),
        coverage=share,
        low=float(low[0]),
        high=float(high[0]),
    )


def table_of(forecasts: Sequence[Forecast], *, level: float, seed: int) -> pl.DataFrame:
    """Set the forecasts side by side, the smallest mape first, those without a fit last.

    ``difference`` is the mape less that of the first row, with an interval over held-out runs.
    """
    done = sorted((f for f in forecasts if f.score), key=_mape)
    gaps = differences([f.points for f in done], level=level, seed=seed)
    rows: list[dict[str, Any]] = []
    for forecast, gap in zip(done, gaps, strict=True):
        score = forecast.score
        assert score is not None  # noqa: S101  (those without were left out above)
        rows.append({**_name(forecast), **score.to_dict(), **gap, "reason": None})
    rows += [{**_name(f), "reason": f.reason} for f in forecasts if not f.score]
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)


def differences(
    points: Sequence[pl.DataFrame], *, level: float, seed: int
) -> list[dict[str, float | None]]:
    """Compare each forecast's mape with the first one's on the same runs.

    The interval is the percentile bootstrap of the paired differences over held-out runs, or over
    folds where there are five or more; none below ten runs. The fits stay as they are: it says
    what other held-out runs would change, not other fitted ones.
    """
    if not points:
        return []
    errors = np.abs(np.stack([p.get_column("error").to_numpy() for p in points]))
    gaps = errors - errors[0]
    means = gaps.mean(axis=1)
    ends: Array | None = None
    if gaps.shape[1] >= FEWEST_COMPARED:
        ends = _ends(gaps, _units(points[0]), level, np.random.default_rng([seed, 2]))
    return [
        {
            "difference": float(means[k]),
            "difference_low": None if ends is None or k == 0 else float(ends[0, k]),
            "difference_high": None if ends is None or k == 0 else float(ends[1, k]),
        }
        for k in range(len(points))
    ]


def _ends(
    gaps: Array, units: NDArray[np.intp], level: float, generator: np.random.Generator
) -> Array:
    draws = []
    step = max(1, ROOM // gaps.shape[1])
    for at in range(0, DRAWS, step):
        weights = resample_weights(units, min(step, DRAWS - at), generator)
        draws.append(weights @ gaps.T / weights.sum(axis=1, keepdims=True))
    tail = (1.0 - level) / 2.0
    out: Array = np.quantile(np.concatenate(draws), [tail, 1.0 - tail], axis=0)
    return out


def _units(points: pl.DataFrame) -> NDArray[np.intp]:
    folds = points.get_column("fold").rank("dense").to_numpy().astype(np.intp) - 1
    return folds if folds.max() + 1 >= FEWEST_FOLDS else np.arange(len(points))


def _mape(forecast: Forecast) -> float:
    score = forecast.score
    return float("inf") if score is None else score.mape


def _name(forecast: Forecast) -> dict[str, str]:
    return {"law": forecast.law, "objective": forecast.objective}


SCHEMA = {
    "law": pl.String,
    "objective": pl.String,
    "n": pl.Int64,
    "mape": pl.Float64,
    "bias": pl.Float64,
    "rmse": pl.Float64,
    "worst": pl.Float64,
    "coverage": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "reason": pl.String,
}
