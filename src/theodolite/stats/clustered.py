r"""Weighted least squares whose errors go together within clusters, also where these are few.

==============  ============================================================================
symbol          meaning
==============  ============================================================================
n, k, G         rows, columns of the design, clusters
X, y            design and outcome, both multiplied by the square roots of the weights
A               (X'X)^-1
H               X A X', the hat matrix; H_gg its block of cluster g
e               y - X b, the residuals
m               (n, k): rows of (I - H_gg)^-1/2 X_g A, one block a cluster
V               sum over g of (m_g' e_g)(m_g' e_g)', the covariance of b (CR2)
q_g             m_g c for a contrast c, zero outside cluster g
h               (p, k): h c is what of a contrast c a cluster alone holds, where H_gg has
                an eigenvalue 1: without that cluster the design has no full rank
==============  ============================================================================

CR2 is unbiased where the errors are independent and of one variance (R. M. Bell and D. F.
McCaffrey 2002, Survey Methodology 28, 169-181). Its degrees of freedom match the first two
moments of V under that model: tr(B)^2 / tr(B^2) with B_gh = q_g' (I - H) q_h (G. W. Imbens and
M. Kolesar 2016, Review of Economics and Statistics 98, 701-712, doi:10.1162/REST_a_00552).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = [
    "ClusteredFit",
    "Interval",
    "crossing",
    "fit_clustered",
    "webb_weights",
    "wild_p",
]

# A cluster that alone holds a coefficient has leverage 1: its residual there is 0, whatever its
# error, so that nothing tells how far off the coefficient is.
FULL = 1e-10
# A contrast of which clusters alone hold no more than this share of its variance is free of them.
FREE = 1e-9
# Draws of the wild bootstrap that are held in memory at once, in numbers.
BLOCK = 8_000_000


class Interval(NamedTuple):
    """A contrast with its interval, standard error and degrees of freedom."""

    estimate: float
    low: float
    high: float
    error: float
    df: float


@dataclass(frozen=True)
class ClusteredFit:
    """A fit with what its covariance needs.

    Attributes
    ----------
    x, y
        The weighted design and outcome.
    cluster
        (n,) integers from 0 to G - 1.
    beta, bread, maps
        b, A and m.
    covariance
        V.
    held, holders
        h, and the cluster of each of its rows.
    """

    x: Floats
    y: Floats
    cluster: Integers
    beta: Floats
    bread: Floats
    maps: Floats
    covariance: Floats
    held: Floats
    holders: Integers

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    @property
    def residuals(self) -> Floats:
        """The weighted residuals."""
        left: Floats = self.y - self.x @ self.beta
        return left

    def df(self, contrast: Floats) -> float:
        """Return the degrees of freedom of a contrast."""
        own = self.maps @ contrast
        size = np.bincount(self.cluster, own**2, self.n_clusters)
        reach = _sums(self.x * own[:, None], self.cluster, self.n_clusters)
        b = np.diag(size) - reach @ self.bread @ reach.T
        return float(np.trace(b) ** 2 / (b**2).sum())

    def alone(self, contrast: Floats) -> bool:
        """Tell whether a contrast, or a part of it, is held by one cluster alone."""
        size = float(contrast @ self.bread @ contrast)
        return bool(((self.held @ contrast) ** 2 > FREE * size).any())

    def interval(self, contrast: Floats, level: float) -> Interval:
        """Return a contrast with its t interval.

        It is unbounded where one cluster alone holds the contrast: then 0 degrees of freedom.
        """
        estimate = float(contrast @ self.beta)
        if self.alone(contrast):
            return Interval(estimate, -np.inf, np.inf, np.inf, 0.0)
        error = float(np.sqrt(max(float(contrast @ self.covariance @ contrast), 0.0)))
        df = self.df(contrast)
        reach = float(student.ppf((1.0 + level) / 2.0, df)) * error
        return Interval(estimate, estimate - reach, estimate + reach, error, df)

    def wald(self, columns: Integers) -> float:
        """Return b' V^-1 b of some coefficients."""
        b, v = self.beta[columns], self.covariance[np.ix_(columns, columns)]
        return float(b @ np.linalg.pinv(v, hermitian=True) @ b)


def fit_clustered(
    x: Floats, y: Floats, cluster: Integers, weights: Floats | None = None
) -> ClusteredFit:
    """Fit by weighted least squares, with the CR2 covariance.

    Parameters
    ----------
    x, y
        (n, k) of full rank, and (n,).
    cluster
        (n,) integers from 0 to G - 1, none left out.
    weights
        (n,) positive; one each where left out.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), np.arange(6.0)])
    >>> fit = fit_clustered(x, 2.0 * np.arange(6.0) + [0, 1, 0, 1, 0, 1], np.arange(6))
    >>> [round(float(b), 3) for b in fit.beta]
    [0.286, 2.086]
    """
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    x, y = x * root[:, None], y * root
    bread = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    maps, held, holders = _maps(x, bread, cluster)
    beta = bread @ (x.T @ y)
    scores = _sums(maps * (y - x @ beta)[:, None], cluster, int(cluster.max()) + 1)
    return ClusteredFit(x, y, cluster, beta, bread, maps, scores.T @ scores, held, holders)


