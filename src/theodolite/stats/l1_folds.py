r"""L1-penalised logistic regressions whose cost is chosen by leaving folds of rows out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y, s   rows of B designs, the shared ones first, with outcomes in [0, 1] and weights
G         rows of a design that count, shared ones among them
C_k       costs (K,)
w_fk      coefficients without fold f at cost C_k
n_f       rows of fold f
========  ==================================================================================

The cost minimises sum over f of (sum over rows of fold f of s l(y, x'w_fk)) / n_f, where l is the
logistic loss and a mean counts rows, not weights; of equal sums the first wins. The coefficients
are then those of all rows at that cost. Probabilities count as at least 1e-15 away from 0 and 1.

Row g is in fold -g modulo the number of folds. This is the partition that scikit-learn's
GroupKFold makes of rows each of which is a group of its own: it deals the groups out from the last
to the first. Counted from the first row, the folds have other numbers, but are the same sets, and
do not depend on G.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError
from theodolite.stats.l1_logistic import l1_logistic
from theodolite.stats.soft_rows import SoftRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["FoldFit", "fit_by_folds"]

# Of the log odds, where a probability is 1e-15 away from 0 or 1.
FARTHEST = float(np.log((1.0 - 1e-15) / 1e-15))


@dataclass(frozen=True)
class FoldFit:
    """One regression a design, at the cost that its folds chose.

    Attributes
    ----------
    coefficients, cost
        w, (B, P), and C, (B,).
    losses
        What the cost minimises, (B, K).
    residual
        The worst relative violation of the conditions of an optimum, over all fits, (B,).
    """

    coefficients: Floats
    cost: Floats
    losses: Floats
    residual: Floats


def fit_by_folds(own: SoftRows, shared: SoftRows, costs: Floats, *, folds: int = 5) -> FoldFit:
    """Choose each design's cost by cross-validation, and fit all its rows at it.

    Parameters
    ----------
    own
        The rows of each design, weights (B, 1, N) or (1, 1, N). A row of weight 0 does not
        count; those that fill up a design with fewer rows must stand last.
    shared
        Rows that all designs have, before their own: one design, weights (1, 1, M).
    costs
        C, positive and ascending (K,).
    folds
        Their number, at least 2.

    Raises
    ------
    TooFewError
        A design has fewer rows than there are folds.
    NotConvergedError
        A fit does not reach its optimum.

    Examples
    --------
    Rows that go together leave no reason to shrink, so the largest cost is chosen:

    >>> x, y = np.array([[-1.0, 1.0] * 20])[:, :, None], np.array([[0.2, 0.8] * 20])
    >>> own = SoftRows(x, y, np.ones((1, 1, 40)))
    >>> shared = SoftRows(x, y, np.ones((1, 1, 40)))
    >>> fit = fit_by_folds(own, shared, np.array([0.01, 1.0, 100.0]))
    >>> fit.cost, fit.coefficients.round(3)
    (array([100.]), array([[1.386]]))
    """
    counted = np.count_nonzero(own.weights, axis=2)
    if counted.min() + shared.x.shape[1] < folds:
        raise TooFewError(f"fewer rows than the {folds} folds of the cross-validation")
    first, second = _folds_of(own, shared, folds)
    without = [_left_out(rows, at, folds) for rows, at in ((own, second), (shared, first))]
    path = l1_logistic(without[0], costs, shared=without[1])
    losses = np.zeros((len(own.x), len(costs)))
    for fold in range(folds):
        held = [(rows, at == fold) for rows, at in ((shared, first), (own, second))]
        held = [(_only(rows, inside), inside) for rows, inside in held]
        total = sum(_losses(rows, path.coefficients[:, fold]) for rows, _ in held)
        counts = sum(np.count_nonzero(rows.weights, axis=2) for rows, _ in held)
        losses += total / np.maximum(counts, 1)
    best = np.argmin(losses, axis=1)
    each = np.arange(len(best))
    start = path.coefficients[each, :, best].mean(axis=1)[:, None]
    last = l1_logistic(own, costs[best][:, None], shared=shared, start=start)
    residual = np.maximum(path.residual.max(axis=(1, 2)), last.residual.max(axis=(1, 2)))
    return FoldFit(last.coefficients[:, 0, 0], costs[best], losses, residual)


def _folds_of(own: SoftRows, shared: SoftRows, folds: int) -> tuple[Integers, Integers]:
    """Number the fold of each shared row, (M,), and of each own row, (N,)."""
    both = shared.x.shape[1], own.x.shape[1]
    fold = -np.arange(sum(both)) % folds
    return fold[: both[0]], fold[both[0] :]


def _left_out(rows: SoftRows, fold: Integers, folds: int) -> SoftRows:
    """Make a weighting for each fold, without its rows."""
    stays = fold != np.arange(folds)[:, None]
    return SoftRows(rows.x, rows.y, rows.weights * stays)


def _only(rows: SoftRows, inside: NDArray[np.bool_]) -> SoftRows:
    return SoftRows(rows.x[:, inside], rows.y[:, inside], rows.weights[:, :, inside])


def _losses(rows: SoftRows, w: Floats) -> Floats:
    """Sum s l over the rows, for the coefficients of each design at each cost (B, K, P)."""
    eta = np.clip(w @ rows.x.transpose(0, 2, 1), -FARTHEST, FARTHEST)
    loss = np.log1p(np.exp(eta)) - rows.y[:, None] * eta
    total: Floats = np.sum(loss * rows.weights, axis=2)
    return total
