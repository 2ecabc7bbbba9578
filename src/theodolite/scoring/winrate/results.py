"""What win rates against a baseline hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from theodolite.scoring.winrate.joint import JointFit
    from theodolite.tables import Removal

__all__ = ["DifficultySource", "WinRates"]

DifficultySource = Literal["file", "estimated", "none", "frozen"]


@dataclass(frozen=True)
class WinRates:
    """Win rates against one baseline, raw and with length (or more) held fixed. Percent.

    Attributes
    ----------
    models
        One row a model, best first by the controlled rate: ``model``, ``win_rate``,
        ``standard_error``, ``win_rate_low``, ``win_rate_high`` (of the mean preference),
        ``length_controlled_win_rate``, ``low``, ``high`` (pointwise; null where the data do not
        tell), ``rank``, ``rank_low``, ``rank_high`` (that all paired differences leave open),
        ``n`` (instructions), ``unbounded`` (a coefficient has no finite estimate) and ``suspect``
        (signs that the judge was gamed).
    pairs
        One row a pair: ``model_a`` (the higher controlled rate), ``model_b``, ``difference`` (of
        controlled rates over the instructions that both have), ``low``, ``high`` (all pairs
        together), ``better`` (the model that is told to be better, or null), ``p_adjusted``
        (Holm) and ``n``.
    effects
        One row a model and covariate: ``model``, ``covariate``, ``coefficient`` (log-odds of
        winning for one standard deviation more; above 0 the judge likes more of it), ``low``,
        ``high`` (pointwise).
    difficulties
        What was held fixed of each instruction, ``item_id`` and ``instruction_difficulty`` (the
        higher, the more the models win); ``None`` where nothing was.
    joint
        All models in one likelihood; ``None`` where it was not asked for nor needed.
    baseline, judge
        Against whom, and who judged (``None`` where the file does not say).
    covariates, difficulty, gamed
        What is held fixed; where the instructions' difficulty comes from; whether the gamed rows
        are a prior on the slopes.
    frozen
        Models whose rates come from a saved fit, and do not move.
    level, seed, n_draws
        The confidence level; the seed and number of normal draws behind ``pairs``.
    items
        Instructions.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    effects: pl.DataFrame
    difficulties: pl.DataFrame | None
    joint: JointFit | None
    baseline: str
    judge: str | None
    covariates: tuple[str, ...]
    difficulty: DifficultySource
    gamed: bool
    frozen: tuple[str, ...]
    level: float
    seed: int
    n_draws: int
    items: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def suspects(self) -> pl.DataFrame:
        """The models with signs that the judge was gamed."""
        return self.models.filter(pl.col("suspect").list.len() > 0)

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = ("baseline", "judge", "difficulty", "gamed", "level", "seed", "n_draws", "items")
        return {
            "models": self.models.to_dicts(),
            "pairs": self.pairs.to_dicts(),
            "effects": self.effects.to_dicts(),
            "joint": None if self.joint is None else self.joint.to_dict(),
            "estimator": "aligned",
            "covariates": list(self.covariates),
            "frozen": list(self.frozen),
            **{name: getattr(self, name) for name in settings},
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
        }
