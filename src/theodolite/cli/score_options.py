"""Where item scores come from: the options that every command on scores shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group

if TYPE_CHECKING:
    from theodolite.loading import ScoreOptions
    from theodolite.tables import Items, Scores

__all__ = ["ScoreReading", "ScoreSource"]

READING = "Reading the scores"
FILTERS = "Choosing scores"


@dataclass(frozen=True)
class ScoreReading(Group):
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

    def options(self, items: Items | None = None) -> ScoreOptions:
        """Give what the loader takes; ``items`` are those that were asked."""
        from theodolite.loading import ScoreOptions

        return ScoreOptions(
            format=self.format,
            benchmark=self.benchmark,
            metric=self.metric,
            filter=self.filter,
            items=items,
            model=self.model,
        )


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

    def load(self, items: Items | None = None) -> Scores:
        """Read, filter and count what the filters took."""
        from theodolite.loading import load_scores
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        return select(load_scores(self.paths, self.options(items)), conditions)
