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

from theodolite.errors import TooFewError, UsageError, shorten
from theodolite.scoring.mt_bench.grid import HIGHEST, LOWEST, SPAN, grid_of, scaled
from theodolite.scoring.mt_bench.notes import single_notes
from theodolite.scoring.mt_bench.references import Exclusion, changes, left_out
from theodolite.scoring.mt_bench.results import Graded
from theodolite.scoring.mt_bench.standing import N_DRAWS, Inference, standing_of, usual_gap
from theodolite.scoring.mt_bench.turns import drops_of, turns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.scoring.mt_bench.standing import Standing
    from theodolite.tables import Gradings

    Floats = NDArray[np.float64]

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
    _check(level, seed)
    everything = grid_of(gradings)
    grid, excluded = _without(everything, exclude, level=level)
    _require_questions(grid)
    inference = Inference(level, seed, usual_gap(grid.values))
    whole = standing_of(grid, inference, whole=True)
    judges = gradings.judges
    return Graded(
        models=_models(grid, everything, whole),
        pairs=_pairs(grid, whole),
        turns=turns_of(grid, inference),
        drops=drops_of(grid, inference),
        categories=_categories(grid, inference),
        excluded=excluded,
        judge=judges[0] if len(judges) == 1 else None,
        by_category=whole.by_category,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=len(np.unique(grid.question)),
        gradings=int(grid.graded.sum()),
        unparseable=int(grid.unparseable.sum()),
        removed=gradings.removed,
        notes=(*gradings.notes, *single_notes(grid, whole, excluded=excluded is not None)),
    )


def _check(level: float, seed: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _without(grid: Grid, exclude: Sequence[str], *, level: float) -> tuple[Grid, Exclusion | None]:
    if not exclude:
        return grid, None
    out = left_out(grid, exclude)
    gone = Exclusion(
        questions=tuple(exclude),
        gradings=int(grid.graded[:, out].sum()),
        models=changes(grid, out, level=level),
    )
    return grid.cells(~out), gone


def _require_questions(grid: Grid) -> None:
    given = ~np.isnan(grid.values)
    few = [len(np.unique(grid.question[row])) < 2 for row in given]  # noqa: PLR2004
    if any(few):
        who = shorten(grid.models[few.index(True)])
        raise TooFewError(
            f"{who} has scores on a single question, which leaves no interval. Leave it out "
            "(--where model!=...)."
        )


def _models(grid: Grid, everything: Grid, whole: Standing) -> pl.DataFrame:
    at = whole.rows
    n, silent = whole.means.items, grid.unparseable[at].sum(axis=1)
    total = np.nansum(grid.scores[at], axis=1)
    return pl.DataFrame(
        {
            "model": [grid.models[i] for i in at],
            "score": total / n,
            "low": scaled(whole.low),
            "high": scaled(whole.high),
            "published": np.nanmean(everything.scores[at], axis=1),
            "worst": (total + LOWEST * silent) / (n + silent),
            "best": (total + HIGHEST * silent) / (n + silent),
            "rank": whole.places.rank,
            "rank_low": whole.places.low,
            "rank_high": whole.places.high,
            "n": n,
            "unparseable": silent,
            "questions": whole.means.clusters,
        }
    )


def _pairs(grid: Grid, whole: Standing) -> pl.DataFrame:
    upper = np.triu_indices(len(whole.rows), 1)
    own = pl.Series([grid.models[i] for i in whole.rows], dtype=pl.String)
    frame = pl.DataFrame(
        {
            "model_a": own.gather(upper[0]),
            "model_b": own.gather(upper[1]),
            "difference": SPAN * whole.gaps.difference[upper],
            "margin": SPAN * whole.margins[upper],
            "p_adjusted": whole.p_values[upper],
            "n": whole.gaps.items[upper],
        }
    ).with_columns(pl.col("difference", "p_adjusted").fill_nan(None))
    gap, margin = pl.col("difference"), pl.col("margin")
    first, second = pl.col("model_a"), pl.col("model_b")
    better = pl.when(gap > margin).then(first).when(-gap > margin).then(second).otherwise(None)
    return frame.select(
        *("model_a", "model_b", "difference"),
        low=gap - margin,
        high=gap + margin,
        better=better,
        p_adjusted="p_adjusted",
        n="n",
    )


def _categories(grid: Grid, inference: Inference) -> pl.DataFrame:
    frames = []
    for kind in np.unique(grid.category[grid.category >= 0]):
        part = grid.cells(grid.category == kind)
        standing = standing_of(part, inference)
        at = standing.rows
        frames.append(
            pl.DataFrame(
                {
                    "category": [grid.categories[kind]] * len(at),
                    "model": [grid.models[i] for i in at],
                    "score": np.nanmean(part.scores[at], axis=1),
                    "low": scaled(standing.low),
                    "high": scaled(standing.high),
                    "rank": standing.places.rank,
                    "rank_low": standing.places.low,
                    "rank_high": standing.places.high,
                    "n": standing.means.items,
                    "unparseable": part.unparseable[at].sum(axis=1),
                    "questions": standing.means.clusters,
                }
            ).with_columns(pl.col("low", "high").fill_nan(None))
        )
    return pl.concat(frames) if frames else pl.DataFrame()
