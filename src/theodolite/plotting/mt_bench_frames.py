"""What the charts of MT-Bench draw, as plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.plotting.text import integer, number, p_value, printable, rank_range

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench import Compared, Graded

__all__ = ["ALL", "drop_rows", "ends_text", "judged_cells", "judged_rows", "match_cells"]

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


def judged_rows(result: Graded | Compared) -> pl.DataFrame:
    """Give the rows of a forest plot, best first, with the texts of the tooltip."""
    rows = result.models.to_dicts()
    texts = {
        "model": [printable(r["model"]) for r in rows],
        "score_text": [number(r["score"], 2) for r in rows],
        "interval_text": [ends_text(r["low"], r["high"]) for r in rows],
        "n_text": [integer(r["n"]) for r in rows],
        "unparseable_text": [integer(r["unparseable"]) for r in rows],
        "ranks": [rank_range(r["rank_low"], r["rank_high"]) for r in rows],
    }
    return result.models.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
    )


def judged_cells(result: Graded | Compared, models: list[str]) -> pl.DataFrame:
    """Give a row a cell of the map, in the order in which they are drawn.

    The first column is that of all questions.
    """
    columns = ["model", "score", "low", "high", "rank_low", "rank_high", "unparseable"]
    whole = result.models.select(pl.lit(ALL).alias("category"), *columns)
    every = pl.concat([whole, result.categories.select("category", *columns)])
    kinds = [ALL, *result.categories["category"].unique(maintain_order=True)]
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


def match_cells(compared: Compared, models: list[str]) -> pl.DataFrame:
    """Give both cells of each pair that met: positions, rate, ends and counts."""
    place = {name: i for i, name in enumerate(models)}
    known = compared.matches.filter(
        pl.col("score").is_not_null()
        & pl.col("model_a").is_in(models)
        & pl.col("model_b").is_in(models)
    )
    half = known.select(
        row=pl.col("model_a").replace_strict(place, return_dtype=pl.Int64),
        column=pl.col("model_b").replace_strict(place, return_dtype=pl.Int64),
        score="score",
        low="low",
        high="high",
        n="n",
        inconsistent="inconsistent",
    )
    other = half.select(
        row="column",
        column="row",
        score=100.0 - pl.col("score"),
        low=100.0 - pl.col("high"),
        high=100.0 - pl.col("low"),
        n="n",
        inconsistent="inconsistent",
    )
    return pl.concat([half, other]).sort("row", "column")
