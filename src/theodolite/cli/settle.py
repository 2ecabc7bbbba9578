"""``theodolite settle``: whether a leaderboard should have waited for its intervals to settle."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource
from theodolite.cli.output import Outcome, render, working

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.ratings import Settling
    from theodolite.reporting import Page

__all__ = ["By", "Criterion", "Watching", "settle"]

CRITERION = "When it has settled"
LOOKING = "Looking"


class By(StrEnum):
    """In which order votes are read, and when somebody looks."""

    VOTES = "votes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Criterion:
    """When the board has settled."""

    half_width: Annotated[
        float,
        typer.Option(
            metavar="POINTS",
            help="Settled when every rating is within so many points.",
            rich_help_panel=CRITERION,
        ),
    ] = 10.0
    top: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Settled when each of the top K is decided to be better than each of the others.",
            rich_help_panel=CRITERION,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class Watching:
    """Who looks when, at which votes."""

    by: Annotated[
        By,
        typer.Option(
            help="votes: in the order of the file; else by timestamp, a look at the end of each.",
            rich_help_panel=LOOKING,
        ),
    ] = By.VOTES
    looks: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="How many looks at most.", rich_help_panel=LOOKING),
    ] = 100
    burn_in: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Votes that a model needs before its sequences start.",
            rich_help_panel=LOOKING,
        ),
    ] = 50
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Votes that share this column's value depend on each other: voter, prompt_id.",
            rich_help_panel=LOOKING,
            show_default=False,
        ),
    ] = None

    @property
    def need(self) -> frozenset[str]:
        """The optional columns that are read."""
        time = frozenset({"timestamp"} if self.by is not By.VOTES else ())
        return time | frozenset({self.cluster} if self.cluster else ())


def settle(
    source: VoteSource,
    criterion: Criterion,
    watching: Watching,
    inference: Inference,
    output: Output,
) -> None:
    """Say when the board, its models and its pairs had settled, and what is still needed."""
    with working("Reading votes"):
        votes = source.load(need=watching.need)
    from theodolite.ratings import Looks
    from theodolite.ratings import settle as find

    with working(f"Rating {len(votes.models)} models at every look"):
        settling = find(
            votes,
            half_width=criterion.half_width,
            top=criterion.top,
            looks=Looks(by=watching.by.value, at_most=watching.looks),
            cluster=watching.cluster,
            level=inference.level,
            burn_in=watching.burn_in,
        )
    page, chart = partial(_page, settling), partial(_chart, settling)
    render(Outcome(settling.to_dict(), page=page, chart=chart), output)


def _page(settling: Settling) -> Page:
    from theodolite.reporting import settle_page

    return settle_page(settling, title=f"{len(settling.models)} models over time")


def _chart(settling: Settling) -> Chart:
    from theodolite.plotting import decided

    return decided(settling)
