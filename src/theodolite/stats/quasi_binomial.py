r"""Logistic regressions of many models at once, over the same items, of outcomes in [0, 1].

========  ==================================================================================
symbol    meaning
========  ==================================================================================
M, N, P   models, items, columns of the design
x_mi      design of model m on item i, (P,)
y_mi      outcome in [0, 1], of the items that the model has
b_m       coefficients, (P,)
p_mi      sigmoid(x_mi b_m)
lambda    precision of a Gaussian prior of each coefficient around mu, (P,)
x_k, y_k  rows that every model sees besides its own, each with the weight w_k
H_m       curvature: sum of p (1 - p) x x' over own and shared rows, plus diag(lambda)
h_mi      leverage p_mi (1 - p_mi) x_mi' H_m^-1 x_mi
========  ==================================================================================

b_m maximises the sum over i of y log p + (1 - y) log(1 - p), plus the same over the shared rows,
less lambda (b - mu)^2 / 2. Only the mean of y is modelled: its law may be any on [0, 1].

References
----------
L. E. Papke and J. M. Wooldridge (1996), Journal of Applied Econometrics 11, 619-632 (outcomes
that are shares).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Prior = tuple[Floats, Floats]

__all__ = ["QuasiBinomial", "SharedRows", "quasi_binomial"]

MOST_STEPS = 100
MOST_HALVINGS = 30
# What the next step would still gain, as a part of the number of items.
TOLERANCE = 1e-13


@dataclass(frozen=True)
class SharedRows:
    """Rows that every model sees besides its own: ``x`` (K, P), ``y`` (K,), ``weight`` (K,)."""

    x: Floats
    y: Floats
    weight: Floats


@dataclass(frozen=True)
class QuasiBinomial:
    """Fits of M models.

    Attributes
    ----------
    coefficients
        b, (M, P).
    mean, residual
        p and y - p, (M, N); the residual is 0 where a model has no outcome.
    inverse
        H^-1, (M, P, P).
    leverage
        h, (M, N); 0 where a model has no outcome.
    converged
        Whether each stands at its maximum, (M,).
    """

    coefficients: Floats
    mean: Floats
    residual: Floats
    inverse: Floats
    leverage: Floats
    converged: Flags


def quasi_binomial(
    x: Floats,
    y: Floats,
    given: Flags,
    *,
    precision: Floats,
    centre: Floats | None = None,
    shared: SharedRows | None = None,
) -> QuasiBinomial:
    """Fit every model by Newton's method with halved steps, all in one array problem.

    Parameters
    ----------
    x, y, given
        Design (M, N, P), outcomes (M, N), and which of them there are (M, N). What is not given
        may be anything finite.
    precision
        lambda, (P,); a coefficient of which neither the data nor a prior tell anything is an
        error of the caller.
    centre
        mu, (P,); 0 where left out.
    shared
        Rows that every model sees.

    Examples
    --------
    Two models that win two and three of four items:

    >>> y = np.array([[1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0]])
    >>> fit = quasi_binomial(np.ones((2, 4, 1)), y, y >= 0, precision=np.zeros(1))
    >>> np.round(fit.coefficients[:, 0], 4)
    array([0.    , 1.0986])
    """
    w = given.astype(np.float64)
    prior = (precision, np.zeros(x.shape[2]) if centre is None else centre)
    beta = np.zeros((x.shape[0], x.shape[2]))
    value = _value(beta, x, y, w, prior, shared)
    done = np.zeros(len(beta), dtype=bool)
    for _ in range(MOST_STEPS):
        gradient, hessian = _derivatives(beta, x, y, w, prior, shared)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        gain = np.einsum("mp,mp->m", gradient, step)
        done = gain <= TOLERANCE * w.sum(axis=1)
        if done.all():
            break
        scale = np.where(done, 0.0, 1.0)
        for _ in range(MOST_HALVINGS):
            there = beta + scale[:, None] * step
            reached = _value(there, x, y, w, prior, shared)
            worse = reached < value
            if not worse.any():
                break
            scale = np.where(worse, scale / 2.0, scale)
        beta = np.where((reached >= value)[:, None], there, beta)
        value = np.maximum(reached, value)
    p = sigmoid(np.einsum("mnp,mp->mn", x, beta))
    _, hessian = _derivatives(beta, x, y, w, prior, shared)
    inverse = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    leverage = w * p * (1.0 - p) * np.einsum("mnp,mpq,mnq->mn", x, inverse, x, optimize=True)
    return QuasiBinomial(beta, p, w * (y - p), inverse, leverage, done)


def _derivatives(
    beta: Floats, x: Floats, y: Floats, w: Floats, prior: Prior, shared: SharedRows | None
) -> tuple[Floats, Floats]:
    p = sigmoid(np.einsum("mnp,mp->mn", x, beta))
    gradient = np.einsum("mn,mnp->mp", w * (y - p), x) - prior[0] * (beta - prior[1])
    weighted = x * (w * p * (1.0 - p))[:, :, None]
    hessian = np.matmul(x.transpose(0, 2, 1), weighted) + np.diag(prior[0])
    if shared is not None:
        p = sigmoid(beta @ shared.x.T)
        gradient += (shared.weight * (shared.y - p)) @ shared.x
        spread = shared.weight * p * (1.0 - p)
        hessian += np.einsum("mk,kp,kq->mpq", spread, shared.x, shared.x, optimize=True)
    return gradient, hessian


def _value(
    beta: Floats, x: Floats, y: Floats, w: Floats, prior: Prior, shared: SharedRows | None
) -> Floats:
    eta = np.einsum("mnp,mp->mn", x, beta)
    value = (w * (y * log_sigmoid(eta) + (1.0 - y) * log_sigmoid(-eta))).sum(axis=1)
    value -= 0.5 * (prior[0] * (beta - prior[1]) ** 2).sum(axis=1)
    if shared is not None:
        eta = beta @ shared.x.T
        value += (
            shared.y * log_sigmoid(eta) + (1.0 - shared.y) * log_sigmoid(-eta)
        ) @ shared.weight
    out: Floats = value
    return out
