"""What the charts of MT-Bench draw, as plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.plotting.text import integer, number, p_value, printable, rank_range

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench import Graded

__all__ = ["ALL", "drop_rows", "ends_text", "graded_cells", "graded_rows"]

ALL = "(all)"


def ends_text(low: float | None, high: float | None, digits: int = 2) -> str:
    """Write both ends of an interval.

    Examples
    --------
    >>> ends_text(7.251, 8.0), ends_text(None, None)
    ('7.25 to 8.00', 'not known')
    """
    if low is None or high is None:
        return "not known"
    return f"{number(low, digits)} to {number(high, digits)}"


def graded_rows(graded: Graded) -> pl.DataFrame:
    """Give the rows of a forest plot, best first, with the texts of the tooltip."""
    rows = graded.models.to_dicts()
    texts = {
        "model": [printable(r["model"]) for r in rows],
        "interval_text": [ends_text(r["low"], r["high"]) for r in rows],
        "published_text": [number(r["published"], 2) for r in rows],
        "answers_text": [integer(r["n"]) for r in rows],
        "unparseable_text": [integer(r["unparseable"]) for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
    }
    return graded.models.with_columns(
        pl.col("score").round(3),
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
    )


def graded_cells(graded: Graded, models: list[str]) -> pl.DataFrame:
    """Give a row a cell of the map, in the order in which they are drawn.

    The first column is that of all questions.
    """
    columns = ["model", "score", "low", "high", "rank_low", "rank_high", "unparseable"]
    whole = graded.models.select(pl.lit(ALL).alias("category"), *columns)
    every = pl.concat([whole, graded.categories.select("category", *columns)])
    kinds = [ALL, *graded.categories["category"].unique(maintain_order=True)]
    frame = every.filter(pl.col("model").is_in(models)).sort(
        pl.col("model").cast(pl.Enum(models)), pl.col("category").cast(pl.Enum(kinds))
    )
    rows = frame.to_dicts()
    texts = {
        "model": [printable(r["model"]) for r in rows],
        "category": [printable(r["category"]) for r in rows],
        "interval_text": [ends_text(r["low"], r["high"]) for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
    }
    return frame.select(
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
        "score",
        "unparseable",
        open=(pl.col("rank_low") == 1).cast(pl.Int8),
    )


def drop_rows(graded: Graded) -> pl.DataFrame:
    """Give a row a model, the largest drop first."""
    rows = graded.drops.to_dicts()
    return graded.drops.with_columns(
        pl.Series("model", [printable(r["model"]) for r in rows], dtype=pl.String),
        pl.Series("interval_text", [ends_text(r["low"], r["high"]) for r in rows]),
        pl.Series("p", [p_value(r["p_adjusted"]) for r in rows], dtype=pl.String),
        differs=pl.col("p_adjusted") < 1.0 - graded.level,
    )
