"""Which runs spent the same: budgets that are named, or found in the runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import UsageError
from theodolite.scaling.compute_optimum import require_tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Grouping", "group_by_budget"]

MOST_BUDGETS = 1000


@dataclass(frozen=True)
class Grouping:
    """Runs by budget.

    Attributes
    ----------
    group
        The budget of each run, 0 to G - 1 in the order of their FLOPs; -1 for none.
    flops
        Geometric mean of what the runs of a budget used, (G,).
    spread
        The largest over the smallest of them, (G,).
    """

    group: Indices
    flops: Floats
    spread: Floats


def group_by_budget(flops: Floats, budgets: Sequence[float] | None, tolerance: float) -> Grouping:
    """Put each run to a budget.

    A run belongs to the nearest of the named budgets if it lies within a factor of
    ``1 + tolerance``. Where none are named, the runs are sorted by their FLOPs and split wherever
    two neighbours are further apart than that factor.

    Raises
    ------
    UsageError
        The tolerance is not between 0 and 1; a budget is not a positive number, or they are too
        many or alike.

    Examples
    --------
    >>> got = group_by_budget(np.array([1e18, 1.02e18, 3e18]), None, 0.1)
    >>> got.group, got.flops.round(-15)
    (array([0, 0, 1]), array([1.01e+18, 3.00e+18]))
    """
    require_tolerance(tolerance)
    width = math.log1p(tolerance) * (1.0 + 1e-9)
    where = np.log(flops)
    group = _split(where, width) if budgets is None else _nearest(where, _checked(budgets), width)
    present, group = np.unique(group, return_inverse=True)
    group = group.astype(np.int64) - int(present[0] == -1)
    inside = np.sort(where[group >= 0])  # budgets are in the order of their runs
    count = np.bincount(group[group >= 0])
    last = np.cumsum(count)
    mean = np.bincount(group[group >= 0], where[group >= 0]) / count
    return Grouping(group, np.exp(mean), np.exp(inside[last - 1] - inside[last - count]))


def _split(where: Floats, width: float) -> Indices:
    order = np.argsort(where, kind="stable")
    group = np.empty(len(where), dtype=np.int64)
    group[order] = np.concatenate([[0], np.cumsum(np.diff(where[order]) > width)])
    return group


def _nearest(where: Floats, budgets: Floats, width: float) -> Indices:
    at = np.log(budgets)
    above = np.searchsorted(at, where).clip(1, len(at) - 1) if len(at) > 1 else np.zeros(1, int)
    below = np.maximum(above - 1, 0)
    nearest = np.where(where - at[below] <= at[above] - where, below, above)
    return np.where(np.abs(where - at[nearest]) <= width, nearest, -1).astype(np.int64)


def _checked(budgets: Sequence[float]) -> Floats:
    given = np.sort(np.asarray(list(budgets), float))
    if not 0 < len(given) <= MOST_BUDGETS:
        raise UsageError(f"from 1 to {MOST_BUDGETS:,} budgets can be named, not {len(given):,}")
    if not (np.isfinite(given) & (given > 0.0)).all():
        raise UsageError("a budget is a positive number of FLOPs, as 1e19")
    if not (np.diff(given) > 0.0).all():
        raise UsageError("a budget was named twice")
    return given
