"""Gradings as arrays: a row a model, a column an answer that was asked for (question and turn)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, TooFewError, TooLargeError, shorten
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Gradings

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["HIGHEST", "LOWEST", "SPAN", "Grid", "grid_of", "scaled"]

LOWEST, HIGHEST = 1.0, 10.0
SPAN = HIGHEST - LOWEST
MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class Grid:
    """The scores of K models on C cells, a cell a question and turn.

    Attributes
    ----------
    models
        Their names, in alphabetical order, (K,).
    scores
        From 1 to 10, (K, C); ``nan`` where there is none.
    unparseable
        Whether there is a judgment without a number, (K, C).
    question, turn, category
        Of each cell, (C,): positions in ``questions`` and ``categories``, and the turn's number.
        ``turn`` is 0, and ``category`` -1, where the gradings have no such column.
    questions, categories
        Their names.
    """

    models: tuple[str, ...]
    scores: Floats
    unparseable: Flags
    question: Integers
    turn: Integers
    category: Integers
    questions: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def values(self) -> Floats:
        """Scores as shares of the scale, (score - 1) / 9, (K, C)."""
        out: Floats = (self.scores - LOWEST) / SPAN
        return out

    @property
    def graded(self) -> Flags:
        """Where a judge said anything, (K, C)."""
        out: Flags = self.unparseable | ~np.isnan(self.scores)
        return out

    def cells(self, at: Flags | Integers) -> Grid:
        """Give the same of some cells."""
        return replace(
            self,
            scores=self.scores[:, at],
            unparseable=self.unparseable[:, at],
            question=self.question[at],
            turn=self.turn[at],
            category=self.category[at],
        )

    def rows(self, at: Integers) -> Grid:
        """Give the same of some models."""
        return replace(
            self,
            models=tuple(self.models[i] for i in at),
            scores=self.scores[at],
            unparseable=self.unparseable[at],
        )


def grid_of(gradings: Gradings) -> Grid:
    """Lay the gradings out.

    Raises
    ------
    InputError
        A question has two categories, or an answer was graded by two judges.
    TooFewError
        A model has no score at all.
    TooLargeError
        Models times answers are too many.
    """
    frame = _with_columns(gradings.frame)
    cells = frame.select("item_id", "turn", "category").unique().sort("item_id", "turn")
    names = gradings.models
    if len(cells) * len(names) > MOST_CELLS:
        raise TooLargeError(
            f"{len(names):,} models times {len(cells):,} answers are more than {MOST_CELLS:,}: "
            "choose models or categories (--where)"
        )
    at = frame.join(
        cells.with_row_index("cell"), on=["item_id", "turn"], how="left", maintain_order="left"
    )
    row = frame.get_column("model").cast(pl.Enum(names)).to_physical().to_numpy()
    column = at.get_column("cell").to_numpy()
    score = frame.get_column("score")
    scores = np.full((len(names), len(cells)), np.nan)
    scores[row, column] = score.to_numpy()
    unparseable = np.zeros(scores.shape, dtype=bool)
    unparseable[row, column] = score.is_null().to_numpy()
    silent = np.isnan(scores).all(axis=1)
    if silent.any():
        who = names[int(np.argmax(silent))]
        raise TooFewError(
            f"no judgment of {shorten(who)} holds a number. Leave it out (--where model!=...)."
        )
    question = cells.get_column("item_id").rank("dense").to_numpy().astype(np.int64) - 1
    category = cells.get_column("category")
    kinds = frame.get_column("category").drop_nulls().unique(maintain_order=True)
    return Grid(
        models=names,
        scores=scores,
        unparseable=unparseable,
        question=question,
        turn=cells.get_column("turn").to_numpy(),
        category=_codes(category, kinds),
        questions=tuple(cells.get_column("item_id").unique(maintain_order=True)),
        categories=tuple(kinds),
    )


def _codes(category: pl.Series, kinds: pl.Series) -> Integers:
    if kinds.is_empty():
        return np.full(len(category), -1, dtype=np.int64)
    codes = category.cast(pl.Enum(kinds)).to_physical().cast(pl.Int64)
    return codes.to_numpy()


def _with_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill in what gradings need not have, and refuse what one grid cannot hold."""
    turn = pl.col("turn") if "turn" in frame.columns else pl.lit(0, dtype=pl.Int64)
    category = pl.col("category") if "category" in frame.columns else pl.lit(None)
    frame = frame.with_columns(
        pl.col("item_id").cast(pl.String),
        turn.alias("turn"),
        category.cast(pl.String).alias("category"),
    )
    off = ~frame.get_column("score").is_between(LOWEST, HIGHEST).fill_null(value=True)
    if off.any():
        allowed = f"not from {LOWEST:g} to {HIGHEST:g}, or null"
        raise InputError(problems_at(frame, "score", off, allowed), total=int(off.sum()))
    first = frame.select(pl.struct("model", "item_id", "turn").is_first_distinct()).to_series()
    if not first.all():
        problems = problems_at(frame, "item_id", ~first, "graded by several judges: choose one")
        raise InputError(problems, total=int((~first).sum()), hint="Take one with --judge NAME.")
    kinds = frame.select(pl.col("category").n_unique().over("item_id") > 1).to_series()
    if kinds.any():
        problems = problems_at(frame, "category", kinds, "not the only category of its question")
        raise InputError(problems, total=int(kinds.sum()))
    return frame


def scaled(share: Floats) -> Floats:
    """Turn shares of the scale into scores; rounding may not leave it.

    Examples
    --------
    >>> scaled(np.array([0.0, 0.5, 1.0]))
    array([ 1. ,  5.5, 10. ])
    """
    return np.clip(LOWEST + SPAN * share, LOWEST, HIGHEST)
