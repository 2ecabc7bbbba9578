"""What the pages of judged benchmarks share: leaders, pairs, ranks."""

from __future__ import annotations

import polars as pl

from theodolite.plotting.text import p_value, rank_range
from theodolite.reporting.sections import Column, Table

__all__ = ["MOST_ON_PAGE", "MOST_ON_TERMINAL", "beside_leader", "pair_table", "ranked"]

MOST_ON_TERMINAL = 12
# Rows that a page can hold; the JSON object has them all.
MOST_ON_PAGE = 5000


def beside_leader(pairs: pl.DataFrame, frame: pl.DataFrame) -> list[str]:
    """Name the models that the first of ``frame`` is not told to be better than, best first."""
    leader = frame["model"][0]
    own = (pl.col("model_a") == leader) | (pl.col("model_b") == leader)
    beaten = pairs.filter(own & (pl.col("better") == leader)).select("model_a", "model_b").rows()
    names = {name for pair in beaten for name in pair}
    return [m for m in frame["model"] if m != leader and m not in names]


def pair_table(pairs: pl.DataFrame, caption: str, *, digits: int, what: str) -> Table:
    """List pairs with their differences, and say which of the two is better."""
    shown = pairs.head(MOST_ON_PAGE)
    p = [None if p is None else p_value(p).removeprefix("= ") for p in shown["p_adjusted"]]
    verdict = (
        pl.when(pl.col("better") == pl.col("model_a"))
        .then(pl.lit("the first"))
        .when(pl.col("better") == pl.col("model_b"))
        .then(pl.lit("the second"))
        .otherwise(pl.lit("open"))
    )
    return Table(
        shown.with_columns(p=pl.Series(p, dtype=pl.String), verdict=verdict),
        (
            Column("model_a", "Model"),
            Column("model_b", "Against"),
            Column("difference", "Difference", "number", digits),
            Column("low", "Low", "number", digits),
            Column("high", "High", "number", digits),
            Column("verdict", "Better"),
            Column("p", "p (Holm)"),
            Column("n", what, "integer"),
        ),
        caption,
        most=MOST_ON_TERMINAL,
    )


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the ranks left open as text."""
    pairs = frame.select("rank_low", "rank_high").iter_rows()
    ranks = pl.Series([rank_range(*pair) for pair in pairs], dtype=pl.String)
    return frame.with_columns(ranks=ranks)
