"""What predictions of people's ratings from base models hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.tables import Removal

__all__ = ["BasePrediction"]


@dataclass(frozen=True)
class BasePrediction:
    """How well each benchmark of base models foretells people's ratings of their tunes.

    Attributes
    ----------
    human
        What the ratings are called.
    predictors
        One row a predictor, smallest error first: ``predictor`` (a benchmark, ``(compute)`` or
        ``(nothing)``, the mean of the other families), ``bases``, ``tunes``, ``families``;
        ``error`` (mean absolute, in rating points, families held out), ``error_low``,
        ``error_high``; ``spearman`` of the held-out predictions with the ratings, ``spearman_low``,
        ``spearman_high``; null for ``(nothing)``.
    contrasts
        One row a pair, over the bases that both have: ``first``, ``second``, ``kind``
        (``nothing``, ``compute`` or ``benchmark``: what is compared with), ``bases``,
        ``families``, ``difference`` (of the errors, first less second), ``low``, ``high``,
        ``p_value`` (sign flips over families), ``p_adjusted`` (Holm, within a kind), ``better``
        (the one with the smaller error, or null where it cannot be told).
    predictions
        One row a predictor and base: ``predictor``, ``base``, ``family``, ``tunes``, ``rating``,
        ``foretold``.
    level, seed
        Of the intervals; of random sign patterns.
    removed, notes
        What was left out; what must be known beside the numbers.
    """

    human: str
    predictors: pl.DataFrame
    contrasts: pl.DataFrame
    predictions: pl.DataFrame
    level: float
    seed: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``predictors``."""
        return self.predictors

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "human": self.human,
            "predictors": self.predictors.to_dicts(),
            "contrasts": self.contrasts.to_dicts(),
            "predictions": self.predictions.to_dicts(),
            "level": self.level,
            "seed": self.seed,
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
        }
