r"""Paired differences of all pairs of models, each over the items that both answered.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_ki      score of model k on item i; ``nan`` where it did not answer
N, G      items that both of a pair answered, and clusters that these lie in
d_kl      mean of y_ki - y_li over them
S_kl      variance of d_kl
R         how far scores can lie apart: 1 for shares
c         design effect of the clusters
q_kl      what |d_kl| / sqrt(S_kl) must exceed to tell the pair apart, all pairs together
========  ==================================================================================

    S_kl = G/(G - 1) sum over clusters of (sum over items of y_ki - y_li - d_kl)^2 / N^2
           + 2 (R / (N/c + 2))^2

The second part is what two further items would add on which the models differ by R, once either
way. It vanishes against the first as items grow, and keeps a handful of differing items, or none,
from passing for certainty: a difference of ten items to none has an exact p-value of 0.002, and
without this part one of 0.001.

For q all S_kl are read as the contrasts of one covariance, V = -1/2 H S H with H = I - 11'/K (exact
where all models answered all items), whose largest contrast is drawn; the tail that this leaves a
single contrast is turned into a quantile of Student's t at the pair's own degrees of freedom.

References
----------
D. G. Bonett and R. M. Price (2012), J. Educ. Behav. Stat. 37, 479-488.
doi:10.3102/1076998611411915 (two further items); E. Miller (2024), arXiv:2411.00640 (paired,
clustered errors); J. C. Gower (1966), Biometrika 53, 325-338. doi:10.1093/biomet/53.3-4.325 (V
from S)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.means import cluster_order
from theodolite.stats.multiplicity import holm
from theodolite.stats.simultaneous import max_t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Gaps", "average_gaps", "gap_p_values", "paired_gaps", "simultaneous_margins"]


@dataclass(frozen=True)
class Gaps:
    """Differences of all pairs, (K, K) each.

    Attributes
    ----------
    difference, variance
        d, with d_lk = -d_kl, and S; ``nan`` where two models share fewer than two clusters.
    df
        Degrees of freedom of the variance, G - 1.
    items
        N.
    """

    difference: Floats
    variance: Floats
    df: Floats
    items: Integers

    def take(self, models: Integers) -> Gaps:
        """Give the same of some models."""
        at = np.ix_(models, models)
        return Gaps(self.difference[at], self.variance[at], self.df[at], self.items[at])


def paired_gaps(values: Floats, clusters: Integers, *, reach: float, design: float = 1.0) -> Gaps:
    """Compare every two models over the items that both answered.

    Parameters
    ----------
    values
        y, (K, N), ``nan`` where a model did not answer.
    clusters
        Which cluster each item belongs to, (N,), as any whole numbers.
    reach
        R.
    design
        c.

    Examples
    --------
    The first model alone has item 1, the second alone items 2 and 3; both answered 1 to 4:

    >>> y = np.array([[1.0, 0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0, np.nan]])
    >>> gaps = paired_gaps(y, np.arange(5), reach=1.0)
    >>> float(gaps.difference[0, 1]), int(gaps.items[0, 1]), float(gaps.variance[0, 1].round(4))
    (-0.25, 4, 0.2847)
    """
    order, starts = cluster_order(clusters)
    values, clusters = values[:, order], clusters[order]
    given = ~np.isnan(values)
    _, first, member = np.unique(
        np.packbits(given, axis=1), axis=0, return_index=True, return_inverse=True
    )
    patterns = given[first]
    single = len(starts) == values.shape[1]
    if single and len(patterns) > 1:
        parts = _over_items(values)
    else:
        parts = _over_patterns(values, clusters, patterns, member)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(parts.clusters > 1, parts.clusters / (parts.clusters - 1.0), np.nan)
        # What rounding leaves below zero is zero.
        variance = factor * np.maximum(parts.squares, 0.0) / parts.items**2
        difference = np.where(np.isnan(factor), np.nan, parts.difference)
    variance += 2.0 * (reach / (parts.items / design + 2.0)) ** 2
    np.fill_diagonal(variance, 0.0)
    np.fill_diagonal(difference, 0.0)
    df = np.asarray(parts.clusters - 1.0, dtype=np.float64)
    return Gaps(difference, variance, df, parts.items)


def average_gaps(units: Sequence[Gaps], weights: Sequence[Floats | float]) -> Gaps:
    """Give the weighted average of each pair's differences over independent units.

    Parameters
    ----------
    units
        The differences of the same K models in B units.
    weights
        One for each unit: a number, or one for each pair, (K, K).

    Examples
    --------
    >>> y = np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    >>> one = paired_gaps(y, np.arange(4), reach=1.0)
    >>> both = average_gaps([one, one], [0.5, 0.5])
    >>> bool(np.isclose(both.variance, one.variance / 2).all()), float(both.df[0, 1].round(3))
    (True, 6.0)
    """
    shape = units[0].difference.shape
    difference, variance, shaky = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for unit, weight in zip(units, weights, strict=True):
        part = weight**2 * unit.variance
        difference += weight * unit.difference
        variance += part
        with np.errstate(divide="ignore", invalid="ignore"):
            shaky += part**2 / unit.df
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.asarray(variance**2 / shaky, dtype=np.float64)
    return Gaps(difference, variance, df, np.sum([unit.items for unit in units], axis=0))


def simultaneous_margins(
    gaps: Gaps, *, level: float, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Give the half-widths of all differences' simultaneous intervals, (K, K).

    Parameters
    ----------
    gaps
        The differences.
    level
        The joint confidence level.
    n_draws, rng
        Normal draws behind the quantile, and their source.

    Examples
    --------
    Of two models the only difference has Student's interval:

    >>> gaps = Gaps(np.zeros((2, 2)), 1.0 - np.eye(2), np.full((2, 2), 9.0), np.full((2, 2), 10))
    >>> margin = simultaneous_margins(gaps, level=0.95, n_draws=40_000,
    ...                               rng=np.random.default_rng(0))
    >>> float(margin[0, 1].round(1))
    2.3
    """
    from scipy.special import ndtr, stdtrit  # noqa: PLC0415  (slow to import)

    known = np.isfinite(gaps.variance)
    if len(known) < 2 or not known[~np.eye(len(known), dtype=bool)].any():  # noqa: PLR2004
        return np.where(np.eye(len(known), dtype=bool), 0.0, np.inf)
    # A pair that nothing is known of stands for one of the usual size.
    usual = float(np.median(gaps.variance[known & (gaps.variance > 0)]))
    covariance = _double_centred(np.where(known, gaps.variance, usual))
    quantile = max_t_quantile(covariance, level=level, n_draws=n_draws, rng=rng)
    t = -stdtrit(np.where(gaps.df > 0, gaps.df, np.nan), ndtr(-quantile))
    margin = np.where(known, t * np.sqrt(np.where(known, gaps.variance, 0.0)), np.inf)
    np.fill_diagonal(margin, 0.0)
    return margin


