r"""A share that can only fall as something grows, and how far it stays above a threshold.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x_j       lengths in rising order, j = 1 .. m
y_j, n_j  successes and trials at x_j
p_j       chance of a success at x_j, p_1 >= p_2 >= .. >= p_m
tau       threshold
k         how many lengths have p_j >= tau: the largest of them is what is sought
rho       correlation of two trials at one length beyond what p_j explains
========  ==================================================================================

The estimate of k counts the lengths at which the monotone fit (pooled adjacent violators) is at
least tau. Its confidence set inverts two tests, each at (1 - level) / 2:

* k is too large when some stretch of lengths that ends at x_k has too few successes for p = tau:
  the largest standardised deficit over all such stretches is compared with what it is when all
  p_j are tau, where a deficit is likeliest;
* k is too small when some stretch that begins at x_(k+1) has too many, in the same way.

Both tests are simulated with beta-binomial successes of mean tau and correlation rho, which is
taken from how far the shares scatter about the monotone fit. As every hypothesis about k is tested
by itself, no correction for their number is needed; the interval reaches from the smallest to the
largest k that is not rejected.

References
----------
R. E. Barlow, D. J. Bartholomew, J. M. Bremner and H. D. Brunk (1972), Statistical Inference under
Order Restrictions, Wiley (the fit); E. L. Lehmann (1959), Testing Statistical Hypotheses, Wiley
(confidence sets by inverted tests); D. A. Williams (1975), Biometrics 31, 949-952.
doi:10.2307/2529820 (beta-binomial).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Falling", "decreasing_fit", "excess_correlation", "last_above"]

MOST_CORRELATED = 0.9
ROUNDING = 1e-12


@dataclass(frozen=True)
class Falling:
    """How many of the first lengths have a share of at least the threshold.

    Attributes
    ----------
    estimate, low, high
        k and its interval, from 0 to m. Where ``high`` is m nothing bounds it.
    fit
        The monotone fit, (m,).
    correlation
        rho.
    """

    estimate: int
    low: int
    high: int
    fit: Floats
    correlation: float


def decreasing_fit(share: Floats, weight: Floats) -> Floats:
    """Fit the falling sequence of least weighted squares.

    Examples
    --------
    >>> decreasing_fit(np.array([1.0, 0.5, 0.7, 0.2]), np.array([1.0, 1.0, 1.0, 1.0]))
    array([1. , 0.6, 0.6, 0.2])
    """
    blocks: list[tuple[float, float, int]] = []
    for value, own in zip(share.tolist(), weight.tolist(), strict=True):
        total, heavy, size = value * own, own, 1
        # A block that would rise above the one before it is pooled with it.
        while blocks and blocks[-1][0] * heavy <= total * blocks[-1][1]:
            before = blocks.pop()
            total, heavy, size = total + before[0], heavy + before[1], size + before[2]
        blocks.append((total, heavy, size))
    means = np.array([total / heavy for total, heavy, _ in blocks])
    return np.repeat(means, [size for _, _, size in blocks])


def excess_correlation(successes: Floats, trials: Floats, fit: Floats) -> float:
    """Estimate rho by moments from Pearson's statistic about the monotone fit.

    With phi the statistic over its degrees of freedom (lengths less the steps of the fit),
    rho = (phi - 1) / (mean of n_j - 1), between 0 and 0.9; 0 where nothing is left to tell it.

    Examples
    --------
    >>> y = np.array([10.0, 2.0, 9.0, 1.0])
    >>> round(excess_correlation(y, np.full(4, 10.0), np.full(4, 0.55)), 2)
    0.86
    """
    inside = (fit > ROUNDING) & (fit < 1.0 - ROUNDING)
    if not inside.any():
        return 0.0
    n, p = trials[inside], fit[inside]
    steps = len(np.unique(np.round(p, 12)))
    df = int(inside.sum()) - steps
    if df < 1 or n.mean() <= 1.0:
        return 0.0
    phi = float((((successes[inside] - n * p) ** 2) / (n * p * (1.0 - p))).sum()) / df
    return float(np.clip((phi - 1.0) / (n.mean() - 1.0), 0.0, MOST_CORRELATED))


def last_above(
    successes: Integers,
    trials: Integers,
    threshold: float,
    *,
    level: float,
    n_draws: int,
    rng: np.random.Generator,
) -> Falling:
    """Count the first lengths whose share is at least a threshold, with an interval.

    Parameters
    ----------
    successes, trials
        y and n, (m,), lengths rising; each n at least 1.
    threshold
        tau, between 0 and 1.
    level
        Confidence level.
    n_draws, rng
        Simulated histories behind each test, and their source.

    Examples
    --------
    Found always at five lengths, hardly at the next five:

    >>> y = np.array([20] * 5 + [4] * 5)
    >>> got = last_above(y, np.full(10, 20), 0.9, level=0.95, n_draws=2000,
    ...                  rng=np.random.default_rng(0))
    >>> got.estimate, got.low, got.high
    (5, 3, 5)
    """
    y, n = successes.astype(float), trials.astype(float)
    fit = decreasing_fit(y / n, n)
    rho = excess_correlation(y, n, fit)
    estimate = int((fit >= threshold - ROUNDING).sum())
    shape = (n_draws, len(n))
    away = rng.binomial(trials, _chances(threshold, rho, shape, rng), shape) - threshold * n
    observed = y - threshold * n
    scale = n * threshold * (1.0 - threshold) * (1.0 + (n - 1.0) * rho)
    tail = (1.0 - level) / 2.0
    m = len(n)
    # k = 0 has no length to be too poor at, k = m none to be too rich at.
    too_large = [False] + [
        _p(-away[:, :k][:, ::-1], -observed[:k][::-1], scale[:k][::-1]) <= tail
        for k in range(1, m + 1)
    ]
    too_small = [_p(away[:, k:], observed[k:], scale[k:]) <= tail for k in range(m)] + [False]
    open_ = [k for k in range(m + 1) if not (too_large[k] or too_small[k])] or [estimate]
    return Falling(estimate, min(*open_, estimate), max(*open_, estimate), fit, rho)


def _chances(
    mean: float, rho: float, shape: tuple[int, int], rng: np.random.Generator
) -> Floats | float:
    """Draw a chance of success for each length and history."""
    if rho <= 0.0:
        return mean
    both = 1.0 / rho - 1.0
    return rng.beta(mean * both, (1.0 - mean) * both, shape)


def _p(drawn: Floats, observed: Floats, variance: Floats) -> float:
    """Compare the largest standardised sum over the first lengths with what is drawn."""
    sd = np.sqrt(np.cumsum(variance))
    least = float((np.cumsum(observed) / sd).max())
    most = (np.cumsum(drawn, axis=1) / sd).max(axis=1)
    return float((1 + (most >= least - ROUNDING).sum()) / (1 + len(drawn)))
