"""Whose judgments count: the options that every command on judged answers shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from theodolite.cli.groups import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.tables import Gradings, Judgments, Preferences

    AnyJudged = TypeVar("AnyJudged", Gradings, Judgments, Preferences)

__all__ = ["JudgeChoice", "SelfJudging"]

JUDGES = "Choosing judgments"


class SelfJudging(StrEnum):
    """What to do with what a judge said of its own answer."""

    ERROR = "error"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True)
class JudgeChoice(Group):
    """Which judge, and what to do where it judged itself."""

    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Take this judge alone; needed where the files have several.",
            rich_help_panel=JUDGES,
            show_default=False,
        ),
    ] = None
    self_judged: Annotated[
        SelfJudging,
        typer.Option(
            help="What to do where a judge judged its own answer: it may favour itself.",
            rich_help_panel=JUDGES,
        ),
    ] = SelfJudging.ERROR

    def of(self, table: AnyJudged, sides: Sequence[str]) -> AnyJudged:
        """Keep what the judge said; ``sides`` are the columns that name the judged models.

        Raises
        ------
        UsageError
            The judge is not in the table.
        InputError
            There are several judges and none is named, or a judge judged itself.
        """
        from theodolite.tables import of_one_judge, without_self_judged

        return without_self_judged(of_one_judge(table, self.judge), sides, self.self_judged.value)
