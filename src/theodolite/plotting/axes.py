"""Logarithmic axes of counts and FLOPs, with few, round ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

__all__ = ["COUNT_AXIS", "log_axis", "log_ticks"]

# An axis of fewer decades than this has ticks at 1, 2 and 5, else at powers of ten.
FINE = 3.0
# Writes a tick as 300M, 7B or 15T.
COUNT_AXIS = (
    "datum.value >= 1e12 ? format(datum.value / 1e12, '~g') + 'T' : "
    "datum.value >= 1e9 ? format(datum.value / 1e9, '~g') + 'B' : "
    "datum.value >= 1e6 ? format(datum.value / 1e6, '~g') + 'M' : format(datum.value, '~g')"
)


def log_ticks(low: float, high: float, steps: Sequence[float] = (1.0,)) -> list[float]:
    """Give ticks at multiples of the powers of ten, from the power below to the one above.

    Examples
    --------
    >>> log_ticks(5e7, 2e8, (1.0, 3.0))
    [10000000.0, 30000000.0, 100000000.0, 300000000.0, 1000000000.0, 3000000000.0]
    """
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    return [step * 10.0**power for power in range(first, last + 1) for step in steps]


def log_axis(field: str, title: str, values: pl.Series, *, words: str | None = None) -> alt.X:
    """Make a logarithmic axis with few, round ticks.

    Parameters
    ----------
    field, title
        What is drawn, and what the axis is called.
    values
        All that is drawn on it.
    words
        An expression for the labels; powers of ten where left out.
    """
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    steps = (1.0, 2.0, 5.0) if np.log10(high / low) < FINE else (1.0,)
    label = {"labelExpr": words} if words else {"format": ".0e"}
    axis = alt.Axis.from_dict({"values": log_ticks(low, high, steps), **label})
    return alt.X(f"{field}:Q", title=title, axis=axis).scale(type="log", nice=False)
