r"""Win rates with something held fixed: two steps, a regression and a mean, and one interval.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_i, n    outcome of item i in [0, 1], and how many the model has
x_i       design of item i, (P,); u_i the same with what is held fixed at 0
b, H      coefficients of the logistic regression of y on x, and its curvature
e_i, h_i  residual y_i - sigmoid(x_i b), and leverage
r_i, r    sigmoid(u_i b), and its mean over the items: the controlled rate
g         gradient of r in b: mean of r_i (1 - r_i) u_i
s_k       scale (standard deviation) of covariate k, which is estimated from the same items
f_i       influence of item i on r
q, n_0    the rate's own effective number of items: n_0 = 1 / (a' (X'X)^-1 a), a the mean of u
========  ==================================================================================

To first order r is the mean of r + f_i with

    f_i = (r_i - r) + n g' H^-1 x_i e_i / (1 - h_i) + sum over k of (dr/ds_k) c_ki,

c_ki = ((d_ki - mean d_k)^2 - s_k^2) / (2 s_k) the influence of item i on s_k, and
dr/ds_k = g' H^-1 dU/ds_k with U the score. Its variance is v = sum (f_i - mean f)^2 / n^2 times
n / (n - P), clustered by item; dividing by 1 - h_i makes up for residuals that the fit shrinks.

The interval is Wilson's of a share r with the effective number q = r (1 - r) / v and Student's
quantile with n - P degrees of freedom, so that it stays within 0 and 1. Where outcomes are nearly
all alike, v says little of what was not seen: q is at most n_0 (1 + n_0 r (1 - r)), which is n_0
where no adverse outcome is expected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import sigmoid
from theodolite.stats.proportions import wilson_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.quasi_binomial import QuasiBinomial

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = [
    "Rates",
    "Scaled",
    "coefficient_errors",
    "controlled_rates",
    "plain_rates",
    "rate_ends",
    "rates_of",
]

NEVER = 1e-12
# A variance below this is rounding.
ROUNDING = 1e-20


@dataclass(frozen=True)
class Rates:
    """Rates of M models over N items.

    Attributes
    ----------
    rate, variance, df
        r and v, (M,), and the degrees of freedom.
    values
        r + f_i, (M, N), ``nan`` where a model has no outcome: their mean is r, and what two
        models have in common shows in them.
    known
        n_0, (M,).
    prior
        The part of v that comes from a prior of the coefficients, which no item shows, (M,).
    """

    rate: Floats
    variance: Floats
    df: Floats
    values: Floats
    known: Floats
    prior: Floats


@dataclass(frozen=True)
class Scaled:
    """A covariate that was divided by its own standard deviation.

    Attributes
    ----------
    column
        Of the design.
    raw
        d before scaling, (M, N).
    scale
        s, (M,).
    slope
        Derivative of the design's column in s, (M, N).
    """

    column: int
    raw: Floats
    scale: Floats
    slope: Floats


def plain_rates(y: Floats, given: Flags) -> Rates:
    """Give the mean outcome of each model.

    Examples
    --------
    >>> y = np.array([[1.0, 0.0, 1.0, 1.0]])
    >>> plain_rates(y, y >= 0).rate
    array([0.75])
    """
    n = given.sum(axis=1)
    rate = np.where(given, y, 0.0).sum(axis=1) / n
    return rates_of(rate, np.where(given, y - rate[:, None], 0.0), given, parameters=1)


def controlled_rates(
    fit: QuasiBinomial,
    x: Floats,
    neutral: Floats,
    given: Flags,
    *,
    scaled: tuple[Scaled, ...] = (),
    over: Flags | None = None,
    prior: Floats | None = None,
) -> Rates:
    """Give the mean predicted outcome of each model on the ``neutral`` design, with influences.

    Parameters
    ----------
    fit
        The regressions.
    x, neutral, given
        x and u, (M, N, P), and which outcomes there are, (M, N).
    scaled
        Covariates whose scale was estimated from the same items.
    over
        The items that the mean is over, (M, N), where these are not all that are given.
    prior
        lambda, (P,), of coefficients that are drawn around the centre of their prior: its pull is
        wrong by as much as they lie off it, which adds g' H^-1 diag(lambda) H^-1 g to v.

    Examples
    --------
    With nothing held fixed it is the mean, and its variance the mean's, with n for n - 1 twice
    over (a leverage of 1 / n each):

    >>> from theodolite.stats.quasi_binomial import quasi_binomial
    >>> y = np.array([[1.0, 0.0, 1.0, 1.0]])
    >>> x = np.ones((1, 4, 1))
    >>> fit = quasi_binomial(x, y, y >= 0, precision=np.zeros(1))
    >>> got = controlled_rates(fit, x, x, y >= 0)
    >>> got.rate.round(6), got.values.mean().round(6)
    (array([0.75]), np.float64(0.75))
    """
    w = given.astype(np.float64)
    n = w.sum(axis=1)
    part = w if over is None else w * over
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / part.sum(axis=1, keepdims=True)
    at = sigmoid(np.einsum("mnp,mp->mn", neutral, fit.coefficients))
    rate = (share * at).sum(axis=1)
    gradient = np.einsum("mn,mnp->mp", share * at * (1.0 - at), neutral)
    lever = np.einsum("mp,mpq->mq", gradient, fit.inverse)
    error = fit.residual / np.maximum(1.0 - fit.leverage, NEVER)
    own = n[:, None] * np.einsum("mq,mnq->mn", lever, x) * error
    f = n[:, None] * share * (at - rate[:, None]) + own
    for covariate in scaled:
        f += _through_scale(covariate, fit, x, lever, w)
    gram = np.matmul((x * w[:, :, None]).transpose(0, 2, 1), x)
    a = np.einsum("mn,mnp->mp", np.nan_to_num(share), neutral)
    inverse = np.linalg.pinv(gram, hermitian=True)
    with np.errstate(divide="ignore"):
        known = 1.0 / np.einsum("mp,mpq,mq->m", a, inverse, a)
    known = np.minimum(known, part.sum(axis=1))
    found = rates_of(rate, f, given, parameters=x.shape[2], known=known)
    if prior is None:
        return found
    pull = lever**2 @ prior
    return replace(found, variance=found.variance + pull, prior=pull)


def coefficient_errors(fit: QuasiBinomial, x: Floats, given: Flags) -> Floats:
    """Give the sandwich standard error of each coefficient, (M, P): the scales taken as known.

    H^-1 (sum of x x' e^2 / (1 - h)^2) H^-1 n / (n - P).

    Examples
    --------
    >>> from theodolite.stats.quasi_binomial import quasi_binomial
    >>> y = np.array([[1.0, 0.0, 1.0, 0.0]])
    >>> fit = quasi_binomial(np.ones((1, 4, 1)), y, y >= 0, precision=np.zeros(1))
    >>> coefficient_errors(fit, np.ones((1, 4, 1)), y >= 0).round(4)
    array([[1.5396]])
    """
    n = given.sum(axis=1).astype(np.float64)
    error = fit.residual / np.maximum(1.0 - fit.leverage, NEVER)
    scores = np.matmul(x * error[:, :, None], fit.inverse)
    scale = n / np.maximum(n - x.shape[2], NEVER)
    out: Floats = np.sqrt((scores**2).sum(axis=1) * scale[:, None])
    return out


def _through_scale(part: Scaled, fit: QuasiBinomial, x: Floats, lever: Floats, w: Floats) -> Floats:
    """Influence of each item on the rate by way of a scale, (M, N)."""
    n = w.sum(axis=1)
    spread = w * fit.mean * (1.0 - fit.mean) * part.slope
    score = -np.einsum("mn,mnp->mp", spread, x) * fit.coefficients[:, [part.column]]
    score[:, part.column] += (fit.residual * part.slope).sum(axis=1)
    by_scale = np.einsum("mp,mp->m", lever, score)
    centred = w * (part.raw - ((w * part.raw).sum(axis=1) / n)[:, None])
    scale = part.scale[:, None]
    out: Floats = by_scale[:, None] * w * (centred**2 - scale**2) / (2.0 * scale)
    return out


def rates_of(
    rate: Floats, f: Floats, given: Flags, *, parameters: int, known: Floats | None = None
) -> Rates:
    """Make rates of estimates and the influences of their items.

    Parameters
    ----------
    rate, f, given
        r, (M,), influences and which outcomes there are, (M, N).
    parameters
        P: what the degrees of freedom lose.
    known
        n_0, (M,); the number of items where left out.

    Examples
    --------
    >>> got = rates_of(np.array([0.5]), np.array([[0.5, -0.5]]), np.ones((1, 2)) > 0, parameters=1)
    >>> got.variance, got.df
    (array([0.25]), array([1.]))
    """
    n = given.sum(axis=1).astype(np.float64)
    f = np.where(given, f - (f.sum(axis=1) / n)[:, None], 0.0)
    df = n - parameters
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(df > 0, (f**2).sum(axis=1) / (n * df), np.nan)
    values = np.where(given, rate[:, None] + f, np.nan)
    known = n if known is None else np.minimum(known, n)
    return Rates(rate, variance, df, values, known, np.zeros(len(rate)))


def rate_ends(rates: Rates, *, level: float) -> tuple[Floats, Floats]:
    """Give both ends of each rate's pointwise interval, (M,); ``nan`` without degrees of freedom.

    Examples
    --------
    Twenty wins of twenty say as much as twenty outcomes can:

    >>> y = np.ones((1, 20))
    >>> low, high = rate_ends(plain_rates(y, y > 0), level=0.95)
    >>> low.round(3), high.round(3)
    (array([0.82]), array([1.]))
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import, and not always needed)

    r = np.clip(rates.rate, 0.0, 1.0)
    most = rates.known * (1.0 + rates.known * r * (1.0 - r))
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.minimum(r * (1.0 - r) / rates.variance, most)
    # Outcomes that do not differ at all say as much as their number.
    q = np.where(rates.variance > ROUNDING, q, rates.known)
    df = np.where(rates.df > 0, rates.df, np.nan)
    quantile = np.asarray(stdtrit(df, 0.5 + level / 2.0), dtype=np.float64)
    low, high = wilson_ends(r, np.maximum(q, NEVER), quantile)
    there = np.isfinite(quantile)
    return np.where(there, low, np.nan), np.where(there, high, np.nan)
