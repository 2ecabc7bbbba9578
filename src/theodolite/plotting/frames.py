"""What the charts draw, as plain frames: no charting library here, so quick to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, shorten
from theodolite.plotting.text import integer, number, printable, rank_range

if TYPE_CHECKING:
    from theodolite.ratings.results import Board

__all__ = ["Intervals", "favourites_first", "intervals", "matrix_cells", "truth_rows"]

PAD = 0.04


@dataclass(frozen=True)
class Intervals:
    """The rows of a forest plot and the range of its axis.

    Attributes
    ----------
    frame
        One row a model, best first: ``model``, ``rating``, ``low``, ``high`` (null where not
        finite), ``start`` and ``end`` of the line to draw, ``open_low`` and ``open_high`` where
        an end is infinite and the line stops at the edge, ``ranks``, ``first`` (whether rank 1 is
        open to it), and the texts of the tooltip.
    domain
        The ends of the axis.
    """

    frame: pl.DataFrame
    domain: tuple[float, float]


def intervals(board: Board) -> Intervals:
    """Lay out a board for a forest plot: infinite ends stop at the edge of the axis."""
    frame = board.to_frame()
    values = ("rating", "low", "high")
    shown = pl.concat([frame.get_column(name) for name in values])
    domain = _padded(shown.filter(shown.is_finite().fill_null(value=False)), board)
    finite = {
        name: pl.when(pl.col(name).is_finite()).then(pl.col(name)).otherwise(None)
        for name in values
    }
    rows = frame.to_dicts()
    frame = frame.with_columns(
        pl.Series("model", [printable(name) for name in frame["model"]]),
        **finite,
        start=finite["low"].fill_null(domain[0]),
        end=finite["high"].fill_null(domain[1]),
        open_low=finite["low"].is_null(),
        open_high=finite["high"].is_null(),
        first=pl.col("rank_low") == 1,
        ranks=pl.Series([rank_range(r["rank_low"], r["rank_high"]) for r in rows]),
        rating_text=pl.Series([number(r["rating"]) for r in rows]),
        interval_text=pl.Series([f"{number(r['low'])} to {number(r['high'])}" for r in rows]),
        votes_text=pl.Series([integer(r["votes"]) for r in rows]),
    )
    return Intervals(frame, domain)


def favourites_first(board: Board, pairs: pl.DataFrame) -> pl.DataFrame:
    """Turn each pair so that ``model_a`` is the better ranked one, and add both positions.

    ``share`` and ``predicted`` become those of the new ``model_a``, and ``z`` its sign.
    ``position_a`` and ``position_b`` count the board's rows from 0.
    """
    order = board.to_frame().select(model=pl.col("model").cast(pl.String)).with_row_index("at")
    place = dict(zip(order["model"], order["at"], strict=True))
    names = pl.col("model_a", "model_b").cast(pl.String)
    frame = pairs.with_columns(names).with_columns(
        position_a=pl.col("model_a").replace_strict(place, return_dtype=pl.Int64),
        position_b=pl.col("model_b").replace_strict(place, return_dtype=pl.Int64),
    )
    swap = pl.col("position_a") > pl.col("position_b")

    def turned(name: str, other: pl.Expr) -> pl.Expr:
        return pl.when(swap).then(other).otherwise(pl.col(name)).alias(name)

    return frame.with_columns(
        turned("model_a", pl.col("model_b")),
        turned("model_b", pl.col("model_a")),
        turned("position_a", pl.col("position_b")),
        turned("position_b", pl.col("position_a")),
        turned("share", 1 - pl.col("share")),
        turned("predicted", 1 - pl.col("predicted")),
        turned("z", -pl.col("z")),
    ).sort("position_a", "position_b")


def matrix_cells(board: Board, pairs: pl.DataFrame) -> pl.DataFrame:
    """Give both cells of each pair: ``row`` and ``column`` positions, votes and shares."""
    half = favourites_first(board, pairs).select(
        row="position_a", column="position_b", votes="votes", share="share", predicted="predicted"
    )
    other = half.select(
        row="column",
        column="row",
        votes="votes",
        share=1 - pl.col("share"),
        predicted=1 - pl.col("predicted"),
    )
    return pl.concat([half, other]).sort("row", "column")


def truth_rows(board: Board, truth: pl.DataFrame) -> pl.DataFrame:
    """Put known strengths beside the board.

    Parameters
    ----------
    board
        The board.
    truth
        ``model`` and ``rating``, in the points of the board's scale but with any centre: they are
        shifted to the board's mean over the models with a finite estimate, as an interval is for
        the centred strength.

    Returns
    -------
    polars.DataFrame
        The board's frame with ``truth``, ``inside`` (the pointwise interval holds it) and
        ``ranks_inside`` (the rank set holds every rank that the truth admits; tied models share
        theirs).
    """
    known = truth.select(model=pl.col("model").cast(pl.String), truth=pl.col("rating"))
    frame = board.to_frame().join(known, on="model", how="left", maintain_order="left")
    bad = frame.filter(~pl.col("truth").is_finite().fill_null(value=False))["model"].to_list()
    if bad or len(frame) != len(board.models):
        what = f"no finite rating for {shorten(bad[0])}" if bad else "a model more than once"
        raise InputError(f"the known strengths hold {what}")
    finite = frame["rating"].is_finite()
    shift = (frame["rating"] - frame["truth"]).filter(finite).mean() if finite.any() else 0.0
    frame = frame.with_columns(truth=pl.col("truth") + shift)
    best = frame["truth"].rank("min", descending=True)
    worst = frame["truth"].rank("max", descending=True)
    return frame.with_columns(
        inside=pl.col("truth").is_between("low", "high"),
        ranks_inside=(pl.col("rank_low") <= best) & (pl.col("rank_high") >= worst),
    )


def _padded(values: pl.Series, board: Board) -> tuple[float, float]:
    """Leave room at both ends, also where nothing or one point is to be shown."""
    found = values.to_numpy() if len(values) else np.array([board.scale.centre])
    low, high = float(found.min()), float(found.max())
    pad = PAD * (high - low) or 1.0
    return low - pad, high + pad