def _maps(x: Floats, bread: Floats, cluster: Integers) -> tuple[Floats, Floats, Integers]:
    """Return m: (I - H_gg)^-1/2 X_g A, by the singular values of X_g A^1/2; h and its clusters."""
    half = np.linalg.cholesky(bread)
    out, held, holders = np.empty_like(x), [np.zeros((0, x.shape[1]))], []
    order = np.argsort(cluster, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1):
        u, s, v = np.linalg.svd(x[rows] @ half, full_matrices=False)
        rest = np.maximum(1.0 - s**2, 0.0)
        scale = np.where(rest > FULL, 1.0 / np.sqrt(np.where(rest > FULL, rest, 1.0)), 0.0)
        out[rows] = (u * scale) @ (u.T @ x[rows]) @ bread
        held.append(v[rest <= FULL] @ half.T)
        holders += [cluster[rows[0]]] * len(held[-1])
    return out, np.concatenate(held), np.array(holders, dtype=np.intp)


def _sums(values: Floats, cluster: Integers, n: int) -> Floats:
    out = np.zeros((n, *values.shape[1:]))
    np.add.at(out, cluster, values)
    return out


def crossing(fit: ClusteredFit, level: float) -> tuple[float, float, float]:
    """Return where a line b_0 + b_1 t + ... crosses 0, with Fieller's interval.

    The interval holds every t at which the t test does not exclude 0, with the degrees of freedom
    of the line at the estimate. Where the slope itself is not sure, or one cluster alone holds
    the line, it is unbounded: then both ends are infinite. Other columns of the design are held
    at 0.

    E. C. Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.

    Examples
    --------
    >>> t = np.arange(8.0)
    >>> noise = 0.1 * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    >>> fit = fit_clustered(np.column_stack([np.ones(8), t]), t - 3.0 + noise, np.arange(8))
    >>> [round(end, 1) for end in crossing(fit, 0.95)]
    [3.0, 2.9, 3.1]
    """
    a, b = fit.beta[:2]
    if b == 0.0:
        return np.nan, -np.inf, np.inf
    at = float(-a / b)
    here = np.zeros(len(fit.beta))
    here[:2] = 1.0, at
    if any(fit.alone(one) for one in np.eye(len(here))[:2]):
        return at, -np.inf, np.inf
    q2 = float(student.ppf((1.0 + level) / 2.0, fit.df(here))) ** 2
    v = fit.covariance
    square, half = b**2 - q2 * v[1, 1], a * b - q2 * v[0, 1]
    # At the estimate the line is 0, so that a bounded interval always has two ends.
    inner = half**2 - square * (a**2 - q2 * v[0, 0])
    if square <= 0.0 or not np.isfinite(inner):
        return at, -np.inf, np.inf
    root = float(np.sqrt(max(inner, 0.0)))
    return at, float((-half - root) / square), float((-half + root) / square)


def webb_weights(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw Webb's six-point weights of mean 0 and variance 1, for few clusters.

    M. D. Webb (2023), Canadian Journal of Economics 56, 839-858, doi:10.1111/caje.12661.
    """
    values = np.sqrt([0.5, 1.0, 1.5])
    out: Floats = rng.choice(np.concatenate([values, -values]), size=shape)
    return out


def wild_p(fit: ClusteredFit, columns: Integers, *, n: int, rng: np.random.Generator) -> float:
    """Test that some coefficients are 0, by the wild cluster bootstrap under that hypothesis.

    The residuals of the restricted fit keep their clusters' signs and sizes but for one random
    weight a cluster; the statistic is Wald's with the CR2 covariance.

    A. C. Cameron, J. B. Gelbach and D. L. Miller (2008), Review of Economics and Statistics 90,
    414-427, doi:10.1162/rest.90.3.414.

    Parameters
    ----------
    fit
        The unrestricted fit.
    columns
        The coefficients.
    n
        How many draws.
    rng
        Random numbers.
    """
    kept = np.setdiff1d(np.arange(fit.x.shape[1]), columns)
    null = fit.x[:, kept]
    left = fit.y - null @ np.linalg.lstsq(null, fit.y, rcond=None)[0]
    slope, maps = fit.bread[columns] @ fit.x.T, fit.maps[:, columns]
    observed, above = fit.wald(columns), 0
    step = max(1, BLOCK // max(len(left), fit.n_clusters * len(columns)))
    for start in range(0, n, step):
        draws = webb_weights(rng, (fit.n_clusters, min(step, n - start)))
        noise = left[:, None] * draws[fit.cluster]
        b = slope @ noise
        noise -= fit.x @ (fit.bread @ (fit.x.T @ noise))
        scores = _sums(maps[:, :, None] * noise[:, None, :], fit.cluster, fit.n_clusters)
        v = np.einsum("gqb,grb->bqr", scores, scores)
        walds = np.einsum("qb,bqr,rb->b", b, np.linalg.pinv(v, hermitian=True), b)
        above += int((walds >= observed * (1.0 - 1e-12)).sum())
    return (above + 1) / (n + 1)
