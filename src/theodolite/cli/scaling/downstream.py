"""``theodolite scaling downstream``: accuracies foretold from training runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import RunSource
from theodolite.cli.scaling.counts import parse_count
from theodolite.cli.scaling.fit_options import FITTING
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Downstream, Task
    from theodolite.scaling.downstream import PathName
    from theodolite.tables import Runs

__all__ = ["Link", "PathChoice", "TargetChoice", "TaskChoice", "Ways", "downstream"]

# What the table of runs refuses too.
FEWEST_PARAMS, FEWEST_TOKENS = 1e4, 1e5
TASKS, TARGETS = "Tasks", "What is foretold"


class Link(StrEnum):
    """How accuracy follows from loss."""

    SIGMOID = "sigmoid"
    EXPONENTIAL = "exponential"
    LADDER = "ladder"


class PathChoice(StrEnum):
    """By way of a loss, or straight from the counts."""

    TWO_STEP = "two-step"
    DIRECT = "direct"
    AUTO = "auto"


@dataclass(frozen=True)
class TaskChoice(Group):
    """Which columns hold what."""

    task: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN[,COLUMN...]",
            help="The accuracy to foretell: a column of the runs; several, averaged; or a pattern, "
            "as err_*, for one task a column. Repeatable.",
            rich_help_panel=TASKS,
            show_default=False,
        ),
    ]
    task_loss: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN[,COLUMN...]",
            help="The loss on the way, one for each --task or one for all. By default the "
            "ladder's bits a byte beside its accuracies, or else the loss of the runs.",
            rich_help_panel=TASKS,
            show_default=False,
        ),
    ] = None
    error: Annotated[
        bool,
        typer.Option("--error", help="The columns hold 1 - accuracy.", rich_help_panel=TASKS),
    ] = False
    chance: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="What guessing scores, as 0.25. By default that of the benchmark in the column's "
            "name; where none is known, it is estimated.",
            rich_help_panel=TASKS,
            show_default=False,
        ),
    ] = None

    def tasks(self, source: RunSource) -> tuple[Runs, tuple[Task, ...]]:
        """Read the runs, and return them with the tasks.

        Where losses are named by task, a file's own may stay unnamed.
        """
        from theodolite import scaling

        runs = source.load(any_loss=True)
        losses = [_own(text, source.loss) for text in self.task_loss or ()]
        tasks = scaling.named_tasks(
            runs, self.task, losses=losses, error=self.error, chance=self.chance
        )
        if source.loss is None and any(task.losses == ("loss",) for task in tasks):
            source.load()  # says which columns may be the loss, where there are several
        return runs, tasks


@dataclass(frozen=True)
class TargetChoice(Group):
    """Where the accuracy is foretold."""

    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="params=N,tokens=D",
            help="A run to foretell, as params=7B,tokens=4T; repeatable. Ten times the largest "
            "run where nothing is named or held out.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Do not fit these runs but foretell them, as flops=1e22.. or size=7B; all must "
            "hold where it is repeated.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None
    within: Annotated[
        float,
        typer.Option(
            metavar="POINTS",
            help="How many points an interval may reach either way for a task to count as "
            "predictable.",
            rich_help_panel=TARGETS,
        ),
    ] = 5.0

    def points(self) -> list[tuple[float, float]]:
        """Return parameters and tokens of each target."""
        return [_target(text) for text in self.at or []]


@dataclass(frozen=True)
class Ways(Group):
    """Which ways are tried, and how their intervals are drawn."""

    path: Annotated[
        PathChoice,
        typer.Option(
            help="By way of the loss, straight from the counts, or both joined.",
            rich_help_panel=FITTING,
        ),
    ] = PathChoice.AUTO
    link: Annotated[
        Link | None,
        typer.Option(
            help="From loss to accuracy: one of these alone. By default the better of the first "
            "two on the largest fitted runs.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of the runs.", rich_help_panel=FITTING)
    ] = 1000

    def names(self) -> tuple[PathName, ...]:
        """Return the ways."""
        links: tuple[PathName, ...] = (
            ("sigmoid", "exponential", "ladder") if self.link is None else (self.link.value,)
        )
        straight: tuple[PathName, ...] = ("direct", "compute")
        if self.path is PathChoice.DIRECT:
            if self.link is not None:
                raise UsageError("--link says how accuracy follows from loss: not --path direct")
            return straight
        return links if self.path is PathChoice.TWO_STEP else (*links, *straight)


def downstream(
    source: RunSource,
    choice: TaskChoice,
    targets: TargetChoice,
    ways: Ways,
    inference: Inference,
    output: Output,
) -> None:
    """Foretell what runs will score on tasks, from training runs through loss to accuracy."""
    from theodolite import scaling

    points, names = targets.points(), ways.names()
    settings = scaling.DownstreamSettings(
        paths=names,
        recipe=scaling.Recipe(objective="least-squares", accounting=source.accounting.value),
        resampling=scaling.Resampling(n=ways.resamples, seed=inference.seed),
        level=inference.level,
        within=targets.within / 100.0,
    )
    with working("Reading runs"):
        runs, tasks = choice.tasks(source)
    with working(f"Foretelling {len(tasks)} tasks from {len(runs):,} runs"):
        found = scaling.downstream(
            runs, tasks, at=points, hold_out=targets.hold_out or (), settings=settings
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _own(text: str, loss: str | None) -> str:
    """Name the loss of the runs as the table does."""
    parts = [part.strip() for part in text.split(",")]
    return ",".join("loss" if part == loss else part for part in parts)


def _target(text: str) -> tuple[float, float]:
    parts = dict(part.partition("=")[::2] for part in text.replace(" ", "").split(","))
    if parts.keys() != {"params", "tokens"} or text.count("=") != 2:  # noqa: PLR2004
        raise UsageError(f"--at {shorten(text)} is not params=N,tokens=D, as params=7B,tokens=4T")
    params, tokens = (parse_count(parts[name], f"--at {name}=") for name in ("params", "tokens"))
    if params < FEWEST_PARAMS or tokens < FEWEST_TOKENS:
        raise UsageError(f"--at {shorten(text)}: no run has so few; a count is 7B or 7e9, not 7")
    return params, tokens


def _page(found: Downstream) -> Page:
    from theodolite.reporting import downstream_page

    return downstream_page(found)


def _chart(found: Downstream) -> Chart:
    from theodolite import plotting

    return plotting.foretold(found)
