"""``theodolite facts``: what models are, what they were reported to score, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.model_options import ModelSource
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.tables import Facts, Models

__all__ = ["FactChoice", "facts"]

FILTERS = "Choosing facts"


@dataclass(frozen=True)
class FactChoice(Group):
    """Which of the facts."""

    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="List this model, by its name or an alias; repeatable.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="List this attribute or benchmark; repeatable.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the facts where it holds, of a fact (source, setting, value) or its model "
            "(kind, family, params, released); repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def of(self, models: Models) -> Facts:
        """Choose the facts, and count what the filters took."""
        from theodolite.tables import Condition, Facts, select

        conditions = [Condition.parse(text) for text in self.where or []]
        found = Facts.of(models, names=self.model or (), fields=self.field or ())
        return select(found, conditions)


def facts(
    source: ModelSource,
    choice: FactChoice,
    inference: Inference,  # noqa: ARG001  (every command takes these; here nothing is estimated)
    output: Output,
) -> None:
    """Show what models are and what they were reported to score, each with its source."""
    with working("Reading facts"):
        found = choice.of(source.load())
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _page(found: Facts) -> Page:
    from theodolite.reporting import facts_page

    count = len(found.models)
    return facts_page(found, title=f"Facts about {count} model{'' if count == 1 else 's'}")


def _chart(found: Facts) -> Chart:
    from theodolite import plotting

    return plotting.trained(found)
