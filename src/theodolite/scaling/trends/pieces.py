r"""Lines through logarithms of a quantity over time, and what one reads off them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y         log of the quantity
t         years since the first release
z         control, centred: log N or log C; absent in the plain reading
T         a break
========  ==================================================================================

Without a break ``y = a + b t + g z``. With one, ``y = a + b (t - T) + g z`` before T, and
``y = a + d + (b + c)(t - T) + g z`` from T on. Everything is told as factors: exp(b) a year,
exp(d) at the break. Each cluster has weight 1, however many models it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import shorten
from theodolite.scaling.result import Estimate
from theodolite.stats.change_point import broken
from theodolite.stats.clustered import ClusteredFit, fit_clustered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.trends.dated import Dated
    from theodolite.scaling.trends.measure import Measure
    from theodolite.stats.clustered import Interval

    Array = NDArray[np.float64]

__all__ = [
    "CONTROLS",
    "control_of",
    "design_of",
    "drawn",
    "factor",
    "fitted",
    "held_alone",
    "holds",
    "pick",
    "told",
]

# What is held fixed, by the name of the reading; nothing in the first.
CONTROLS = ("plain", "at_fixed_params", "at_fixed_flops")
GRID = 40
# Logs further apart than this vary; closer ones are one size.
VARIES = 1e-6


def control_of(data: Dated, reading: str, measure: Measure) -> Array | None:
    """Return the centred control of a reading.

    ``None`` in the plain one, where the control does not vary, and where it is the quantity.
    """
    column = reading.removeprefix("at_fixed_")
    if column in ("plain", measure.quantity):
        return None
    log = np.log(data.frame[column].to_numpy())
    return None if np.ptp(log) < VARIES else log - np.average(log, weights=data.weights)


def design_of(t: Array, control: Array | None, at: float | None = None) -> Array:
    """Return the design: level, slope, control, and the two columns of a break."""
    parts = [np.ones_like(t), t if at is None else t - at]
    parts += [] if control is None else [control]
    parts += [] if at is None else [*broken(t, at).T]
    return np.column_stack(parts)


def holds(x: Array) -> bool:
    """Tell whether the rows of a design determine every coefficient."""
    scale = np.sqrt((x**2).sum(0))
    if np.any(scale == 0.0):
        return False
    return bool(np.linalg.matrix_rank(x / scale, tol=VARIES) == x.shape[1])


def fitted(data: Dated, control: Array | None, at: float | None = None) -> ClusteredFit | None:
    """Fit the lines; ``None`` where the models cannot hold them."""
    x = design_of(data.time, control, at)
    if not holds(x):
        return None
    y = np.log(data.frame["value"].to_numpy())
    fit = fit_clustered(x, y, data.cluster, data.weights)
    scatter = np.sqrt((fit.residuals**2).mean())
    return fit if scatter > VARIES else None


def held_alone(data: Dated, fit: ClusteredFit) -> str:
    """Say which cluster alone holds a part of the lines; empty where none does."""
    if not len(fit.holders):
        return ""
    first = int(np.flatnonzero(data.cluster == fit.holders[0])[0])
    name = shorten(str(data.frame["cluster"][first]))
    return f"without {name} the dates of the others hold no line"


def pick(
    fit: ClusteredFit,
    *,
    level: float = 0.0,
    slope: float = 0.0,
    jump: float = 0.0,
    turn: float = 0.0,
) -> Array:
    """Return the contrast that weighs level, slope, jump, and turn (the change of slope).

    The last two are the last columns of a design with a break, and must be 0 for one without.
    """
    out = np.zeros(len(fit.beta))
    if jump or turn:
        out[-2:] = jump, turn
    out[:2] = level, slope
    return out


def factor(interval: Interval) -> Estimate:
    """Return an interval of logs as one of factors."""
    with np.errstate(over="ignore"):
        return Estimate(*(float(np.exp(end)) for end in interval[:3]))


def told(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate for JSON: an infinite end is null, and flagged."""
    values = {
        name: value if np.isfinite(value) else None for name, value in estimate.to_dict().items()
    }
    return {**values, "unbounded": None in values.values()}


def drawn(data: Dated, fit: ClusteredFit, level: float, at: float | None = None) -> pl.DataFrame:
    """Return the lines at the mean of the control, with pointwise intervals.

    Returns
    -------
    polars.DataFrame
        ``piece`` (``before``, ``after``, or ``all``), ``released``, ``estimate``, ``low``,
        ``high``.
    """
    t = data.time
    ends = (
        [("all", t.min(), t.max())]
        if at is None
        else [("before", t.min(), at), ("after", at, t.max())]
    )
    rows = []
    for piece, first, last in ends:
        late = float(piece == "after")
        for time in np.linspace(first, last, GRID):
            since = time - (at or 0.0)
            contrast = pick(fit, level=1.0, slope=since)
            if at is not None:
                contrast += late * pick(fit, jump=1.0, turn=since)
            e = factor(fit.interval(contrast, level))
            rows.append((piece, data.day(float(time)), e.estimate, e.low, e.high))
    names = ["piece", "released", "estimate", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")
