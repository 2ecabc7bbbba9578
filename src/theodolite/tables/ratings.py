"""Ratings: what a leaderboard published, one row a model and board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, FormatError, InputError
from theodolite.tables.checks import (
    FILE,
    ROW,
    Column,
    Kind,
    Removal,
    already_there,
    conform,
    kept,
    problems_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "Ratings"]

COLUMNS = (
    Column("model", required=True),
    *(Column(name, Kind.REAL, required=True) for name in ("rating", "low", "high")),
)


@dataclass(frozen=True)
class Ratings:
    """Published ratings, validated: no empty name, finite numbers, low <= rating <= high.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_ratings`.

    Attributes
    ----------
    frame
        ``model`` and, in the points of its board, ``rating`` with the ends ``low`` and ``high`` of
        its interval. Other columns stay as they came; where they tell several boards apart
        (a field, a category), :func:`~theodolite.tables.select` chooses one.
    removed
        What filters took away on the way here.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": ["x"], "rating": [1010], "low": [990], "high": [1030]})
    >>> Ratings.from_frame(frame).one_board().models
    ('x',)
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that have a rating, in alphabetical order."""
        return tuple(self.frame.get_column("model").unique().sort())

    @classmethod
    def from_frame(
        cls, frame: pl.DataFrame, *, source: str = "ratings", removed: Sequence[Removal] = ()
    ) -> Ratings:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            Text or integer names; numbers, or text that reads as one.
        source
            What to call the frame in an error: the file's path, say.
        removed
            What was removed before.

        Raises
        ------
        MissingColumnError
            ``model``, ``rating``, ``low`` or ``high`` is absent.
        FormatError
            There is no rating.
        InputError
            A cell is empty, a name is not usable, a number is not finite, or a rating is outside
            its own interval.
        """
        frame = conform(frame, COLUMNS, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no ratings in it")
        _check_ends(frame)
        return cls(frame.with_columns(pl.col("model").cast(pl.String)), tuple(removed))

    def keep(self, mask: pl.Series, reason: str) -> Ratings:
        """Keep the ratings where ``mask`` is true; the count of the others joins ``removed``."""
        return Ratings(*kept(self.frame, mask, self.removed, what="rating", reason=reason))

    def one_board(self) -> Ratings:
        """Return these ratings, or raise where a model has more than one of them.

        Raises
        ------
        InputError
            A model stands twice; the message names the columns in which its rows differ.
        """
        first = self.frame.get_column("model").is_first_distinct()
        if first.all():
            return self
        others = pl.exclude(FILE, ROW, "model", *(column.name for column in COLUMNS))
        values = self.frame.group_by("model").agg(others.n_unique()).drop("model")
        apart = [series.name for series in values if (series > 1).any()]
        hint = f"Choose one board, by {' or '.join(apart)}." if apart else None
        raise already_there(self.frame, "model", first, hint=hint)


def _check_ends(frame: pl.DataFrame) -> None:
    rating = frame.get_column("rating")
    wrong = (
        ("low", frame.get_column("low") > rating, "above the rating"),
        ("high", frame.get_column("high") < rating, "below the rating"),
    )
    total = sum(int(bad.sum()) for _, bad, _ in wrong)
    if total:
        found = [p for name, bad, how in wrong for p in problems_at(frame, name, bad, how)]
        raise InputError(found[:MOST_SHOWN], total=total)
