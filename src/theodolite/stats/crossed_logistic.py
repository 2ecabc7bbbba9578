r"""Logistic regressions of many models over the same items, whose difficulty they share.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
M, N, P   models, items, columns of the design
x_mi      design, (P,), the intercept last: (z_mi, ..., 1)
b_m       coefficients, (P,): all but the intercept around a common mean mu, with spread tau
s_m       how strongly model m follows the ease of items; around 1, with spread tau_s
d_i       ease of item i, N(0, sigma^2); the mean of s over models is 1, which fixes its scale
p_mi      sigmoid(x_mi b_m + s_m d_i)
W         p (1 - p)
kappa     dispersion: the variance of y is kappa W, at most W for outcomes in [0, 1]
========  ==================================================================================

b, s and d maximise the sum of (y log p + (1 - y) log(1 - p)) / kappa, less d^2 / (2 sigma^2),
(b - mu)^2 / (2 tau^2) and (s - 1)^2 / (2 tau_s^2). mu, tau, sigma and kappa are estimated beside
them: tau^2 is the mean over models of (b - mu)^2 + var(b), as in the EM algorithm with the
curvature for the variance, and kappa is Pearson's, over the outcomes less the parameters; then
they are held, and the mode is found. Given all b and s, every d_i depends on item i alone, so that
they are eliminated one by one (Schur's complement), and the rest is as large as the models are
many. tau_s is at most 0.25: the mode of d and s together goes too far where models are few.

References
----------
N. E. Breslow and D. G. Clayton (1993), J. Am. Stat. Assoc. 88, 9-25.
doi:10.1080/01621459.1993.10594284 (the penalised mode, and its variances).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Crossed", "crossed_influence", "crossed_logistic"]

MOST_SPREADS, MOST_STEPS = 60, 200
MOST_HALVINGS = 30
# What the next step would still gain; and by how much spreads still change, as a part.
TOLERANCE, STILL = 1e-8, 2e-3
# Below this gain the surface is taken as it is, rather than as expected, for the last steps.
NEAR = 1.0
# A spread may not vanish: its models would become one.
LEAST_SPREAD = 0.02
# A probability nearer to 0 or 1 counts as this far, so that no single outcome is the dispersion.
SURE = 1e-4
LEAST_DISPERSION = 0.02
# With tau_s larger than this, models of opposite s could stand for items of no ease at all.
MOST_FOLLOW = 0.25
# Of the mean of s around 1.
HELD = 1e6
# Of an intercept, for which no prior speaks: models that always win stay finite.
FLAT = 1e-4


@dataclass(frozen=True)
class Crossed:
    """The joint mode.

    Attributes
    ----------
    coefficients
        b and, as the last column, s: (M, P + 1).
    ease
        d, (N,).
    ease_spread
        sigma.
    centre, spread
        mu and tau of each column, (P + 1,); 0 and infinity for the intercept.
    dispersion
        kappa.
    converged
        Whether it stands at its maximum.
    """

    coefficients: Floats
    ease: Floats
    ease_spread: float
    dispersion: float
    centre: Floats
    spread: Floats
    converged: bool

    def eta(self, x: Floats) -> Floats:
        """Log-odds on a design, (M, N)."""
        fixed = np.einsum("mnp,mp->mn", x, self.coefficients[:, :-1])
        out: Floats = fixed + self.coefficients[:, -1:] * self.ease
        return out


def crossed_logistic(x: Floats, y: Floats, given: Flags) -> Crossed:
    """Find the joint mode by scoring steps with halving.

    Parameters
    ----------
    x, y, given
        Design (M, N, P) with the intercept as its last column, outcomes in [0, 1] (M, N), and
        which of them there are.

    Examples
    --------
    Two models, on items that are easy for both or hard for both:

    >>> y = np.array([[0.9, 0.8, 0.2, 0.1], [0.7, 0.8, 0.1, 0.2]])
    >>> fit = crossed_logistic(np.ones((2, 4, 1)), y, y >= 0)
    >>> bool(fit.converged), (fit.ease > 0).tolist()
    (True, [True, True, False, False])
    """
    seen = given.astype(np.float64)
    state = _start(x, y, seen)
    for _ in range(MOST_SPREADS):
        w = seen / state.dispersion
        parts = _parts(state, x, y, w)
        step_b, step_d, _, variance = _step(parts)
        moved = _moved(state, (step_b, step_d), (x, y, w))
        before = _tuning(state)
        state = _spread_anew(moved, variance, 1.0 / parts.item)
        state = replace(state, dispersion=_dispersion(state, x, y, seen, 1.0 / parts.item))
        if np.abs(_tuning(state) / before - 1.0).max() < STILL:
            break
    w = seen / state.dispersion
    gain = np.inf
    for _ in range(MOST_STEPS):
        step_b, step_d, gain, _ = _step(_parts(state, x, y, w, exact=gain < NEAR))
        state = _moved(state, (step_b, step_d), (x, y, w))
        if abs(gain) < TOLERANCE:
            return replace(state, converged=True)
    return state


def crossed_influence(
    fit: Crossed, x: Floats, neutral: Floats, y: Floats, given: Flags
) -> tuple[Floats, Floats]:
    r"""Give each model's mean prediction on the ``neutral`` design, and every item's influence.

    With r_mi = sigmoid(u_mi b_m + s_m d_i), r_m its mean over the items of m, S the curvature
    without the items and U_i the score of item i in all b and s,
    f_mi = r_mi - r_m + n_m G_m S^-1 U_i, where G_m is the whole derivative of r_m: the ease of
    each item moves with b and s. Items are clusters: all models' outcomes of one go together.

    Returns
    -------
    tuple of numpy.ndarray
        r, (M,), and f, (M, N), 0 where a model has no outcome.
    """
    w = given.astype(np.float64)
    parts = _parts(fit, x, y, w / fit.dispersion, exact=True)
    flat, inverse = _eliminated(parts)
    m, n, q = parts.cross.shape
    at = sigmoid(fit.eta(neutral))
    count = w.sum(axis=1)
    rate = (w * at).sum(axis=1) / count
    bend = w * at * (1.0 - at) / count[:, None]
    direct = np.einsum("mn,mnq->mq", bend, _full(fit, neutral))
    whole = -(bend * fit.coefficients[:, -1:] / parts.item) @ flat.T
    for k in range(m):
        whole[k, k * q : (k + 1) * q] += direct[k]
    residual = w * (y - sigmoid(fit.eta(x))) / fit.dispersion
    scores = (_full(fit, x) * residual[:, :, None]).transpose(0, 2, 1).reshape(m * q, n)
    f = w * (at - rate[:, None]) + count[:, None] * ((whole @ inverse) @ scores) * w
    return rate, f


def _start(x: Floats, y: Floats, w: Floats) -> Crossed:
    m, _, columns = x.shape
    rate = ((w * y).sum(axis=1) + 0.5) / (w.sum(axis=1) + 1.0)
    coefficients = np.zeros((m, columns + 1))
    coefficients[:, -2] = np.log(rate / (1.0 - rate))
    coefficients[:, -1] = 1.0
    seen = np.maximum(w.sum(axis=0), 1.0)
    ease = (w * (y - rate[:, None])).sum(axis=0) / np.sqrt(seen * 0.25)
    centre, spread = np.zeros(columns + 1), np.ones(columns + 1)
    centre[-1], spread[-2] = 1.0, np.inf
    return Crossed(
        coefficients, np.clip(ease, -3.0, 3.0), 1.0, 1.0, centre, spread, converged=False
    )


@dataclass(frozen=True)
class _Parts:
    """Gradient and curvature (exact, or its expectation) at a state, blocks apart."""

    gradient_b: Floats
    gradient_d: Floats
    own: Floats
    cross: Floats
    item: Floats


def _parts(state: Crossed, x: Floats, y: Floats, w: Floats, *, exact: bool = False) -> _Parts:
    full = _full(state, x)
    p = sigmoid(state.eta(x))
    residual, weight = w * (y - p), w * p * (1.0 - p)
    precision = _precision(state)
    slope = state.coefficients[:, -1:]
    weighted = full * weight[:, :, None]
    own = np.matmul(full.transpose(0, 2, 1), weighted) + np.diag(precision)
    cross = weighted * slope[:, :, None]
    if exact:
        cross[:, :, -1] -= residual
    gradient = np.einsum("mn,mnp->mp", residual, full)
    gradient -= precision * (state.coefficients - state.centre)
    gradient[:, -1] -= HELD * (slope.mean() - 1.0) / len(slope)
    return _Parts(
        gradient,
        (slope * residual).sum(axis=0) - state.ease / state.ease_spread**2,
        own,
        cross,
        1.0 / state.ease_spread**2 + (slope**2 * weight).sum(axis=0),
    )


def _full(state: Crossed, x: Floats) -> Floats:
    """The design with the ease as its last column."""
    ease = np.broadcast_to(state.ease[:, None], (*x.shape[:2], 1))
    return np.concatenate([x, ease], axis=2)


def _precision(state: Crossed) -> Floats:
    out: Floats = np.where(np.isfinite(state.spread), 1.0 / state.spread**2, FLAT)
    return out


def _step(parts: _Parts) -> tuple[Floats, Floats, float, Floats]:
    """Return the steps of b and d, what they promise, and the variances of b."""
    m, _, q = parts.cross.shape
    flat, inverse = _eliminated(parts)
    right = parts.gradient_b.ravel() - flat @ (parts.gradient_d / parts.item)
    step_b = inverse @ right
    step_d = (parts.gradient_d - step_b @ flat) / parts.item
    gain = float(step_b @ parts.gradient_b.ravel() + step_d @ parts.gradient_d)
    return step_b.reshape(m, q), step_d, gain, np.diag(inverse).reshape(m, q)


def _eliminated(parts: _Parts) -> tuple[Floats, Floats]:
    """Return the cross curvature, (M Q, N), and the inverse curvature without the items."""
    m, n, q = parts.cross.shape
    flat = parts.cross.transpose(0, 2, 1).reshape(m * q, n)
    schur = -(flat / parts.item) @ flat.T
    for k in range(m):
        at = slice(k * q, (k + 1) * q)
        schur[at, at] += parts.own[k]
    schur[q - 1 :: q, q - 1 :: q] += HELD / m**2
    return flat, np.asarray(np.linalg.inv(schur), dtype=np.float64)


def _moved(
    state: Crossed, step: tuple[Floats, Floats], data: tuple[Floats, Floats, Floats]
) -> Crossed:
    """Go as far along the step as it gains."""
    here, scale = _value(state, *data), 1.0
    for _ in range(MOST_HALVINGS):
        there = replace(
            state,
            coefficients=state.coefficients + scale * step[0],
            ease=state.ease + scale * step[1],
        )
        if _value(there, *data) >= here:
            return there
        scale /= 2.0
    return state


def _value(state: Crossed, x: Floats, y: Floats, w: Floats) -> float:
    eta = state.eta(x)
    value = (w * (y * log_sigmoid(eta) + (1.0 - y) * log_sigmoid(-eta))).sum()
    off = state.coefficients - state.centre
    items = (state.ease**2).sum() / state.ease_spread**2
    scale = HELD * (state.coefficients[:, -1].mean() - 1.0) ** 2
    return float(value - 0.5 * (items + scale + (_precision(state) * off**2).sum()))


def _spread_anew(state: Crossed, of_models: Floats, of_items: Floats) -> Crossed:
    """Estimate mu, tau and sigma from where the mode stands, and the variances around it."""
    pooled = np.isfinite(state.spread)
    centre = np.where(pooled, state.coefficients.mean(axis=0), 0.0)
    centre[-1] = 1.0
    found = np.sqrt(((state.coefficients - centre) ** 2 + of_models).mean(axis=0))
    found[-1] = min(found[-1], MOST_FOLLOW)
    return replace(
        state,
        centre=centre,
        spread=np.where(pooled, np.maximum(found, LEAST_SPREAD), np.inf),
        ease_spread=max(float(np.sqrt((state.ease**2 + of_items).mean())), LEAST_SPREAD),
    )


def _tuning(state: Crossed) -> Floats:
    finite = state.spread[np.isfinite(state.spread)]
    return np.append(finite, (state.ease_spread, state.dispersion))


def _dispersion(state: Crossed, x: Floats, y: Floats, seen: Floats, of_items: Floats) -> float:
    """Pearson's kappa: squared residuals over their binomial variance."""
    p = sigmoid(state.eta(x))
    square = seen * (y - p) ** 2 / np.maximum(p * (1.0 - p), SURE)
    # An item takes as much of a parameter as its outcomes say more than its prior.
    taken = (1.0 - of_items / state.ease_spread**2).clip(0.0, 1.0).sum()
    left = seen.sum() - taken - state.coefficients.size
    return float(np.clip(square.sum() / max(left, 1.0), LEAST_DISPERSION, 1.0))
