"""Is a vector of estimates zero? The quadratic form in its covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.tails import chi_square_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["QuadraticTest", "quadratic_test"]

# Of the largest eigenvalue: what is smaller is a direction in which nothing varies.
LEAST_EIGENVALUE = 1e-9


@dataclass(frozen=True)
class QuadraticTest:
    """A chi-square statistic, its degrees of freedom, and its chance if nothing differs."""

    statistic: float
    df: int
    p_value: float


def quadratic_test(vector: Floats, covariance: Floats) -> QuadraticTest:
    """Test u = 0 by u' V^+ u, chi-square on the rank of V.

    Parameters
    ----------
    vector
        u, (M,).
    covariance
        V, (M, M); it may be singular.

    Examples
    --------
    >>> quadratic_test(np.array([2.0, 0.0]), np.eye(2))
    QuadraticTest(statistic=4.0, df=2, p_value=0.1353352832366127)
    """
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    kept = values > LEAST_EIGENVALUE * max(float(values[-1]), 0.0)
    along = vectors[:, kept].T @ vector
    statistic, df = float(along @ (along / values[kept])), int(kept.sum())
    return QuadraticTest(statistic, df, chi_square_tail(statistic, df) if df else float("nan"))
