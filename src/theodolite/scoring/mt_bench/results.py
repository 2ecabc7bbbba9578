"""What the scores of MT-Bench hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scoring.mt_bench.position import Position
    from theodolite.scoring.mt_bench.references import Exclusion
    from theodolite.tables import Removal

__all__ = ["Compared", "Graded"]


@dataclass(frozen=True)
class Graded:
    """Scores from 1 to 10 of graded answers.

    Attributes
    ----------
    models
        One row a model, best first: ``model``, ``score`` (the mean over the judgments with a
        number), ``low``, ``high`` (pointwise), ``published`` (what FastChat's own recipe gives
        for all judgments, those of excluded questions too), ``worst``, ``best`` (the score if
        every unparseable judgment were a 1, or a 10), ``rank``, ``rank_low``, ``rank_high`` (the
        ranks that all paired differences leave open together), ``n`` (judgments with a number),
        ``unparseable`` (those without) and ``questions``.
    pairs
        One row a pair: ``model_a`` (the higher score), ``model_b``, ``difference`` (a less b,
        over the answers of both that have a number), ``low``, ``high`` (all pairs together),
        ``better`` (the model that is told to be better, or null), ``p_adjusted`` (Holm) and ``n``.
    turns
        One row a turn and model, with the same columns but for the last three. Empty where the
        gradings have no turns.
    drops
        One row a model, the largest drop first: ``model``, ``change`` (turn 2 less turn 1, over
        the questions where both have a number), ``low``, ``high``, ``p_adjusted`` (Holm over
        models) and ``n`` (questions).
    categories
        One row a category and model: ``category``, ``model``, ``score``, ``low``, ``high``,
        ``rank``, ``rank_low``, ``rank_high``, ``n``, ``unparseable``, ``questions``. Empty where
        the gradings have no categories.
    excluded
        What leaving questions out did; ``None`` where all are in.
    judge
        Who graded, or ``None`` where nobody is named.
    by_category
        Whether intervals take questions as drawn anew within each category.
    level, seed, n_draws
        The confidence level; the seed and number of the draws behind ``pairs``.
    questions, judgments, unparseable
        How many there are: questions, judgments, and those of them without a number.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    turns: pl.DataFrame
    drops: pl.DataFrame
    categories: pl.DataFrame
    excluded: Exclusion | None
    judge: str | None
    by_category: bool
    level: float
    seed: int
    n_draws: int
    questions: int
    judgments: int
    unparseable: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = (
            *("judge", "by_category", "level", "seed", "n_draws"),
            *("questions", "judgments", "unparseable"),
        )
        tables = ("models", "pairs", "turns", "drops", "categories")
        out = self.excluded
        return {
            "mode": "single",
            **{name: getattr(self, name).to_dicts() for name in tables},
            "excluded": None if out is None else out.to_dict(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }


@dataclass(frozen=True)
class Compared:
    """Adjusted win rates, in percent, of games in both orders.

    Attributes
    ----------
    models
        One row a model, best first (the baseline has none): ``model``, ``score`` (the adjusted
        win rate), ``low``, ``high`` (pointwise), ``rank``, ``rank_low``, ``rank_high`` (the ranks
        that all differences of rates leave open together), ``n`` (matches with both verdicts),
        ``unparseable`` (those without), ``questions``, ``wins``, ``ties``, ``losses``. Where all
        models met each other, also ``rating`` (Bradley-Terry, 1000 on average, 400 points a factor
        of ten), ``rating_low``, ``rating_high`` and ``unbounded``.
    pairs
        One row a pair of these: ``model_a`` (the higher rate), ``model_b``, ``difference`` (of
        the rates, in points), ``low``, ``high`` (all pairs together), ``better`` (or null),
        ``p_adjusted`` (Holm) and ``n`` (the fewer matches of the two).
    matches
        One row a pair that met: ``model_a`` (that won more), ``model_b``, ``score`` (a's adjusted
        win rate against b), ``low``, ``high``, ``wins``, ``ties``, ``losses``, ``n``,
        ``unparseable`` and ``inconsistent`` (the share whose two games differ).
    turns, categories
        As ``models``, one row a turn, or a category, and model.
    position
        What swapping the answers changed.
    excluded
        What leaving questions out did; ``None`` where all are in.
    baseline, judge
        The model that every match is against, and who judged; ``None`` where there is none.
    by_category
        Whether intervals take questions as drawn anew within each category.
    level, seed, n_draws
        The confidence level; the seed and number of the draws behind ``pairs``.
    questions, judgments, unparseable
        How many there are: questions, matches, and those of them without both verdicts.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    matches: pl.DataFrame
    turns: pl.DataFrame
    categories: pl.DataFrame
    position: Position
    excluded: Exclusion | None
    baseline: str | None
    judge: str | None
    by_category: bool
    level: float
    seed: int
    n_draws: int
    questions: int
    judgments: int
    unparseable: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def rated(self) -> bool:
        """Whether the models have strengths."""
        return "rating" in self.models.columns

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = (
            *("baseline", "judge", "by_category", "level", "seed", "n_draws"),
            *("questions", "judgments", "unparseable"),
        )
        tables = ("models", "pairs", "matches", "turns", "categories")
        out = self.excluded
        return {
            "mode": "pair",
            **{name: getattr(self, name).to_dicts() for name in tables},
            "position": self.position.to_dict(),
            "excluded": None if out is None else out.to_dict(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
