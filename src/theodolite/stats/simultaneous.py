"""Simultaneous intervals of all pairwise contrasts, and the ranks that they leave open.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta, V  K estimates and their covariance
se_ij     standard error of theta_i - theta_j: sqrt(V_ii + V_jj - 2 V_ij)
q         quantile of max over pairs of |Z_i - Z_j| / se_ij, Z ~ N(0, V)
========  ==================================================================================

References
----------
T. Hothorn, F. Bretz and P. Westfall (2008), Biometrical Journal 50, 346-363.
doi:10.1002/bimj.200810425; M. Mogstad, J. P. Romano, A. M. Shaikh and D. Wilhelm (2024), Review of
Economic Studies 91, 476-518. doi:10.1093/restud/rdad006
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

__all__ = ["Ranks", "contrast_errors", "max_t_quantile", "ranks"]

# Draws are worked on in blocks that fit the processor's cache.
BLOCK = 131_072
# Up to so many models it is faster to look at all pairs; beyond, at these first.
FEW = 300
FIRST = 24


@dataclass(frozen=True)
class Ranks:
    """Rank by estimate, and the lowest and highest rank that the contrasts leave open, (K,)."""

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def contrast_errors(covariance: Floats) -> Floats:
    """se_ij of every contrast, (K, K), with zeros on the diagonal."""
    variance = np.diag(covariance)
    spread = variance[:, None] + variance[None, :] - 2.0 * covariance
    np.fill_diagonal(spread, 0.0)
    return np.sqrt(np.maximum(spread, 0.0))


def max_t_quantile(
    covariance: Floats, *, level: float, n_draws: int, rng: np.random.Generator
) -> float:
    """Quantile of the largest standardised contrast among K normal estimates.

    Parameters
    ----------
    covariance
        V, (K, K); every contrast must have a positive variance.
    level
        The joint confidence level of all contrasts.
    n_draws
        Normal draws.
    rng
        Their source.

    Examples
    --------
    Two estimates have one contrast, whose quantile is the normal one, 1.96:

    >>> rng = np.random.default_rng(0)
    >>> round(max_t_quantile(np.eye(2), level=0.95, n_draws=40_000, rng=rng), 2)
    1.96
    """
    k = len(covariance)
    errors = contrast_errors(covariance)
    np.fill_diagonal(errors, 1.0)
    inverse = (1.0 / errors).astype(np.float32)
    draws = (_root(covariance) @ rng.standard_normal((k, n_draws))).astype(np.float32)
    draws -= draws.mean(axis=0)
    largest = _all_pairs(draws, inverse) if k <= FEW else _likely_pairs(draws, inverse, covariance)
    return float(np.quantile(largest, level))


def _all_pairs(draws: Singles, inverse: Singles) -> Singles:
    """Give the largest standardised contrast of every draw, (D,), over all pairs."""
    k, n_draws = draws.shape
    largest = np.zeros(n_draws, dtype=np.float32)
    width = max(1, BLOCK // k)
    for start in range(0, n_draws, width):
        block = np.ascontiguousarray(draws[:, start : start + width])
        top = largest[start : start + width]
        for i in range(k - 1):
            gap = block[i + 1 :] - block[i]
            np.abs(gap, out=gap)
            gap *= inverse[i, i + 1 :, None]
            np.maximum(top, gap.max(axis=0), out=top)
    return largest


def _likely_pairs(draws: Singles, inverse: Singles, covariance: Floats) -> Singles:
    """Give the same, but look only at models that could be in the largest contrast.

    With u_i = Z_i / sqrt(V_ii) and no correlation beyond rho, no contrast of i and j exceeds
    sqrt((u_i^2 + u_j^2) / (1 - rho)). Given one contrast of size T, a model needs
    u_i^2 >= (1 - rho) T^2 - max u^2 to be in a larger one.
    """
    error = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(error, error)
    np.fill_diagonal(correlation, 0.0)
    slack = 1.0 - float(np.abs(correlation).max())
    largest = np.empty(draws.shape[1], dtype=np.float32)
    for number, z in enumerate(draws.T):
        square = (z / error) ** 2
        first = np.argpartition(square, -FIRST)[-FIRST:]
        at_least = _largest(z, first, inverse)
        needed = slack * at_least**2 - square.max()
        others = np.flatnonzero(square >= needed)
        largest[number] = at_least if len(others) <= 1 else _largest(z, others, inverse)
    return largest


def _largest(z: Singles, models: NDArray[np.int64], inverse: Singles) -> float:
    gap = z[models, None] - z[models]
    return float(np.abs(gap * inverse[np.ix_(models, models)]).max())


def ranks(higher: Flags, better: Flags) -> Ranks:
    """Rank by estimate, and bound each rank by what is told apart.

    Parameters
    ----------
    higher
        Whether the estimate of i is above that of j, (K, K).
    better
        Whether the simultaneous interval of their contrast says so, (K, K).

    Examples
    --------
    >>> estimates = np.array([2.0, 1.0, 0.9])
    >>> lead = estimates[:, None] - estimates
    >>> ranks(lead > 0, lead > 0.5)
    Ranks(rank=array([1, 2, 3]), low=array([1, 2, 2]), high=array([1, 3, 3]))
    """
    return Ranks(
        rank=1 + higher.sum(axis=0),
        low=1 + better.sum(axis=0),
        high=len(better) - better.sum(axis=1),
    )


def _root(covariance: Floats) -> Floats:
    """Factor the covariance, up to a shift that no contrast sees."""
    k = len(covariance)
    try:
        root: Floats = np.linalg.cholesky(covariance + np.trace(covariance) / (k * k))
    except np.linalg.LinAlgError:
        # Fewer clusters than models leave the covariance singular.
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
