"""What a break says, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theodolite.scaling.result import Estimate
    from theodolite.scaling.trends.breaks import Break, Reading
    from theodolite.scaling.trends.measure import Measure

__all__ = ["break_words", "decides_words", "ends", "times"]

SMALLEST_P = 1e-4
HUGE = 1e5


def times(value: float) -> str:
    """Write a factor.

    Examples
    --------
    >>> times(16.29), times(0.0123), times(1e9), times(float("inf"))
    ('16', '0.012', '1e+09', '∞')
    """
    if math.isinf(value):
        return "∞"
    if value >= HUGE:
        return f"{value:.0e}"
    return f"{value:.2g}" if value < 10.0 else f"{value:,.0f}"  # noqa: PLR2004


def ends(estimate: Estimate) -> str:
    """Write an interval of a factor."""
    return f"{times(estimate.estimate)} [{times(estimate.low)}, {times(estimate.high)}]"


def break_words(one: Break, measure: Measure, level: float) -> str:
    """Say whether the trend broke at a date, and how."""
    day, what = one.day.isoformat(), measure.words
    reading = one.plain
    if reading is None:
        return f"Whether {what} shifted at {day} cannot be told: {one.reason}."
    course = (
        f"they changed by a factor {ends(reading.slope_before)} a year before and "
        f"{ends(reading.slope_after)} after, with a jump of {ends(reading.jump)} at the date"
    )
    p = _p(reading)
    if reading.verdict == "shift":
        return (
            f"The trend of {what} broke at {day} ({p}): {course}.{_which(reading)}"
            f"{_of_size(one, level)}"
        )
    if reading.verdict == "no shift":
        return (
            f"{what.capitalize()} did not shift at {day}: jump and change of slope are within a "
            f"factor {times(measure.margin)} ({100 * level:g}% intervals, {p})."
        )
    return f"Whether {what} shifted at {day} cannot be told ({p}): {course}."


def _which(reading: Reading) -> str:
    """Say which of the two it was, where an interval tells."""
    jumped = not reading.jump.low <= 1.0 <= reading.jump.high
    turned = not reading.turn.low <= 1.0 <= reading.turn.high
    rose = " upward" if reading.turn.estimate > 1.0 else " downward"
    if jumped and turned:
        return ""
    if turned:
        return f" The trend turned{rose}; a jump on the day itself is not shown."
    if jumped:
        return " The level jumped; a change of slope is not shown."
    return " Neither alone is sure: only that one of the two changed."


def _of_size(one: Break, level: float) -> str:
    """Say whether the break is there among models of one size, too."""
    fixed = one.at_fixed_params
    if fixed is None:
        return ""
    if fixed.p_adjusted <= 1.0 - level:
        return f" It did at fixed parameters, too ({_p(fixed)})."
    return (
        f" At fixed parameters it is not sure ({_p(fixed)}): larger or smaller models may be part "
        "of it."
    )


def _p(reading: Reading) -> str:
    p = reading.p_adjusted
    return f"p = {p:.2g}" if p >= SMALLEST_P else f"p < {SMALLEST_P:.4f}"


def decides_words(one: Break, measure: Measure) -> str:
    """Say what would decide, where it cannot be told."""
    if one.verdict != "cannot be told":
        return ""
    day = one.day.isoformat()
    if one.plain is None:
        return f"{day}: base models of other families, with date, parameters and tokens."
    if one.needed is None:
        return f"{day}: more clusters on both sides; these intervals are too wide to say how many."
    return (
        f"{day}: about {one.needed:,} clusters on each side, as scattered as these "
        f"({one.clusters[0]:,} and {one.clusters[1]:,} now), would narrow jump and slope to a "
        f"factor {times(measure.margin)}."
    )
