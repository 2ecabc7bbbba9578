r"""Noise variances of groups with few points each, drawn towards each other as far as they agree.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s2_g      residual variance of a group, on d_g degrees of freedom
s2_0      the variance that the groups spread about
d_0       how many degrees of freedom that is worth; infinite where the groups agree
========  ==================================================================================

With ``s2_g ~ sigma2_g chi2(d_g) / d_g`` and ``1 / sigma2_g ~ chi2(d_0) / (d_0 s2_0)``, the variance
of a group given its own is ``(d_0 s2_0 + d_g s2_g) / (d_0 + d_g)`` on ``d_0 + d_g`` degrees of
freedom. ``d_0`` and ``s2_0`` match mean and variance of ``log s2_g``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["moderate"]

# A variance of 0 (rounded responses) has no logarithm: the least part of the median taken for it.
LEAST = 1e-5
# Groups agree unless their log variances spread by this many standard errors more than chance:
# an estimate of d_0 that is low by chance would make intervals of few runs too short.
CLEARLY = 1.28
MOST_STEPS = 60
TOLERANCE = 1e-10


def moderate(variance: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats]:
    """Draw variances of groups towards their common one.

    Parameters
    ----------
    variance, df
        s2 and d of each group, (G,); d at least 1.

    Returns
    -------
    tuple of numpy.ndarray
        The moderated variances, and the degrees of freedom that each stands on: never more than
        all groups have together.

    References
    ----------
    G. K. Smyth (2004), Linear models and empirical Bayes methods,
    https://doi.org/10.2202/1544-6115.1027.

    Examples
    --------
    >>> got, df = moderate([1.0, 1.1, 0.9], [4, 4, 4])
    >>> got.round(6), df
    (array([1., 1., 1.]), array([12., 12., 12.]))
    """
    s2, d = np.asarray(variance, float), np.asarray(df, float)
    total = float(d.sum())
    pooled = float(d @ s2 / total)
    agreed = np.full_like(s2, pooled), np.full_like(d, total)
    typical = float(np.median(s2))
    if len(s2) == 1 or typical <= 0.0:
        return agreed
    from scipy.special import digamma, polygamma  # noqa: PLC0415  (slow to import)

    # log s2_g has mean log s2_0 + digamma(d/2) - log(d/2), and variance trigamma(d/2).
    e = np.log(np.maximum(s2, LEAST * typical)) - digamma(d / 2.0) + np.log(d / 2.0)
    chance = float(polygamma(1, d / 2.0).mean())
    excess = float(polygamma(3, d / 2.0).mean()) / chance**2
    error = chance * (excess / len(e) + 2.0 / (len(e) - 1)) ** 0.5
    beyond = float(e.var(ddof=1)) - chance
    if beyond <= CLEARLY * error:
        return agreed
    d0 = 2.0 * _inverse_trigamma(beyond)
    common = float(np.exp(e.mean() + digamma(d0 / 2.0) - np.log(d0 / 2.0)))
    return (d0 * common + d * s2) / (d0 + d), np.minimum(d0 + d, total)


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(x) = value; 1 / trigamma is convex and nearly linear, so Newton's steps on it.

    Smyth (2004), appendix.
    """
    from scipy.special import polygamma  # noqa: PLC0415  (slow to import)

    x = 0.5 + 1.0 / value
    for _ in range(MOST_STEPS):
        first = float(polygamma(1, x))
        step = first * (1.0 - first / value) / float(polygamma(2, x))
        x += step
        if abs(step) < TOLERANCE * x:
            break
    return x
