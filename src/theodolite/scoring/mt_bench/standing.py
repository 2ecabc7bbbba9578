r"""How models stand on some cells: means, paired differences, and the ranks that these leave open.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_kc      score of model k on cell c (a question and turn), as a share of the scale
m_k       its mean over the cells that have a score
R         how far apart two scores are where they differ: root mean square over all pairs of
          models and all cells; the whole scale where no two differ
========  ==================================================================================

A question is a cluster: its turns depend on each other. Where the categories are known, questions
are drawn anew within each, as the benchmark has a fixed number of each kind; the variance of a mean
over all cells is then that of its categories, weighted by their cells. The equations stand in
:mod:`theodolite.stats.means` and :mod:`theodolite.stats.paired`; the two further items of a paired
difference lie R apart.

Where all scores of a model are alike, its own say nothing of how they spread. They then count for
as many independent answers, all or nothing, as those of the other models do (the sum of m (1 - m)
over the sum of variances), and for one a question where no model's scores spread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats import (
    Gaps,
    Means,
    Ranks,
    average_gaps,
    average_means,
    clustered_means,
    contrast_errors,
    gap_p_values,
    mean_interval,
    paired_gaps,
    ranks,
    simultaneous_margins,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.grid import Grid

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["N_DRAWS", "Inference", "Standing", "means_of", "standing_of", "usual_gap"]

N_DRAWS = 4000
# Means that differ by less are equal but for rounding.
DIGITS = 12


@dataclass(frozen=True)
class Inference:
    """How sure, which random numbers, how far apart scores are, and how they are compared.

    Attributes
    ----------
    level, seed
        Of all intervals, and of the draws.
    reach
        R.
    paired
        Whether models are compared over the cells that both have; otherwise each stands for its
        own cells, and questions in common make them depend on each other.
    """

    level: float
    seed: int
    reach: float
    paired: bool = True


@dataclass(frozen=True)
class Standing:
    """How K models stand, best first.

    Attributes
    ----------
    rows
        Their positions in the grid, (K,).
    means, gaps
        Their means and differences, as shares of the scale.
    low, high
        Ends of the means' pointwise intervals, (K,).
    margins
        Half-widths of the differences' simultaneous intervals, (K, K).
    p_values
        Of the differences, adjusted by Holm over all, (K, K).
    places
        Ranks by the mean, and those that the differences leave open.
    by_category
        Whether questions were drawn anew within categories.
    """

    rows: Integers
    means: Means
    gaps: Gaps
    low: Floats
    high: Floats
    margins: Floats
    p_values: Floats
    places: Ranks
    by_category: bool


def usual_gap(values: Floats) -> float:
    """R, from scores as shares of the scale, (K, C), ``nan`` where there is none.

    Examples
    --------
    >>> usual_gap(np.array([[1.0, 0.5], [1.0, 0.0]])), usual_gap(np.ones((3, 4)))
    (0.5, 1.0)
    """
    given = ~np.isnan(values)
    y = np.where(given, values, 0.0)
    n = given.sum(axis=0)
    squares = float((2.0 * (n * (y**2).sum(axis=0) - y.sum(axis=0) ** 2)).sum())
    column = np.broadcast_to(np.arange(values.shape[1]), values.shape)[given]
    pairs = np.stack([column, values[given]], axis=1)
    alike = np.unique(pairs, axis=0, return_counts=True)[1].astype(np.float64)
    differing = float((n.astype(np.float64) ** 2).sum() - (alike**2).sum())
    return float(np.sqrt(max(squares, 0.0) / differing)) if differing else 1.0


def standing_of(grid: Grid, inference: Inference, *, whole: bool = False) -> Standing:
    """Estimate means and differences of the models that have a score in these cells.

    Parameters
    ----------
    grid
        The cells.
    inference
        Level, seed, R.
    whole
        Whether the cells are those of several categories, to be drawn within each.
    """
    rows = np.flatnonzero((~np.isnan(grid.values)).any(axis=1))
    grid = grid.rows(rows)
    parts = _by_category(grid) if whole else None
    means = _averaged(parts or [grid], paired=inference.paired)
    gaps = _paired(parts or [grid]) if inference.paired else _apart(means)
    mean = means.mean.round(DIGITS)
    order = np.lexsort((rows, -mean))
    means, gaps = means.take(order), _padded(gaps, means.design, inference.reach).take(order)
    low, high = mean_interval(means, level=inference.level, share=True)
    rng = np.random.default_rng(inference.seed)
    margins = simultaneous_margins(gaps, level=inference.level, n_draws=N_DRAWS, rng=rng)
    p_values = gap_p_values(gaps) if len(rows) > 1 else np.full((1, 1), np.nan)
    higher = mean[order][:, None] > mean[order]
    places = ranks(higher, np.nan_to_num(gaps.difference) > margins)
    return Standing(
        rows[order], means, gaps, low, high, margins, p_values, places, parts is not None
    )


def means_of(grid: Grid) -> Means:
    """Give each model's mean, questions drawn within categories where that can be."""
    return _averaged(_by_category(grid) or [grid], paired=True)


