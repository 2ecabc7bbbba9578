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
checked; where it fails, sweeps over the coordinates make a better guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["minimise_l1_quadratic"]

SWEEPS = 8
MOST_ROUNDS = 12
# Added to the diagonal, relative: two features that say the same leave no equation singular.
RIDGE = 1e-12
SLACK = 1e-9


def minimise_l1_quadratic(w: Floats, gradient: Floats, curvature: Floats, size: Floats) -> Floats:
    """Give z, or after a hundred sweeps over the coordinates a point better than w.

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
    z = w.copy()
    sign = np.where(w == 0.0, -np.sign(gradient) * (np.abs(gradient) > 1.0), np.sign(w))
    rest = np.arange(len(w))
    for _ in range(MOST_ROUNDS):
        own = (w[rest], gradient[rest], curvature[rest])
        exact, sound = _solved(sign, *own)
        z[rest[sound]] = exact[sound]
        rest, own = rest[~sound], (own[0][~sound], own[1][~sound], own[2][~sound])
        if not len(rest):
            break
        z[rest] = _swept(z[rest], *own)
        sign = np.sign(z[rest])
    return z


def _solved(sign: Floats, w: Floats, gradient: Floats, curvature: Floats) -> tuple[Floats, Flags]:
    """Solve with given signs, and tell where the solution has them and is a minimum."""
    free = sign != 0.0
    both = free[:, :, None] & free[:, None, :]
    spread = np.sqrt(np.einsum("rpp->rp", curvature))
    scaled = np.where(both, curvature / (spread[:, :, None] * spread[:, None, :]), 0.0)
    scaled += np.where(free, 0.0, 1.0)[:, :, None] * np.eye(w.shape[1])
    # A coordinate that is not free goes to 0, whatever it was.
    away = np.where(free, 0.0, -w)
    pull = gradient + sign + np.einsum("rpq,rq->rp", curvature, away)
    right = np.where(free, -pull / spread, 0.0)
    step = np.linalg.solve(scaled, right[:, :, None])[:, :, 0] / spread
    z = np.where(free, w + step, 0.0)
    slope = gradient + np.einsum("rpq,rq->rp", curvature, z - w)
    good = np.where(free, np.sign(z) == sign, np.abs(slope) <= 1.0 + SLACK)
    return z, good.all(axis=1)


def _swept(z: Floats, w: Floats, gradient: Floats, curvature: Floats) -> Floats:
    """Minimise over one coordinate after the other, some times over."""
    z = z.copy()
    slope = gradient + np.einsum("rpq,rq->rp", curvature, z - w)
    for _ in range(SWEEPS):
        for p in range(z.shape[1]):
            bend = curvature[:, p, p]
            pulled = bend * z[:, p] - slope[:, p]
            to = np.sign(pulled) * np.maximum(np.abs(pulled) - 1.0, 0.0) / bend
            slope += curvature[:, :, p] * (to - z[:, p])[:, None]
            z[:, p] = to
    return z
