r"""Terms of a law in which repeated tokens and excess parameters count for less.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D      parameters; tokens seen
U_D       unique tokens
U_N       parameters that would be optimal for U_D, at most N
R*        how many repetitions are worth something, exp(rho); one of N, one of D
N', D'    effective parameters and tokens: U + U R* (1 - exp(-(X / U - 1) / R*))
cn, cd    centres of log N and log D
========  ==================================================================================

theta = (e, a, b, alpha, beta, rho_N, rho_D), the coefficients a and b at the centres. At the
optimum alpha A N^-alpha = beta B D^-beta, so that log U_N = cn + (log(alpha / beta) + a - b +
beta (log U_D - cd)) / alpha, which depends on theta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.log_sum import TermValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["RepeatedParams", "RepeatedTokens", "effective"]

# Log of the most repetitions that make a difference to a double.
MOST_REPEATS = 50.0
E, A, B, ALPHA, BETA, RHO_N, RHO_D = range(7)


@dataclass(frozen=True)
class Effective:
    """Log of an effective count, and its derivatives by log R* and by log U."""

    log: Array
    by_rho: Array
    by_unique: Array


def effective(log_count: Array, log_unique: Array, rho: Array) -> Effective:
    """Discount what is beyond the unique part.

    Examples
    --------
    >>> one = np.zeros(1)
    >>> float(np.exp(effective(np.log([4.0]), one, np.log([15.0])).log).round(3)[0])
    3.719
    """
    worth = np.exp(rho)
    repeats = np.expm1(np.clip(log_count - log_unique, 0.0, MOST_REPEATS))
    x = repeats / worth
    left = np.exp(-x)
    gained = -np.expm1(-x)
    inner = 1.0 + worth * gained
    by_rho = worth * (gained - x * left) / inner
    by_unique = 1.0 - (repeats + 1.0) * left / inner
    return Effective(log_unique + np.log(inner), by_rho, np.where(repeats > 0, by_unique, 0.0))


@dataclass(frozen=True)
class RepeatedTokens:
    """The term B / D'^beta: ``log_tokens`` and ``log_unique`` are centred, (n,)."""

    log_tokens: Array
    log_unique: Array

    def at(self, theta: Array) -> TermValue:
        """Evaluate at (R, 7) parameters."""
        got = effective(self.log_tokens, self.log_unique, theta[:, [RHO_D]])
        beta = theta[:, [BETA]]
        x = np.stack([np.ones_like(got.log), -got.log, -beta * got.by_rho], axis=1)
        return TermValue((B, BETA, RHO_D), theta[:, [B]] - beta * got.log, x)


@dataclass(frozen=True)
class RepeatedParams:
    """The term A / N'^alpha: ``log_params`` and ``log_unique`` (of tokens) are centred, (n,)."""

    log_params: Array
    log_unique: Array

    def at(self, theta: Array) -> TermValue:
        """Evaluate at (R, 7) parameters."""
        a, b, alpha, beta = (theta[:, [k]] for k in (A, B, ALPHA, BETA))
        optimal = (np.log(alpha / beta) + a - b + beta * self.log_unique) / alpha
        excess = optimal < self.log_params
        got = effective(
            self.log_params, np.where(excess, optimal, self.log_params), theta[:, [RHO_N]]
        )
        through = -alpha * np.where(excess, got.by_unique, 0.0)
        x = np.stack(
            [
                1.0 + through / alpha,
                -through / alpha,
                -got.log + through * (1.0 / alpha - optimal) / alpha,
                through * (self.log_unique - 1.0 / beta) / alpha,
                -alpha * np.where(excess, got.by_rho, 0.0),
            ],
            axis=1,
        )
        return TermValue((A, B, ALPHA, BETA, RHO_N), a - alpha * got.log, x)
