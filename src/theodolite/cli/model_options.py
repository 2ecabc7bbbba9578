"""Where facts about models come from: the options that every command on models shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.tables import Models

__all__ = ["ModelSource"]

READING = "Reading the facts"


@dataclass(frozen=True)
class ModelSource(Group):
    """Where facts about models come from."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES...",
            help="Your own facts, CSV, JSON, JSONL or Parquet: a row each (model, field, value) "
            "or a row a model. The shipped facts follow them.",
            show_default=False,
        ),
    ] = None
    only: Annotated[
        bool,
        typer.Option("--only", help="Leave the shipped facts out.", rich_help_panel=READING),
    ] = False

    def load(self) -> Models:
        """Read the shipped facts and the files."""
        from theodolite.loading import load_models

        if self.only and not self.paths:
            raise UsageError("--only leaves nothing: no file of facts was given")
        return load_models(self.paths, only=self.only)
