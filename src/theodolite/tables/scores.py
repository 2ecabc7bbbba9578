"""Scores: how each model did on each item of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "Scores"]

COLUMNS = (
    Column("model", required=True),
    Column("benchmark", required=True),
    Column("item_id", required=True),
    Column("score", Kind.REAL, required=True),
    Column("subject", complete=True),
    Column("cluster", complete=True),
    Column("epoch", Kind.INTEGER, complete=True, low=1),
    Column("choice", Kind.INTEGER, low=0),
)


@dataclass(frozen=True)
class Scores:
    """Item scores, validated: no empty name, finite numbers, no sample twice.

    Build one with :meth:`from_frame`.

    Attributes
    ----------
    frame
        One row a sample: ``model`` (an Enum, in alphabetical order), ``benchmark``, ``item_id``
        and ``score`` (a finite number; 0 or 1 where an answer is right or wrong). Optional:
        ``subject``; ``cluster`` (items that share it depend on each other: one passage, say);
        ``epoch`` (from 1, where an item was asked several times); ``choice`` (the position, from
        0, of the choice that the model took; null where none could be read). Other columns stay
        as they came.
    removed
        What filters took away on the way here.
    notes
        What a reader of these scores must know, each a sentence: that a filter of a log seems to
        have read no answer at all, say.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": ["x", "y"], "benchmark": "quiz", "item_id": "1",
    ...                       "score": [1, 0]})
    >>> scores = Scores.from_frame(frame)
    >>> len(scores), scores.models
    (2, ('x', 'y'))
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that have at least one score, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("model").cast(pl.String).unique()))

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks that have at least one score, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("benchmark").cast(pl.String).unique()))

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "scores",
        removed: Sequence[Removal] = (),
        notes: Sequence[str] = (),
    ) -> Scores:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            Text or integer names; numbers, or text that reads as one.
        source
            What to call the frame in an error: the file's path, say.
        removed
            What was removed before.
        notes
            What a reader of the scores must know.

        Raises
        ------
        MissingColumnError
            ``model``, ``benchmark``, ``item_id`` or ``score`` is absent.
        FormatError
            There is no score.
        InputError
            A cell is empty, of the wrong type or not finite, or one model has two scores on the
            same item and epoch.
        """
        frame = conform(frame, COLUMNS, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no scores in it")
        _refuse_repeats(frame)
        names = sorted(frame.get_column("model").cast(pl.String).unique())
        frame = frame.with_columns(pl.col("model").cast(pl.Enum(names)))
        return cls(frame, tuple(removed), tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Scores:
        """Keep the scores where ``mask`` is true; the count of the others joins ``removed``."""
        kept_rows = kept(self.frame, mask, self.removed, what="score", reason=reason)
        return Scores(*kept_rows, notes=self.notes)


def _refuse_repeats(frame: pl.DataFrame) -> None:
    sample = [name for name in ("model", "benchmark", "item_id", "epoch") if name in frame.columns]
    # As many different hashes as rows proves that no sample stands twice, with little memory.
    if frame.select(sample).hash_rows().n_unique() == frame.height:
        return
    first = frame.select(pl.struct(sample).is_first_distinct()).to_series()
    if first.all():
        return
    what = "there already for this model" + (" and epoch" if "epoch" in sample else "")
    hint = None if "epoch" in sample else "Repeated answers to one item need the column epoch."
    problems = problems_at(frame, "item_id", ~first, what)
    raise InputError(problems, total=int((~first).sum()), hint=hint)
