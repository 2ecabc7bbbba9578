"""What a board of benchmarks holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from theodolite.tables import Removal

__all__ = ["MACRO", "MICRO", "Board", "By"]

By = Literal["benchmark", "subject"]

MACRO, MICRO = "(macro)", "(micro)"


@dataclass(frozen=True)
class Board:
    """Scores of models on benchmarks, with intervals, rank sets and all paired differences.

    Attributes
    ----------
    models
        One row a model and benchmark (or subject), best first: ``model``, ``benchmark``,
        ``score`` (the mean over the items that it answered), ``low``, ``high`` (pointwise),
        ``rank`` (1 + models with a higher score), ``rank_low``, ``rank_high`` (the ranks that all
        paired differences leave open together), ``n`` (items) and ``clusters``. Where there are
        several, the benchmarks ``(macro)``, the mean of the means, and ``(micro)``, the mean over
        all items, come first.
    pairs
        One row a pair and benchmark: ``model_a`` (the higher score), ``model_b``, ``benchmark``,
        ``difference`` (a less b, over the items that both answered), ``low``, ``high`` (all pairs
        of a benchmark together), ``better`` (the model that is told to be better, or null),
        ``p_adjusted`` (Holm, over the pairs of a benchmark) and ``n`` (items that both answered).
        Null where two models share too few.
    by, cluster, common
        What a benchmark is here; the column by which items are clustered, or ``None`` for
        independent items; whether only items that all answered were used.
    level, seed, n_draws
        The confidence level; the seed and number of the normal draws behind ``pairs``.
    items, clusters
        Items used, and their clusters.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    by: By
    cluster: str | None
    common: bool
    level: float
    seed: int
    n_draws: int
    items: int
    clusters: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """What has rows, averages first."""
        return tuple(self.models.get_column("benchmark").unique(maintain_order=True))

    @property
    def first(self) -> str:
        """What the board is mainly about: the mean of the means, or else the first benchmark."""
        return self.benchmarks[0]

    def of(self, benchmark: str) -> pl.DataFrame:
        """Give the rows of one benchmark, best first."""
        return self.models.filter(pl.col("benchmark") == benchmark)

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = ("by", "cluster", "common", "level", "seed", "n_draws", "items", "clusters")
        return {
            "models": self.models.to_dicts(),
            "pairs": self.pairs.to_dicts(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
