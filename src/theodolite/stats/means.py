r"""Means of many models over the same items, with the covariance that shared items make.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_ki      score of model k on item i; ``nan`` where it did not answer
n_k, m_k  items that it answered, and its mean over them
G_k       clusters in which it answered; an item by itself is a cluster too
u_kg      sum over its items i of cluster g of (y_ki - m_k), over n_k
w_kb      weight of unit b (a benchmark, a subject) in an average
========  ==================================================================================

A mean is a ratio of sums over clusters, so to first order

    cov(m_k, m_l) = sqrt(G_k/(G_k - 1) G_l/(G_l - 1)) sum over g of u_kg u_lg.

Units are independent of each other; in an average sum over b of w_kb m_kb the models stay
dependent within each unit: cov = sum over b of w_kb w_lb cov_b(m_k, m_l), with the degrees of
freedom (sum v_b)^2 / sum (v_b^2 / (G_b - 1)), v_b the unit's part of the variance.

References
----------
E. Miller (2024), arXiv:2411.00640 (clustered errors of evaluations); F. E. Satterthwaite (1946),
Biometrics Bulletin 2, 110-114. doi:10.2307/3002019; E. L. Korn and B. I. Graubard (1998), Survey
Methodology 24, 193-201 (intervals of shares with an effective number).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.proportions import wilson_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Means", "average_means", "cluster_order", "clustered_means", "mean_interval"]


@dataclass(frozen=True)
class Means:
    """Means of K models and what is known of their errors.

    Attributes
    ----------
    mean, covariance
        m, (K,), and its clustered covariance, (K, K). A model with a single cluster has no
        variance: ``nan``.
    df
        Degrees of freedom of each variance, (K,).
    items, clusters
        n and G, (K,).
    spread
        The variance of each mean without the factor G/(G - 1), (K,), and no less than if items
        were independent: what an interval of a share starts from.
    least
        One over the number of independent observations that can be relied on where all scores
        are alike, (K,).
    design
        The design effect: clustered variance over that of independent items, over all models.
    """

    mean: Floats
    covariance: Floats
    df: Floats
    items: Integers
    clusters: Integers
    spread: Floats
    least: Floats
    design: float

    def take(self, models: Integers) -> Means:
        """Give the same of some models."""
        rows = {
            name: getattr(self, name)[models]
            for name in ("mean", "df", "items", "clusters", "spread", "least")
        }
        return replace(self, covariance=self.covariance[np.ix_(models, models)], **rows)


def clustered_means(values: Floats, clusters: Integers) -> Means:
    """Give the mean of each model over the items that it answered, and their covariance.

    Parameters
    ----------
    values
        y, (K, N), ``nan`` where a model did not answer; each model answered something.
    clusters
        Which cluster each item belongs to, (N,), as any whole numbers.

    Examples
    --------
    Two models over four items in two clusters. All of the spread is between the clusters, so they
    say as much as two items:

    >>> y = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 1.0]])
    >>> got = clustered_means(y, np.array([0, 0, 1, 1]))
    >>> got.mean, got.df, got.covariance.round(4)
    (array([0.5 , 0.75]), array([1., 1.]), array([[0.25  , 0.125 ],
           [0.125 , 0.0625]]))
    """
    order, starts = cluster_order(clusters)
    values = values[:, order]
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    mean = np.where(given, values, 0.0).sum(axis=1) / n
    residual = np.where(given, values - mean[:, None], 0.0)
    sums = np.add.reduceat(residual, starts, axis=1) / n[:, None]
    count = np.logical_or.reduceat(given, starts, axis=1).sum(axis=1)
    independent = (residual**2).sum(axis=1) / n**2
    plain = (sums**2).sum(axis=1)
    covariance = sums @ sums.T
    factor = np.sqrt(count / np.where(count > 1, count - 1.0, np.nan))
    total = float(independent.sum())
    # Where no model's scores differ, nothing says how clusters depend: each counts once.
    design = float(plain.sum()) / total if total > 0 else float(n.sum() / count.sum())
    return Means(
        mean=mean,
        covariance=covariance * np.outer(factor, factor),
        df=count - 1.0,
        items=n,
        clusters=count,
        spread=np.maximum(plain, independent),
        least=1.0 / count,
        design=design,
    )


def average_means(units: Sequence[Means], weights: Floats) -> Means:
    """Give each model's weighted average over units that are independent of each other.

    Parameters
    ----------
    units
        The means of the same K models in B units.
    weights
        w, (B, K); they should add up to 1 over the units.

    Examples
    --------
    >>> y = np.array([[1.0, 1.0, 0.0, 0.0]])
    >>> one = clustered_means(y, np.arange(4))
    >>> both = average_means([one, one], np.full((2, 1), 0.5))
    >>> both.mean, both.df, bool(np.isclose(both.covariance, one.covariance / 2).all())
    (array([0.5]), array([6.]), True)
    """
    k = len(units[0].mean)
    covariance, mean = np.zeros((k, k)), np.zeros(k)
    spread, least = np.zeros(k), np.zeros(k)
    own, shaky = np.zeros(k), np.zeros(k)
    for unit, w in zip(units, weights, strict=True):
        mean += w * unit.mean
        covariance += np.outer(w, w) * unit.covariance
        spread += w**2 * unit.spread
        least += w**2 * unit.least
        part = w**2 * np.diag(unit.covariance)
        own += part
        shaky += part**2 / unit.df
    degrees = np.sum([unit.df for unit in units], axis=0)
    return Means(
        mean=mean,
        covariance=covariance,
        # Without any spread no unit counts more than another.
        df=np.divide(own**2, shaky, out=degrees.astype(float), where=shaky > 0),
        items=np.sum([unit.items for unit in units], axis=0),
        clusters=np.sum([unit.clusters for unit in units], axis=0),
        spread=spread,
        least=least,
        design=float(np.mean([unit.design for unit in units])),
    )


def mean_interval(means: Means, *, level: float, share: bool) -> tuple[Floats, Floats]:
    r"""Give both ends of each model's pointwise interval, (K,).

    With q the quantile of Student's t at the model's degrees of freedom: for scores in [0, 1]
    Wilson's interval of a share with the effective number n = m (1 - m) / v, v the clustered
    variance; where all scores are alike, each cluster counts as one observation. So no interval
    has zero width, or leaves [0, 1]. For other scores m -+ q sqrt(v).

    Parameters
    ----------
    means
        The means.
    level
        Confidence level.
    share
        Whether all scores lie in [0, 1].

    Examples
    --------
    >>> means = clustered_means(np.array([[1.0] * 20, [1.0] * 18 + [0.0] * 2]), np.arange(20))
    >>> low, high = mean_interval(means, level=0.95, share=True)
    >>> low.round(3), high.round(3)
    (array([0.82 , 0.682]), array([1.   , 0.974]))
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import, and not always needed)

    m = means.mean
    df = np.where(means.df > 0, means.df, np.nan)
    quantile = np.asarray(stdtrit(df, 0.5 + level / 2.0), dtype=np.float64)
    if share:
        p = np.clip(m, 0.0, 1.0)
        n = np.divide(p * (1.0 - p), means.spread, out=1.0 / means.least, where=means.spread > 0)
        return wilson_ends(p, n, quantile)
    half = quantile * np.sqrt(np.diag(means.covariance))
    return m - half, m + half


def cluster_order(clusters: Integers) -> tuple[Integers, Integers]:
    """Sort items by cluster: their order, (N,), and where each cluster starts in it, (G,)."""
    order = np.argsort(clusters, kind="stable")
    changed = np.flatnonzero(np.diff(clusters[order])) + 1
    return order, np.concatenate([np.zeros(1, dtype=np.int64), changed])
