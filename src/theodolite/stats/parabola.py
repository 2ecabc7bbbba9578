r"""Least-squares parabolas of groups of points, for many sets of weights or responses at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
n, G, R   points, groups, replicates
x_i       abscissa of a point: log N of a run
y_i       response: its loss
w_i       weight, as how often a replicate drew the point
m_g, s_g  mean and spread of a group's abscissas; z = (x - m_g) / s_g
b_g       coefficients: y = b_0 + b_1 z + b_2 z^2
========  ==================================================================================

The minimum is at ``z = -b_1 / (2 b_2)`` where ``b_2 > 0``; its value is
``b_0 - b_1^2 / (4 b_2)``. Abscissas are centred and scaled by group first: log N is near 20 and
spreads by 1, so that the powers of log N themselves are collinear to six digits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Parabolas", "fit_parabolas"]

COEFFICIENTS = 3
# A determinant below this part of the product of the diagonal: fewer than three abscissas.
SINGULAR = 1e-10


@dataclass(frozen=True)
class Parabolas:
    """Parabolas of G groups; a leading axis R where there are replicates.

    Attributes
    ----------
    coefficients
        b, (..., G, 3), in the scaled abscissa; NaN where a group has fewer than three abscissas.
    centre, scale
        m and s, (G,).
    inverse
        Inverse of the sums of z^(j + k), (..., G, 3, 3).
    """

    coefficients: Floats
    centre: Floats
    scale: Floats
    inverse: Floats

    @property
    def minimum(self) -> Floats:
        """Abscissa of the minimum, (..., G); NaN where the curvature is not positive."""
        return self.centre + self.scale * self._vertex

    @property
    def value(self) -> Floats:
        """Response at the minimum, (..., G); NaN where the curvature is not positive."""
        b = self.coefficients
        lowest: Floats = b[..., 0] + 0.5 * b[..., 1] * self._vertex
        return lowest

    @property
    def _vertex(self) -> Floats:
        slope, curvature = self.coefficients[..., 1], self.coefficients[..., 2]
        up = curvature > 0.0
        vertex: Floats = np.where(up, -0.5 * slope / np.where(up, curvature, 1.0), np.nan)
        return vertex

    @property
    def vertex_gradient(self) -> Floats:
        """Derivatives of ``minimum`` by b, (..., G, 3), for the delta method."""
        vertex, curvature = self._vertex, self.coefficients[..., 2]
        none = np.zeros_like(vertex)
        by_b = np.stack([none, np.full_like(vertex, -0.5), -vertex], axis=-1)
        gradient: Floats = self.scale[:, None] * by_b / curvature[..., None]
        return gradient

    def at(self, x: Floats, group: Indices) -> Floats:
        """Evaluate each point's own parabola, (..., n)."""
        fitted: Floats = np.einsum(
            "...ij,ij->...i", self.coefficients[..., group, :], self._powers(x, group)
        )
        return fitted

    def leverage(self, x: Floats, group: Indices) -> Floats:
        """Give h_i, how far a point's fit follows its own response, (n,), of equal weights."""
        powers = self._powers(x, group)
        leverage: Floats = np.einsum("ij,ijk,ik->i", powers, self.inverse[group], powers)
        return leverage

    def of(self, groups: Indices) -> Parabolas:
        """Keep some groups, in the order given."""
        return Parabolas(
            self.coefficients[..., groups, :],
            self.centre[groups],
            self.scale[groups],
            self.inverse[..., groups, :, :],
        )

    def draw(self, rng: np.random.Generator, variance: Floats, df: Floats, count: int) -> Parabolas:
        """Draw coefficients as normal noise of an unknown variance leaves them, (count, G, 3).

        b + s (sum of z z')^(-1/2) e, with e standard normal and s^2 = v_g d_g / chi2(d_g): a
        coefficient's percentiles are the ends of its Student interval.

        Parameters
        ----------
        variance, df
            Of the noise in each group, and the degrees of freedom that it stands on, (G,).
        """
        factor = np.linalg.cholesky(self.inverse)
        noise = rng.standard_normal((count, *self.coefficients.shape))
        spread = np.sqrt(variance * df / rng.chisquare(df, (count, len(df))))
        moved = np.einsum("gjk,rgk->rgj", factor, noise) * spread[..., None]
        return replace(self, coefficients=self.coefficients + moved)

    def _powers(self, x: Floats, group: Indices) -> Floats:
        z = (x - self.centre[group]) / self.scale[group]
        return np.stack([np.ones_like(z), z, z * z], axis=-1)


def fit_parabolas(
    x: ArrayLike, y: ArrayLike, group: ArrayLike, *, weights: ArrayLike | None = None
) -> Parabolas:
    """Fit a parabola to each group by (weighted) least squares.

    Parameters
    ----------
    x
        Abscissas, (n,).
    y
        Responses, (n,), or (R, n) for replicates of the responses.
    group
        Group of each point, 0 to G - 1, (n,).
    weights
        At least 0, (n,) or (R, n); 1 where left out. One set of responses may meet many weights
        (resampled points), and many responses one set of weights (resampled residuals).

    Raises
    ------
    ValueError
        The shapes do not agree, or a group is empty.

    References
    ----------
    J. Hoffmann et al. (2022), Training Compute-Optimal Large Language Models,
    https://doi.org/10.48550/arXiv.2203.15556, section 3.2.

    Examples
    --------
    >>> got = fit_parabolas([0.0, 1.0, 2.0, 4.0], [5.0, 2.0, 1.0, 5.0], [0, 0, 0, 0])
    >>> got.minimum.round(6), got.value.round(6)
    (array([2.]), array([1.]))
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    group = np.asarray(group, np.int64)
    w = np.ones_like(x) if weights is None else np.asarray(weights, float)
    if not x.shape == group.shape == y.shape[-1:] == w.shape[-1:]:
        raise ValueError("points, responses, groups and weights must agree in number")
    size = np.bincount(group)
    if not len(x) or not size.all():
        raise ValueError("every group needs points")
    centre = np.bincount(group, x) / size
    spread = np.sqrt(np.bincount(group, (x - centre[group]) ** 2) / size)
    scale = np.where(spread > 0.0, spread, 1.0)
    z = (x - centre[group]) / scale[group]
    # Sums over a group's points of w z^k and of w y z^k: the points of a group side by side.
    order, starts = np.argsort(group, kind="stable"), np.cumsum(size) - size
    z, w, wy = z[order], w[..., order], (w * y)[..., order]
    moments = np.stack([np.add.reduceat(w * z**k, starts, axis=-1) for k in range(5)], axis=-1)
    right = np.stack([np.add.reduceat(wy * z**k, starts, axis=-1) for k in range(3)], axis=-1)
    inverse = _inverse(moments)
    coefficients = np.einsum("...jk,...k->...j", inverse, right)
    return Parabolas(coefficients, centre, scale, inverse)


def _inverse(moments: Floats) -> Floats:
    """Invert the normal matrices; NaN where they are singular."""
    hankel = np.arange(COEFFICIENTS)[:, None] + np.arange(COEFFICIENTS)
    normal = moments[..., hankel]
    diagonal = np.prod(moments[..., ::2], axis=-1)
    sound = np.linalg.det(normal) > SINGULAR * diagonal
    inverse = np.linalg.inv(np.where(sound[..., None, None], normal, np.eye(COEFFICIENTS)))
    kept: Floats = np.where(sound[..., None, None], inverse, np.nan)
    return kept
