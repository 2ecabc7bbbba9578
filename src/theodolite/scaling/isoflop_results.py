"""What the isoFLOP approach holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.scaling.compute_optimum import ComputeOptimum, PowerLaws, require_flops

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounting
    from theodolite.stats import GroupLine, Parabolas
    from theodolite.tables import Removal

    Floats = NDArray[np.float64]

__all__ = ["IsoFlop"]


@dataclass(frozen=True)
class IsoFlop(PowerLaws):
    """The compute-optimal model at each budget, and the power laws through them.

    Attributes
    ----------
    budgets
        One row a budget with a minimum, by FLOPs: ``flops`` (geometric mean of what its runs
        used), ``params``, ``tokens``, ``tokens_per_param`` and ``loss`` at the minimum, each with
        ``_low`` and ``_high``; ``n`` (runs), ``sizes`` (of different models), ``edge`` (the
        minimum lies beyond the last size but one on its side, so that little holds it there).
    set_aside
        One row a budget (or remainder) without one: ``flops`` (null for runs of no budget),
        ``n``, ``reason``.
    runs
        One row a run that was used: ``budget`` (row of ``budgets``), ``params``, ``loss``.
    parabolas
        The fits, in the natural logarithm of params, one a row of ``budgets``.
    params_line, tokens_line, ratio_line
        Lines of log params, log tokens and log tokens per parameter over log FLOPs.
    accounting, words
        How FLOPs and parameters were counted.
    level, n_resamples, seed, tolerance
        Settings.
    removed
        What filters took away before.
    notes
        What must be said beside the result.
    """

    budgets: pl.DataFrame
    set_aside: pl.DataFrame
    runs: pl.DataFrame
    parabolas: Parabolas
    params_line: GroupLine
    tokens_line: GroupLine
    ratio_line: GroupLine
    accounting: Accounting
    words: str
    level: float
    n_resamples: int
    seed: int
    tolerance: float
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def allocation_exponent(self) -> float:
        """The a of N = k C^a."""
        return self.params_line.slope

    @property
    def allocation_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``allocation_exponent``."""
        return self.params_line.slope_interval(self.level)

    @property
    def tokens_exponent(self) -> float:
        """The b of D = k C^b."""
        return self.tokens_line.slope

    @property
    def tokens_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``tokens_exponent``."""
        return self.tokens_line.slope_interval(self.level)

    @property
    def flops_range(self) -> tuple[float, float]:
        """The smallest and the largest budget that was used."""
        return self.budgets["flops"].item(0), self.budgets["flops"].item(-1)

    def optimum(self, flops: float) -> ComputeOptimum:
        """Give the compute-optimal model at a budget, by the power laws.

        Raises
        ------
        UsageError
            ``flops`` is not a positive number.
        """
        where = require_flops(flops)
        params, tokens, ratio = (
            [float(np.exp(end)) for end in line.at(where, self.level)]
            for line in (self.params_line, self.tokens_line, self.ratio_line)
        )
        return ComputeOptimum.of(flops, params, tokens, ratio, within=self.flops_range)

    def curve(self, budget: int, params: Floats) -> Floats:
        """Evaluate a budget's parabola at numbers of parameters."""
        return self.parabolas.at(np.log(params), np.full(len(params), budget))

    def to_frame(self) -> pl.DataFrame:
        """Give ``budgets``."""
        return self.budgets

    def to_dict(self) -> dict[str, Any]:
        """Everything but the single runs as plain Python values, for JSON."""
        settings = ("accounting", "words", "level", "n_resamples", "seed", "tolerance", "verdict")
        return {
            "approach": "isoflop",
            **self.exponents(),
            "spread_between_budgets": self.params_line.between**0.5,
            "budgets": self.budgets.to_dicts(),
            "set_aside": self.set_aside.to_dicts(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
