"""Where to put compute: the optimum at a budget, and what its exponent says."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from theodolite.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ComputeOptimum",
    "PowerLaws",
    "allocation_verdict",
    "require_flops",
    "require_settings",
    "require_tolerance",
]

EVEN = 0.5
FEWEST_RESAMPLES, MOST_RESAMPLES = 100, 1_000_000


@dataclass(frozen=True)
class ComputeOptimum:
    """The compute-optimal model at a budget, each number with its interval.

    Attributes
    ----------
    flops
        C.
    params, tokens, tokens_per_param
        N, D and D / N at the optimum; ``_low`` and ``_high`` are the ends.
    beyond
        By what factor C lies outside the budgets that were used; 1 inside.
    """

    flops: float
    params: float
    params_low: float
    params_high: float
    tokens: float
    tokens_low: float
    tokens_high: float
    tokens_per_param: float
    tokens_per_param_low: float
    tokens_per_param_high: float
    beyond: float

    @classmethod
    def of(
        cls,
        flops: float,
        params: Sequence[float],
        tokens: Sequence[float],
        ratio: Sequence[float],
        *,
        within: tuple[float, float],
    ) -> ComputeOptimum:
        """Take each number as estimate, low, high; ``within`` are the ends of what was used."""
        first, last = within
        return cls(
            flops=float(flops),
            params=params[0],
            params_low=params[1],
            params_high=params[2],
            tokens=tokens[0],
            tokens_low=tokens[1],
            tokens_high=tokens[2],
            tokens_per_param=ratio[0],
            tokens_per_param_low=ratio[1],
            tokens_per_param_high=ratio[2],
            beyond=max(1.0, flops / last, first / flops),
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return asdict(self)


class PowerLaws(ABC):
    """The power laws N = k C^a and D = k C^b, whatever approach found them."""

    level: float

    @property
    @abstractmethod
    def allocation_exponent(self) -> float:
        """The a of N = k C^a."""

    @property
    @abstractmethod
    def allocation_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``allocation_exponent``."""

    @property
    @abstractmethod
    def tokens_exponent(self) -> float:
        """The b of D = k C^b."""

    @property
    @abstractmethod
    def tokens_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``tokens_exponent``."""

    @property
    def verdict(self) -> str:
        """What the exponent says, in a sentence."""
        low, high = self.allocation_interval
        return allocation_verdict(self.allocation_exponent, low, high, self.level)

    def exponents(self) -> dict[str, float]:
        """Return both exponents with their ends, as the JSON object names them."""
        low, high = self.allocation_interval
        tokens_low, tokens_high = self.tokens_interval
        return {
            "allocation_exponent": self.allocation_exponent,
            "low": low,
            "high": high,
            "tokens_exponent": self.tokens_exponent,
            "tokens_exponent_low": tokens_low,
            "tokens_exponent_high": tokens_high,
        }


def require_flops(flops: float) -> float:
    """Raise unless this is a budget."""
    if not (math.isfinite(flops) and flops > 0.0):
        raise UsageError(f"a budget is a positive number of FLOPs, as 1e21; not {flops}")
    return math.log(flops)


def require_settings(level: float, n_resamples: int, seed: int) -> None:
    """Raise unless these are a level, a number of resamples and a seed."""
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if not FEWEST_RESAMPLES <= n_resamples <= MOST_RESAMPLES:
        raise UsageError(
            f"resamples are from {FEWEST_RESAMPLES:,} to {MOST_RESAMPLES:,}, not {n_resamples:,}"
        )
    if n_resamples * (1.0 - level) / 2.0 < 1.0:
        raise UsageError(
            f"the ends of a level of {level:g} lie beyond all of {n_resamples:,} resamples: at "
            f"least {2.0 / (1.0 - level):,.0f} are needed"
        )
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def require_tolerance(tolerance: float) -> None:
    """Raise unless this is a small part by which FLOPs may differ and count as the same."""
    if not 0.0 < tolerance < 1.0:
        raise UsageError(f"the tolerance must lie between 0 and 1, as 0.1; not {tolerance}")


def allocation_verdict(exponent: float, low: float, high: float, level: float) -> str:
    """Say what an allocation exponent means.

    Examples
    --------
    >>> allocation_verdict(0.49, 0.46, 0.53, 0.95)
    'Optimal parameters grow as C^0.490 (95% interval 0.460 to 0.530); that parameters and tokens grow in equal proportion is not ruled out.'
    """  # noqa: E501
    if low <= EVEN <= high:
        meaning = "that parameters and tokens grow in equal proportion is not ruled out"
    elif low > EVEN:
        meaning = "parameters grow faster than tokens"
    else:
        meaning = "tokens grow faster than parameters"
    return (
        f"Optimal parameters grow as C^{exponent:.3f} ({100 * level:g}% interval {low:.3f} to "
        f"{high:.3f}); {meaning}."
    )
