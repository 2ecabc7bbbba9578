r"""Scores of graded answers, with intervals that know how few questions there are.

A model's score is the mean over its judgments that hold a number,

    s_k = 1 + 9 m_k,  m_k the mean of (score - 1) / 9,

each judgment counted once; a judgment without a number is counted, and never averaged in. The
interval of m_k is Wilson's with an effective number of answers and Student's quantile for the
number of questions (:func:`theodolite.stats.mean_interval`): it does not leave the scale, and has a
width where all scores are tens.

The symbols stand in :mod:`theodolite.scoring.mt_bench.standing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.mt_bench.drops import drops_of
from theodolite.scoring.mt_bench.frames import categories_of, models_of, pairs_of, turns_of
from theodolite.scoring.mt_bench.grid import GRADES, check_settings, grid_of
from theodolite.scoring.mt_bench.notes import single_notes
from theodolite.scoring.mt_bench.references import left_out
from theodolite.scoring.mt_bench.results import Graded
from theodolite.scoring.mt_bench.standing import N_DRAWS, Inference, standing_of, usual_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.tables import Gradings

__all__ = ["graded"]


def graded(
    gradings: Gradings,
    *,
    exclude: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> Graded:
    """Give each model's score, overall and by turn and category, and who is really better.

    Parameters
    ----------
    gradings
        What one judge said, from 1 to 10.
    exclude
        Ids of questions to leave out; what that does to each model is in ``excluded``.
    level
        Confidence level: of each score's interval alone; of all differences together.
    seed
        Of the normal draws behind the differences' intervals.

    Returns
    -------
    Graded
        See there.

    Raises
    ------
    UsageError
        ``level`` is not between 0 and 1, ``seed`` is negative, or an excluded question was not
        judged.
    InputError
        A score is off the scale, a question has two categories, or there are several judges.
    TooFewError
        A model has scores on fewer than two questions, which leaves no interval.
    CannotAnswerError
        No question is left.
    TooLargeError
        Models times answers are too many.

    References
    ----------
    L. Zheng and others (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena.
    doi:10.48550/arXiv.2306.05685; E. Miller (2024), arXiv:2411.00640 (clustered errors).

    Examples
    --------
    >>> from theodolite.tables import Gradings
    >>> frame = pl.DataFrame([
    ...     {"model": m, "judge": "j", "item_id": str(q), "turn": t, "score": s - (q % 3 == t)}
    ...     for m, s in (("x", 10), ("y", 8)) for q in range(12) for t in (1, 2)
    ... ])
    >>> got = graded(Gradings.from_frame(frame))
    >>> got.models.select("model", pl.col("score", "low", "high").round(2), "n", "questions")
    shape: (2, 6)
    ┌───────┬───────┬──────┬──────┬─────┬───────────┐
    │ model ┆ score ┆ low  ┆ high ┆ n   ┆ questions │
    │ ---   ┆ ---   ┆ ---  ┆ ---  ┆ --- ┆ ---       │
    │ str   ┆ f64   ┆ f64  ┆ f64  ┆ i64 ┆ i64       │
    ╞═══════╪═══════╪══════╪══════╪═════╪═══════════╡
    │ x     ┆ 9.67  ┆ 9.38 ┆ 9.82 ┆ 24  ┆ 12        │
    │ y     ┆ 7.67  ┆ 7.45 ┆ 7.87 ┆ 24  ┆ 12        │
    └───────┴───────┴──────┴──────┴─────┴───────────┘
    """
    check_settings(level, seed)
    everything = grid_of(gradings)
    grid, excluded = left_out(everything, exclude, level=level)
    grid.require_questions()
    inference = Inference(level, seed, usual_gap(grid.values))
    whole = standing_of(grid, inference, whole=True)
    pairs = pairs_of(grid, whole)
    if excluded is not None:
        with_all = Inference(level, seed, usual_gap(everything.values))
        before = pairs_of(everything, standing_of(everything, with_all, whole=True))
        excluded = excluded.with_verdicts(before, pairs)
    judges = gradings.judges
    return Graded(
        models=_with_bounds(models_of(grid, whole), everything),
        pairs=pairs,
        turns=turns_of(grid, inference),
        drops=drops_of(grid, inference),
        categories=categories_of(grid, inference),
        excluded=excluded,
        judge=judges[0] if len(judges) == 1 else None,
        by_category=whole.by_category,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=len(np.unique(grid.question)),
        judgments=int(grid.judged.sum()),
        unparseable=int(grid.unparseable.sum()),
        removed=gradings.removed,
        notes=(*gradings.notes, *single_notes(grid, whole, excluded=excluded is not None)),
    )


def _with_bounds(models: pl.DataFrame, everything: Grid) -> pl.DataFrame:
    """Add what the published recipe gives, and the scores that unparseable judgments leave open."""
    row = {name: i for i, name in enumerate(everything.models)}
    at = [row[name] for name in models.get_column("model")]
    published = pl.Series("published", np.nanmean(everything.scores[at], axis=1))
    total, n, lost = pl.col("score") * pl.col("n"), pl.col("n"), pl.col("unparseable")
    ends = {"worst": GRADES.low, "best": GRADES.high}
    return models.with_columns(
        published,
        *(
            pl.when(lost > 0).then((total + end * lost) / (n + lost)).otherwise("score").alias(name)
            for name, end in ends.items()
        ),
    )
