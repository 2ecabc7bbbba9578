"""Judgments as arrays: a row a model, a column a cell (a question and turn, and an opponent)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, TooFewError, TooLargeError, UsageError, shorten
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Gradings

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "GRADES",
    "PERCENT",
    "Grid",
    "Scale",
    "check_settings",
    "grid_of",
    "lay_out",
    "with_columns",
]

MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class Scale:
    """The ends of a scale of scores.

    Examples
    --------
    >>> GRADES.share(np.array([1.0, 5.5])), GRADES.value(np.array([0.5, 1.0]))
    (array([0. , 0.5]), array([ 5.5, 10. ]))
    """

    low: float
    high: float

    @property
    def span(self) -> float:
        """The distance between the ends."""
        return self.high - self.low

    def share(self, score: Floats) -> Floats:
        """Turn scores into shares of the scale."""
        return (score - self.low) / self.span

    def value(self, share: Floats) -> Floats:
        """Turn shares into scores; rounding may not leave the scale."""
        return np.clip(self.low + self.span * share, self.low, self.high)


GRADES = Scale(1.0, 10.0)
PERCENT = Scale(0.0, 100.0)


@dataclass(frozen=True)
class Grid:
    """The scores of K models on C cells.

    Attributes
    ----------
    models
        Their names, in alphabetical order, (K,).
    scores
        On the scale, (K, C); ``nan`` where there is none.
    unparseable
        Whether there is a judgment that cannot be read, (K, C).
    question, turn, category
        Of each cell, (C,): positions in ``questions`` and ``categories``, and the turn's number.
        ``turn`` is 0, and ``category`` -1, where the judgments have no such column.
    questions, categories
        Their names; categories in the order in which the judgments have them.
    scale
        The scale of the scores.
    """

    models: tuple[str, ...]
    scores: Floats
    unparseable: Flags
    question: Integers
    turn: Integers
    category: Integers
    questions: tuple[str, ...]
    categories: tuple[str, ...]
    scale: Scale

    @property
    def values(self) -> Floats:
        """Scores as shares of the scale, (K, C)."""
        return self.scale.share(self.scores)

    @property
    def judged(self) -> Flags:
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

    def require_questions(self) -> None:
        """Raise where a model has scores on a single question, which leaves no interval."""
        given = ~np.isnan(self.scores)
        few = [len(np.unique(self.question[row])) < 2 for row in given]  # noqa: PLR2004
        if any(few):
            who = shorten(self.models[few.index(True)])
            raise TooFewError(
                f"{who} has readable judgments on fewer than two questions, which leaves no "
                "interval. Judge more, or leave the model out (--where)."
            )


def check_settings(level: float, seed: int) -> None:
    """Raise where the level or the seed is out of range."""
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def grid_of(gradings: Gradings) -> Grid:
    """Lay gradings out.

    Raises
    ------
    InputError
        A score is off the scale, a question has two categories, or an answer was graded by two
        judges.
    TooFewError
        A model has no score at all.
    TooLargeError
        Models times answers are too many.
    """
    frame = with_columns(gradings.frame)
    off = ~frame.get_column("score").is_between(GRADES.low, GRADES.high).fill_null(value=True)
    if off.any():
        allowed = f"not from {GRADES.low:g} to {GRADES.high:g}, or null"
        raise InputError(problems_at(frame, "score", off, allowed), total=int(off.sum()))
    first = frame.select(pl.struct("model", "item_id", "turn").is_first_distinct()).to_series()
    if not first.all():
        problems = problems_at(frame, "item_id", ~first, "graded by several judges: choose one")
        raise InputError(problems, total=int((~first).sum()), hint="Take one with --judge NAME.")
    return lay_out(frame, ["item_id", "turn"], GRADES)


def lay_out(frame: pl.DataFrame, keys: Sequence[str], scale: Scale) -> Grid:
    """Lay out rows of ``model``, ``score`` and what :func:`with_columns` makes.

    Parameters
    ----------
    frame
        One row a model and cell.
    keys
        The columns that name a cell, ``item_id`` and ``turn`` among them.
    scale
        Of the scores.
    """
    cells = frame.select(*keys, "category").unique().sort(keys)
    names = tuple(sorted(frame.get_column("model").cast(pl.String).unique()))
    if len(cells) * len(names) > MOST_CELLS:
        raise TooLargeError(
            f"{len(names):,} models times {len(cells):,} judgments are more than {MOST_CELLS:,}: "
            "choose models or categories (--where)"
        )
    at = frame.join(cells.with_row_index("cell"), on=keys, how="left", maintain_order="left")
    row = frame.get_column("model").cast(pl.String).cast(pl.Enum(names)).to_physical().to_numpy()
    column = at.get_column("cell").to_numpy()
    score = frame.get_column("score")
    scores = np.full((len(names), len(cells)), np.nan)
    scores[row, column] = score.to_numpy()
    unparseable = np.zeros(scores.shape, dtype=bool)
    unparseable[row, column] = score.is_null().to_numpy()
    silent = np.isnan(scores).all(axis=1)
    if silent.any():
        who = shorten(names[int(np.argmax(silent))])
        raise TooFewError(f"no judgment of {who} can be read. Leave it out (--where model!=...).")
    kinds = frame.get_column("category").drop_nulls().unique(maintain_order=True)
    return Grid(
        models=names,
        scores=scores,
        unparseable=unparseable,
        question=cells.get_column("item_id").rank("dense").to_numpy().astype(np.int64) - 1,
        turn=cells.get_column("turn").to_numpy(),
        category=_codes(cells.get_column("category"), kinds),
        questions=tuple(cells.get_column("item_id").unique(maintain_order=True)),
        categories=tuple(kinds),
        scale=scale,
    )


def _codes(category: pl.Series, kinds: pl.Series) -> Integers:
    if kinds.is_empty():
        return np.full(len(category), -1, dtype=np.int64)
    codes = category.cast(pl.Enum(kinds)).to_physical().cast(pl.Int64)
    return codes.to_numpy()


def with_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Give every table of judgments ``item_id``, ``turn`` and ``category`` of the same types.

    Raises
    ------
    InputError
        A question has two categories.
    """
    turn = pl.col("turn") if "turn" in frame.columns else pl.lit(0, dtype=pl.Int64)
    category = pl.col("category") if "category" in frame.columns else pl.lit(None)
    frame = frame.with_columns(
        pl.col("item_id").cast(pl.String),
        turn.alias("turn"),
        category.cast(pl.String).alias("category"),
    )
    kinds = frame.select(pl.col("category").n_unique().over("item_id") > 1).to_series()
    if kinds.any():
        problems = problems_at(frame, "category", kinds, "not the only category of its question")
        raise InputError(problems, total=int(kinds.sum()))
    return frame
