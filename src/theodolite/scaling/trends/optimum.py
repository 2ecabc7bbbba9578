r"""Past the optimum: tokens a parameter over those that are optimal at a model's own compute.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
f         over-training, (D / N) / r*(6 N D): above 1 the model is smaller than optimal
a, b      log f = a + b t, one weight a cluster
========  ==================================================================================

The laws were fitted to far smaller runs on other text, and to dense models: each is a yardstick,
and they are shown side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.scaling.result import Estimate
from theodolite.scaling.trends.measure import YARDSTICKS
from theodolite.scaling.trends.pieces import (
    VARIES,
    design_of,
    drawn,
    factor,
    held_alone,
    pick,
    told,
)
from theodolite.stats.clustered import crossing, fit_clustered
from theodolite.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray

    from theodolite.scaling.trends.dated import Dated
    from theodolite.stats.clustered import ClusteredFit

__all__ = ["Crossing", "PastOptimum", "Yardstick", "past_optimum"]


@dataclass(frozen=True)
class Crossing:
    """When the trend passes the optimum; ``None`` ends are unbounded, or no date.

    ``outside`` says that the estimate lies before the first or after the last release.
    """

    estimate: date | None
    low: date | None
    high: date | None
    outside: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        ends = {"estimate": self.estimate, "low": self.low, "high": self.high}
        texts = {name: None if day is None else day.isoformat() for name, day in ends.items()}
        return {**texts, "unbounded": None in texts.values(), "outside": self.outside}


@dataclass(frozen=True)
class Yardstick:
    """Over-training by one law.

    Attributes
    ----------
    law
        ``besiroglu``, ``hoffmann-approach-1``, ``hoffmann`` or ``ratio-20``.
    share
        The share of models past the optimum, one weight a cluster.
    before, after
        The same on both sides of each date, Wilson's interval with clusters for models; ``None``
        where a side is empty.
    slope
        The factor a year by which over-training grows.
    first, last
        The line at the first and the last release.
    crossing
        When the line is at 1.
    line
        The line with pointwise intervals, for a chart.
    """

    law: str
    share: Estimate
    before: tuple[Estimate | None, ...]
    after: tuple[Estimate | None, ...]
    slope: Estimate
    first: Estimate
    last: Estimate
    crossing: Crossing
    line: pl.DataFrame = field(repr=False)

    def to_dict(self, days: Sequence[date]) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        shares = [
            {
                "date": day.isoformat(),
                "before": None if early is None else early.to_dict(),
                "after": None if late is None else late.to_dict(),
            }
            for day, early, late in zip(days, self.before, self.after, strict=True)
        ]
        return {
            "law": self.law,
            "share": self.share.to_dict(),
            "shares": shares,
            "slope": told(self.slope),
            "first": told(self.first),
            "last": told(self.last),
            "crossing": self.crossing.to_dict(),
        }


@dataclass(frozen=True)
class PastOptimum:
    """Whether, and since when, models are past the optimum.

    Attributes
    ----------
    verdict
        ``past the optimum``, ``short of the optimum`` or ``cannot be told``: the line at the last
        release, by the law of the measure.
    law
        That law.
    yardsticks
        All laws.
    days
        The dates between which shares are told.
    reason
        Why the line cannot be judged: one cluster alone holds it. Else empty.
    """

    verdict: str
    law: str
    yardsticks: tuple[Yardstick, ...]
    days: tuple[date, ...]
    reason: str = ""

    @property
    def shown(self) -> Yardstick:
        """That of the law of the measure."""
        return next(one for one in self.yardsticks if one.law == self.law)

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "reason": self.reason or None,
            **self.shown.to_dict(self.days),
            "laws": [one.to_dict(self.days) for one in self.yardsticks],
        }


def past_optimum(
    data: Dated, days: Sequence[date], *, law: str, level: float
) -> PastOptimum | None:
    """Measure over-training by every law; ``None`` where the models hold no line.

    Parameters
    ----------
    data
        The models.
    days
        Dates that part them.
    law
        The law of the verdict.
    level
        Of every interval.
    """
    if np.ptp(data.time) == 0.0:
        return None
    found = tuple(_by(data, name, days, level) for name in YARDSTICKS)
    last = next(one.last for one in found if one.law == law)
    verdict = (
        "past the optimum"
        if last.low > 1.0
        else "short of the optimum"
        if last.high < 1.0
        else "cannot be told"
    )
    # Who holds the line depends on dates alone, so that it is the same by every law.
    return PastOptimum(verdict, law, found, tuple(days), held_alone(data, _line(data, law)))


def _line(data: Dated, law: str) -> ClusteredFit:
    over = np.log(data.frame[f"over_{law}"].to_numpy())
    return fit_clustered(design_of(data.time, None), over, data.cluster, data.weights)


def _by(data: Dated, law: str, days: Sequence[date], level: float) -> Yardstick:
    t, over = data.time, data.frame[f"over_{law}"].to_numpy()
    fit = _line(data, law)
    early = [t < data.years(day) for day in days]
    past = over > 1.0
    ends = crossing(fit, level) if np.abs(fit.residuals).max() > VARIES else (np.nan,) * 3
    dates = [data.day(end) if np.isfinite(end) else None for end in ends]
    inside = bool(t.min() <= ends[0] <= t.max())
    return Yardstick(
        law=law,
        share=_share(data, past, np.ones(len(t), dtype=bool), level) or Estimate(0.0, 0.0, 1.0),
        before=tuple(_share(data, past, side, level) for side in early),
        after=tuple(_share(data, past, ~side, level) for side in early),
        slope=factor(fit.interval(pick(fit, slope=1.0), level)),
        first=factor(fit.interval(pick(fit, level=1.0, slope=float(t.min())), level)),
        last=factor(fit.interval(pick(fit, level=1.0, slope=float(t.max())), level)),
        crossing=Crossing(dates[0], dates[1], dates[2], outside=not inside),
        line=drawn(data, fit, level),
    )


def _share(
    data: Dated, past: NDArray[np.bool_], side: NDArray[np.bool_], level: float
) -> Estimate | None:
    """Give the share of a side, each of its clusters counting once."""
    if not side.any():
        return None
    index = np.unique(data.cluster[side], return_inverse=True)[1]
    count = np.bincount(index)
    share = np.array([float((np.bincount(index, past[side]) / count).mean())])
    low, high = wilson(share, np.array([float(len(count))]), level)
    return Estimate(float(share[0]), float(low[0]), float(high[0]))
