r"""A break at a given date: whether level or slope of the trend changed.

The test is of both at once (``d = c = 0``), by the wild cluster bootstrap; Holm's adjustment over
the dates. Intervals of single numbers are Student's, from the CR2 covariance. Nothing is read where
the lines are lost without some cluster: what one cluster alone holds has no scatter to judge it by.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from theodolite.scaling.trends.dated import FEWEST
from theodolite.scaling.trends.pieces import (
    CONTROLS,
    control_of,
    drawn,
    factor,
    fitted,
    held_alone,
    pick,
    told,
)
from theodolite.stats.clustered import fit_clustered, wild_p
from theodolite.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray

    from theodolite.scaling.result import Estimate
    from theodolite.scaling.trends.dated import Dated
    from theodolite.scaling.trends.measure import Measure
    from theodolite.stats.clustered import ClusteredFit

    Array = NDArray[np.float64]

__all__ = ["Break", "Reading", "breaks_at"]

Verdict = Literal["shift", "no shift", "cannot be told"]

# Different dates on a side, below which a line is not held by it.
FEWEST_DATES = 3
ESTIMATES = ("jump", "level_before", "level_after", "slope_before", "slope_after", "turn", "change")


@dataclass(frozen=True)
class Reading:
    """A break, read plainly or at fixed parameters or compute.

    Attributes
    ----------
    p_value, p_adjusted
        That neither level nor slope changed; with Holm's adjustment over the dates.
    jump
        The quantity just after over just before.
    level_before, level_after
        Where the two lines meet the date (at the mean of the control).
    slope_before, slope_after, turn
        Factors a year, and the second over the first.
    change
        The geometric mean after over that before, whatever the lines.
    verdict
        ``shift``, ``no shift`` (jump and turn are surely within the margin) or ``cannot be told``.
    lines
        The two lines with pointwise intervals, for a chart.
    """

    p_value: float
    p_adjusted: float
    jump: Estimate
    level_before: Estimate
    level_after: Estimate
    slope_before: Estimate
    slope_after: Estimate
    turn: Estimate
    change: Estimate
    verdict: Verdict
    lines: pl.DataFrame = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            **{name: told(getattr(self, name)) for name in ESTIMATES},
        }


@dataclass(frozen=True)
class Break:
    """What happened at a date.

    Attributes
    ----------
    day
        Models released on it count as after.
    models, clusters
        How many before, and from it on.
    readings
        Plainly, at fixed parameters and at fixed compute; ``None`` where the quantity or the
        models have none, or one cluster alone holds a part of the lines.
    reason
        Why nothing can be read at all; empty where something can.
    needed
        About how many clusters on each side would tell, where these cannot.
    """

    day: date
    models: tuple[int, int]
    clusters: tuple[int, int]
    readings: tuple[Reading | None, ...] = (None, None, None)
    reason: str = ""
    needed: int | None = None

    @property
    def plain(self) -> Reading | None:
        """The plain reading."""
        return self.readings[0]

    @property
    def at_fixed_params(self) -> Reading | None:
        """The reading at fixed parameters."""
        return self.readings[1]

    @property
    def at_fixed_flops(self) -> Reading | None:
        """The reading at fixed compute."""
        return self.readings[2]

    @property
    def verdict(self) -> Verdict:
        """That of the plain reading."""
        return "cannot be told" if self.plain is None else self.plain.verdict

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        sides = zip(("before", "after"), self.models, self.clusters, strict=True)
        plain = {} if self.plain is None else self.plain.to_dict()
        fixed = {
            name: None if reading is None else reading.to_dict()
            for name, reading in zip(CONTROLS[1:], self.readings[1:], strict=True)
        }
        return {
            "date": self.day.isoformat(),
            "p_value": None,
            "p_adjusted": None,
            **dict.fromkeys(ESTIMATES),
            **plain,
            "verdict": self.verdict,
            **fixed,
            **{side: {"models": m, "clusters": c} for side, m, c in sides},
            "reason": self.reason or None,
            "clusters_needed": self.needed,
        }


def breaks_at(
    data: Dated, days: Sequence[date], *, measure: Measure, level: float, n: int, seed: int
) -> tuple[Break, ...]:
    """Test for a break at each date.

    Parameters
    ----------
    data
        The models.
    days
        The dates.
    measure
        What is followed, and which changes are none.
    level
        Of intervals and, with Holm's adjustment, of the verdicts.
    n, seed
        Draws of the bootstrap, and their seed.
    """
    found = [_read(data, day, measure, (level, n, seed)) for day in days]
    by_reading = [
        _judged([one.readings[k] for one in found], level, measure.margin)
        for k in range(len(CONTROLS))
    ]
    judged = [
        replace(one, readings=readings)
        for one, readings in zip(found, zip(*by_reading, strict=True), strict=True)
    ]
    return tuple(_with_need(one, measure.margin) for one in judged)


def _read(data: Dated, day: date, measure: Measure, settings: tuple[float, int, int]) -> Break:
    t, at = data.time, data.years(day)
    late = t >= at
    clusters = tuple(len(np.unique(data.cluster[side])) for side in (~late, late))
    models = (int((~late).sum()), int(late.sum()))
    one = Break(day, models, (clusters[0], clusters[1]))
    dates = min(len(np.unique(t[side])) for side in (~late, late))
    if min(clusters) < FEWEST:
        short = "before" if clusters[0] < clusters[1] else "from it on"
        return replace(
            one,
            reason=f"only {min(clusters)} clusters {short}, and {FEWEST} are needed on each side",
            needed=FEWEST,
        )
    if dates < FEWEST_DATES:
        return replace(
            one, reason=f"fewer than {FEWEST_DATES} different dates on a side hold no line"
        )
    fits = [fitted(data, control_of(data, "plain", measure), at)]
    for name in CONTROLS[1:]:
        control = control_of(data, name, measure)
        fits.append(None if control is None else fitted(data, control, at))
    if fits[0] is None:
        return replace(one, reason="the models lie on the lines without scatter")
    if reason := held_alone(data, fits[0]):
        return replace(one, reason=f"{reason} on both sides")
    readings = [
        None if fit is None or held_alone(data, fit) else _reading(data, fit, at, settings)
        for fit in fits
    ]
    return replace(one, readings=tuple(readings))


def _reading(
    data: Dated, fit: ClusteredFit, at: float, settings: tuple[float, int, int]
) -> Reading:
    level, n, seed = settings
    k = len(fit.beta)
    p_value = wild_p(fit, np.array([k - 2, k - 1]), n=n, rng=np.random.default_rng(seed))
    contrasts = {
        "jump": pick(fit, jump=1.0),
        "level_before": pick(fit, level=1.0),
        "level_after": pick(fit, level=1.0, jump=1.0),
        "slope_before": pick(fit, slope=1.0),
        "slope_after": pick(fit, slope=1.0, turn=1.0),
        "turn": pick(fit, turn=1.0),
    }
    told = {name: factor(fit.interval(one, level)) for name, one in contrasts.items()}
    return Reading(
        p_value=p_value,
        p_adjusted=p_value,
        **told,
        change=_change(data, fit, at, level),
        verdict="cannot be told",
        lines=drawn(data, fit, level, at),
    )


def _change(data: Dated, fit: ClusteredFit, at: float, level: float) -> Estimate:
    """Compare the geometric means of the two sides, at the control where there is one."""
    root = np.sqrt(data.weights)
    after = (data.time >= at).astype(float)
    control = fit.x[:, 2:-2] / root[:, None]
    x = np.column_stack([np.ones_like(after), after, control])
    means = fit_clustered(x, fit.y / root, data.cluster, data.weights)
    return factor(means.interval(pick(means, slope=1.0), level))


def _judged(
    readings: Sequence[Reading | None], level: float, margin: float
) -> list[Reading | None]:
    """Adjust one reading at all dates, and say what each shows."""
    p = np.array([np.nan if one is None else one.p_value for one in readings])
    return [
        None
        if one is None
        else replace(one, p_adjusted=float(q), verdict=_verdict(one, float(q), level, margin))
        for one, q in zip(readings, holm(p), strict=True)
    ]


def _verdict(reading: Reading, adjusted: float, level: float, margin: float) -> Verdict:
    if adjusted <= 1.0 - level:
        return "shift"
    small = (1.0 / margin < e.low and e.high < margin for e in (reading.jump, reading.turn))
    return "no shift" if all(small) else "cannot be told"


def _with_need(one: Break, margin: float) -> Break:
    """Say how many clusters would do: an interval narrows with the root of their number."""
    if one.plain is None or one.verdict != "cannot be told":
        return one
    wide = max(
        np.log(e.high / e.low) / 2.0 if np.isfinite(e.high) and e.low > 0.0 else np.inf
        for e in (one.plain.jump, one.plain.turn)
    )
    if not np.isfinite(wide):
        return one
    return replace(one, needed=int(np.ceil(min(one.clusters) * (wide / np.log(margin)) ** 2)))
