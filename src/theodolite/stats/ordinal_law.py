r"""The law of ordered verdicts: log-probabilities and their derivatives, row by row.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
eta, t    advantage of a row's first contender, (R,), and ascending thresholds, (C - 1,)
u, l      eta - t_c and eta - t_(c+1), for a verdict c between two thresholds
w         t_(c+1) - t_c
F         the logistic function
========  ==================================================================================

    log P(c) = log F(u) + log F(-l) + log(1 - exp(-w)),

without the parts that the lowest and the highest verdict have not. The last part does not depend on
eta, its derivative by w is 1 / (exp(w) - 1).

References
----------
P. McCullagh (1980), Journal of the Royal Statistical Society B 42, 109-142.
doi:10.1111/j.2517-6161.1980.tb01109.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bends", "mirrored", "verdict_logs", "verdict_slopes"]


@dataclass(frozen=True)
class Bends:
    """Negative second derivatives: by eta, (R,), eta and t, (R, C - 1), and t, (C - 1, C - 1)."""

    eta: Floats
    mixed: Floats
    cuts: Floats

    @classmethod
    def of(cls, eta: Floats, cuts: Floats, weight: Floats) -> Bends:
        """Sum them over the verdicts of each row, with their weights, (R, C)."""
        n = len(cuts)
        by_eta, mixed, square = np.zeros(len(eta)), np.zeros((len(eta), n)), np.zeros((n, n))
        density = _density(eta[:, None] - cuts)
        for c, low, high in _ends(n):
            w, total = weight[:, c], float(weight[:, c].sum())
            for cut in (low, high):
                if cut is not None:
                    bend = w * density[:, cut]
                    by_eta += bend
                    mixed[:, cut] -= bend
                    square[cut, cut] += bend.sum()
            if low is not None and high is not None:
                _, curve = _gap(cuts[high] - cuts[low])
                pair = np.array([low, high])
                square[np.ix_(pair, pair)] += total * curve * np.array([[1.0, -1.0], [-1.0, 1.0]])
        return cls(by_eta, mixed, square)


def _ends(n_cuts: int) -> Iterator[tuple[int, int | None, int | None]]:
    """Name the thresholds below and above each verdict."""
    for c in range(n_cuts + 1):
        yield c, c - 1 if c else None, c if c < n_cuts else None


def verdict_logs(eta: Floats, cuts: Floats) -> Floats:
    """Log P of each verdict, (R, C)."""
    out = np.zeros((len(eta), len(cuts) + 1))
    for c, low, high in _ends(len(cuts)):
        if low is not None:
            out[:, c] += log_sigmoid(eta - cuts[low])
        if high is not None:
            out[:, c] += log_sigmoid(cuts[high] - eta)
        if low is not None and high is not None:
            out[:, c] += np.log(-np.expm1(cuts[low] - cuts[high]))
    return out


def verdict_slopes(eta: Floats, cuts: Floats) -> tuple[Floats, Floats]:
    """Derivatives of log P by eta, (R, C), and by the thresholds, (R, C, C - 1)."""
    above = sigmoid(eta[:, None] - cuts)
    by_eta = np.zeros((len(eta), len(cuts) + 1))
    by_cut = np.zeros((len(eta), len(cuts) + 1, len(cuts)))
    for c, low, high in _ends(len(cuts)):
        if low is not None:
            by_eta[:, c] += 1.0 - above[:, low]
            by_cut[:, c, low] -= 1.0 - above[:, low]
        if high is not None:
            by_eta[:, c] -= above[:, high]
            by_cut[:, c, high] += above[:, high]
        if low is not None and high is not None:
            slope, _ = _gap(cuts[high] - cuts[low])
            by_cut[:, c, low] -= slope
            by_cut[:, c, high] += slope
    return by_eta, by_cut


def _gap(width: float) -> tuple[float, float]:
    """First and negative second derivative of log(1 - exp(-w))."""
    slope = 1.0 / float(np.expm1(width))
    return slope, slope * (1.0 + slope)


def _density(x: Floats) -> Floats:
    p = sigmoid(x)
    return p * (1.0 - p)


def mirrored(verdicts: int) -> Floats:
    """M: the free thresholds, negated below the middle."""
    h = (verdicts - 1) // 2
    out = np.zeros((verdicts - 1, h))
    for number in range(h):
        out[h - 1 - number, number] = -1.0
        out[verdicts - 1 - h + number, number] = 1.0
    return out
