"""What every board shows of its pairs and ranks, in the same words."""

from __future__ import annotations

import polars as pl

from theodolite.plotting.text import integer, p_value, rank_range
from theodolite.reporting.sections import Column, Table

__all__ = ["MOST_PAIRS", "pair_table", "ranked"]

# On a page; a terminal shows fewer.
MOST_PAIRS = 5000


def pair_table(
    pairs: pl.DataFrame, caption: str, *, what: str | None, digits: int = 1, most: int
) -> Table:
    """List pairs with their differences, and say which of the two is better.

    Parameters
    ----------
    pairs
        ``model_a``, ``model_b``, ``difference``, ``low``, ``high``, ``better``, ``p_adjusted``
        and, where ``what`` names it, ``n``.
    caption
        What the table is; that it is cut is added where it is.
    what, digits, most
        What n counts; digits of a difference; rows on a terminal.
    """
    shown = pairs.head(MOST_PAIRS)
    cut = f", the first {integer(MOST_PAIRS)}" if len(pairs) > MOST_PAIRS else ""
    p = [None if p is None else p_value(p).removeprefix("= ") for p in shown["p_adjusted"]]
    # Not the better model's name: names would not fit twice.
    verdict = (
        pl.when(pl.col("better") == pl.col("model_a"))
        .then(pl.lit("the first"))
        .when(pl.col("better") == pl.col("model_b"))
        .then(pl.lit("the second"))
        .otherwise(pl.lit("open"))
    )
    columns = (
        Column("model_a", "Model"),
        Column("model_b", "Against"),
        Column("difference", "Difference", "number", digits),
        Column("low", "Low", "number", digits),
        Column("high", "High", "number", digits),
        Column("verdict", "Better"),
        Column("p", "p (Holm)"),
        *(() if what is None else (Column("n", what, "integer"),)),
    )
    frame = shown.with_columns(p=pl.Series(p, dtype=pl.String), verdict=verdict)
    return Table(frame, columns, f"{caption}{cut}", most=most)


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the ranks left open as text, as ``ranks``."""
    pairs = frame.select("rank_low", "rank_high").iter_rows()
    ranks = pl.Series([rank_range(*pair) for pair in pairs], dtype=pl.String)
    return frame.with_columns(ranks=ranks)
