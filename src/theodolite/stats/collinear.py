"""How far covariates can be told from the strengths and from each other.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
H         information of (theta, tie parameters, gamma), of which the last F are covariates
S         what is left of gamma's information when all strengths are free: the Schur complement
R         S scaled to a diagonal of 1
VIF       (R^-1)_ff: by how much the other covariates raise the variance of a coefficient
========  ==================================================================================

References
----------
D. A. Belsley, E. Kuh and R. E. Welsch (1980), Regression Diagnostics, Wiley.
doi:10.1002/0471725153
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.likelihood import UNTOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Collinearity", "collinearity"]

ROUNDING = 1e-12


@dataclass(frozen=True)
class Collinearity:
    """How far covariates can be told apart.

    Attributes
    ----------
    own
        The part of each covariate's information that the models leave, (F,).
    left
        The part of that which the other covariates leave: 1 / VIF, (F,).
    condition
        The square root of the ratio of the largest to the smallest eigenvalue of R; beyond 30
        coefficients of single covariates mean little.
    """

    own: Floats
    left: Floats
    condition: float

    @property
    def vif(self) -> Floats:
        """The variance inflation factors."""
        return np.divide(1.0, self.left, out=np.full_like(self.left, np.inf), where=self.left > 0)


def collinearity(information: Floats, n_models: int, n_covariates: int) -> Collinearity:
    """Measure it from the information of all parameters.

    Parameters
    ----------
    information
        H, (K + E + F, K + E + F).
    n_models, n_covariates
        K and F.

    Examples
    --------
    Two covariates of correlation 0.6, and no models to speak of:

    >>> h = np.array([[1.0, -1.0, 0, 0], [-1.0, 1.0, 0, 0], [0, 0, 1, 0.6], [0, 0, 0.6, 1]])
    >>> found = collinearity(h, 2, 2)
    >>> np.round(found.vif, 4), np.round(found.condition, 4)
    (array([1.5625, 1.5625]), np.float64(2.0))
    """
    f = n_covariates
    others, cross, own = information[:-f, :-f], information[:-f, -f:], information[-f:, -f:]
    # Strengths are told up to a common shift, which no covariate moves.
    scale = np.trace(others) / len(others)
    ground = np.zeros_like(others)
    ground[:n_models, :n_models] = scale / n_models
    try:
        left = own - cross.T @ np.linalg.solve(others + ground, cross)
    except np.linalg.LinAlgError:
        raise NotConvergedError(UNTOLD) from None
    diagonal = np.maximum(np.diag(left), 0.0)
    part = np.divide(diagonal, np.diag(own), out=np.zeros(f), where=np.diag(own) > 0)
    # What the models leave nothing of is rounding error, which says nothing of the others.
    told_by_models = part <= ROUNDING
    root = np.sqrt(np.where(told_by_models, 1.0, diagonal))
    scaled = left / np.outer(root, root)
    scaled[told_by_models] = scaled[:, told_by_models] = 0.0
    np.fill_diagonal(scaled, 1.0)
    values, vectors = np.linalg.eigh(scaled)
    values = np.maximum(values, 0.0)
    if values[0] <= 0.0:
        told = np.zeros(f)
        return Collinearity(own=part, left=told, condition=float("inf"))
    vif = (vectors**2 / values).sum(axis=1)
    condition = float(np.sqrt(values[-1] / values[0]))
    return Collinearity(own=part, left=1.0 / vif, condition=condition)
