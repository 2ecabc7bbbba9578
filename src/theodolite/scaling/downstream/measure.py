r"""How far an accuracy moved, how much of it is noise, and how far a forecast reaches.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
a, C      accuracy and FLOPs of the fitted runs
s         standard deviation of a about its forecast, on n - P degrees of freedom
========  ==================================================================================

The slope is of a on log10 C by least squares, with Student's interval; that of s comes from the
chi-square law of its square.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri, stdtrit

from theodolite.scaling.downstream.result import Decides, Movement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.downstream.curves import Evidence
    from theodolite.scaling.downstream.result import Verdict
    from theodolite.scaling.laws import Points

    Array = NDArray[np.float64]

__all__ = ["NARROW", "decides_of", "movement_of", "verdict_of"]

# Two points either way: what ``decides`` aims at.
NARROW = 0.02
# Parameters that a forecast takes from the runs, about: priors hold the rest.
TAKEN = 4
# Counts closer than this, in logs, are those of a rerun.
SAME = 0.01


def movement_of(evidence: Evidence, fitted: Array, level: float) -> Movement:
    """Measure how far the accuracy moved over the runs; ``fitted`` is the forecast of each."""
    accuracy, flops = evidence.accuracy, evidence.points.flops / np.log(10.0)
    n = len(accuracy)
    x = flops - flops.mean()
    slope = float(x @ accuracy / (x @ x)) if (x @ x) > 0 else 0.0
    left = accuracy - accuracy.mean() - slope * x
    wide = float(stdtrit(n - 2, 0.5 + level / 2)) * np.sqrt((left @ left) / (n - 2) / (x @ x))
    spare = max(n - TAKEN, 1)
    residual = accuracy - fitted
    total = float(residual @ residual)
    tail = (1.0 - level) / 2.0
    low, high = (np.sqrt(total / chdtri(spare, p)) for p in (tail, 1.0 - tail))
    count, between = _reruns(evidence.points, accuracy)
    return Movement(
        lowest=float(accuracy.min()),
        highest=float(accuracy.max()),
        slope=slope,
        slope_low=slope - float(wide),
        slope_high=slope + float(wide),
        noise=float(np.sqrt(total / spare)),
        noise_low=float(low),
        noise_high=float(high),
        reruns=count,
        rerun_noise=between,
    )


def _reruns(points: Points, accuracy: Array) -> tuple[int, float | None]:
    """Count runs that repeat another, and pool the variance between such runs."""
    counts = np.round(np.stack([points.params, points.tokens], axis=1) / SAME)
    _, codes = np.unique(counts, axis=0, return_inverse=True)
    codes = np.ravel(codes)
    size = np.bincount(codes)
    spare = int((size - 1).sum())
    if not spare:
        return 0, None
    mean = np.bincount(codes, accuracy) / size
    away = accuracy - mean[codes]
    return spare, float(np.sqrt(away @ away / spare))


def verdict_of(
    movement: Movement, half: float, *, within: float, level: float
) -> tuple[Verdict, str]:
    """Say whether a task can be foretold, from the widest interval and from the noise."""
    points = f"{100 * half:.1f} points either way"
    if movement.slope_low <= 0.0:
        return "cannot be told", (
            "The accuracy does not rise with compute beyond its scatter over these runs: where it "
            f"will begin to, they cannot say (widest interval of a target: {points})."
        )
    if half <= within:
        return "predictable", (
            f"The widest interval of a target is {points}, not over {100 * within:g}."
        )
    z = float(-stdtrit(1e9, (1.0 - level) / 2.0))
    if z * movement.noise_low > within:
        return "not predictable", (
            f"Runs scatter by {100 * movement.noise:.1f} points about the forecast, so that even "
            f"a perfect curve would not foretell one within {100 * within:g} points."
        )
    return "cannot be told", (
        f"The widest interval of a target is {points}, over {100 * within:g}: these runs leave "
        "it open."
    )


def decides_of(reach: Array, half: Array, *, largest: float, target: float) -> Decides:
    """Say how far the interval stays narrow, and how large a run would do.

    Parameters
    ----------
    reach, half
        FLOPs over those of the largest run, rising from 1, and half the interval there.
    largest, target
        FLOPs of the largest run and of the farthest target.
    """
    narrow = half <= NARROW
    if not narrow[0]:
        return Decides(
            None,
            None,
            "Even at the largest run one new run lies within "
            f"{100 * half[0]:.1f} points, so that more compute alone brings no interval of "
            f"{100 * NARROW:g}: average over several seeds, or measure more items.",
        )
    last = len(narrow) if narrow.all() else int(np.argmin(narrow))
    far = float(reach[last - 1])
    if far * largest >= target * (1 - 1e-9):
        return Decides(
            far, largest, f"Nothing more: these runs foretell it within {100 * NARROW:g} points."
        )
    needed = target / far
    return Decides(
        far,
        needed,
        f"Intervals stay within {100 * NARROW:g} points up to {far:.3g} times the compute of the "
        f"largest run: for this target a run of {needed:.2g} FLOPs would have to be among the "
        f"fitted ones ({needed / largest:.3g} times the largest).",
    )
