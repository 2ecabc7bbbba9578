"""What every table of judgments has: a judge, of which a method takes one, and itself to judge.

The three tables are :class:`~theodolite.tables.Preferences` (a model against a fixed baseline, a
number from 1 to 2), :class:`~theodolite.tables.Judgments` (games of two models, with their order)
and :class:`~theodolite.tables.Gradings` (one answer, a number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import polars as pl

from theodolite.errors import InputError, UsageError, shorten
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["SELF_JUDGED", "SelfJudged", "judges_of", "of_one_judge", "without_self_judged"]

SelfJudged = Literal["error", "keep", "remove"]
SELF_JUDGED: tuple[SelfJudged, ...] = ("error", "keep", "remove")


class Judged(Protocol):
    """A table with a judge."""

    @property
    def frame(self) -> pl.DataFrame:
        """The rows."""

    def keep(self, mask: pl.Series, reason: str) -> Self:
        """Keep the rows where ``mask`` is true, and count the others."""


AnyJudged = TypeVar("AnyJudged", bound=Judged)


def judges_of(frame: pl.DataFrame) -> tuple[str, ...]:
    """Name the judges, in alphabetical order."""
    return tuple(sorted(frame.get_column("judge").cast(pl.String).unique().drop_nulls()))


def of_one_judge(table: AnyJudged, judge: str | None) -> AnyJudged:
    """Keep what one judge said; raise where there are several and none is named.

    Parameters
    ----------
    table
        Judgments, gradings or preferences. Preferences without the column ``judge`` are of one.
    judge
        Its name, or ``None`` where the table has a single one.

    Raises
    ------
    UsageError
        The judge is not in the table.
    InputError
        There are several judges, and ``judge`` is ``None``.
    """
    if "judge" not in table.frame.columns:
        if judge is None:
            return table
        raise UsageError(f"--judge {shorten(judge)}: the file has no column judge")
    names = judges_of(table.frame)
    if len(names) == 1 and judge in (None, *names):
        return table
    if judge is None:
        column = table.frame.get_column("judge").cast(pl.String)
        found = problems_at(table.frame, "judge", column != column[0], "not the only judge")
        raise InputError(
            found,
            total=int((column != column[0]).sum()),
            hint=f"Take one with --judge NAME: {', '.join(map(shorten, names[:10]))}; "
            "theodolite judges compares them.",
        )
    if judge not in names:
        raise UsageError(
            f"--judge {shorten(judge)} is not one of {', '.join(map(shorten, names[:10]))}"
        )
    return table.keep(
        table.frame.get_column("judge").cast(pl.String) == judge, f"not judged by {judge}"
    )


def without_self_judged(table: AnyJudged, sides: Sequence[str], how: SelfJudged) -> AnyJudged:
    """Treat what a judge said of its own answer: raise, keep it, or remove and count it.

    Only equal names are told; a judge of the same family has another name.

    Parameters
    ----------
    table
        Judgments, gradings or preferences.
    sides
        The columns that name the judged models.
    how
        ``"error"``, ``"keep"`` or ``"remove"``.

    Raises
    ------
    InputError
        A judge judged itself, and ``how`` is ``"error"``; or nothing is left.
    """
    if how == "keep" or "judge" not in table.frame.columns:
        return table
    judge = pl.col("judge").cast(pl.String)
    itself = table.frame.select(
        pl.any_horizontal(pl.col(side).cast(pl.String) == judge for side in sides).fill_null(
            value=False
        )
    ).to_series()
    if not itself.any():
        return table
    if how == "remove":
        return table.keep(~itself, "a judge on its own answer")
    raise InputError(
        problems_at(table.frame, "judge", itself, "one of the models that it judges here"),
        total=int(itself.sum()),
        hint="A judge may favour itself: choose with --self-judged remove or --self-judged keep.",
    )
