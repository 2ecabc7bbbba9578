"""What the reference recipe gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import polars as pl

    from theodolite.tables import Removal

__all__ = ["JOINS", "Join", "PublishedWinRates"]

Join = Literal["position", "item"]
JOINS: tuple[Join, ...] = ("position", "item")


@dataclass(frozen=True)
class PublishedWinRates:
    """Win rates by the reference recipe, in percent.

    Attributes
    ----------
    models
        One row a model, highest length-controlled rate first: ``model``; ``win_rate`` and
        ``standard_error``; ``discrete_win_rate`` (each judgment rounded to a win, a draw or a
        loss); ``length_controlled_win_rate``; ``lc_standard_error``, the standard error of the
        mean of the predictions, which says how much instructions differ and is no error of the
        length-controlled rate; ``length``, ``difficulty`` and ``preference``, the coefficients of
        the recipe; ``cost``, what its cross-validation chose, null for the baseline itself; ``n``
        and of them ``n_wins``, ``n_losses`` and ``n_draws``; ``avg_length`` (characters, rounded
        down); ``shifted``, the judgments whose row in the file has the difficulty of another
        instruction (null where that cannot be told).
    baseline
        The model that all are compared with.
    join
        Whether difficulties were joined by the row in the model's file (``position``), as
        published, or by instruction (``item``).
    gamed_rows, gamed_weight
        How many rows keep the length from being gamed, and the weight of each.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    baseline: str
    join: Join
    gamed_rows: int
    gamed_weight: float
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = ("baseline", "join", "gamed_rows", "gamed_weight")
        return {
            "models": self.models.to_dicts(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
