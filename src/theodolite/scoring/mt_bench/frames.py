"""Standings as tables: models, pairs, turns, categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.mt_bench.standing import standing_of

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.scoring.mt_bench.standing import Inference, Standing

__all__ = ["categories_of", "models_of", "pairs_of", "turns_of"]


def models_of(grid: Grid, standing: Standing) -> pl.DataFrame:
    """Give one row a model, best first: score, ends, ranks and counts."""
    at, scale = standing.rows, grid.scale
    score = np.nanmean(grid.scores[at], axis=1)
    frame = pl.DataFrame(
        {
            "model": pl.Series([grid.models[i] for i in at], dtype=pl.String),
            "score": score,
            # At an end of the scale rounding would part them.
            "low": np.minimum(scale.value(standing.low), score),
            "high": np.maximum(scale.value(standing.high), score),
            "rank": standing.places.rank,
            "rank_low": standing.places.low,
            "rank_high": standing.places.high,
            "n": standing.means.items,
            "unparseable": grid.unparseable[at].sum(axis=1),
            "questions": standing.means.clusters,
        }
    )
    return frame.with_columns(pl.col("low", "high").fill_nan(None))


def pairs_of(grid: Grid, standing: Standing) -> pl.DataFrame:
    """Give one row a pair, the higher score first."""
    upper = np.triu_indices(len(standing.rows), 1)
    own = pl.Series([grid.models[i] for i in standing.rows], dtype=pl.String)
    span = grid.scale.span
    frame = pl.DataFrame(
        {
            "model_a": own.gather(upper[0]),
            "model_b": own.gather(upper[1]),
            "difference": span * standing.gaps.difference[upper],
            "margin": span * standing.margins[upper],
            "p_adjusted": standing.p_values[upper],
            "n": standing.gaps.items[upper],
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


def categories_of(grid: Grid, inference: Inference) -> pl.DataFrame:
    """Give the models of each category that have a score in it, best first."""
    frames = []
    for kind in np.unique(grid.category[grid.category >= 0]):
        part = grid.cells(grid.category == kind)
        if np.isnan(part.scores).all():
            continue
        name = pl.lit(grid.categories[kind]).alias("category")
        frames.append(models_of(part, standing_of(part, inference)).select(name, pl.all()))
    return pl.concat(frames) if frames else pl.DataFrame()


def turns_of(grid: Grid, inference: Inference) -> pl.DataFrame:
    """Give the models of each turn that have a score in it, best first."""
    frames = []
    for turn in np.unique(grid.turn[grid.turn > 0]):
        part = grid.cells(grid.turn == turn)
        if np.isnan(part.scores).all():
            continue
        number = pl.lit(int(turn), dtype=pl.Int64).alias("turn")
        found = models_of(part, standing_of(part, inference, whole=True))
        frames.append(found.select(number, pl.all()))
    return pl.concat(frames) if frames else pl.DataFrame()
