r"""What a law says of how to spend compute.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, training FLOPs, C = 6 N D
a, b      log A, log B
G         log(alpha A / (beta B))
========  ==================================================================================

At the lowest loss for C a doubling of N and of D gain alike, alpha A N^-alpha = beta B D^-beta,
so that log N = (G + beta log(C / 6)) / (alpha + beta), log D = log(C / 6) - log N, and N grows
as C^(beta / (alpha + beta)): the allocation exponent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import Centre, Law

    Array = NDArray[np.float64]

__all__ = ["Split", "split_of"]


@dataclass(frozen=True)
class Split:
    """The parts of a law that compete for compute, for R parameter sets: (R, 1) each.

    ``floor`` is E, 0 where a law has none.
    """

    floor: Array
    log_a: Array
    log_b: Array
    alpha: Array
    beta: Array

    @property
    def exponent(self) -> Array:
        """The allocation exponent, (R,)."""
        out: Array = (self.beta / (self.alpha + self.beta))[:, 0]
        return out

    def optimal_params(self, log_flops: Array) -> Array:
        """Return the log of the compute-optimal N at logs of C, (R, m)."""
        gain = np.log(self.alpha / self.beta) + self.log_a - self.log_b
        out: Array = (gain + self.beta * (log_flops - np.log(6.0))) / (self.alpha + self.beta)
        return out

    def loss(self, log_params: Array, log_tokens: Array) -> Array:
        """Return the predicted loss, (R, m)."""
        by_params = np.exp(self.log_a - self.alpha * log_params)
        out: Array = self.floor + by_params + np.exp(self.log_b - self.beta * log_tokens)
        return out

    def tokens_for(self, loss: Array, log_params: Array) -> Array:
        """Return the log of the tokens that reach a loss at a size; infinite where none do."""
        left = loss - self.floor - np.exp(self.log_a - self.alpha * log_params)
        with np.errstate(divide="ignore", invalid="ignore"):
            tokens = (self.log_b - np.log(left)) / self.beta
        return np.where(left > 0, tokens, np.inf)


def split_of(law: Law, theta: Array, centre: Centre) -> Split:
    """Take the split of a law that has one, of (R, P) inner parameters."""
    (a, alpha, _), (b, beta, _) = law.slopes
    floor = np.zeros(len(theta)) if law.floor is None else theta[:, law.floor]
    return Split(
        floor[:, None],
        (theta[:, a] + theta[:, alpha] * centre.params)[:, None],
        (theta[:, b] + theta[:, beta] * centre.tokens)[:, None],
        theta[:, [alpha]],
        theta[:, [beta]],
    )
