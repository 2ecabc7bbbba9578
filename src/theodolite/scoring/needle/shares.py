r"""The share of needles found, and the mean score, with intervals.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_i       outcome of trial i in [0, 1], n of them; m their mean
p_i       what the fit of length and depth expects of it
e_g       sum of y_i - p_i over the trials of length g, G lengths
========  ==================================================================================

Trials of one length share a text. The variance of m is the larger of m (1 - m) / n, as if they
were independent, and G / (G - 2) sum of e_g^2 / n^2, which grows where whole lengths go well or
badly beyond what the fit explains; Student's quantile then has G - 2 degrees of freedom. The
interval is Wilson's with the effective number of trials that this variance gives; where all
outcomes are alike, each trial counts as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats import wilson_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.needle.effects import Trials

    Floats = NDArray[np.float64]

__all__ = ["share_interval"]

# Fewer lengths than this say too little of how far lengths spread.
FEWEST_LENGTHS = 4


def share_interval(
    y: Floats, trials: Trials, expected: Floats, *, level: float
) -> tuple[float, float, float]:
    """Give the mean of outcomes in [0, 1] with its ends.

    Parameters
    ----------
    y
        Outcomes, (n,).
    trials
        Their lengths.
    expected
        p, (n,).
    level
        Confidence level.

    Examples
    --------
    >>> from theodolite.scoring.needle.effects import Trials
    >>> trials = Trials(np.ones(20), np.zeros(20, int), np.array([1000.0]), np.full(20, 50.0))
    >>> [round(end, 3) for end in share_interval(trials.found, trials, np.ones(20), level=0.95)]
    [1.0, 0.82, 1.0]
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    n, count = len(y), len(trials.lengths)
    mean = float(y.mean())
    variance, df = mean * (1.0 - mean) / n, float(max(n - 1, 1))
    # Where all outcomes are alike, what the fit's prior leaves of them is no spread of lengths.
    if count >= FEWEST_LENGTHS and variance > 0.0:
        e = np.bincount(trials.row, y - expected, count)
        clustered = float(count / (count - 2.0) * (e @ e) / n**2)
        if clustered > variance:
            variance, df = clustered, count - 2.0
    effective = mean * (1.0 - mean) / variance if variance > 0.0 else float(n)
    ends = wilson_ends(
        np.array([mean]), np.array([effective]), float(stdtrit(df, 0.5 + level / 2.0))
    )
    return mean, float(ends[0][0]), float(ends[1][0])
