r"""Tests of what a grid of outcomes depends on, that respect how the grid was made.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
g         row of the grid: trials that share a length, and with it a text
x_g       what a row is (the order of its length, say), centred
y_i       outcome of trial i, in [0, 1]
b_i       what varies within a row (functions of depth), (n, q)
W         product of x and b, less its projection on the main effects
e_i       residual of the fit with main effects alone
========  ==================================================================================

*Rows*: T = |sum over g of n_g (mean of y in g - mean of y) x_g|; the labels of whole rows are
shuffled, so that trials of one row stay together.

*Within rows*: u = sum of (b_i - mean of b in its row) y_i; T = u' V^-1 u with V its variance under
shuffles of the outcomes within each row, which leave every row's total.

*Both together*: S_g = sum over the row of W_i e_i; T = (sum S_g)' (sum S_g S_g')^-1 (sum S_g), and
the sign of each S_g is drawn anew: rows are independent, trials within a row need not be.

Every p-value is (1 + draws at least as large) / (1 + draws).

References
----------
B. Phipson and G. K. Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, 39. doi:10.2202/1544-6115.1585
(p-values of drawn permutations); J. Hemerik, J. J. Goeman and L. Finos (2020), J. R. Stat. Soc. B
82, 841-864. doi:10.1111/rssb.12369 (flipped scores).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["flip_test", "row_test", "within_test"]

ROUNDING = 1e-9


def row_test(
    y: Floats, row: Integers, x: Floats, *, n_draws: int, rng: np.random.Generator
) -> float:
    """Test whether outcomes depend on what a row is, by shuffling whole rows.

    Parameters
    ----------
    y, row
        Outcomes and the row of each, (n,), rows from 0 to G - 1.
    x
        What each row is, (G,).
    n_draws, rng
        Shuffles, and their source.

    Examples
    --------
    >>> y = np.repeat([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 3)
    >>> p = row_test(y, np.repeat(np.arange(7), 3), np.arange(7.0), n_draws=999,
    ...              rng=np.random.default_rng(0))
    >>> round(p, 1)
    0.1
    """
    total = np.bincount(row, y - y.mean(), len(x))
    own = x - np.average(x, weights=np.bincount(row, minlength=len(x)))
    drawn = rng.permuted(np.tile(own, (n_draws, 1)), axis=1)
    return _p_value(np.abs(drawn @ total), abs(float(own @ total)))


def within_test(
    y: Floats, row: Integers, b: Floats, *, n_draws: int, rng: np.random.Generator
) -> tuple[float, Floats]:
    """Test whether outcomes depend on what varies within rows, by shuffling within them.

    Parameters
    ----------
    y, row
        Outcomes and the row of each, (n,).
    b
        What varies, (n, q).
    n_draws, rng
        Shuffles, and their source.

    Returns
    -------
    tuple
        The p-value of all columns together, and of each alone, (q,); ``nan`` where no row has
        both different outcomes and different values.

    Examples
    --------
    >>> depth = np.tile([-1.0, 0.0, 1.0], 12)
    >>> both, alone = within_test((depth != 0).astype(float), np.repeat(np.arange(12), 3),
    ...                           np.column_stack([depth, depth**2]), n_draws=999,
    ...                           rng=np.random.default_rng(0))
    >>> both, alone.round(1)
    (0.001, array([1., 0.]))
    """
    q = b.shape[1]
    observed, variance, drawn = np.zeros(q), np.zeros((q, q)), np.zeros((n_draws, q))
    order = np.argsort(row, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(row[order])) + 1):
        own, outcome = b[at] - b[at].mean(axis=0), y[at]
        spread = float(((outcome - outcome.mean()) ** 2).sum())
        if len(at) < 2 or spread == 0.0:  # noqa: PLR2004
            continue
        observed += own.T @ outcome
        variance += own.T @ own * (spread / (len(at) - 1.0))
        drawn += rng.permuted(np.tile(outcome, (n_draws, 1)), axis=1) @ own
    known = np.diag(variance) > 0
    alone = np.full(q, np.nan)
    if not known.any():
        return float("nan"), alone
    for j in np.flatnonzero(known):
        alone[j] = _p_value(np.abs(drawn[:, j]), abs(float(observed[j])))
    inverse = np.linalg.pinv(variance, hermitian=True)
    together = np.einsum("bi,ij,bj->b", drawn, inverse, drawn)
    return _p_value(together, float(observed @ inverse @ observed)), alone


def flip_test(scores: Floats, *, n_draws: int, rng: np.random.Generator) -> float:
    """Test whether rows' scores have mean 0, by drawing the sign of each.

    Parameters
    ----------
    scores
        S, (G, q).
    n_draws, rng
        Draws, and their source.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> flip_test(1.0 + rng.normal(0, 0.2, (20, 1)), n_draws=999, rng=rng)
    0.001
    """
    inverse = np.linalg.pinv(scores.T @ scores, hermitian=True)
    signs = rng.choice(np.array([-1.0, 1.0]), (n_draws, len(scores)))
    drawn = signs @ scores
    whole = scores.sum(axis=0)
    return _p_value(np.einsum("bi,ij,bj->b", drawn, inverse, drawn), float(whole @ inverse @ whole))


def _p_value(drawn: Floats, observed: float) -> float:
    # Equal statistics may differ in their last digits by the order of summation.
    least = observed - ROUNDING * max(1.0, abs(observed))
    return float((1 + (drawn >= least).sum()) / (1 + len(drawn)))
