"""Passes: the score of a model's first answer to each question, and of its revised one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, problems_at
from theodolite.tables.emotions import checked_published

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Passes"]

COLUMNS = (
    Column("model", required=True),
    Column("iteration", Kind.INTEGER, required=True, low=1),
    Column("item_id", required=True),
    Column("first_pass", Kind.REAL, high=10),
    Column("revised", Kind.REAL, high=10),
)


@dataclass(frozen=True)
class Passes:
    """Scores of EQ-Bench's questions, validated: no question twice in one run, none above 10.

    Build one with :meth:`from_frame`, :func:`theodolite.loading.load_eq_bench` or
    :func:`theodolite.scoring.eq_bench.score_items`.

    Attributes
    ----------
    frame
        One row a model, run and question: ``model`` (an Enum, in alphabetical order),
        ``iteration`` (from 1), ``item_id``, ``first_pass`` and ``revised`` (at most 10, null
        where the answer could not be read).
    version
        Of the rule that made the scores.
    published
        ``model``, ``published`` and ``version``; may be empty.
    removed
        What filters took away on the way here.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": "x", "iteration": 1, "item_id": ["1", "2"],
    ...                       "first_pass": [7.5, None], "revised": [8.0, 6.0]})
    >>> passes = Passes.from_frame(frame)
    >>> len(passes), passes.models, passes.version
    (2, ('x',), 'v2')
    """

    frame: pl.DataFrame
    version: str
    published: pl.DataFrame
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were asked, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("model").cast(pl.String).unique()))

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        version: str = "v2",
        published: pl.DataFrame | None = None,
        source: str = "passes",
        removed: Sequence[Removal] = (),
        notes: Sequence[str] = (),
    ) -> Passes:
        """Validate a frame with the columns that the class describes.

        Raises
        ------
        MissingColumnError
            A column is absent.
        FormatError
            There is no question.
        InputError
            A name is empty, a score is not a number of at most 10, or a question stands twice in
            one run.
        """
        here = set(frame.columns)
        needed = [
            Column(c.name, c.kind, required=c.name not in here, high=c.high)
            if c.name in ("first_pass", "revised")
            else c
            for c in COLUMNS
        ]
        frame = conform(frame, needed, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no questions in it")
        once = ["model", "iteration", "item_id"]
        first = frame.select(pl.struct(once).is_first_distinct()).to_series()
        if not first.all():
            problems = problems_at(
                frame, "item_id", ~first, "there already for this model and iteration"
            )
            raise InputError(problems, total=int((~first).sum()))
        names = sorted(frame.get_column("model").cast(pl.String).unique())
        frame = frame.with_columns(pl.col("model").cast(pl.Enum(names)))
        return cls(frame, version, checked_published(published), tuple(removed), tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Passes:
        """Keep the rows where ``mask`` is true; the count of the others joins ``removed``."""
        rows, removed = kept(self.frame, mask, self.removed, what="question", reason=reason)
        return Passes(rows, self.version, self.published, removed, self.notes)
