r"""What agreement is, as seen and as it truly is.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
i, j      a pair of models; P pairs
d, e      difference of the pair on the benchmark's side and on people's, in standard errors
q, r      how large a difference is sure, on each side
S(d)      Phi(d - q) - Phi(-d - q): the expected sign of a pair of true difference d, counted
          where it is sure
C(d)      Phi(d - q) + Phi(-d - q): how often it is sure
f         how many times as many items or votes: d becomes d sqrt(f)
========  ==================================================================================

Seen: over all pairs, agreement is the mean of +1 where both sides are sure and agree, -1 where
they are sure and opposed, 0 otherwise; confident agreement the share that agrees where both are
sure; separability the share of pairs that one side is sure of; Brier's score the mean of
(Phi(d) - [people's order])^2. All of these depend on how many items and votes there are. What is
estimated is their expectation over benchmarks and votes of the same size, which for true
differences is known: agreement is the mean of S(d) S(e), separability of C(d), confident
agreement the mean of (C(d) C(e) + S(d) S(e)) / 2 over that of C(d) C(e), and Brier's score that of
E Phi(d + Z)^2 - 2 E Phi(d + Z) Phi(e) + Phi(e), with E Phi(d + Z) = Phi(d / sqrt 2).

Spearman's and Kendall's correlations are those of the true values: what endless items and votes
would show. Agreement would then be Kendall's: every pair would be sure.

References
----------
T. Li et al. (2024), arXiv:2406.11939 (separability, agreement and Brier score of a benchmark with
people); G. W. Brier (1950), Monthly Weather Review 78, 1-3.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats import all_pairs, kendall, spearman

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.agreement.line import Side

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "expected", "expected_agreement", "missed", "observed"]

MEASURES = (
    "agreement",
    "confident_agreement",
    "separability",
    "separability_human",
    "brier",
    "spearman",
    "kendall",
)
# Differences times draws that are worked on at once.
BLOCK = 2_000_000
# Differences beyond this many standard errors are as good as endless.
FARTHEST = 12.0


def observed(benchmark: Side, human: Side) -> dict[str, float]:
    """Give each measure as it is seen; ``nan`` for what no pair shows."""
    from scipy.special import ndtr  # noqa: PLC0415  (slow to import)

    both = benchmark.order * human.order
    sure = both != 0
    people = np.sign(human.difference) * 0.5 + 0.5
    foretold = ndtr(benchmark.difference / benchmark.error)
    return {
        "agreement": float(both.mean()),
        "confident_agreement": float((both[sure] > 0).mean()) if sure.any() else float("nan"),
        "separability": float((benchmark.order != 0).mean()),
        "separability_human": float((human.order != 0).mean()),
        "brier": float(((foretold - people) ** 2).mean()),
        "spearman": float(spearman(benchmark.value, human.value)),
        "kendall": float(kendall(benchmark.value, human.value)),
    }


def expected(benchmark: Side, human: Side, x: Floats, y: Floats) -> dict[str, Floats]:
    """Give each measure for true values, (D,).

    Parameters
    ----------
    benchmark, human
        The sides, whose errors and quantiles are used.
    x, y
        True values on the scales of the sides, (D, K).
    """
    out = {name: np.empty(len(x)) for name in MEASURES[:5]}
    first, second = all_pairs(x.shape[1])
    width = max(1, BLOCK // max(len(first), 1))
    for start in range(0, len(x), width):
        part = slice(start, start + width)
        d = (x[part][:, first] - x[part][:, second]) / benchmark.error
        e = (y[part][:, first] - y[part][:, second]) / human.error
        for name, value in _of_pairs(d, e, benchmark.quantile, human.quantile).items():
            out[name][part] = value
    return out | {"spearman": spearman(x, y), "kendall": kendall(x, y)}


def _of_pairs(d: Floats, e: Floats, q: Floats, r: Floats) -> dict[str, Floats]:
    from scipy.special import ndtr  # noqa: PLC0415

    signs, sures = zip(_sure(d, q), _sure(e, r), strict=True)
    agree, both = (signs[0] * signs[1]).mean(axis=1), (sures[0] * sures[1]).mean(axis=1)
    people = ndtr(e)
    brier = _mean_square(d) - 2.0 * ndtr(d / np.sqrt(2.0)) * people + people
    return {
        "agreement": agree,
        "confident_agreement": (both + agree) / (2.0 * np.maximum(both, 1e-300)),
        "separability": sures[0].mean(axis=1),
        "separability_human": sures[1].mean(axis=1),
        "brier": brier.mean(axis=1),
    }


def missed(
    benchmark: Side, human: Side, x: Floats, y: Floats, rng: np.random.Generator
) -> dict[str, Floats]:
    """Give by how much what is seen misses its expectation, in a repetition for each draw, (D,).

    Only of the measures whose expectation is estimated: what is seen is right on average, whatever
    the spread of the models.
    """
    from scipy.special import ndtr  # noqa: PLC0415

    first, second = all_pairs(x.shape[1])
    z = []
    for side, true in ((benchmark, x), (human, y)):
        again = true + rng.standard_normal(true.shape) @ _root(side.covariance).T
        z.append((again[:, first] - again[:, second]) / side.error)
    signs = [
        np.sign(d) * (np.abs(d) > side.quantile)
        for d, side in zip(z, (benchmark, human), strict=True)
    ]
    both = signs[0] * signs[1]
    sure = np.maximum((both != 0).sum(axis=1), 1)
    seen = {
        "agreement": both.mean(axis=1),
        "confident_agreement": (both > 0).sum(axis=1) / sure,
        "separability": (signs[0] != 0).mean(axis=1),
        "separability_human": (signs[1] != 0).mean(axis=1),
        "brier": ((ndtr(z[0]) - (z[1] > 0)) ** 2).mean(axis=1),
    }
    means = expected(benchmark, human, x, y)
    return {name: value - means[name] for name, value in seen.items()}


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def expected_agreement(d: Floats, e: Floats, q: Floats, r: Floats) -> Floats:
    """Give the expected agreement for true differences in standard errors, (D, P) to (D,)."""
    return np.asarray((_sure(d, q)[0] * _sure(e, r)[0]).mean(axis=-1), dtype=np.float64)


def _sure(d: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Give S(d) and C(d)."""
    from scipy.special import ndtr  # noqa: PLC0415

    up, down = ndtr(d - q), ndtr(-d - q)
    return up - down, up + down


@cache
def _square_table() -> tuple[Floats, Floats]:
    """E Phi(d + Z)^2 on a grid of d, by Gauss-Hermite quadrature."""
    from scipy.special import ndtr  # noqa: PLC0415

    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    grid = np.linspace(-FARTHEST, FARTHEST, 2401)
    values = (ndtr(grid[:, None] + nodes) ** 2) @ (weights / weights.sum())
    return grid, values


def _mean_square(d: Floats) -> Floats:
    grid, values = _square_table()
    return np.interp(d, grid, values)
