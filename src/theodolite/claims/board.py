r"""A board of benchmarks: every model's score, and which models are really better.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
m_kb      mean of model k's scores on unit b (a benchmark, or a subject), over its items
n_kb      items of b that k answered
B         units
d_kl      paired difference of two models, over the items that both answered
========  ==================================================================================

``(macro)`` is sum over b of m_kb / B, ``(micro)`` is sum n_kb m_kb / sum n_kb; pairs are averaged
with the weights of the items that both answered. Items are drawn anew within each unit, units are
independent, and models depend on each other through the items that they share. The equations
stand in :mod:`theodolite.stats.means` and :mod:`theodolite.stats.paired`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.claims.answers import cluster_column, common_items, units_of
from theodolite.claims.board_notes import board_notes
from theodolite.claims.results import MACRO, MICRO, Board
from theodolite.claims.standings import average_standings, standing_of
from theodolite.errors import InputError, TooFewError, TooLargeError, UsageError, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.claims.answers import Unit
    from theodolite.claims.results import By
    from theodolite.tables import Scores

__all__ = ["board"]

MOST_PAIRS = 5_000_000


def board(
    scores: Scores,
    *,
    by: By = "benchmark",
    cluster: str | None = None,
    common: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> Board:
    """Give each model's score with its interval, its rank set, and all paired differences.

    Parameters
    ----------
    scores
        The scores. An item's epochs are averaged first.
    by
        Make a row of every ``benchmark``, or of every ``subject``.
    cluster
        A column whose values name items that depend on each other. Where it is left out, the
        scores' own column ``cluster`` is used if they have one; ``item_id`` takes all items as
        independent. A cluster is a benchmark's own.
    common
        Use only the items that all models of a benchmark (or subject) answered; what this takes
        is counted. Otherwise a score is over the items that the model answered, and a difference
        over those that both did.
    level
        Confidence level: of each score's interval alone; of all differences of a benchmark
        together.
    seed
        Of the normal draws behind the differences' intervals.

    Returns
    -------
    Board
        See there.

    Raises
    ------
    UsageError
        ``level`` is not between 0 and 1, ``seed`` is negative, or ``by`` is unknown.
    MissingColumnError
        The scores lack the subject, or the column to cluster by.
    InputError
        An item has two subjects or clusters, a benchmark two scales, or an average's name.
    TooFewError
        A model has fewer than two clusters in a benchmark, which leaves no interval; or no item
        was answered by all.
    TooLargeError
        Models times items, or pairs times benchmarks, are too many.

    References
    ----------
    E. Miller (2024), arXiv:2411.00640; S. Bowyer, L. Aitchison and D. R. Ivanova (2025),
    arXiv:2503.01747 (few items).

    Examples
    --------
    >>> from theodolite.tables import Scores
    >>> right = {"x": 45, "y": 40, "z": 20}
    >>> frame = pl.DataFrame([
    ...     {"model": model, "benchmark": "quiz", "item_id": str(i), "score": int(i < n)}
    ...     for model, n in right.items() for i in range(50)
    ... ])
    >>> got = board(Scores.from_frame(frame))
    >>> got.models.select("model", "score", pl.col("low", "high").round(3), "rank_low", "rank_high")
    shape: (3, 6)
    ┌───────┬───────┬───────┬───────┬──────────┬───────────┐
    │ model ┆ score ┆ low   ┆ high  ┆ rank_low ┆ rank_high │
    │ ---   ┆ ---   ┆ ---   ┆ ---   ┆ ---      ┆ ---       │
    │ str   ┆ f64   ┆ f64   ┆ f64   ┆ i64      ┆ i64       │
    ╞═══════╪═══════╪═══════╪═══════╪══════════╪═══════════╡
    │ x     ┆ 0.9   ┆ 0.783 ┆ 0.957 ┆ 1        ┆ 2         │
    │ y     ┆ 0.8   ┆ 0.666 ┆ 0.889 ┆ 1        ┆ 2         │
    │ z     ┆ 0.4   ┆ 0.273 ┆ 0.542 ┆ 3        ┆ 3         │
    └───────┴───────┴───────┴───────┴──────────┴───────────┘
    """
    _check(by, level, seed)
    column = cluster_column(scores, cluster)
    if common:
        scores = common_items(scores, by)
    units = units_of(scores, by=by, cluster=column)
    names = scores.models
    _require_clusters(units, names)
    _require_room(units)
    standings = [standing_of(unit, level=level, seed=seed) for unit in units]
    averages = average_standings(units, standings, level=level, seed=seed)
    every = [*averages, *standings]
    return Board(
        models=pl.concat([s.models(names) for s in every]),
        pairs=pl.concat([s.pairs(names) for s in every]),
        by=by,
        cluster=column,
        common=common,
        level=level,
        seed=seed,
        n_draws=every[0].n_draws,
        items=sum(unit.values.shape[1] for unit in units),
        clusters=sum(len(np.unique(unit.clusters)) for unit in units),
        removed=scores.removed,
        notes=(*scores.notes, *board_notes(units, every, names)),
    )


def _check(by: str, level: float, seed: int) -> None:
    if by not in ("benchmark", "subject"):
        raise UsageError(f"a board is by benchmark or by subject, not by {shorten(by)}")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _require_clusters(units: Sequence[Unit], names: Sequence[str]) -> None:
    """Raise where a model has no second cluster, so that nothing tells how scores spread."""
    for unit in units:
        if unit.name in (MACRO, MICRO):
            raise InputError(f"a benchmark called {unit.name} would be taken for the average")
        several = _clusters_of_each(unit) > 1
        if not several.all():
            who = names[unit.models[int(np.argmin(several))]]
            raise TooFewError(
                f"{shorten(who)} has a single cluster of items in {shorten(unit.name)}, which "
                "leaves no interval. Leave it out (--where), or cluster by another column."
            )


def _clusters_of_each(unit: Unit) -> NDArray[np.int64]:
    """Count the clusters in which each model answered, up to two, (K,)."""
    given = ~np.isnan(unit.values)
    first = unit.clusters[given.argmax(axis=1)]
    other = given & (unit.clusters != first[:, None])
    return np.where(other.any(axis=1), 2, 1)


def _require_room(units: Sequence[Unit]) -> None:
    pairs = sum(len(unit.models) ** 2 // 2 for unit in units)
    if pairs > MOST_PAIRS:
        raise TooLargeError(
            f"{pairs:,} pairs of models over {len(units):,} benchmarks or subjects are more than "
            f"{MOST_PAIRS:,}: choose models or subjects (--where)"
        )
