"""What a scoring of EQ-Bench holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.tables import Scores

if TYPE_CHECKING:
    from theodolite.scoring.eq_bench.items import Version
    from theodolite.tables import Removal

__all__ = ["BENCHMARK", "TOLERANCE", "EqBench"]

BENCHMARK = "eq-bench"
# Published scores have two decimals: what differs by one unit of the last may be rounding.
TOLERANCE = 0.01 + 1e-9


@dataclass(frozen=True)
class EqBench:
    """Scores of models on EQ-Bench in points, with intervals, ranks and paired differences.

    Attributes
    ----------
    models
        One row a model, best first: ``model``, ``score`` (the mean over its runs, 100 at best,
        about 0 for random answers), ``low``, ``high`` (pointwise), ``rank``, ``rank_low``,
        ``rank_high``, ``n`` (answers that could be scored) and ``unparseable`` (those that could
        not), over all runs in the pass that the rule took; ``iterations``; ``stage`` (the pass:
        ``first_pass``, ``revised`` or, where runs differ, ``both``); ``first_pass`` and
        ``revised`` (the scores of each pass, null without any); ``score_at_zero`` (what the score
        would be if every answer that could not be read scored 0), ``score_at_worst`` and
        ``score_at_best`` (if they scored as low as an answer on the scale can, or 100);
        ``within``, ``between`` (variances between answers to one question and between questions,
        in points squared) and ``run_sd`` (standard deviation of the runs' scores), null of a
        single run; ``published`` and ``difference`` (score less published), null where nothing
        was published.
    pairs
        One row a pair: ``model_a`` (the higher score), ``model_b``, ``difference`` over the
        questions that both have scored, ``low``, ``high`` (all pairs together), ``better``,
        ``p_adjusted`` (Holm) and ``n``.
    runs
        One row a run: ``model``, ``iteration``, ``stage``, ``score``, ``first_pass``,
        ``revised``, ``n``, ``unparseable``.
    items
        The scores behind, in points: ``model``, ``item_id``, ``epoch``, ``score``.
    version, level, seed, n_draws
        Of the rule; the confidence level; the seed and number of the normal draws behind pairs.
    questions
        How many there are.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    pairs: pl.DataFrame
    runs: pl.DataFrame
    items: pl.DataFrame
    version: Version
    level: float
    seed: int
    n_draws: int
    questions: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def disagreeing(self) -> pl.DataFrame:
        """The models whose score is not the published one to 0.01, the largest gap first."""
        gap = pl.col("score").round(2) - pl.col("published")
        return self.models.filter(gap.abs() > TOLERANCE).sort(
            pl.col("difference").abs(), descending=True
        )

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_scores(self) -> Scores:
        """Give the score of every question in points, for a board or a choice of items.

        A question without a score that could be read has no row, for a score must be a number.
        """
        frame = self.items.with_columns(benchmark=pl.lit(BENCHMARK))
        lacking = int(self.models["unparseable"].sum())
        notes = (
            (f"Answers to {BENCHMARK} that could not be read and have no score: {lacking:,}.",)
            if lacking
            else ()
        )
        columns = ("model", "benchmark", "item_id", "epoch", "score")
        return Scores.from_frame(frame.select(columns), source=BENCHMARK, notes=notes)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the single scores as plain Python values, for JSON."""
        settings = ("version", "level", "seed", "n_draws", "questions")
        return {
            "models": self.models.to_dicts(),
            "pairs": self.pairs.to_dicts(),
            "runs": self.runs.to_dicts(),
            "disagreeing": self.disagreeing["model"].to_list(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