def gap_p_values(gaps: Gaps) -> Floats:
    """Give the two-sided p-value of every pair k < l, after Holm's adjustment over all, (K, K).

    The lower half is the upper half's mirror; ``nan`` on the diagonal and for unknown pairs.

    Examples
    --------
    >>> y = np.array([[1.0] * 9 + [0.0], [0.0] * 9 + [1.0], [1.0] * 10])
    >>> gap_p_values(paired_gaps(y, np.arange(10), reach=1.0)).round(3)
    array([[  nan, 0.015, 0.534],
           [0.015,   nan, 0.001],
           [0.534, 0.001,   nan]])
    """
    from scipy.special import stdtr  # noqa: PLC0415  (slow to import)

    upper = np.triu_indices(len(gaps.difference), 1)
    out = np.full(gaps.difference.shape, np.nan)
    d, variance, df = gaps.difference[upper], gaps.variance[upper], gaps.df[upper]
    out[upper] = holm(2.0 * stdtr(np.where(df > 0, df, np.nan), -np.abs(d) / np.sqrt(variance)))
    return np.where(np.isnan(out), out.T, out)


@dataclass(frozen=True)
class _Parts:
    """Of every pair, (K, K): d; sum over clusters of squares; items; clusters."""

    difference: Floats
    squares: Floats
    items: Integers
    clusters: Integers


def _over_items(values: Floats) -> _Parts:
    """Sum over the items that each pair shares, each a cluster: products of matrices."""
    given = ~np.isnan(values)
    mean = np.nanmean(values, axis=1)
    y = np.where(given, values - mean[:, None], 0.0)  # small, so that squares lose no digits
    seen = given.astype(np.float64)
    n = seen @ seen.T
    sums, squares = y @ seen.T, (y * y) @ seen.T
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = (sums - sums.T) / n
    total = squares + squares.T - 2.0 * (y @ y.T) - n * shift**2
    count = n.astype(np.int64)
    return _Parts(mean[:, None] - mean + shift, total, count, count)


def _over_patterns(values: Floats, clusters: Integers, patterns: Flags, member: Integers) -> _Parts:
    """Sum by cluster over the items that each two groups of models with the same gaps share."""
    k = len(values)
    parts = _Parts(
        np.full((k, k), np.nan),
        np.full((k, k), np.nan),
        np.zeros((k, k), dtype=np.int64),
        np.zeros((k, k), dtype=np.int64),
    )
    rows = [np.flatnonzero(member == p) for p in range(len(patterns))]
    for p, first in enumerate(rows):
        for q in range(p, len(rows)):
            both = patterns[p] & patterns[q]
            if not both.any():
                continue
            starts = cluster_order(clusters[both])[1]
            one = _cluster_sums(values[first][:, both], starts)
            two = one if q == p else _cluster_sums(values[rows[q]][:, both], starts)
            cross = (one[1] ** 2).sum(axis=1)[:, None] + (two[1] ** 2).sum(axis=1)
            cross -= 2.0 * one[1] @ two[1].T
            at, mirrored = np.ix_(first, rows[q]), np.ix_(rows[q], first)
            gap = one[0][:, None] - two[0]
            parts.difference[at], parts.difference[mirrored] = gap, -gap.T
            parts.squares[at], parts.squares[mirrored] = cross, cross.T
            parts.items[at] = parts.items[mirrored] = int(both.sum())
            parts.clusters[at] = parts.clusters[mirrored] = len(starts)
    return parts


def _cluster_sums(values: Floats, starts: Integers) -> tuple[Floats, Floats]:
    """Mean of each model, and its deviations from it summed by cluster, (R, G)."""
    mean = values.mean(axis=1)
    return mean, np.add.reduceat(values - mean[:, None], starts, axis=1)


def _double_centred(variance: Floats) -> Floats:
    """V whose contrasts have these variances, (K, K)."""
    by_row = variance.mean(axis=1)
    out: Floats = -0.5 * (variance - by_row[:, None] - by_row + by_row.mean())
    return out
