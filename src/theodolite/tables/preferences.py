"""Preferences: how much a judge prefers a model's answer to a fixed baseline's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, refuse_repeats
from theodolite.tables.judging import judges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "Preferences"]

COLUMNS = (
    Column("model", required=True),
    Column("baseline", required=True),
    Column("item_id", required=True),
    Column("preference", Kind.REAL, required=True, low=1, high=2),
    Column("judge", complete=True),
    Column("position", Kind.INTEGER, complete=True, low=0),
    Column("category", complete=True),
    Column("len_output", Kind.REAL, complete=True, low=0),
    Column("len_baseline", Kind.REAL, complete=True, low=0),
)

ONCE = "Keep one judgment of each answer in the files."
SCALE = (
    "A preference is 1 where the baseline's answer is better, 2 where the model's is, 1.5 for a "
    "draw, or between; shares from 0 to 1 need 1 added, and a judgment without one is left out."
)


@dataclass(frozen=True)
class Preferences:
    """Judged answers of models against a baseline's, validated: no number outside 1..2, no twice.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_preferences`.

    Attributes
    ----------
    frame
        One row a model and instruction: ``model`` (an Enum, in alphabetical order), ``baseline``,
        ``item_id`` (the instruction) and ``preference`` (1: the baseline's answer is better; 2:
        the model's; between them the judge's probability; 1.5 a draw). Optional: ``judge``;
        ``position`` (the row in the model's own file, from 0, by which the reference recipe
        joins); ``category``; ``len_output``, ``len_baseline`` (characters). Other columns stay as
        they came.
    removed
        What filters took away on the way here, judgments without a verdict among them.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": ["x", "x"], "baseline": "b", "item_id": ["1", "2"],
    ...                       "preference": [1.9, 1.2]})
    >>> preferences = Preferences.from_frame(frame)
    >>> len(preferences), preferences.models, preferences.judges
    (2, ('x',), ())
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were judged, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("model").cast(pl.String).unique()))

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges, in alphabetical order; none where the file does not say."""
        return judges_of(self.frame) if "judge" in self.frame.columns else ()

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "preferences",
        removed: Sequence[Removal] = (),
        notes: Sequence[str] = (),
    ) -> Preferences:
        """Validate a frame with the columns that the class describes.

        Raises
        ------
        MissingColumnError
            ``model``, ``baseline``, ``item_id`` or ``preference`` is absent.
        FormatError
            There is no preference.
        InputError
            A cell is empty, of the wrong type or out of range, or one judge judged a model's
            answer to an instruction twice against one baseline.
        """
        try:
            frame = conform(frame, COLUMNS, source=source)
        except InputError as error:
            if any(problem.column == "preference" for problem in error.problems):
                raise InputError(error.problems, total=error.total, hint=SCALE) from None
            raise
        if frame.is_empty():
            raise FormatError(f"{source}: no preferences in it")
        once = [c for c in ("model", "baseline", "judge") if c in frame.columns]
        refuse_repeats(frame, once, "model, baseline and judge", hint=ONCE)
        names = sorted(frame.get_column("model").cast(pl.String).unique())
        frame = frame.with_columns(pl.col("model").cast(pl.Enum(names)))
        return cls(frame, tuple(removed), tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Preferences:
        """Keep the rows where ``mask`` is true; the count of the others joins ``removed``."""
        rows = kept(self.frame, mask, self.removed, what="preference", reason=reason)
        return Preferences(*rows, notes=self.notes)
