r"""EQ-Bench: every model's score with its interval, and who is really better.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_ri      score of run r on question i in one pass, at most 10
n_r, m_r  questions that could be scored in that pass, and 10 times the mean over them
R         runs (iterations) of a model
========  ==================================================================================

A run's score is m of the revised answers where that is no lower than m of the first answers and
where at least 0.95 times as many could be scored; otherwise it is m of the first. A model's score
is the mean over its runs. Its interval takes the questions as drawn anew (all runs of a question
together) and is Wilson's on the scale from the worst answer to 100, with the effective number of
answers that the variance gives: it has width also where all scores are alike.

A difference of two models is over the questions that both have scored, each averaged over runs.
The equations stand in :mod:`theodolite.stats.run_means` and :mod:`theodolite.stats.paired`.

References
----------
S. J. Paech (2023), arXiv:2312.06281; E. Miller (2024), arXiv:2411.00640 (clustered, paired errors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, TooLargeError, UsageError, shorten
from theodolite.scoring.eq_bench.items import HIGHEST, lowest_item, score_items
from theodolite.scoring.eq_bench.result import EqBench
from theodolite.scoring.eq_bench.stages import chosen_runs
from theodolite.stats import (
    gap_p_values,
    item_means,
    mean_interval,
    paired_gaps,
    ranks,
    run_means,
    run_spread,
    simultaneous_margins,
)
from theodolite.tables import Emotions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.eq_bench.items import Version
    from theodolite.stats import Gaps, Means
    from theodolite.tables import Passes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["eq_bench"]

N_DRAWS = 4000
POINTS = 10.0
MOST_CELLS, MOST_PAIRS = 200_000_000, 5_000_000


@dataclass(frozen=True)
class _Asked:
    """Scores in points, (M runs, N questions), and the model of each run; models best first."""

    values: Floats
    model: Integers
    names: list[str]
    means: Means
    low: Floats


def eq_bench(
    answers: Emotions | Passes,
    *,
    version: Version = "v2",
    level: float = 0.95,
    seed: int = 0,
) -> EqBench:
    """Score models on EQ-Bench.

    Parameters
    ----------
    answers
        The answers with their questions, or scores of the questions that were made before.
    version
        Of the rule: ``v2`` (full scale) or ``v1`` (answers that are made to add up to 10).
    level
        Confidence level: of each score's interval alone; of all differences together.
    seed
        Of the normal draws behind the differences' intervals.

    Returns
    -------
    EqBench
        See there; scores are in points, 100 at best.

    Raises
    ------
    UsageError
        ``level`` or ``seed`` is out of range, or the scores were made by another version.
    TooFewError
        A model has fewer than two questions that could be scored, which leaves no interval.
    TooLargeError
        Runs times questions, or pairs of models, are too many.

    Examples
    --------
    >>> from theodolite.tables import Passes
    >>> scores = np.random.default_rng(0).normal([[7.0], [5.0]], 1.5, (2, 60)).clip(-19, 10)
    >>> frame = pl.DataFrame([
    ...     {"model": m, "iteration": 1, "item_id": str(i), "first_pass": s, "revised": None}
    ...     for m, own in zip("xy", scores) for i, s in enumerate(own)
    ... ], infer_schema_length=None)
    >>> got = eq_bench(Passes.from_frame(frame))
    >>> got.models.select("model", pl.col("score", "low", "high").round(1), "rank_high")
    shape: (2, 5)
    ┌───────┬───────┬──────┬──────┬───────────┐
    │ model ┆ score ┆ low  ┆ high ┆ rank_high │
    │ ---   ┆ ---   ┆ ---  ┆ ---  ┆ ---       │
    │ str   ┆ f64   ┆ f64  ┆ f64  ┆ i64       │
    ╞═══════╪═══════╪══════╪══════╪═══════════╡
    │ x     ┆ 71.2  ┆ 67.5 ┆ 74.5 ┆ 1         │
    │ y     ┆ 51.3  ┆ 47.2 ┆ 55.1 ┆ 2         │
    └───────┴───────┴──────┴──────┴───────────┘
    """
    _check(level, seed)
    passes = score_items(answers, version=version) if isinstance(answers, Emotions) else answers
    if passes.version != version:
        raise UsageError(f"the scores were made by version {passes.version}, not {version}")
    chosen = chosen_runs(passes)
    asked = _asked(chosen.scores, version)
    bounds = mean_interval(_shares(asked), level=level, share=True)
    low, high = (asked.low + (100.0 - asked.low) * end for end in bounds)
    gaps = paired_gaps(
        item_means(asked.values, asked.model),
        np.arange(asked.values.shape[1]),
        reach=_reach(asked.values),
    )
    rng = np.random.default_rng(seed)
    margins = simultaneous_margins(gaps, level=level, n_draws=N_DRAWS, rng=rng)
    models = _models(asked, (low, high), gaps, margins)
    return EqBench(
        models=chosen.joined(models, lowest=POINTS * lowest_item(version)),
        pairs=_pairs(asked.names, gaps, margins),
        runs=chosen.runs,
        items=chosen.items(),
        version=version,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=chosen.questions,
        removed=passes.removed,
        notes=(*passes.notes, *chosen.notes),
    )


def _check(level: float, seed: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _asked(scores: pl.DataFrame, version: Version) -> _Asked:
    """Lay the scores out by run and question, the models best first."""
    items = scores["item_id"].unique(maintain_order=True)
    runs = scores.select("model", "iteration").unique(maintain_order=True)
    pairs = runs["model"].n_unique() ** 2 // 2
    if len(runs) * len(items) > MOST_CELLS or pairs > MOST_PAIRS:
        raise TooLargeError(
            f"{len(runs):,} runs with {len(items):,} questions are more than this method can hold: "
            "choose models (--where)"
        )
    place = pl.DataFrame({"item_id": items}).with_row_index("c")
    on = ["model", "iteration"]
    row = scores.join(runs.with_row_index("r"), on=on, how="left", maintain_order="left")["r"]
    column = scores.join(place, on="item_id", how="left", maintain_order="left")["c"]
    values = np.full((len(runs), len(items)), np.nan)
    given = scores["score"].fill_null(np.nan).to_numpy() * POINTS
    values[row.to_numpy(), column.to_numpy()] = given
    return _best_first(values, runs["model"].to_list(), POINTS * lowest_item(version))


def _best_first(values: Floats, own: list[str], low: float) -> _Asked:
    names = sorted(set(own))
    place = {name: i for i, name in enumerate(names)}
    model = np.array([place[name] for name in own], dtype=np.int64)
    means = run_means(values, model)
    few = np.flatnonzero(means.items < 2)  # noqa: PLR2004
    if len(few):
        raise TooFewError(
            f"{shorten(names[few[0]])} has a single question that could be scored, which leaves no "
            f"interval. Leave it out: --where model!={names[few[0]]}"
        )
    order = np.lexsort((np.arange(len(names)), -means.mean))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    model = position[model]
    # An answer outside the scale of the question can score lower than the worst on it.
    least = np.full(len(names), low)
    np.minimum.at(least, model, np.nanmin(values, axis=1))
    return _Asked(values, model, [names[i] for i in order], means.take(order), least)


def _shares(asked: _Asked) -> Means:
    """Put the means on the scale from the worst answer to the best, as shares."""
    width = HIGHEST * POINTS - asked.low
    return replace(
        asked.means,
        mean=(asked.means.mean - asked.low) / width,
        covariance=asked.means.covariance / np.outer(width, width),
        spread=asked.means.spread / width**2,
    )


def _reach(values: Floats) -> float:
    """How far two scores of one question lie apart: twice their spread, as on a board."""
    spread = float(np.sqrt(np.nanmean(np.nanvar(values, axis=1))))
    return 2.0 * spread or float(np.ptp(values[~np.isnan(values)])) or POINTS


def _models(
    asked: _Asked, ends: tuple[Floats, Floats], gaps: Gaps, margins: Floats
) -> pl.DataFrame:
    mean, spread = asked.means.mean, run_spread(asked.values, asked.model)
    place = ranks(mean[:, None] > mean, gaps.difference > margins)
    return pl.DataFrame(
        {
            "model": asked.names,
            "score": mean,
            "low": ends[0],
            "high": ends[1],
            "rank": place.rank,
            "rank_low": place.low,
            "rank_high": place.high,
            "within": spread.within,
            "between": spread.between,
            "run_sd": spread.runs,
        }
    ).with_columns(pl.col("within", "between", "run_sd").fill_nan(None))


def _pairs(names: list[str], gaps: Gaps, margins: Floats) -> pl.DataFrame:
    """Give the ends of each difference, and the model that is told to be better."""
    upper = np.triu_indices(len(names), 1)
    own = pl.Series(names, dtype=pl.String)
    frame = pl.DataFrame(
        {
            "model_a": own.gather(upper[0]),
            "model_b": own.gather(upper[1]),
            "difference": gaps.difference[upper],
            "margin": margins[upper],
            "p_adjusted": gap_p_values(gaps)[upper],
            "n": gaps.items[upper],
        }
    ).with_columns(pl.col("difference", "p_adjusted").fill_nan(None))
    gap, margin = pl.col("difference"), pl.col("margin")
    better = pl.when(gap > margin).then("model_a").when(-gap > margin).then("model_b")
    return frame.select(
        "model_a",
        "model_b",
        "difference",
        low=gap - margin,
        high=gap + margin,
        better=better,
        p_adjusted="p_adjusted",
        n="n",
    )
