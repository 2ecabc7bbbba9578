r"""Quadratics with an L1 penalty, many at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
w         where the quadratic is expanded (R, P), of R problems
g, H      its gradient and curvature there (R, P), (R, P, P)
z         its minimiser with the penalty (R, P)
========  ==================================================================================

z minimises g'(z - w) + (z - w)'H(z - w)/2 + |z|_1. With the signs of z known it solves linear
equations in its coordinates that are not 0. They are guessed from w and g, and the solution is
checked. Where it fails, an active set begins at w: it goes to the minimum at the present signs, but
no further than where the first coordinate reaches 0, which then stays there; at a minimum the
coordinate at 0 with the largest slope becomes free. The quadratic falls with each step, so no set
of signs comes twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["minimise_l1_quadratic"]

ROUNDS = 30  # and as many for each coordinate
# Added to the diagonal, relative: two features that say the same leave no equation singular.
RIDGE = 1e-12
SLACK = 1e-9


def minimise_l1_quadratic(w: Floats, gradient: Floats, curvature: Floats, size: Floats) -> Floats:
    """Give z.

    Parameters
    ----------
    w, gradient, curvature
        See above; the curvature is positive semidefinite.
    size
        The largest that the gradient could be, (R, P): a scale for a curvature that has all but
        vanished.

    Examples
    --------
    >>> w, size = np.zeros((1, 2)), np.full((1, 2), 9.0)
    >>> minimise_l1_quadratic(w, np.array([[-3.0, 0.5]]), np.eye(2)[None], size).round(6)
    array([[2., 0.]])
    """
    at = np.arange(w.shape[1])
    curvature = curvature.copy()
    curvature[:, at, at] += RIDGE * (curvature[:, at, at] + size) + np.finfo(float).tiny
    sign = np.where(w == 0.0, -np.sign(gradient) * (np.abs(gradient) > 1.0), np.sign(w))
    z = _at_signs(sign, w, gradient, curvature)
    slope = gradient + np.einsum("rpq,rq->rp", curvature, z - w)
    sound = np.where(sign != 0.0, np.sign(z) == sign, np.abs(slope) <= 1.0 + SLACK)
    rest = np.flatnonzero(~sound.all(axis=1))
    if len(rest):
        z[rest] = _by_active_set(w[rest], gradient[rest], curvature[rest])
    return z


def _by_active_set(w: Floats, gradient: Floats, curvature: Floats) -> Floats:
    z, sign = w.copy(), np.sign(w)
    rest = np.arange(len(w))
    for _ in range(ROUNDS * (1 + w.shape[1])):
        own, g, h = w[rest], gradient[rest], curvature[rest]
        here, side = z[rest], sign[rest]
        to = _at_signs(side, own, g, h)
        turns = (side != 0.0) & (np.sign(to) != side)
        part = np.where(turns, here / np.where(turns, here - to, 1.0), 1.0)
        first = np.argmin(part, axis=1)
        each = np.arange(len(rest))
        least = part[each, first]
        here = np.where((least == 1.0)[:, None], to, here + least[:, None] * (to - here))
        stopped = turns.any(axis=1)
        here[stopped, first[stopped]] = side[stopped, first[stopped]] = 0.0
        slope = g + np.einsum("rpq,rq->rp", h, here - own)
        over = np.where(side == 0.0, np.abs(slope) - 1.0, -1.0)
        worst = np.argmax(over, axis=1)
        freed = ~stopped & (over[each, worst] > SLACK)
        side[freed, worst[freed]] = -np.sign(slope[freed, worst[freed]])
        z[rest], sign[rest] = here, side
        rest = rest[stopped | freed]
        if not len(rest):
            break
    return z


def _at_signs(sign: Floats, w: Floats, gradient: Floats, curvature: Floats) -> Floats:
    """Minimise with the penalty's slope held at given signs; a coordinate of sign 0 is 0."""
    free = sign != 0.0
    both = free[:, :, None] & free[:, None, :]
    spread = np.sqrt(np.einsum("rpp->rp", curvature))
    scaled = np.where(both, curvature / (spread[:, :, None] * spread[:, None, :]), 0.0)
    scaled += np.where(free, 0.0, 1.0)[:, :, None] * np.eye(w.shape[1])
    away = np.where(free, 0.0, -w)
    pull = gradient + sign + np.einsum("rpq,rq->rp", curvature, away)
    right = np.where(free, -pull / spread, 0.0)
    step: Floats = np.linalg.solve(scaled, right[:, :, None])[:, :, 0] / spread
    return np.where(free, w + step, 0.0)
