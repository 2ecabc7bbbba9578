"""What the second turn of a conversation costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.scoring.mt_bench.standing import Inference

    Floats = NDArray[np.float64]

__all__ = ["drops_of"]


def drops_of(grid: Grid, inference: Inference) -> pl.DataFrame:
    """Compare the second turn to the first, over the questions where both have a number.

    The variance is that of a mean of n differences, and that which two further questions add on
    which the turns lie R apart, once either way; the quantile is Student's on n - 1.
    """
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    if not {1, 2} <= set(grid.turn.tolist()):
        return pl.DataFrame()
    first, second = (_of_turn(grid, turn) for turn in (1, 2))
    gap = second - first
    n = (~np.isnan(gap)).sum(axis=1)
    rows = np.flatnonzero(n > 1)
    gap, n = gap[rows], n[rows]
    change = np.nanmean(gap, axis=1) if len(rows) else np.zeros(0)
    squares = np.nansum((gap - change[:, None]) ** 2, axis=1) / (n - 1)
    error = np.sqrt(squares / n + 2.0 * (inference.reach / (n + 2.0)) ** 2)
    half = stdtrit(n - 1.0, 0.5 + inference.level / 2.0) * error
    frame = pl.DataFrame(
        {
            "model": pl.Series([grid.models[i] for i in rows], dtype=pl.String),
            "change": grid.scale.span * change,
            "low": grid.scale.span * (change - half),
            "high": grid.scale.span * (change + half),
            "p_adjusted": holm(2.0 * stdtr(n - 1.0, -np.abs(change) / error)),
            "n": n,
        }
    )
    return frame.sort("change", "model")


def _of_turn(grid: Grid, turn: int) -> Floats:
    """Lay one turn's scores out by question, (K, Q)."""
    out = np.full((len(grid.models), len(grid.questions)), np.nan)
    at = grid.turn == turn
    out[:, grid.question[at]] = grid.values[:, at]
    return out
