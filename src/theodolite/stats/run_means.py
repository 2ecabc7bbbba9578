r"""Means of models that were asked the same items in one run or several.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_ri      score of run r on item i; ``nan`` where nothing could be scored
n_r, m_r  items scored in run r, and the mean over them
R_k       runs of model k
m_k       sum over its runs of m_r / R_k
u_ki      sum over its runs of (y_ri - m_r) / (n_r R_k)
G_k       items that at least one of its runs scored
========  ==================================================================================

A question is drawn once and answered in every run, so that items and not answers are the
independent units: cov(m_k, m_l) = sqrt(G_k/(G_k - 1) G_l/(G_l - 1)) sum over i of u_ki u_li.

Of a model with several runs, the variance between answers of one item is the mean over items of the
variance of y_ri over runs; that between items is the variance of the item means less what answers
add to it, and not below 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.means import Means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["RunSpread", "item_means", "run_means", "run_spread"]


@dataclass(frozen=True)
class RunSpread:
    """How far the answers of K models vary, (K,); ``nan`` of a model with a single run.

    Attributes
    ----------
    within
        Variance between answers of a model to one item.
    between
        Variance between items.
    runs
        Standard deviation of the runs' means.
    """

    within: Floats
    between: Floats
    runs: Floats


def run_means(values: Floats, model: Integers) -> Means:
    """Give each model's mean over its runs, with the covariance that shared items make.

    Parameters
    ----------
    values
        y, (M, N), ``nan`` where nothing was scored; each run has at least one score.
    model
        Which model each run is of, (M,), from 0 to K - 1, each at least once.

    Examples
    --------
    Two runs of one model say no more of its items than one, if all answers are the same:

    >>> y = np.array([[8.0, 6.0, 7.0], [8.0, 6.0, 7.0], [5.0, 9.0, np.nan]])
    >>> got = run_means(y, np.array([0, 0, 1]))
    >>> got.mean, got.items, np.diag(got.covariance).round(4)
    (array([7., 7.]), array([3, 2]), array([0.3333, 4.    ]))
    """
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    mean = np.where(given, values, 0.0).sum(axis=1) / n
    count = np.bincount(model)
    u = np.where(given, values - mean[:, None], 0.0) / (n * count[model])[:, None]
    k = len(count)
    total = np.zeros((k, values.shape[1]))
    np.add.at(total, model, u)
    seen = np.zeros((k, values.shape[1]), dtype=bool)
    np.logical_or.at(seen, model, given)
    items = seen.sum(axis=1)
    factor = np.sqrt(items / np.where(items > 1, items - 1.0, np.nan))
    return Means(
        mean=np.bincount(model, mean) / count,
        covariance=(total @ total.T) * np.outer(factor, factor),
        df=items - 1.0,
        items=items,
        clusters=items,
        spread=(total**2).sum(axis=1),
        least=1.0 / items,
        design=1.0,
    )


def item_means(values: Floats, model: Integers) -> Floats:
    """Give each model's mean score of every item over the runs that scored it, (K, N).

    Examples
    --------
    >>> item_means(np.array([[8.0, np.nan], [6.0, np.nan]]), np.array([0, 0]))
    array([[ 7., nan]])
    """
    given = ~np.isnan(values)
    shape = (int(model.max()) + 1, values.shape[1])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, model, np.where(given, values, 0.0))
    np.add.at(count, model, given)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def run_spread(values: Floats, model: Integers) -> RunSpread:
    """Tell the noise of answers from the spread of items, where a model has several runs.

    Examples
    --------
    >>> y = np.array([[8.0, 5.0, 2.0], [6.0, 5.0, 4.0]])
    >>> spread = run_spread(y, np.array([0, 0]))
    >>> spread.within.round(2), spread.between.round(2), spread.runs.round(2)
    (array([1.33]), array([3.33]), array([0.]))
    """
    given = ~np.isnan(values)
    k = int(model.max()) + 1
    mean = item_means(values, model)
    square = np.zeros(mean.shape)
    count = np.zeros(mean.shape)
    np.add.at(square, model, np.where(given, values - mean[model], 0.0) ** 2)
    np.add.at(count, model, given)
    out = RunSpread(*(np.full(k, np.nan) for _ in range(3)))
    of_run = np.where(given, values, 0.0).sum(axis=1) / given.sum(axis=1)
    for i in range(k):
        twice = count[i] > 1
        several = np.flatnonzero(model == i)
        if len(several) > 1:
            out.runs[i] = np.std(of_run[several], ddof=1)
        if twice.sum() > 1:
            noise = square[i, twice] / (count[i, twice] - 1.0)
            out.within[i] = noise.mean()
            raw = np.var(mean[i, twice], ddof=1) - (noise / count[i, twice]).mean()
            out.between[i] = max(raw, 0.0)
    return out
