"""What the chart of models draws, as plain frames: sizes, tokens, and where each name fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.plotting.labels import Box, place_labels
from theodolite.plotting.text import amount, integer, number, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.plotting.labels import Label

    Array = NDArray[np.float64]

__all__ = ["HEIGHT", "PER_PARAMETER", "names_of", "spot", "trained_rows"]

# Tokens a parameter that Hoffmann et al. (2022, arXiv 2203.15556) found best for a given compute.
PER_PARAMETER = 20.0
# Below so many tokens a parameter a decimal tells models apart.
FEW = 9.95
# The chart fills its page; names are placed as on one of this size, in pixels.
WIDTH, HEIGHT = 640, 440
MARGIN = 1.6
# More names than this have no room, and to look for it takes time with the square of their number.
MOST_NAMED = 200


def trained_rows(models: pl.DataFrame) -> pl.DataFrame:
    """Give the base models whose parameters and tokens are known, with texts.

    Parameters
    ----------
    models
        The ``frame`` of a table of models.

    Returns
    -------
    polars.DataFrame
        ``model``, ``at`` (the parameters that work on a token), ``all_params``, ``tokens``,
        ``ratio`` (tokens a parameter), ``more`` (whether above 20), and texts for the tooltip.
    """
    size = pl.coalesce("active_params", "params")
    rows = (
        models.filter((pl.col("kind") == "base") & pl.col("tokens").is_not_null())
        .with_columns(at=size, all_params=pl.coalesce("params", "active_params"))
        .filter(pl.col("at").is_not_null())
        .with_columns(ratio=pl.col("tokens") / pl.col("at"))
        .sort("ratio", "model", descending=[True, False])
    )
    names = [printable(name) for name in rows["model"]]
    return rows.select(
        pl.Series("model", names, dtype=pl.String),
        *("at", "all_params", "tokens", "ratio"),
        more=pl.col("ratio") > PER_PARAMETER,
        params_text=pl.Series([_size(row) for row in rows.to_dicts()], dtype=pl.String),
        tokens_text=pl.Series([amount(value) for value in rows["tokens"]], dtype=pl.String),
        ratio_text=pl.Series([_ratio(value) for value in rows["ratio"]], dtype=pl.String),
    )


def _size(row: dict[str, float]) -> str:
    if row["at"] == row["all_params"]:
        return amount(row["at"])
    return f"{amount(row['at'])} active of {amount(row['all_params'])}"


def _ratio(value: float) -> str:
    return integer(value) if value >= FEW else number(value)


def spot(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of a logarithmic axis around some values."""
    return min(values) / MARGIN, max(values) * MARGIN


def names_of(rows: pl.DataFrame) -> list[Label]:
    """Choose the names that have room, each where it covers no point and no other name."""
    if rows.is_empty():
        return []
    across, up = spot([*rows["at"], *rows["all_params"]]), spot(rows["tokens"].to_list())
    x, far = (_pixels(rows[name].to_numpy(), across, WIDTH) for name in ("at", "all_params"))
    y = _pixels(rows["tokens"].to_numpy(), up, HEIGHT)
    # The lines of experts.
    lines = [Box(a, c - 1, b, c + 1) for a, b, c in zip(x, far, y, strict=True) if a < b]
    places = np.stack([x, y], axis=1)
    return place_labels(
        places, rows["model"].to_list(), (WIDTH, HEIGHT), taken=lines, most=MOST_NAMED
    )


def _pixels(values: Array, ends: tuple[float, float], length: float) -> Array:
    span = math.log(ends[1] / ends[0])
    pixels: Array = length * np.log(values / ends[0]) / span
    return pixels
