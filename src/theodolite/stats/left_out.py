r"""Weighted least squares, and what it says without each cluster in turn.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
X, y, w   design (n, p), response (n,) and weights (n,)
b, b_g    coefficients of all, and without cluster g
G         clusters
========  ==================================================================================

b minimises sum w (y - X b)^2. Its covariance is the jackknife's,
(G - 1) / G sum_g (b_g - b)(b_g - b)', which needs no model of what members of a cluster share and
is on the safe side with few clusters; intervals are Student's on G - p degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["LeftOut", "left_out"]

# A direction with less than this share of the largest is none.
RANK = 1e-9


@dataclass(frozen=True)
class LeftOut:
    """A fit, and the fits without each cluster.

    Attributes
    ----------
    coefficients
        b, (p,).
    without
        b_g, (G, p).
    covariance
        (p, p).
    df
        G - p, at least 1.
    predicted
        Each y, predicted without its own cluster, (n,).
    """

    coefficients: Array
    without: Array
    covariance: Array
    df: int
    predicted: Array

    def interval(self, direction: Array, level: float) -> tuple[float, float, float]:
        """Return direction'b and the ends of its interval."""
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        at = float(direction @ self.coefficients)
        error = float(np.sqrt(max(float(direction @ self.covariance @ direction), 0.0)))
        margin = float(stdtrit(self.df, 0.5 + level / 2.0)) * error
        return at, at - margin, at + margin


def left_out(design: Array, response: Array, weights: Array, cluster: NDArray[np.intp]) -> LeftOut:
    """Fit with and without each cluster.

    Parameters
    ----------
    design, response, weights
        X, y, w.
    cluster
        Of each row, from 0.

    Raises
    ------
    ValueError
        Without some cluster the design has not its rank.

    References
    ----------
    J. G. MacKinnon and H. White (1985), Journal of Econometrics 29, 305-325,
    doi:10.1016/0304-4076(85)90158-7.

    Examples
    --------
    >>> x = np.stack([np.ones(4), np.arange(4.0)], axis=1)
    >>> got = left_out(x, np.array([0.0, 1.0, 2.0, 3.0]), np.ones(4), np.arange(4))
    >>> got.coefficients.round(6) + 0.0, got.predicted.round(6) + 0.0
    (array([0., 1.]), array([0., 1., 2., 3.]))
    """
    count = int(cluster.max()) + 1
    inside = cluster == np.arange(count)[:, None]
    kept = np.concatenate([np.ones((1, len(response))), (~inside).astype(float)]) * weights
    gram = np.einsum("gn,np,nq->gpq", kept, design, design)
    values = np.linalg.eigvalsh(gram)
    if (values[:, 0] <= RANK * values[0, -1]).any():
        raise ValueError("without one cluster the rest cannot hold the design")
    right = np.einsum("gn,np,n->gp", kept, design, response)
    found = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    away = found[1:] - found[0]
    predicted = np.einsum("np,np->n", design, found[1:][cluster])
    covariance = (count - 1) / count * away.T @ away
    return LeftOut(found[0], found[1:], covariance, max(count - design.shape[1], 1), predicted)
