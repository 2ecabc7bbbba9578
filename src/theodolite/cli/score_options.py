"""Where item scores come from: the options that every command on scores shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.errors import MissingColumnError

if TYPE_CHECKING:
    from theodolite.loading import ScoreOptions
    from theodolite.tables import Items, Scores

__all__ = ["LogChoice", "ScoreSource", "scores_of"]

READING = "Reading the scores"
FILTERS = "Choosing scores"


@dataclass(frozen=True)
class LogChoice(Group):
    """Which of the scores in a log to take."""

    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which metric of a log is the score, where there are several.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    filter: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which filter of a log (a way to read the answer) to take, where there are "
            "several.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class ScoreReading(LogChoice):
    """How files of scores are read."""

    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="The format, where it cannot be told: long (a row a score), wide (a row an item, "
            "a column a model), lm-eval, ...; see the reference of score formats.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    benchmark: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What to call the benchmark, where the file does not say.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What to call the model, where a log does not say.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class _Files:
    """The files."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="SCORES...",
            help="Files of item scores: tables (CSV, JSONL, Parquet) or logs.",
            show_default=False,
        ),
    ]


@dataclass(frozen=True)
class ScoreSource(ScoreReading, _Files):
    """Where scores come from, and which of them."""

    items: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="The items that were asked: they bring the key where a table holds letters; "
            "repeatable.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the scores where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def load(self) -> Scores:
        """Read, filter and count what the filters took."""
        from theodolite.loading import ScoreOptions, load_items
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        options = ScoreOptions(
            format=self.format,
            benchmark=self.benchmark,
            metric=self.metric,
            filter=self.filter,
            model=self.model,
        )
        items = load_items(self.items) if self.items else None
        return select(scores_of(self.paths, items, options), conditions)


def scores_of(paths: list[str], items: Items | None, options: ScoreOptions) -> Scores:
    """Read scores of the items, which bring the key where the files hold letters and no key.

    Scores of other items stay, where a file can be read without the items' key.
    """
    from theodolite.loading import load_scores

    if items is None:
        return load_scores(paths, options)
    if options.benchmark is None and len(items.benchmarks) == 1:
        options = replace(options, benchmark=items.benchmarks[0])
    try:
        return load_scores(paths, options)
    except MissingColumnError:
        return load_scores(paths, replace(options, items=items))
