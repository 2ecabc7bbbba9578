"""Bradley-Terry with ties as half a win each: its likelihood and its sandwich's meat.

P(i beats j) = p = sigmoid(theta_i - theta_j); the log-likelihood of a pair is
s * log p + (n - s) * log(1 - p), with n the weight of its votes and s the part that i won.
It is concave, with the negative Hessian of a graph Laplacian whose edges weigh n * p * (1 - p).

References
----------
R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.likelihood import Derivatives

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairCounts, PairTable

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["HalfWin", "laplacian"]


@dataclass(frozen=True)
class HalfWin:
    """The likelihood of a table of pairs; see :class:`theodolite.stats.likelihood.Likelihood`.

    Examples
    --------
    >>> from theodolite.stats import count_pairs, maximise
    >>> votes = [np.array([0, 0, 0, 1]), np.array([1, 1, 1, 0]), np.ones(4)]
    >>> found = maximise(HalfWin(count_pairs(*votes, n_models=2)), groups=[np.arange(2)])
    >>> np.round(np.exp(found.x[0] - found.x[1]), 6)
    np.float64(3.0)
    """

    pairs: PairCounts

    @property
    def table(self) -> PairCounts:
        """The pairs."""
        return self.pairs

    @property
    def names(self) -> tuple[str, ...]:
        """No parameter stands beside the strengths."""
        return ()

    @property
    def n_models(self) -> int:
        """K."""
        return self.pairs.n_models

    @property
    def is_concave(self) -> bool:
        """Always."""
        return True

    def among(self, models: Indices) -> HalfWin:
        """Return the likelihood of the votes within some models."""
        return HalfWin(self.pairs.among(models))

    def within(self, label: Indices) -> HalfWin:
        """Return the likelihood of the votes between models of the same label, (K,)."""
        return HalfWin(self.pairs.where(label[self.pairs.first] == label[self.pairs.second]))

    def start(self) -> Floats:
        """All models equal."""
        return np.zeros(self.n_models)

    def value(self, x: Floats) -> float:
        """Return the log-likelihood."""
        gap = self.pairs.gap(x)
        lost = self.pairs.weight - self.pairs.won
        return float(self.pairs.weight @ log_sigmoid(gap) - lost @ gap)

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        pairs, k = self.pairs, self.n_models
        p = sigmoid(pairs.gap(x))
        residual = pairs.won - pairs.weight * p
        gain, loss = (np.bincount(m, residual, k) for m in (pairs.first, pairs.second))
        gradient = np.asarray(gain - loss, dtype=np.float64)
        return Derivatives(self.value(x), gradient, laplacian(pairs, pairs.weight * p * (1.0 - p)))

    def share(self, gap: Floats, x: Floats) -> tuple[Floats, Floats]:  # noqa: ARG002
        """Return the part of a vote that goes to the first of models so far apart; its slope."""
        p = sigmoid(gap)
        return p, p * (1.0 - p)

    def meat(self, x: Floats) -> Floats:
        """B over independent votes: the Laplacian of the sums of w^2 (y - p)^2, (K, K).

        Sums of many looks, (T, P), with strengths of each, (T, K), give a matrix a look.
        """
        pairs = self.pairs
        p = sigmoid(pairs.gap(x))
        spread = pairs.won_sq_sq - 2.0 * p * pairs.won_sq + p * p * pairs.weight_sq
        return laplacian(pairs, np.maximum(spread, 0.0))


def laplacian(pairs: PairTable, edge: Floats) -> Floats:
    """Sum of edge * (e_i - e_j)(e_i - e_j)' over the pairs, (K, K); edges (T, P) give (T, K, K)."""
    k = pairs.n_models
    out = np.zeros((*edge.shape[:-1], k, k))
    out[..., pairs.first, pairs.second] = -edge
    out[..., pairs.second, pairs.first] = -edge
    every = np.arange(k)
    out[..., every, every] = -out.sum(axis=-1)
    return out
