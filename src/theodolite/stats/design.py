"""Which pairs to show next so that given contrasts become known well enough with few votes.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
K, R      models, and contrasts that are required
V         covariance of the strengths so far, (K, K)
x_r, v_r  contrast r, (K,), and the variance that it must come down to
u_ij      information of one vote between i and j on theta_i - theta_j
m_ij      further votes between i and j
L(m)      sum m_ij u_ij (e_i - e_j)(e_i - e_j)', what further votes add to the information
S(m)      (V^+ + L(m))^+ = V^1/2 (I + V^1/2 L(m) V^1/2)^-1 V^1/2, the covariance after them
ratio_r   x_r' S x_r / v_r, which must come down to 1
q_r       how much contrast r counts, adding up to 1
========  ==================================================================================

To find few votes sum(m) with all ratios at most 1 is a convex problem. At its optimum the gains

    g_ij = u_ij sum_r q_r ((e_i - e_j)' S x_r)^2 / v_r

are equal over the pairs that are shown and no greater elsewhere, with q_r > 0 only where the ratio
is 1. So votes are moved to pairs in proportion to their gain, and q to contrasts in proportion to
their ratio; each allocation is scaled until the largest ratio is 1. One eigendecomposition of
V^1/2 L V^1/2 gives S for all multiples of an allocation. What is returned is the best allocation
met: an upper bound of the fewest votes, and called so.

References
----------
S. D. Silvey, D. M. Titterington and B. Torsney (1978), Communications in Statistics A 7, 1379-1389.
doi:10.1080/03610927808827719 (multiplicative algorithms of optimal design)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Requirement", "fewest_votes"]

STEPS = 100
CLOSE = 1e-9
MOST_STEPS = 100


@dataclass(frozen=True)
class Requirement:
    """Contrasts and the variance that each must come down to: x, (R, K), and v, (R,)."""

    contrasts: Floats
    variances: Floats

    def ratios(self, covariance: Floats) -> Floats:
        """Variance of each contrast, over what it must be, (R,)."""
        spread = ((self.contrasts @ covariance) * self.contrasts).sum(axis=1)
        return np.asarray(spread / self.variances, dtype=np.float64)


def fewest_votes(
    covariance: Floats, information: Floats, required: Requirement, *, shown: Floats | None = None
) -> Floats:
    """Find how often to show each pair so that all required contrasts become known.

    Parameters
    ----------
    covariance
        V of centred strengths, (K, K).
    information
        u, symmetric, (K, K); its diagonal does not count.
    required
        The contrasts, each adding up to 0, and their variances.
    shown
        Votes that will be shown in any case, symmetric, (K, K).

    Returns
    -------
    numpy.ndarray
        m, symmetric with a zero diagonal, (K, K), ``shown`` included; not rounded.

    Raises
    ------
    NotConvergedError
        No multiple of an allocation brings the variances down.

    Examples
    --------
    Two models whose difference has a variance of 1 that shall become 1/2 need 4 votes of
    information 1/4:

    >>> covariance = np.array([[0.25, -0.25], [-0.25, 0.25]])
    >>> required = Requirement(np.array([[1.0, -1.0]]), np.array([0.5]))
    >>> fewest_votes(covariance, np.full((2, 2), 0.25), required).round(3)
    array([[0., 4.],
           [4., 0.]])
    """
    k = len(covariance)
    unit = np.where(np.eye(k, dtype=bool), 0.0, information)
    fixed = np.zeros((k, k)) if shown is None else shown
    so_far = _Ray.along(_root(covariance), fixed * unit, required).covariance(1.0)
    if required.ratios(so_far).max() <= 1.0:
        return fixed
    return fixed + _search(_root(so_far), unit, required)


def _search(root: Floats, unit: Floats, required: Requirement) -> Floats:
    """Move votes and weights, and keep the allocation with the fewest votes, (K, K)."""
    weights = np.full(len(required.variances), 1.0 / len(required.variances))
    share = _gains(root @ root, weights, required) * unit
    best, least = share, np.inf
    for _ in range(STEPS):
        ray = _Ray.along(root, share * unit, required)
        scale = ray.scale()
        if scale * share.sum() < least:
            best, least = scale * share, scale * share.sum()
        covariance = ray.covariance(scale)
        weights = weights * required.ratios(covariance)
        weights /= weights.sum()
        share = scale * share * np.sqrt(_gains(covariance, weights, required) * unit)
        share /= share.sum()
    return best


@dataclass(frozen=True)
class _Ray:
    """All multiples s of one allocation.

    Attributes
    ----------
    basis
        V^1/2 times the eigenvectors of V^1/2 L V^1/2, (K, K).
    values
        The eigenvalues, (K,).
    parts
        What each eigenvector adds to the ratio of each contrast at s = 0, (R, K).
    """

    basis: Floats
    values: Floats
    parts: Floats

    @classmethod
    def along(cls, root: Floats, edge: Floats, required: Requirement) -> _Ray:
        """Decompose; ``edge`` is m * u, symmetric, (K, K)."""
        values, vectors = np.linalg.eigh(root @ (np.diag(edge.sum(axis=1)) - edge) @ root)
        basis = root @ vectors
        parts = (required.contrasts @ basis) ** 2 / required.variances[:, None]
        return cls(basis, np.maximum(values, 0.0), parts)

    def covariance(self, s: float) -> Floats:
        """S(s m), (K, K)."""
        return np.asarray((self.basis / (1.0 + s * self.values)) @ self.basis.T)

    def scale(self) -> float:
        """Find the s at which the largest ratio is 1.

        One over a ratio is a harmonic mean of lines in s, so it is concave, and so is the least of
        them: Newton's method rises to the root from s = 0 and never steps over it.
        """
        s = 0.0
        for _ in range(MOST_STEPS):
            shrunk = 1.0 / (1.0 + s * self.values)
            ratios = self.parts @ shrunk
            r = int(ratios.argmax())
            if ratios[r] <= 1.0 + CLOSE:
                return s
            slope = float(self.parts[r] @ (self.values * shrunk * shrunk))
            s += (ratios[r] - 1.0) * float(ratios[r]) / slope
        raise NotConvergedError("no number of further votes brings the variances down")


def _gains(covariance: Floats, weights: Floats, required: Requirement) -> Floats:
    """Give g / u of every pair, (K, K)."""
    half = required.contrasts @ covariance
    square = (half.T * (weights / required.variances)) @ half
    own = np.diag(square)
    return np.maximum(own[:, None] + own - 2.0 * square, 0.0)


def _root(covariance: Floats) -> Floats:
    """V^1/2, (K, K)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
