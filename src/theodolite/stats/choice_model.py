r"""Which option of an item is chosen, as a logistic function of what the options look like.

======== ====================================================================
symbol   meaning
======== ====================================================================
x_k      features of option k (K, P), sparse
y_k      how the choice of its item falls on option k; 1 in all over an item (K,)
lambda   precision of the Gaussian prior of each coefficient, above 0 (P,)
beta     coefficients (P,), the mode of the posterior
======== ====================================================================

P(option k) = exp(x_k beta) / sum of exp(x_l beta) over the options l of its item; beta maximises
the sum of y log P - lambda beta^2 / 2. Only differences between options of one item matter. The
objective is strictly concave, so where the search starts does not matter. The search runs in
L' beta, with L L' the curvature at beta = 0: there the objective is round, and few steps do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["conditional_logit", "held_out_utility"]

MOST_STEPS = 1_000
# In units of L' beta, in which a step of 1 moves the objective by about 1/2.
SLOPE = 1e-3
NEARLY = 1e-2


def conditional_logit(
    x: csr_array,
    y: Floats,
    starts: Integers,
    precision: Floats,
    *,
    at: Floats | None = None,
    root: Floats | None = None,
) -> Floats:
    """Fit the posterior mode by L-BFGS.

    Parameters
    ----------
    x, y
        Features and choices, the options of an item side by side.
    starts
        The row where each item begins, rising (N,).
    precision
        Of each coefficient's prior, above 0 (P,).
    at
        Where to begin the search.
    root
        L, lower triangular, where it is known from more items than these.

    Raises
    ------
    NotConvergedError
        The search stopped before the slope vanished.

    References
    ----------
    D. McFadden (1974), Conditional logit analysis of qualitative choice behavior, in: Frontiers in
    Econometrics, 105-142.

    Examples
    --------
    Of 4 pairs of options, the one with the feature is chosen 3 times; the prior draws to 0.

    >>> from scipy.sparse import csr_array
    >>> x = csr_array(np.array([[1.0], [0.0]] * 4))
    >>> y = np.array([1.0, 0, 1, 0, 1, 0, 0, 1])
    >>> starts = np.arange(0, 8, 2)
    >>> beta = [conditional_logit(x, y, starts, np.array([p]))[0] for p in (1e-6, 1.0)]
    >>> np.round(beta, 2)
    array([1.1 , 0.51])
    """
    from scipy.linalg import solve_triangular  # noqa: PLC0415  (slow to import)
    from scipy.optimize import minimize  # noqa: PLC0415

    if not starts.size:
        return np.zeros(x.shape[1])
    transposed = x.T.tocsr()
    sizes = np.diff(np.append(starts, x.shape[0]))
    lower = _curvature_root(x, starts, precision) if root is None else root

    def loss(z: Floats) -> tuple[float, Floats]:
        beta = solve_triangular(lower, z, trans="T", lower=True, check_finite=False)
        log_p = _log_shares(x @ beta, starts, sizes)
        value = 0.5 * float(precision @ (beta * beta)) - float(y @ log_p)
        slope = precision * beta - transposed @ (y - np.exp(log_p))
        return value, solve_triangular(lower, slope, lower=True, check_finite=False)

    begin = np.zeros(x.shape[1]) if at is None else lower.T @ at
    found = minimize(
        loss,
        begin,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS, "gtol": SLOPE, "ftol": 0.0},
    )
    if np.abs(found.jac).max() > NEARLY:
        raise NotConvergedError(f"the weights of the options did not settle: {found.message}")
    beta: Floats = solve_triangular(lower, found.x, trans="T", lower=True)
    return beta


def _curvature_root(x: csr_array, starts: Integers, precision: Floats) -> Floats:
    """Cholesky factor of minus the second derivative at beta = 0, where all options are level."""
    from scipy.sparse import csr_array, diags_array  # noqa: PLC0415  (slow to import)

    sizes = np.diff(np.append(starts, x.shape[0]))
    n, k = starts.size, x.shape[0]
    of_item = csr_array((np.ones(k), np.arange(k), np.append(starts, k)), shape=(n, k))
    mean = diags_array(1.0 / sizes) @ (of_item @ x)
    level = diags_array(np.repeat(1.0 / sizes, sizes)) @ x
    information = (x.T @ level - mean.T @ mean).toarray()
    root: Floats = np.linalg.cholesky(information + np.diag(precision))
    return root


def held_out_utility(
    x: csr_array,
    y: Floats,
    starts: Integers,
    fold: Integers,
    precision: Floats,
    *,
    earlier: bool = False,
) -> Floats:
    """Predict the options of each fold's items from other folds.

    Parameters
    ----------
    x, y, starts, precision
        As in :func:`conditional_logit`.
    fold
        The fold of each item (N,).
    earlier
        Whether a fold is predicted from the folds of smaller number alone. If the choices are
        blind, then whether an item is hit has its chance whatever happened before, so that the hits
        after the first fold are independent. With all other folds they are not: each of two items
        teaches how to predict the other.

    Returns
    -------
    numpy.ndarray
        x beta of each option, by the beta of the other folds (K,); 0 where there is no other.
    """
    sizes = np.diff(np.append(starts, x.shape[0]))
    root = _curvature_root(x, starts, precision)
    at = None if earlier else conditional_logit(x, y, starts, precision, root=root)
    utility = np.zeros(x.shape[0])
    for f in np.unique(fold):
        learned = fold < f if earlier else fold != f
        if not learned.any():
            continue
        rows = np.repeat(learned, sizes)
        begins = np.cumsum(sizes[learned]) - sizes[learned]
        beta = conditional_logit(x[rows], y[rows], begins, precision, at=at, root=root)
        held = np.repeat(fold == f, sizes)
        utility[held] = x[held] @ beta
        at = beta if earlier else at
    return utility


def _log_shares(eta: Floats, starts: Integers, sizes: Integers) -> Floats:
    eta = eta - np.repeat(np.maximum.reduceat(eta, starts), sizes)
    log_p: Floats = eta - np.repeat(np.log(np.add.reduceat(np.exp(eta), starts)), sizes)
    return log_p
