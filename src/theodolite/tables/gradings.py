"""Gradings: the number that a judge gave to one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, refuse_repeats
from theodolite.tables.judging import judges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "Gradings"]

COLUMNS = (
    Column("model", required=True),
    Column("judge", required=True),
    Column("item_id", required=True),
    Column("score", Kind.REAL),
    Column("turn", Kind.INTEGER, complete=True, low=1),
    Column("category", complete=True),
)


@dataclass(frozen=True)
class Gradings:
    """Graded answers, validated: no empty name, no answer graded twice by one judge.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_gradings`.

    Attributes
    ----------
    frame
        One row an answer and judge: ``model`` (an Enum, in alphabetical order), ``judge``,
        ``item_id`` and ``score``, null where no number could be read from the judgment. Optional:
        ``turn`` (of the conversation, from 1) and ``category``. Other columns stay as they came.
    removed
        What filters took away on the way here.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": ["x", "x"], "judge": "j", "item_id": "81", "turn": [1, 2],
    ...                       "score": [9, None]})
    >>> gradings = Gradings.from_frame(frame)
    >>> len(gradings), gradings.unparseable
    (2, 1)
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were graded, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("model").cast(pl.String).unique()))

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges, in alphabetical order."""
        return judges_of(self.frame)

    @property
    def unparseable(self) -> int:
        """How many judgments hold no number."""
        return self.frame.get_column("score").null_count()

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "gradings",
        removed: Sequence[Removal] = (),
        notes: Sequence[str] = (),
    ) -> Gradings:
        """Validate a frame with the columns that the class describes.

        Raises
        ------
        MissingColumnError
            ``model``, ``judge``, ``item_id`` or ``score`` is absent.
        FormatError
            There is no grading.
        InputError
            A name is empty, a number is not finite, or a judge graded an answer twice.
        """
        score = Column("score", Kind.REAL, required="score" not in frame.columns)
        columns = [score if column.name == "score" else column for column in COLUMNS]
        frame = conform(frame, columns, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no gradings in it")
        once = [c for c in ("model", "judge", "turn") if c in frame.columns]
        refuse_repeats(frame, once, ", ".join(once))
        names = sorted(frame.get_column("model").cast(pl.String).unique())
        frame = frame.with_columns(pl.col("model").cast(pl.Enum(names)))
        return cls(frame, tuple(removed), tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Gradings:
        """Keep the rows where ``mask`` is true; the count of the others joins ``removed``."""
        rows = kept(self.frame, mask, self.removed, what="grading", reason=reason)
        return Gradings(*rows, notes=self.notes)
