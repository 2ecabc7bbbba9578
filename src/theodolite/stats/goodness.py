"""Does one number a model explain the pairs? A chi-square test of the Bradley-Terry model.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
r         residual of a pair, s - n * p at the fitted strengths, (P,)
u         p * (1 - p)
phi       variance of a vote relative to u: 1 without ties, less with; pooled in fifths of u
v         variance of r under the model: phi * u * (sum of w^2)
D         derivative of r by theta: -n * (dp / dd) * (e_i - e_j), d = theta_i - theta_j, (P, K)
J         r' (V^-1 - V^-1 D (D' V^-1 D)^+ D' V^-1) r with V = diag(v)
========  ==================================================================================

J is the least chi-square distance that any strengths near the fitted ones reach, so it does not
depend on how they were weighted, and half-win ties, which are less variable than a coin, do not
make every board look fitting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.half_win import laplacian
from theodolite.stats.likelihood import inverse_information
from theodolite.stats.tails import chi_square_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairCounts

    Floats = NDArray[np.float64]

__all__ = ["PairsFit", "pairs_fit"]

FIFTHS = 5
LEAST_SPREAD = 1e-6
LEAST_LEFT = 1e-9


@dataclass(frozen=True)
class PairsFit:
    """The test, and the standardised residual of each pair.

    Attributes
    ----------
    statistic, df, p_value
        J, its degrees of freedom P - (K - 1), and its chance under the model. Without a degree of
        freedom the statistic is 0 and ``p_value`` is ``nan``.
    z
        r over its standard error after the fit, (P,); ``nan`` where the fit can follow the pair
        exactly, because no other path of votes joins its models.
    """

    statistic: float
    df: int
    p_value: float
    z: Floats


def pairs_fit(pairs: PairCounts, predicted: Floats, slope: Floats) -> PairsFit:
    """Test whether the pairs' win shares follow from one strength a model.

    Parameters
    ----------
    pairs
        Votes by pair; the graph must be connected. Votes are taken as independent.
    predicted
        p at the fitted strengths, (P,).
    slope
        dp / d(theta_i - theta_j), (P,); u for Bradley-Terry.

    References
    ----------
    L. P. Hansen (1982), Econometrica 50, 1029-1054. doi:10.2307/1912775 (the J statistic)
    """
    k = pairs.n_models
    everyone = [np.arange(k)]
    residual = pairs.won - pairs.weight * predicted
    spread = _relative_variance(pairs, predicted) * predicted * (1.0 - predicted)
    variance = spread * pairs.weight_sq
    pull = pairs.weight * slope
    information = laplacian(pairs, pull * pull / variance)
    inverse = inverse_information(information, everyone)
    push = pull * residual / variance
    gradient = np.bincount(pairs.first, push, k) - np.bincount(pairs.second, push, k)
    statistic = float((residual**2 / variance).sum() - gradient @ inverse @ gradient)
    left = variance - _contrast_variance(pairs, inverse) * pull * pull
    moved = residual - pull * pairs.gap(inverse @ gradient)
    testable = left > LEAST_LEFT * variance
    z = np.where(testable, moved / np.sqrt(np.where(testable, left, 1.0)), np.nan)
    df = len(pairs.count) - (k - 1)
    if df < 1:
        return PairsFit(0.0, df, float("nan"), z)
    return PairsFit(statistic, df, chi_square_tail(statistic, df), z)


def _relative_variance(pairs: PairCounts, p: Floats) -> Floats:
    """Phi of each pair, pooled over the fifth of the votes whose p (1 - p) is like its own."""
    u = p * (1.0 - p)
    spread = pairs.won_sq_sq - 2.0 * p * pairs.won_sq + p * p * pairs.weight_sq
    order = np.argsort(u, kind="stable")
    position = np.cumsum(pairs.count[order]) / pairs.count.sum()
    fifth = np.empty(len(u), dtype=np.int64)
    fifth[order] = np.minimum((position * FIFTHS).astype(np.int64), FIFTHS - 1)
    seen = np.bincount(fifth, np.maximum(spread, 0.0), FIFTHS)
    coin = np.bincount(fifth, pairs.weight_sq * u, FIFTHS)
    phi: Floats = seen[fifth] / coin[fifth]
    # A fifth of nothing but ties between equals has no spread at all: take that of all votes.
    return np.where(phi > LEAST_SPREAD, phi, max(float(seen.sum() / coin.sum()), LEAST_SPREAD))


def _contrast_variance(pairs: PairCounts, matrix: Floats) -> Floats:
    diagonal = np.diag(matrix)
    out: Floats = (
        diagonal[pairs.first] + diagonal[pairs.second] - 2.0 * matrix[pairs.first, pairs.second]
    )
    return out
