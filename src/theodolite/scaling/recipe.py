"""How a law is fitted, and how its intervals are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theodolite.errors import UsageError, shorten
from theodolite.stats.residual_loss import OBJECTIVES, Objective, ResidualLoss

if TYPE_CHECKING:
    from theodolite.scaling.accounting import Accounting
    from theodolite.stats.log_sum import Scale

__all__ = ["Recipe", "Resampling"]

MOST_RESAMPLES = 100_000
FEWEST_RESAMPLES = 100
# Below it Huber's function is absolute values to a solver, and its squares are rounding.
LEAST_DELTA = 1e-6


@dataclass(frozen=True)
class Recipe:
    """How a law is fitted.

    Attributes
    ----------
    objective
        ``huber``; ``least-squares``; ``least-absolute``, approached by Huber's function of a
        delta of 1e-4.
    delta
        Where Huber's function turns from squares to absolute values, on the scale of the
        residuals.
    scale
        Whether residuals are of ``log`` losses or of the ``loss``.
    accounting
        How parameters and FLOPs are counted: see :func:`theodolite.scaling.account`.
    """

    objective: Objective = "huber"
    delta: float = 1e-3
    scale: Scale = "log"
    accounting: Accounting = "6nd"

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise UsageError(
                f"an objective is one of {', '.join(OBJECTIVES)}; not {shorten(self.objective)}"
            )
        if self.scale not in ("log", "loss"):
            raise UsageError(f"residuals are on log or on loss, not on {shorten(self.scale)}")
        if not (math.isfinite(self.delta) and self.delta >= LEAST_DELTA):
            raise UsageError(
                f"delta must be at least {LEAST_DELTA:g}, not {self.delta:g}: for absolute values "
                "choose the objective least-absolute"
            )

    @property
    def cost(self) -> ResidualLoss:
        """The objective as a function of residuals."""
        return ResidualLoss(self.objective, self.delta if self.objective == "huber" else math.inf)

    @property
    def words(self) -> str:
        """The objective in words."""
        scale = "log losses" if self.scale == "log" else "losses"
        if self.objective == "huber":
            return f"Huber, delta {self.delta:g}, on {scale}"
        return f"{self.objective.replace('-', ' ')} on {scale}"

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {
            "objective_function": self.objective,
            "delta": self.delta if self.objective == "huber" else None,
            "scale": self.scale,
            "accounting": self.accounting,
        }


@dataclass(frozen=True)
class Resampling:
    """How the intervals of a fit are drawn.

    Attributes
    ----------
    n
        Bootstrap resamples.
    cluster
        A column: runs that share its value are drawn together. ``None`` draws single runs.
    seed
        Of the draws.
    """

    n: int = 4000
    cluster: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not FEWEST_RESAMPLES <= self.n <= MOST_RESAMPLES:
            raise UsageError(
                f"resamples must be {FEWEST_RESAMPLES} to {MOST_RESAMPLES:,}, not {self.n:,}"
            )
        if self.seed < 0:
            raise UsageError(f"the seed must not be negative, as {self.seed} is")
