"""What the charts of a benchmark board draw, as plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.claims import MACRO, MICRO
from theodolite.plotting.text import integer, number, p_value, percent, printable, rank_range

if TYPE_CHECKING:
    from theodolite.claims import Board

__all__ = ["as_shares", "difference_cells", "standing_rows", "titled", "written"]


def as_shares(board: Board) -> bool:
    """Whether all scores lie in [0, 1], so that they are written in percent."""
    score = board.models["score"]
    return bool(score.is_between(0.0, 1.0).all())


def titled(board: Board, benchmark: str) -> str:
    """Write what a row is about: an average in words, a benchmark by its name."""
    if benchmark == MACRO:
        return f"mean of {integer(len(board.benchmarks) - 2)} {board.by}s"
    return "mean over all items" if benchmark == MICRO else printable(benchmark)


def written(value: float | None, *, share: bool) -> str:
    """Write a score, or a difference of scores.

    Examples
    --------
    >>> written(0.8437, share=True), written(7.25, share=False)
    ('84.4%', '7.250')
    """
    return percent(value) if share else number(value, 3)


def standing_rows(board: Board, benchmark: str) -> pl.DataFrame:
    """Give the rows of a forest plot, best first, with the texts of the tooltip."""
    frame, share = board.of(benchmark), as_shares(board)
    rows = frame.to_dicts()
    texts = {
        "score_text": [written(r["score"], share=share) for r in rows],
        "interval_text": [
            f"{written(r['low'], share=share)} to {written(r['high'], share=share)}" for r in rows
        ],
        "items_text": [integer(r["n"]) for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
        "model": [printable(r["model"]) for r in rows],
    }
    return frame.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
        first=pl.col("rank_low") == 1,
    )


def difference_cells(board: Board, benchmark: str, models: list[str]) -> pl.DataFrame:
    """Give both cells of each pair that is told apart: positions, difference, ends and p-value.

    Parameters
    ----------
    board, benchmark
        What to draw.
    models
        The models drawn, in order.
    """
    place = {name: i for i, name in enumerate(models)}
    pairs = board.pairs.filter(
        (pl.col("benchmark") == benchmark)
        & pl.col("better").is_not_null()
        & pl.col("model_a").is_in(models)
        & pl.col("model_b").is_in(models)
    )
    half = pairs.select(
        row=pl.col("model_a").replace_strict(place, return_dtype=pl.Int64),
        column=pl.col("model_b").replace_strict(place, return_dtype=pl.Int64),
        difference="difference",
        low="low",
        high="high",
        p=pl.Series([p_value(p) for p in pairs["p_adjusted"]], dtype=pl.String),
        n="n",
    )
    other = half.select(
        row="column",
        column="row",
        difference=-pl.col("difference"),
        low=-pl.col("high"),
        high=-pl.col("low"),
        p="p",
        n="n",
    )
    return pl.concat([half, other]).sort("row", "column")
