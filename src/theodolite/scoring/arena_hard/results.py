"""What a board of Arena-Hard holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scoring.arena_hard.fitting import Position
    from theodolite.tables import Removal

__all__ = ["ArenaHard"]


@dataclass(frozen=True)
class ArenaHard:
    """Scores of models against a baseline, from games in both orders.

    Attributes
    ----------
    models
        One row a model, best first: ``model``; ``score``, the expected percentage of games won
        against the baseline (a tie is half), over both orders and at equal style, with ``low``,
        ``high``; ``rank``, ``rank_low``, ``rank_high``; ``n`` (questions with a verdict),
        ``games`` with one, and ``unparseable`` games without; ``unbounded`` (it won or lost
        everything: there is no finite strength, and one end of the interval is the scale's);
        ``strength`` with ``strength_low``, ``strength_high`` (log-odds against the baseline; null
        where a model has several, one a baseline or category, and where there is none);
        ``position`` with ``position_low``, ``position_high`` where each model has its own;
        ``observed``, the plain percentage of games won, with ``observed_low``, ``observed_high``,
        which need no likelihood, and ``link_p`` (Holm, over models), whether it and the score
        differ beyond chance (null with style, which is held equal in the score alone);
        ``published`` with ``published_low``, ``published_high``, the reference recipe's; and the
        games by verdict: ``much_better``, ``better``, ``tie``, ``worse``, ``much_worse``.
    pairs
        One row a pair: ``model_a`` (the higher score), ``model_b``, ``difference`` in points,
        ``low``, ``high`` (all pairs together), ``better`` (the model that is told to be better, or
        null) and ``p_adjusted`` (Holm; null beside a model without a finite strength).
    categories
        The same scores by ``category`` and ``baseline``, where there are several categories.
    parameters
        ``name`` (``position`` and the style features, then ``threshold``), ``estimate``, ``low``,
        ``high`` on the log-odds scale.
    first_wins
        What an answer wins when it meets its equal and is shown first, in percent: ``estimate``,
        ``low``, ``high``; ``None`` where position is not shared by the models.
    consistency
        See :func:`theodolite.scoring.arena_hard.checks.consistency_of`; shares.
    link, link_test
        Verdicts as shown: ``verdict``, ``observed``, ``expected``, ``z``; and the test of the
        ordinal link: ``statistic``, ``df``, ``p_value``.
    baselines
        One row a baseline: ``baseline``, ``categories``, ``questions``.
    reading
        How finely verdicts were read.
    position_effect, by_category, style
        Whose the effect of position is; whether a model has a strength of its own in each category
        on the board; the features held equal.
    level, seed, n_draws
        Confidence level; seed and number of the draws behind the pairs.
    questions, games, unparseable
        Questions, games with a verdict, and games without.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    categories: pl.DataFrame
    parameters: pl.DataFrame
    first_wins: dict[str, float] | None
    consistency: pl.DataFrame
    link: pl.DataFrame
    link_test: dict[str, Any]
    baselines: pl.DataFrame
    reading: str
    position_effect: Position
    by_category: bool
    style: tuple[str, ...]
    level: float
    seed: int
    n_draws: int
    questions: int
    games: int
    unparseable: int
    judge: str
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        frames = ("models", "pairs", "categories", "parameters", "consistency", "link", "baselines")
        plain = (
            "first_wins",
            "link_test",
            "reading",
            "position_effect",
            "by_category",
            "level",
            "seed",
        )
        counts = ("n_draws", "questions", "games", "unparseable", "judge")
        return {
            **{name: getattr(self, name).to_dicts() for name in frames},
            **{name: getattr(self, name) for name in (*plain, *counts)},
            "style": list(self.style),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
        }
