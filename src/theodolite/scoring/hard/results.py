"""What a hard subset holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scoring.hard.shares import Estimate
    from theodolite.tables import Removal

__all__ = ["HardSubset", "HoldOut"]


@dataclass(frozen=True)
class HoldOut:
    """How models are held out.

    Attributes
    ----------
    share
        Of the models, about so many are held out in each split.
    splits
        Splits.
    group
        A column that names what a model belongs to: such models are held out together. By default
        families are guessed from the first word of the models' names.
    keep
        The part of the separability of all items for which the fewest items are sought.
    """

    share: float = 0.5
    splits: int = 20
    group: str | None = None
    keep: float = 0.9


@dataclass(frozen=True)
class HardSubset:
    """The items that separate models best, and how well they do on models held out.

    Attributes
    ----------
    items
        The chosen items: ``benchmark``, ``item_id``, ``category`` (with ``by``), ``score`` (mean
        over models) and ``slope`` (how it rises over the models' range, in log-odds for scores in
        [0, 1]), in alphabetical order.
    models
        One row a model, the best first: ``model``, ``group`` (models of one group stand on one
        side of each split), ``score`` (all items), ``subset_score`` (the chosen ones),
        ``predicted``, ``low``, ``high``: what lists that were chosen without the model foretell of
        ``score``, by a line through the other models held out, on average over the splits; null
        where there were fewer than three others.
    methods
        One row a way to take ``size`` items, over models held out: ``method``, ``separability``,
        ``low``, ``high``; ``wrong`` (share of pairs separated against the order of all items),
        ``wrong_low``, ``wrong_high``; ``agreement`` (share of pairs in that order), ``brier`` and
        ``spearman`` (with all items, mean over splits). ``all`` is the whole benchmark.
    curve
        One row a method and size: ``method``, ``size``, ``separability``, ``low``, ``high``.
    suspects
        Items on which better models score less with a probability, ``p_negative``, of 0.8 or
        more: ``benchmark``, ``item_id``, ``score``, ``slope``, ``p_negative``. They may be broken:
        see ``audit``.
    separability, separability_all, separability_random
        Share of pairs of held-out models that the list, all items and random lists separate.
    gain, loss
        ``separability`` less that of random lists, and that of all items less ``separability``.
    random_range
        Between these shares lie 95% of the random lists, over splits and draws.
    split_range
        The lowest and the highest separability of the list in a split.
    optimism
        How much more the lists separate among the models they were chosen on.
    apparent
        What the final list separates among all models: with the optimism in it.
    fewest
        By method, about how many items keep ``keep`` of the separability of all; ``None`` where
        none of the sizes that were tried does.
    prediction
        Of whole scores of held-out models, from the lists and from random lists: ``mean_error``
        and ``coverage`` of the intervals; ``None`` where none could be foretold.
    size, items_in_all, unanswered
        Items chosen, items there are, and pairs of model and item without a score.
    by, holdout, held, groups, level, seed
        The column of categories; how models were held out, how many of them on average, and in how
        many groups they are; the level of each interval; the seed.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    items: pl.DataFrame
    models: pl.DataFrame
    methods: pl.DataFrame
    curve: pl.DataFrame
    suspects: pl.DataFrame
    separability: Estimate
    separability_all: Estimate
    separability_random: Estimate
    gain: Estimate
    loss: Estimate
    random_range: tuple[float, float]
    split_range: tuple[float, float]
    optimism: float
    apparent: float
    fewest: dict[str, float | None]
    prediction: dict[str, dict[str, float | None]]
    size: int
    items_in_all: int
    unanswered: int
    by: str | None
    holdout: HoldOut
    held: float
    groups: int
    level: float
    seed: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``items``."""
        return self.items

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        names = ("separability", "separability_all", "separability_random")
        shares: dict[str, float] = {}
        for name in names:
            got = getattr(self, name)
            shares |= {name: got.value, f"{name}_low": got.low, f"{name}_high": got.high}
        frames = ("items", "models", "methods", "curve", "suspects")
        settings = ("size", "items_in_all", "unanswered", "by", "held", "groups", "level", "seed")
        return {
            "items": [],
            **shares,
            "method": "information",
            "gain": dict(vars(self.gain)),
            "loss": dict(vars(self.loss)),
            "random_range": list(self.random_range),
            "split_range": list(self.split_range),
            "optimism": self.optimism,
            "apparent": self.apparent,
            "fewest": dict(self.fewest),
            "prediction": {name: dict(part) for name, part in self.prediction.items()},
            **{name: getattr(self, name).to_dicts() for name in frames},
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            "holdout": dict(vars(self.holdout)),
            **{name: getattr(self, name) for name in settings},
        }
