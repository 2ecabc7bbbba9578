"""Needles: whether a model found a sentence hidden in a long text, by length and depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RUBRIC", "Needles"]

# What the judge of the original test may give.
RUBRIC = (1.0, 3.0, 5.0, 7.0, 10.0)

COLUMNS = (
    Column("model", required=True),
    Column("version", complete=True),
    Column("context_length", Kind.REAL, required=True, positive=True),
    Column("depth_percent", Kind.REAL, required=True, low=0, high=100),
    Column("trial", Kind.INTEGER, complete=True, low=1),
    Column("score", Kind.REAL),
)
CELL = ("model", "version", "context_length", "depth_percent", "trial")


@dataclass(frozen=True)
class Needles:
    """Cells of needle-in-a-haystack tests, validated: no cell twice, no score off the scale.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_needle`.

    Attributes
    ----------
    frame
        One row a trial: ``model`` and ``version`` (of the test; ``1`` where none is told),
        ``context_length`` (tokens), ``depth_percent`` (0 at the start of the text, 100 at its
        end), ``trial`` (from 1) and ``score``, null where none could be read.
    low, high
        The ends of the scale; ``high`` are full marks: the needle was found.
    removed
        What filters took away on the way here.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": "x", "context_length": [1000, 2000], "depth_percent": 50,
    ...                       "score": [10, 1]})
    >>> needles = Needles.from_frame(frame)
    >>> len(needles), needles.frame["version"].to_list(), needles.high
    (2, ['1', '1'], 10.0)
    """

    frame: pl.DataFrame
    low: float
    high: float
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were tried, in alphabetical order."""
        return tuple(sorted(self.frame.get_column("model").cast(pl.String).unique()))

    @property
    def unparseable(self) -> int:
        """How many trials have no score."""
        return self.frame.get_column("score").null_count()

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        scale: tuple[float, float] | None = None,
        trials: bool = False,
        source: str = "needles",
        notes: Sequence[str] = (),
    ) -> Needles:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            The rows.
        scale
            The ends of the scale. Where left out, scores are the original rubric's: 1, 3, 5, 7
            or 10.
        trials
            Take a cell that stands several times in one version for repeated trials.
        source, notes
            What to call the frame in an error; what a reader must know.

        Raises
        ------
        UsageError
            The scale does not rise.
        MissingColumnError
            A column is absent.
        FormatError
            There is no cell.
        InputError
            A cell of the table is empty or out of range, a score is not of the rubric or outside
            the scale, or a cell stands twice.
        """
        if scale is not None and not scale[0] < scale[1]:
            raise UsageError(f"the scale {scale[0]:g}..{scale[1]:g} does not rise")
        score = Column("score", Kind.REAL, required="score" not in frame.columns)
        frame = conform(frame, [score if c.name == "score" else c for c in COLUMNS], source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no cells in it")
        if "version" not in frame.columns:
            frame = frame.with_columns(version=pl.lit("1"))
        _check_scores(frame, scale)
        low, high = (RUBRIC[0], RUBRIC[-1]) if scale is None else scale
        frame = _with_trials(frame, trials=trials)
        names = sorted(frame.get_column("model").cast(pl.String).unique())
        frame = frame.with_columns(
            pl.col("model").cast(pl.Enum(names)), pl.col("version").cast(pl.String)
        )
        return cls(frame, float(low), float(high), notes=tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Needles:
        """Keep the rows where ``mask`` is true; the count of the others joins ``removed``."""
        rows, removed = kept(self.frame, mask, self.removed, what="cell", reason=reason)
        return Needles(rows, self.low, self.high, removed, self.notes)


def _check_scores(frame: pl.DataFrame, scale: tuple[float, float] | None) -> None:
    score = frame.get_column("score")
    if scale is None:
        bad = score.is_not_null() & ~score.is_in(list(RUBRIC))
        allowed = f"not one of {', '.join(f'{v:g}' for v in RUBRIC)}"
        hint = "Scores on another scale need its ends: --scale LOW..HIGH, as 0..1."
    else:
        bad = score.is_not_null() & ~score.is_between(*scale)
        allowed, hint = f"not between {scale[0]:g} and {scale[1]:g}", None
    if bad.any():
        raise InputError(problems_at(frame, "score", bad, allowed), total=int(bad.sum()), hint=hint)


def _with_trials(frame: pl.DataFrame, *, trials: bool) -> pl.DataFrame:
    """Number the trials of a cell, or raise where one stands twice."""
    own = [c for c in CELL if c in frame.columns]
    first = frame.select(pl.struct(own).is_first_distinct()).to_series()
    if "trial" in frame.columns or not trials:
        if not first.all():
            raise InputError(
                problems_at(
                    frame,
                    "depth_percent",
                    ~first,
                    "there already for this model, version and context_length",
                ),
                total=int((~first).sum()),
                hint="Repeated trials of one cell are taken as such with --trials, or need a "
                "column trial; another test needs another version.",
            )
        return frame if "trial" in frame.columns else frame.with_columns(trial=pl.lit(1))
    return frame.with_columns(trial=pl.int_range(1, pl.len() + 1).over(own))
