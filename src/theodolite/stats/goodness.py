"""Does one number a model explain the pairs? A chi-square test of the Bradley-Terry model.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
r         residual of a pair: what its first model won less what was expected, (P,)
c         sum over a pair's votes of w^2 p (1 - p), with p the expected share of a vote, (P,)
phi       variance of a vote relative to p (1 - p): 1 without ties, less with; pooled in fifths of
          the pairs' mean p (1 - p)
v         variance of r under the model: phi * c
D         derivative of r by theta, -(sum of w dp/dd) (e_i - e_j), and by covariates, (P, K + F)
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

from theodolite.stats.assembly import PairBlocks, assemble
from theodolite.stats.likelihood import inverse_information
from theodolite.stats.tails import chi_square_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairCounts

    Floats = NDArray[np.float64]

__all__ = ["PairResiduals", "PairsFit", "pairs_fit"]

FIFTHS = 5
LEAST_SPREAD = 1e-6
LEAST_LEFT = 1e-9


@dataclass(frozen=True)
class PairsFit:
    """The test, and the standardised residual of each pair.

    Attributes
    ----------
    statistic, df, p_value
        J, its degrees of freedom P - (K - 1) - F, and its chance under the model. Without a degree
        of freedom the statistic is 0 and ``p_value`` is ``nan``.
    z
        r over its standard error after the fit, (P,); ``nan`` where the fit can follow the pair
        exactly, because no other path of votes joins its models.
    """

    statistic: float
    df: int
    p_value: float
    z: Floats


@dataclass(frozen=True)
class PairResiduals:
    """What the test needs of the votes of each pair, at the fitted parameters.

    Attributes
    ----------
    residual
        r, (P,).
    slope
        Sum of w dp/dd, d being the log-odds of the first model, (P,).
    covariate_slope
        Sum of w dp/dd z for each covariate, (P, F).
    spread, coin
        Sums of w^2 (y - p)^2 and of w^2 p (1 - p), (P,).
    """

    residual: Floats
    slope: Floats
    covariate_slope: Floats
    spread: Floats
    coin: Floats

    @classmethod
    def of(cls, pairs: PairCounts, predicted: Floats, slope: Floats) -> PairResiduals:
        """Give those of pairs all of whose votes have one expected share, (P,)."""
        p = predicted
        spread = pairs.won_sq_sq - 2.0 * p * pairs.won_sq + p * p * pairs.weight_sq
        return cls(
            residual=pairs.won - pairs.weight * p,
            slope=pairs.weight * slope,
            covariate_slope=np.zeros((len(p), 0)),
            spread=np.maximum(spread, 0.0),
            coin=pairs.weight_sq * p * (1.0 - p),
        )


def pairs_fit(pairs: PairCounts, at: PairResiduals) -> PairsFit:
    """Test whether the pairs' win shares follow from one strength a model.

    Parameters
    ----------
    pairs
        Votes by pair; the graph must be connected. Votes are taken as independent.
    at
        Their residuals.

    References
    ----------
    L. P. Hansen (1982), Econometrica 50, 1029-1054. doi:10.2307/1912775 (the J statistic)
    """
    k, f = pairs.n_models, at.covariate_slope.shape[1]
    df = len(pairs.count) - (k - 1) - f
    if df < 1:
        # The fit can follow every pair exactly.
        return PairsFit(0.0, df, float("nan"), np.full(len(pairs.count), np.nan))
    variance = _relative_variance(pairs, at) * at.coin
    inverse = inverse_information(_information(pairs, at, variance), [np.arange(k)])
    push = at.residual / variance
    pull = at.slope * push
    gradient = np.concatenate(
        [
            np.bincount(pairs.first, pull, k) - np.bincount(pairs.second, pull, k),
            at.covariate_slope.T @ push,
        ]
    )
    statistic = float(at.residual @ push - gradient @ inverse @ gradient)
    left = variance - _explained(pairs, at, inverse)
    step = inverse @ gradient
    moved = at.residual - at.slope * pairs.gap(step) - at.covariate_slope @ step[k:]
    testable = left > LEAST_LEFT * variance
    z = np.where(testable, moved / np.sqrt(np.where(testable, left, 1.0)), np.nan)
    return PairsFit(statistic, df, chi_square_tail(statistic, df), z)


def _information(pairs: PairCounts, at: PairResiduals, variance: Floats) -> Floats:
    """D' V^-1 D, (K + F, K + F)."""
    edge = at.slope**2 / variance
    sides = at.covariate_slope * (at.slope / variance)[:, None]
    inner = at.covariate_slope.T @ (at.covariate_slope / variance[:, None])
    return assemble(pairs, PairBlocks(edge, -edge, edge, sides, -sides, inner))


def _relative_variance(pairs: PairCounts, at: PairResiduals) -> Floats:
    """Phi of each pair, pooled over the fifth of the votes whose p (1 - p) is like its own."""
    u = at.coin / pairs.weight_sq
    order = np.argsort(u, kind="stable")
    position = np.cumsum(pairs.count[order]) / pairs.count.sum()
    fifth = np.empty(len(u), dtype=np.int64)
    fifth[order] = np.minimum((position * FIFTHS).astype(np.int64), FIFTHS - 1)
    seen = np.bincount(fifth, at.spread, FIFTHS)
    coin = np.bincount(fifth, at.coin, FIFTHS)
    phi: Floats = seen[fifth] / coin[fifth]
    # A fifth of nothing but ties between equals has no spread at all: take that of all votes.
    return np.where(phi > LEAST_SPREAD, phi, max(float(seen.sum() / coin.sum()), LEAST_SPREAD))


def _explained(pairs: PairCounts, at: PairResiduals, inverse: Floats) -> Floats:
    """Variance of each residual that the fit takes up: the diagonal of D M D', (P,)."""
    k = pairs.n_models
    sides = inverse[pairs.first, k:] - inverse[pairs.second, k:]
    cross = np.einsum("pf,pf->p", sides, at.covariate_slope)
    inner = np.einsum("pf,fg,pg->p", at.covariate_slope, inverse[k:, k:], at.covariate_slope)
    explained: Floats = (
        _contrast_variance(pairs, inverse) * at.slope**2 + 2.0 * at.slope * cross + inner
    )
    return explained


def _contrast_variance(pairs: PairCounts, matrix: Floats) -> Floats:
    diagonal = np.diag(matrix)
    out: Floats = (
        diagonal[pairs.first] + diagonal[pairs.second] - 2.0 * matrix[pairs.first, pairs.second]
    )
    return out
