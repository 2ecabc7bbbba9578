"""Which pass counts in each run, and what the other would have given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import TooFewError, shorten

if TYPE_CHECKING:
    from theodolite.tables import Passes

__all__ = ["Chosen", "chosen_runs"]

POINTS = 10.0
BEST = 100.0
# Revised answers count only where nearly as many could be scored as first ones.
NEARLY = 0.95
RUN = ("model", "iteration")


@dataclass(frozen=True)
class Chosen:
    """The runs, each with the pass that counts.

    Attributes
    ----------
    scores
        ``model``, ``iteration``, ``item_id``, ``score`` (at most 10, or null), in that pass.
    runs
        As in :class:`~theodolite.scoring.eq_bench.EqBench`.
    published
        ``model``, ``published``.
    questions
        How many there are.
    notes
        What a reader must know.
    """

    scores: pl.DataFrame
    runs: pl.DataFrame
    published: pl.DataFrame
    questions: int
    notes: tuple[str, ...]

    def joined(self, models: pl.DataFrame, *, lowest: float) -> pl.DataFrame:
        """Add to the models' scores what their runs hold."""
        share = pl.col("n") / (pl.col("n") + pl.col("unparseable"))
        at_zero = pl.col("score") * share
        several = pl.col("stage").n_unique() > 1
        runs = self.runs.group_by("model").agg(
            pl.col("n", "unparseable").sum(),
            pl.col("first_pass", "revised").mean(),
            iterations=pl.len(),
            stage=pl.when(several).then(pl.lit("both")).otherwise(pl.col("stage").first()),
            score_at_zero=at_zero.mean(),
            score_at_worst=(at_zero + lowest * (1.0 - share)).mean(),
            score_at_best=(at_zero + BEST * (1.0 - share)).mean(),
        )
        variation = ["within", "between", "run_sd"]
        frame = models.join(runs, on="model", how="left", maintain_order="left")
        frame = frame.join(self.published, on="model", how="left", maintain_order="left")
        last = [*variation, "published"]
        return frame.select(pl.exclude(last), *last).with_columns(
            difference=pl.col("score") - pl.col("published")
        )

    def items(self) -> pl.DataFrame:
        """Give the scores in points of the questions that have one."""
        return self.scores.filter(pl.col("score").is_not_null()).select(
            "model", "item_id", epoch="iteration", score=pl.col("score") * POINTS
        )


def chosen_runs(passes: Passes) -> Chosen:
    """Choose the pass that counts in every run by the rule of EQ-Bench.

    Raises
    ------
    TooFewError
        No answer of a run could be scored.
    """
    frame = passes.frame.select(
        pl.col("model").cast(pl.String),
        "iteration",
        pl.col("item_id").cast(pl.String),
        pl.col("first_pass", "revised").cast(pl.Float64),
    )
    questions = frame["item_id"].n_unique()
    runs = _runs(frame)
    _require_scores(runs)
    lacking = runs.filter(pl.col("asked") < questions)
    runs = runs.with_columns(unparseable=questions - pl.col("n")).drop("asked")
    scores = frame.join(
        runs.select(*RUN, "stage"), on=list(RUN), how="left", maintain_order="left"
    ).select(
        *RUN,
        "item_id",
        score=pl.when(pl.col("stage") == "revised").then("revised").otherwise("first_pass"),
    )
    comparable = passes.published.filter(
        pl.col("version").is_null() | (pl.col("version") == passes.version)
    )
    return Chosen(
        scores, runs, comparable.select("model", "published"), questions, _notes(lacking, questions)
    )


def _runs(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each run the pass that counts, and how many questions it has rows for."""
    first, revised = pl.col("first_pass"), pl.col("revised")
    runs = frame.group_by(*RUN, maintain_order=True).agg(
        (pl.col("first_pass", "revised").mean() * POINTS),
        n_first=first.count(),
        n_revised=revised.count(),
        asked=pl.len(),
    )
    enough = (pl.col("n_revised") > 0) & (pl.col("n_revised") >= NEARLY * pl.col("n_first"))
    # A pass without any score counts as 0, as it does upstream.
    take = enough & (revised.fill_null(0.0) >= first.fill_null(0.0))
    return runs.select(
        *RUN,
        stage=pl.when(take).then(pl.lit("revised")).otherwise(pl.lit("first_pass")),
        score=pl.when(take).then(revised).otherwise(first),
        first_pass=first,
        revised=revised,
        n=pl.when(take).then("n_revised").otherwise("n_first").cast(pl.Int64),
        asked=pl.col("asked").cast(pl.Int64),
    )


def _require_scores(runs: pl.DataFrame) -> None:
    empty = runs.filter(pl.col("n") == 0)
    if len(empty):
        row = empty.row(0, named=True)
        raise TooFewError(
            f"no answer of {shorten(row['model'])} in iteration {row['iteration']} could be "
            f"scored. Leave it out: --where model!={row['model']}"
        )


def _notes(lacking: pl.DataFrame, questions: int) -> tuple[str, ...]:
    if lacking.is_empty():
        return ()
    row = lacking.row(0, named=True)
    more = f" and {len(lacking) - 1:,} other runs" if len(lacking) > 1 else ""
    return (
        f"{shorten(row['model'])} has rows for {row['asked']:,} of {questions:,} questions "
        f"(iteration {row['iteration']}){more}: a question without a row counts as one that could "
        "not be read.",
    )
