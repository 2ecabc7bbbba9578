r"""Whether later models need less compute for the same score.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
t         release date, in years
b, r      eta = a + b log C + r t + u + w, with families and models as in the curve
r / b     log of the factor by which a year saves compute at equal score
========  ==================================================================================

Date and compute stand in one fit: later models also have more compute, and gains from a curve
without dates would already hold part of what a year brings. Families are the units: models of one
family mostly came out together. Over several benchmarks r / b is sum r_j / sum b_j, families left
out of all of them together. Its interval is Fieller's: the values at which r - (r / b) b may be 0.

References
----------
E. C. Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from theodolite.errors import NotIdentifiedError
from theodolite.scaling.efficiency.columns import check_columns
from theodolite.scaling.result import Estimate
from theodolite.stats.latent_scores import Measured, fit_latent
from theodolite.stats.mixed_line import leave_out_covariance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.curve import ScoreCurve
    from theodolite.stats.latent_scores import LatentFit
    from theodolite.stats.mixed_line import MixedLine

    Array = NDArray[np.float64]

__all__ = ["Progress", "progress"]

Improves = Literal["improves", "worsens", "cannot be told", "not enough dates"]
FEWEST_FAMILIES = 6
YEAR = 365.25
MONTHS = 12.0


@dataclass(frozen=True)
class Progress:
    """What a year saves.

    Attributes
    ----------
    per_year
        exp(r / b), or ``None`` where there are too few dates.
    models, families, undated
        Models with dates and their families, and models without a date.
    first, last
        The dates between which it is.
    benchmarks
        Per benchmark: ``benchmark``, ``per_year``, ``low``, ``high``, ``models``.
    reason
        Why there is no answer.
    notes
        What must be said beside: fits that still moved when they were stopped.
    """

    per_year: Estimate | None
    models: int
    families: int
    undated: int
    first: str | None
    last: str | None
    benchmarks: pl.DataFrame
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Improves:
        """Whether the interval lies above or below 1."""
        if self.per_year is None:
            return "not enough dates"
        if self.per_year.low > 1.0:
            return "improves"
        return "worsens" if self.per_year.high < 1.0 else "cannot be told"

    @property
    def doubling_months(self) -> Estimate | None:
        """The months in which compute for the same score halves, where the interval excludes 1."""
        if self.verdict != "improves" or self.per_year is None:
            return None
        year = self.per_year
        values = (year.estimate, year.high, year.low)
        return Estimate(*(MONTHS * float(np.log(2.0) / np.log(v)) for v in values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        months = self.doubling_months
        return {
            "verdict": self.verdict,
            "per_year": self.per_year.to_dict() if self.per_year else None,
            "doubling_months": months.to_dict() if months else None,
            "models": self.models,
            "families": self.families,
            "undated": self.undated,
            "first": self.first,
            "last": self.last,
            "benchmarks": self.benchmarks.to_dicts(),
            "reason": self.reason or None,
            "notes": list(self.notes),
        }


def progress(curves: Sequence[ScoreCurve], level: float) -> Progress:
    """Fit date and compute together on every benchmark, and join the rates."""
    shown = pl.concat([c.frame.select("model", "family", "released") for c in curves])
    shown = shown.unique("model", keep="first", maintain_order=True)
    dated = shown.filter(pl.col("released").is_not_null())
    lines: list[tuple[ScoreCurve, list[str], MixedLine, int]] = []
    reason, moving = "", []
    for curve in curves:
        try:
            names, fit = _fit(curve)
        except NotIdentifiedError as error:
            reason = reason or str(error)
            continue
        lines.append((curve, names, fit.line, len(fit.data.x)))
        if not fit.converged:
            moving.append(curve.name)
    schema = {"benchmark": pl.String, "per_year": pl.Float64, "low": pl.Float64}
    schema |= {"high": pl.Float64, "models": pl.Int64}
    rows = [
        (curve.name, *_rate([(names, line)], level), models) for curve, names, line, models in lines
    ]
    joint = _rate([(names, line) for _, names, line, _ in lines], level) if lines else None
    return Progress(
        per_year=Estimate(*joint) if joint else None,
        models=dated.height,
        families=dated["family"].n_unique(),
        undated=shown.height - dated.height,
        first=str(dated["released"].min()) if dated.height else None,
        last=str(dated["released"].max()) if dated.height else None,
        benchmarks=pl.DataFrame(rows, schema=schema, orient="row"),
        reason="" if joint else reason,
        notes=_moving(moving),
    )


def _moving(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"The fit of compute and date on {', '.join(names)} still moved when it was stopped.",)


def _fit(curve: ScoreCurve) -> tuple[list[str], LatentFit]:
    """Fit compute and date to the models of one benchmark that have dates."""
    known = curve.frame["released"].is_not_null().to_numpy()
    frame = curve.frame.filter(pl.col("released").is_not_null())
    names = frame["family"].unique(maintain_order=True).to_list()
    if len(names) < FEWEST_FAMILIES:
        raise NotIdentifiedError(
            f"{curve.name}: {frame.height} models in {len(names)} families have a release date; a "
            f"rate needs {FEWEST_FAMILIES} families"
        )
    starts = np.flatnonzero((frame["family"] != frame["family"].shift()).fill_null(value=True))
    years = frame["released"].to_physical().to_numpy() / YEAR
    x = np.stack([np.ones(frame.height), curve.log_compute[known], years], axis=1)
    x[:, 1:] -= x[:, 1:].mean(axis=0)
    check_columns(x, starts, names, "compute and date")
    measured = curve.measured
    part = Measured(
        measured.score[known], measured.noise[known], measured.chance, measured.ceiling, starts
    )
    return names, fit_latent(part, x, robust=curve.settings.robust)


def _rate(lines: Sequence[tuple[list[str], MixedLine]], level: float) -> tuple[float, float, float]:
    """Give exp(sum r / sum b) with Fieller's ends."""
    order = {n: i for i, n in enumerate(dict.fromkeys(f for names, _ in lines for f in names))}
    total = np.sum([line.beta[1:] for _, line in lines], axis=0)
    without = np.tile(total, (len(order), 1))
    for names, line in lines:
        rows = np.array([order[name] for name in names])
        without[rows] += line.without[:, 1:] - line.beta[1:]
    rate = float(total[1] / total[0])
    row = np.array([0.0, -rate, 1.0])
    # As of single lines: the larger of two variances, here by the mean of their ratio.
    wider = np.mean([_ratio(line, row) for _, line in lines])
    covariance = leave_out_covariance(without) * wider
    q = min(lines, key=lambda pair: pair[1].df)[1].quantile(level)
    low, high = fieller(total, covariance * q**2)
    return float(np.exp(rate)), float(np.exp(low)), float(np.exp(high))


def _ratio(line: MixedLine, row: Array) -> float:
    own = float(row @ leave_out_covariance(line.without) @ row)
    return max(1.0, float(line.variance(row)) / max(own, 1e-300))


def fieller(total: Array, reach: Array) -> tuple[float, float]:
    """Give the ends of r / b: where (r - g b)^2 is the variance, times q^2, of r - g b.

    Parameters
    ----------
    total
        b and r.
    reach
        q^2 times their covariance.

    Examples
    --------
    >>> low, high = fieller(np.array([2.0, 1.0]), np.array([[0.0, 0.0], [0.0, 0.04]]))
    >>> round(low, 3), round(high, 3)
    (0.4, 0.6)
    """
    b, r = total
    square = b * b - reach[0, 0]
    middle = b * r - reach[0, 1]
    constant = r * r - reach[1, 1]
    root = middle**2 - square * constant
    if square <= 0.0 or root < 0.0:
        return -np.inf, np.inf
    return float((middle - root**0.5) / square), float((middle + root**0.5) / square)