def _averaged(parts: Sequence[Grid], *, paired: bool) -> Means:
    each = [_means(part, paired=paired) for part in parts]
    if len(each) == 1:
        return each[0]
    items = np.array([one.items for one in each])
    return average_means(each, items / items.sum(axis=0))


def _paired(parts: Sequence[Grid]) -> Gaps:
    """Compare over shared cells, in each category and on the average."""
    apart = [paired_gaps(part.values, part.question, reach=0.0) for part in parts]
    if len(apart) == 1:
        return apart[0]
    shared = np.maximum(sum(one.items for one in apart), 1)
    return average_gaps(apart, [one.items / shared for one in apart])


def _apart(means: Means) -> Gaps:
    """Compare means that are each over its own cells."""
    return Gaps(
        difference=means.mean[:, None] - means.mean,
        variance=contrast_errors(means.covariance) ** 2,
        df=np.minimum(means.df[:, None], means.df),
        items=np.minimum(means.items[:, None], means.items),
    )


def _by_category(grid: Grid) -> list[Grid] | None:
    """Divide by category, where every model has two questions in each."""
    kinds = np.unique(grid.category)
    if len(kinds) < 2:  # noqa: PLR2004
        return None
    parts = [grid.cells(grid.category == kind) for kind in kinds]
    return parts if all(_questions(part).min() > 1 for part in parts) else None


def _questions(grid: Grid) -> Integers:
    """Count the questions on which each model has a score, (K,)."""
    given = ~np.isnan(grid.values)
    out = [len(np.unique(grid.question[row])) for row in given]
    return np.array(out, dtype=np.int64)


def _means(grid: Grid, *, paired: bool) -> Means:
    means = clustered_means(grid.values, grid.question)
    # With the factor G/(G - 1): in an average over categories of ten questions it counts.
    variance = np.nan_to_num(np.diag(means.covariance))
    if paired:
        variance = np.maximum(variance, means.spread)
    # Opponents differ in strength, and are always the same ones: only the spread between questions
    # counts, though single matches spread further.
    means = replace(means, spread=np.where(variance > 0, variance, means.spread))
    alike = np.nanmax(grid.values, axis=1) == np.nanmin(grid.values, axis=1)
    if not alike.any():
        return means
    # What rounding leaves of a spread that is none would pass for certainty.
    means = replace(means, spread=np.where(alike, 0.0, means.spread))
    if alike.all():
        return means
    mean = means.mean[~alike]
    others = float(means.spread[~alike].sum() / (mean * (1.0 - mean)).sum())
    return replace(means, least=np.where(alike, np.minimum(means.least, others), means.least))


def _padded(gaps: Gaps, design: float, reach: float) -> Gaps:
    """Add what two further items would, on which the models lie R apart."""
    more = 2.0 * (reach / (gaps.items / max(design, 1.0) + 2.0)) ** 2
    variance = np.where(np.eye(len(more), dtype=bool), 0.0, gaps.variance + more)
    # Differences that are all alike leave the average's degrees of freedom undefined.
    df = np.where(np.isnan(gaps.df) & (gaps.variance == 0), gaps.items / 2.0, gaps.df)
    return replace(gaps, variance=variance, df=df)
