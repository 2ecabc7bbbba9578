r"""What lists of items show of models that had no say in choosing them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
d, s      paired difference of two held-out models over a list, and its error
D         their difference over all items
t         d / s
q         Student's quantile for the items of the list that both answered, less one
========  ==================================================================================

A pair is separated where |t| > q, and wrongly so where d and D differ in sign. The list's forecast
that a is ahead of b is the tail probability of Student's t at t; its Brier score is the mean square
of the forecast less [D > 0] (a half where D is 0).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.hard.answers import abilities
from theodolite.stats import paired_gaps, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Bench", "Forecasts", "Shown", "forecast", "rank_correlation"]


# A line through three points has an error.
FEWEST_POINTS = 3


@dataclass(frozen=True)
class Bench:
    """All that models are compared with.

    Attributes
    ----------
    values, clusters
        y, (K, N), and the cluster of each item, (N,).
    reach, level
        See :mod:`theodolite.stats.paired`; of each pair's interval alone.
    overall
        Mean score over all items, (K,).
    ahead
        1, a half or 0 where k is ahead of l, equal or behind over all items that both answered,
        (K, K).
    share
        Whether all scores lie in [0, 1].
    """

    values: Floats
    clusters: Integers
    reach: float
    level: float
    overall: Floats
    ahead: Floats
    share: bool

    @classmethod
    def of(cls, values: Floats, clusters: Integers, reach: float, level: float) -> Bench:
        """Compare all models over all items."""
        gap = paired_gaps(values, clusters, reach=reach).difference
        ahead = np.where(np.isnan(gap), 0.5, (np.sign(gap) + 1.0) / 2.0)
        share = bool(np.nanmin(values) >= 0.0 and np.nanmax(values) <= 1.0)
        return cls(values, clusters, reach, level, abilities(values), ahead, share)


@dataclass
class Shown:
    """Sums over splits for one kind of list, (K, K) each, symmetric; and a number a split.

    Attributes
    ----------
    count, separated, wrong, brier, agreed
        Of each pair: splits that held it out; in which it was separated; wrongly; the squared error
        of the forecast; and in which it had the order of all items.
    shares, correlations
        By split: share of pairs separated, and rank correlation with all items.
    """

    count: Floats
    separated: Floats
    wrong: Floats
    brier: Floats
    agreed: Floats
    shares: list[float] = field(default_factory=list)
    correlations: list[float] = field(default_factory=list)

    @classmethod
    def nothing(cls, models: int) -> Shown:
        """Start with no split."""
        zeros = np.zeros((5, models, models))
        return cls(zeros[0], zeros[1], zeros[2], zeros[3], zeros[4])

    def add(self, bench: Bench, held: Integers, chosen: Flags) -> None:
        """Add what a list shows of the models held out."""
        from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

        part = bench.values[np.ix_(held, np.flatnonzero(chosen))]
        gaps = paired_gaps(part, bench.clusters[chosen], reach=bench.reach)
        df = np.where(gaps.df > 0, gaps.df, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(np.eye(len(held), dtype=bool), 0.0, gaps.difference)
            t = t / np.sqrt(np.where(gaps.variance > 0, gaps.variance, np.nan))
            # What two models have not in common cannot tell them apart.
            t = np.where(np.isnan(t), 0.0, t)
            # Most pairs share all items, and those of the lower half mirror the upper's.
            dfs, place = np.unique(df, return_inverse=True)
            quantile = stdtrit(dfs, 0.5 + bench.level / 2.0)[place].reshape(df.shape)
            apart = np.abs(t) > quantile
            upper = np.triu_indices(len(held), 1)
            chance = np.full(t.shape, 0.5)
            chance[upper] = stdtr(np.where(np.isnan(df), 1.0, df)[upper], t[upper])
            chance.T[upper] = 1.0 - chance[upper]
        at = np.ix_(held, held)
        ahead = bench.ahead[at]
        self.count[at] += 1.0
        self.separated[at] += apart
        self.wrong[at] += apart & ((t > 0) & (ahead == 0.0) | (t < 0) & (ahead == 1.0))
        self.brier[at] += (chance - ahead) ** 2
        self.agreed[at] += np.where(t == 0, 0.5, (t > 0) == (ahead > 0.5)) * (ahead != 0.5)  # noqa: PLR2004
        self.agreed[at] += 0.5 * (ahead == 0.5)  # noqa: PLR2004
        self.shares.append(float(apart[upper].mean()))
        self.correlations.append(rank_correlation(abilities(part), bench.overall[held]))


@dataclass
class Forecasts:
    """Sums over splits of what a list foretells of each held-out model's whole score, (K,)."""

    count: Floats
    predicted: Floats
    low: Floats
    high: Floats
    covered: Floats
    error: Floats

    @classmethod
    def nothing(cls, models: int) -> Forecasts:
        """Start with no split."""
        zeros = np.zeros((6, models))
        return cls(zeros[0], zeros[1], zeros[2], zeros[3], zeros[4], zeros[5])

    def add(self, bench: Bench, groups: Integers, held: Flags, chosen: Flags) -> None:
        """Foretell each held-out model's score from a line through the other groups held out.

        Not through the models that the list was chosen on, on which it does better than on others.
        Shares are on the scale of log-odds, with half a right and half a wrong answer added.
        """
        x = _stretched(abilities(bench.values[:, chosen]), int(chosen.sum()), share=bench.share)
        y = _stretched(bench.overall, len(chosen), share=bench.share)
        for group in np.unique(groups[held]):
            own, others = held & (groups == group), held & (groups != group)
            if others.sum() < FEWEST_POINTS:
                continue
            at, half = forecast(x[others], y[others], x[own], level=bench.level)
            ends = np.stack([at - half, at, at + half])
            low, predicted, high = sigmoid(ends) if bench.share else ends
            truth = bench.overall[own]
            self.count[own] += 1.0
            self.predicted[own] += predicted
            self.low[own] += low
            self.high[own] += high
            self.covered[own] += (low <= truth) & (truth <= high)
            self.error[own] += np.abs(truth - predicted)


def forecast(x: Floats, y: Floats, new: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Predict y at new x from a line through at least three points: value and half-width.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> at, half = forecast(x, np.array([0.1, 0.9, 2.1, 2.9]), np.array([1.5]), level=0.95)
    >>> at.round(2), half.round(2)
    (array([1.5]), array([0.61]))
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    centre, n = x.mean(), len(x)
    spread = float(((x - centre) ** 2).sum())
    slope = float(((x - centre) * y).sum()) / spread if spread > 0 else 0.0
    residual = y - y.mean() - slope * (x - centre)
    variance = float((residual**2).sum()) / (n - 2.0)
    far = (new - centre) ** 2 / spread if spread > 0 else np.zeros(len(new))
    half = float(stdtrit(n - 2.0, 0.5 + level / 2.0)) * np.sqrt(variance * (1.0 + 1.0 / n + far))
    return y.mean() + slope * (new - centre), half


def rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's correlation; ``nan`` where either is all alike.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    a, b = _ranks(x), _ranks(y)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float(a @ b) / size if size > 0 else float("nan")


def _ranks(x: Floats) -> Floats:
    """Give ranks, equal values their mean."""
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2.0)[place], dtype=np.float64)


def _stretched(x: Floats, n: int, *, share: bool) -> Floats:
    if not share:
        return x
    p = (np.clip(x, 0.0, 1.0) * n + 0.5) / (n + 1.0)
    return np.asarray(np.log(p / (1.0 - p)), dtype=np.float64)
