"""Whether a simulation's intervals hold the strengths that its votes were drawn from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.frames import truth_rows
from theodolite.plotting.text import integer, level_text, listed, percent
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings.results import Board

__all__ = ["truth_section"]

COLUMNS = (
    Column("model", "Model"),
    Column("truth", "Known", "number"),
    Column("rating", "Rating", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
    Column("verdict", "Interval"),
)


def truth_section(board: Board, truth: pl.DataFrame) -> Section:
    """Answer whether the truth lies in the intervals.

    Parameters
    ----------
    board
        Ratings of simulated votes.
    truth
        ``model`` and ``rating``: the known strengths, in points, centred anywhere.
    """
    rows = truth_rows(board, truth)
    inside, count = int(rows["inside"].sum()), len(rows)
    missed = rows.filter(~pl.col("inside"))["model"].to_list()
    low, high = _share_interval(inside, count, board.level)
    level = level_text(board.level)
    ranks = int(rows["ranks_inside"].sum())
    verdict = pl.when("inside").then(pl.lit("holds it")).otherwise(pl.lit("misses it"))
    return Section(
        question="Does the truth lie in the intervals?",
        finding=(
            f"{integer(inside)} of {integer(count)} known strengths ({percent(inside / count, 0)}) "
            f"lie in their pointwise {level} intervals"
            + (f"; {listed(missed)} {'does' if len(missed) == 1 else 'do'} not." if missed else ".")
            + f" {integer(ranks)} of {integer(count)} rank sets hold the true rank."
        ),
        low=low,
        high=high,
        evidence=(
            f"Such a count fits a true coverage from {percent(low, 0)} to {percent(high, 0)} "
            f"(Clopper-Pearson, {level})."
        ),
        chart=partial(plotting.truth, board, truth),
        tables=(
            Table(rows.with_columns(verdict=verdict), COLUMNS, "Known strengths, centred alike"),
        ),
        caveats=(
            "One simulated history says little about coverage: its models share the same votes, "
            "so their misses come together.",
        ),
    )


def _share_interval(hits: int, count: int, level: float) -> tuple[float, float]:
    """Clopper-Pearson."""
    from scipy.special import betaincinv  # noqa: PLC0415  (slow to import)

    tail = (1 - level) / 2
    low = float(betaincinv(hits, count - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, 1 - tail)) if hits < count else 1.0
    return low, high
