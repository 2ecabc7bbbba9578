r"""Win rates of games in both orders, against one baseline or of all models against each other.

With W wins, T ties and L losses a model's adjusted win rate is (W + T/2) / (W + T + L), in percent.
A match without both verdicts is counted, and in no rate. Intervals are clustered by question;
differences of two rates take each over its own matches, and questions in common make them depend
on each other. The symbols stand in :mod:`theodolite.scoring.mt_bench.standing`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.mt_bench.frames import categories_of, models_of, pairs_of, turns_of
from theodolite.scoring.mt_bench.grid import PERCENT, check_settings
from theodolite.scoring.mt_bench.matches import matches_of
from theodolite.scoring.mt_bench.notes import match_notes
from theodolite.scoring.mt_bench.position import position_of
from theodolite.scoring.mt_bench.references import left_out
from theodolite.scoring.mt_bench.results import Compared
from theodolite.scoring.mt_bench.standing import N_DRAWS, Inference, standing_of
from theodolite.scoring.mt_bench.strengths import strengths_of
from theodolite.stats import clustered_means, mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.matches import Matches
    from theodolite.tables import Judgments

    Floats = NDArray[np.float64]

__all__ = ["compared"]

BLOCK = 200


def compared(
    judgments: Judgments,
    *,
    baseline: str | None = None,
    exclude: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> Compared:
    """Give each model's adjusted win rate, what swapping the answers changed, and who is better.

    Parameters
    ----------
    judgments
        Games of both orders, by one judge.
    baseline
        Count only matches against this model.
    exclude
        Ids of questions to leave out; what that does to each model is in ``excluded``.
    level, seed
        The confidence level; of the normal draws behind the differences' intervals.

    Returns
    -------
    Compared
        See there.

    Raises
    ------
    UsageError
        ``level`` is not between 0 and 1, ``seed`` is negative, or the baseline or an excluded
        question was not judged.
    InputError
        There are no two orders, one game of two is missing, or a question has two categories.
    TooFewError
        A model has readable matches on fewer than two questions, which leaves no interval.
    CannotAnswerError
        No question, or no match, is left.
    TooLargeError
        Models times matches are too many.

    References
    ----------
    L. Zheng and others (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena.
    doi:10.48550/arXiv.2306.05685

    Examples
    --------
    >>> from theodolite.tables import Judgments
    >>> frame = pl.DataFrame([
    ...     {"item_id": str(q), "model_a": a, "model_b": b, "judge": "j", "game": g, "verdict": v}
    ...     for q in range(8)
    ...     for g, a, b, v in ((1, "x", "y", "A>B"), (2, "y", "x", "B>A" if q % 2 else "A>B"))
    ... ])
    >>> got = compared(Judgments.from_frame(frame))
    >>> got.models.select("model", "score", "wins", "ties", "losses").rows()
    [('x', 75.0, 4, 4, 0), ('y', 25.0, 0, 4, 4)]
    >>> got.position.inconsistent.share
    0.5
    """
    check_settings(level, seed)
    matches = matches_of(judgments, baseline)
    everything = matches.grid()
    grid, excluded = left_out(everything, exclude, level=level)
    grid.require_questions()
    inference = Inference(level, seed, reach=1.0, paired=False)
    whole = standing_of(grid, inference, whole=True)
    pairs = pairs_of(grid, whole)
    if excluded is not None:
        before = pairs_of(everything, standing_of(everything, inference, whole=True))
        excluded = replace(excluded.with_verdicts(before, pairs), judgments=matches.count(exclude))
        matches = matches.without(exclude)
    strengths, lacking = strengths_of(matches, level=level)
    models = _beside(models_of(grid, whole), _counts(matches), strengths)
    return Compared(
        models=models,
        pairs=pairs,
        matches=_matches(matches, level=level),
        turns=turns_of(grid, inference),
        categories=categories_of(grid, inference),
        position=position_of(matches, level=level),
        excluded=excluded,
        baseline=matches.baseline,
        judge=judgments.judges[0] if len(judgments.judges) == 1 else None,
        by_category=whole.by_category,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=len(np.unique(grid.question)),
        judgments=len(matches.frame),
        unparseable=matches.frame["outcome"].null_count(),
        removed=(*judgments.removed, *matches.removed),
        notes=(
            *judgments.notes,
            *match_notes(grid, matches, lacking=lacking, excluded=excluded is not None),
        ),
    )


def _beside(models: pl.DataFrame, *more: pl.DataFrame | None) -> pl.DataFrame:
    """Put further columns beside the scores of the same models."""
    for one in more:
        if one is not None:
            models = models.join(one, on="model", how="left", maintain_order="left")
    return models


def _counts(matches: Matches) -> pl.DataFrame:
    score = pl.col("score")
    return (
        matches.sides()
        .group_by("model")
        .agg(
            wins=(score == PERCENT.high).sum().cast(pl.Int64),
            ties=(score == PERCENT.high / 2).sum().cast(pl.Int64),
            losses=(score == PERCENT.low).sum().cast(pl.Int64),
        )
    )


def _matches(matches: Matches, *, level: float) -> pl.DataFrame:
    """Give one row a pair that met, the model with the higher rate first."""
    swapped = pl.col("one") > pl.col("two")
    sign = pl.when(swapped).then(-1).otherwise(1)
    rows = matches.frame.select(
        "item_id",
        pl.min_horizontal("one", "two").alias("model_a"),
        pl.max_horizontal("one", "two").alias("model_b"),
        outcome=pl.col("outcome") * sign,
        differ=pl.col("first") != -pl.col("second"),
    )
    rows = rows.with_columns(pl.struct("model_a", "model_b").rank("dense").alias("pair"))
    outcome = pl.col("outcome")
    table = (
        rows.group_by("pair")
        .agg(
            pl.col("model_a", "model_b").first(),
            score=50.0 + 50.0 * outcome.mean(),
            wins=(outcome == 1).sum().cast(pl.Int64),
            ties=(outcome == 0).sum().cast(pl.Int64),
            losses=(outcome == -1).sum().cast(pl.Int64),
            n=outcome.count().cast(pl.Int64),
            unparseable=outcome.null_count().cast(pl.Int64),
            inconsistent=pl.col("differ").mean(),
        )
        .sort("pair")
    )
    ends = _ends(rows, len(table), level)
    table = table.with_columns(pl.Series("low", ends[0]), pl.Series("high", ends[1]))
    table = table.with_columns(pl.col("low", "high").fill_nan(None))
    return _higher_first(table).sort("model_a", "model_b")


def _ends(rows: pl.DataFrame, count: int, level: float) -> tuple[Floats, Floats]:
    """Give the ends of each pair's rate, clustered by question."""
    known = rows.filter(pl.col("outcome").is_not_null()).with_columns(
        pl.int_range(pl.len()).over("pair", "item_id").alias("number"),
        (pl.col("item_id").rank("dense") - 1).alias("question"),
    )
    number, asked, pair = (
        known[name].cast(pl.Int64).to_numpy() for name in ("number", "question", "pair")
    )
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    width, n = int(number.max(initial=0)) + 1, int(asked.max(initial=0)) + 1
    values = np.full((count, n * width), np.nan)
    values[pair - 1, asked * width + number] = (known["outcome"].to_numpy() + 1.0) / 2.0
    question = np.repeat(np.arange(n), width)
    some = np.flatnonzero((~np.isnan(values)).any(axis=1))
    for start in range(0, len(some), BLOCK):
        block = some[start : start + BLOCK]
        means = clustered_means(values[block], question)
        ends = mean_interval(means, level=level, share=True)
        low[block], high[block] = PERCENT.value(ends[0]), PERCENT.value(ends[1])
    return low, high


def _higher_first(table: pl.DataFrame) -> pl.DataFrame:
    turned = pl.col("score").fill_null(50.0) < 50.0  # noqa: PLR2004

    def side(own: str, other: str) -> pl.Expr:
        return pl.when(turned).then(pl.col(other)).otherwise(pl.col(own)).alias(own)

    def flipped(own: str, other: str) -> pl.Expr:
        return pl.when(turned).then(PERCENT.high - pl.col(other)).otherwise(pl.col(own)).alias(own)

    return table.select(
        side("model_a", "model_b"),
        side("model_b", "model_a"),
        flipped("score", "score"),
        flipped("low", "high"),
        flipped("high", "low"),
        side("wins", "losses"),
        "ties",
        side("losses", "wins"),
        *("n", "unparseable", "inconsistent"),
    )
