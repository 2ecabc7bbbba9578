"""Where training runs come from: the options that every command on runs shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group

if TYPE_CHECKING:
    from theodolite.tables import Runs

__all__ = ["Accounting", "OptionalRuns", "RunSource"]

READING = "Reading the runs"
FILTERS = "Choosing runs"


class Accounting(StrEnum):
    """How the FLOPs of a run are counted: the accountings of :mod:`theodolite.scaling`."""

    SIX_ND = "6nd"
    NON_EMBEDDING = "non-embedding"
    ACTIVE = "active"
    ATTENTION = "attention"
    GIVEN = "given"


@dataclass(frozen=True)
class RunSource(Group):
    """Where runs come from, which of them, and how their FLOPs are counted."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="RUNS...",
            help="Files of training runs: CSV, JSON, JSONL or Parquet; local, hf:// or s3://.",
            show_default=False,
        ),
    ]
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="The format, where it cannot be told: runs, gadre or ladder.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="The file's own column names, as in params=size,tokens=seen.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    units: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FACTOR,...",
            help="What one in a column counts for, as in tokens=1e9,params=1e6.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of the loss, where the file has several.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the runs where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None
    accounting: Annotated[
        Accounting,
        typer.Option(
            help="How FLOPs are counted: 6 N D with N all parameters, those without the "
            "embeddings, or the active ones; attention added to 6 N D; or as the file says.",
            rich_help_panel=READING,
        ),
    ] = Accounting.SIX_ND

    def load(self, *, any_loss: bool = False) -> Runs:
        """Read, filter and count what the filters took; ``any_loss`` as in ``RunOptions``."""
        from theodolite.loading import RunOptions, load_runs, parse_columns, parse_units
        from theodolite.loading.runs.options import EXAMPLE_COLUMNS
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        columns = parse_columns(self.columns, example=EXAMPLE_COLUMNS) if self.columns else ()
        options = RunOptions(
            format=self.format,
            columns=columns,
            units=parse_units(self.units) if self.units else (),
            loss=self.loss,
            any_loss=any_loss,
        )
        return select(load_runs(self.paths, options), conditions)


@dataclass(frozen=True)
class OptionalRuns(RunSource):
    """Runs that one may leave out; the command says what it does without them."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUNS",
            help="Files of training runs: CSV, JSON, JSONL or Parquet; local, hf:// or s3://. They "
            "may be left out.",
            show_default=False,
        ),
    ] = None  # type: ignore[assignment]  # here one may name none
