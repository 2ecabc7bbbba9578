"""The ends of each measure's interval, from draws of the true values and from repetitions.

A correlation has the quantiles of its draws. The expectation of another measure has these too, but
they lean on true values being spread normally over models; what is seen is right on average
however they are spread. So its interval also holds what was seen less the quantiles of what
repetitions miss, whichever end is farther.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theodolite.scoring.agreement.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Drawn", "intervals_of"]


class Drawn(NamedTuple):
    """Each measure for draws of the true values, and what repetitions of some of them miss."""

    values: dict[str, Floats]
    missed: dict[str, Floats]


def intervals_of(
    seen: Mapping[str, float],
    drawn: Mapping[str, Floats],
    missed: Mapping[str, Floats],
    models: int,
    level: float,
) -> dict[str, tuple[float, float]]:
    """Give both ends of each measure's interval.

    Parameters
    ----------
    seen
        What was seen; ``nan`` for what no pair shows.
    drawn, missed
        See :class:`Drawn`.
    models
        K.
    level
        Of the intervals.
    """
    tail = (1.0 - level) / 2.0
    out = {}
    for name in MEASURES:
        low, high = np.quantile(drawn[name], (tail, 1.0 - tail))
        # Never so that what was seen lies outside, and never surer than one pair.
        low, high = np.fmin(low, seen[name]), np.fmax(high, seen[name])
        if name in missed:
            up, down = np.quantile(missed[name], (tail, 1.0 - tail))
            low, high = np.fmin(low, seen[name] - down), np.fmax(high, seen[name] - up)
        least = -1.0 if name in ("agreement", "spearman", "kendall") else 0.0
        low, high = max(float(low), least), min(float(high), 1.0)
        out[name] = _widened(low, high, name, models)
    return out


def _widened(low: float, high: float, name: str, models: int) -> tuple[float, float]:
    """Make an interval at least as wide as what one pair changes, or two neighbours swapped."""
    pairs = models * (models - 1) / 2.0
    step = {
        "brier": 1.0 / pairs**2,
        "kendall": 2.0 / pairs,
        "spearman": 12.0 / (models * (models**2 - 1.0)),
    }.get(name, 1.0 / pairs)
    lacking = step - (high - low)
    if lacking <= 0:
        return low, high
    least = -1.0 if name in ("agreement", "spearman", "kendall") else 0.0
    low, high = low - lacking / 2.0, high + lacking / 2.0
    if high > 1.0:
        return 1.0 - step, 1.0
    return (least, least + step) if low < least else (low, high)
