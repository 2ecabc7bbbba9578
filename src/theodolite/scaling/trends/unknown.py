"""A break at an unknown date: whether there is any, and when it may have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.scaling.trends.dated import FEWEST
from theodolite.scaling.trends.pieces import control_of, design_of, fitted, holds
from theodolite.stats.change_point import Rows, find_change, places
from theodolite.stats.clustered import fit_clustered

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from theodolite.scaling.trends.dated import Dated
    from theodolite.scaling.trends.measure import Measure

    Array = NDArray[np.float64]

__all__ = ["UnknownBreak", "unknown_break"]

# Dates tried, evenly among more of them.
MOST_PLACES = 100
# Every draw is refitted at every date: more would take long, and tell no more.
MOST_DRAWS = 1999


@dataclass(frozen=True)
class UnknownBreak:
    """The break that fits best, among all dates that leave enough clusters on both sides.

    Attributes
    ----------
    estimate
        The first release after it.
    p_value
        That there is no break at all.
    low, high
        The first and the last date of the confidence set.
    dates
        All dates in the set: between two of them others may be out.
    searched
        How many dates were tried.
    """

    estimate: date
    p_value: float
    low: date
    high: date
    dates: tuple[date, ...]
    searched: int

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "estimate": self.estimate.isoformat(),
            "low": self.low.isoformat(),
            "high": self.high.isoformat(),
            "p_value": self.p_value,
            "dates": [day.isoformat() for day in self.dates],
            "searched": self.searched,
        }


def unknown_break(
    data: Dated, reading: str, measure: Measure, *, level: float, n: int, seed: int
) -> UnknownBreak | None:
    """Look for a break anywhere.

    Returns
    -------
    UnknownBreak or None
        ``None`` where no date leaves enough clusters on both sides, or lines that hold without
        any one cluster, or the control does not vary.
    """
    control = control_of(data, reading, measure)
    if control is None and reading != "plain":
        return None
    t = data.time
    at = places(t, data.cluster, fewest=FEWEST)
    if len(at) > MOST_PLACES:
        at = at[np.linspace(0, len(at) - 1, MOST_PLACES).round().astype(int)]
    at = np.array([place for place in at if _holds(data, control, place)])
    if not len(at) or fitted(data, control) is None:
        return None
    root = np.sqrt(data.weights)
    y = np.log(data.frame["value"].to_numpy())
    rows = Rows(t, design_of(t, control) * root[:, None], y * root, root, data.cluster)
    draws = min(n, MOST_DRAWS)
    found = find_change(rows, at, level=level, n=draws, rng=np.random.default_rng(seed))
    days = [data.day(float(place)) for place in at]
    inside = tuple(day for day, kept in zip(days, found.inside, strict=True) if kept and day)
    best = days[found.best]
    assert best is not None  # noqa: S101  (a release is a date)
    return UnknownBreak(best, found.p_value, inside[0], inside[-1], inside, len(at))


def _holds(data: Dated, control: Array | None, place: float) -> bool:
    """Tell whether the models hold the lines of a break, also without any one cluster."""
    x = design_of(data.time, control, place)
    y = np.zeros(len(x))
    return holds(x) and not len(fit_clustered(x, y, data.cluster, data.weights).holders)
