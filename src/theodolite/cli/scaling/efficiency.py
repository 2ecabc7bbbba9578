"""``theodolite scaling efficiency``: score against compute, and what each score is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.model_options import ModelSource
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import CurveSettings, Efficiency, Versus
    from theodolite.tables import Condition, Models

__all__ = ["CurveChoice", "ScoreChoice", "efficiency"]

CHOOSING = "Choosing scores"
FITTING = "Fitting curves"


class KindChoice(StrEnum):
    """Kinds of models."""

    BASE = "base"
    INSTRUCT = "instruct"


@dataclass(frozen=True)
class ScoreChoice(Group):
    """Which scores of which models."""

    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A benchmark; repeatable. All with eight models in five families by default.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None
    kind: Annotated[
        list[KindChoice] | None,
        typer.Option(
            help="Models of this kind; repeatable. Base models by default.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the measurements where it holds, of a measurement (setting, source) or its "
            "model (family, params, released); repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of models."""
        return tuple(dict.fromkeys(kind.value for kind in self.kind or [KindChoice.BASE]))

    @property
    def conditions(self) -> list[Condition]:
        """The filters."""
        from theodolite.tables import Condition

        return [Condition.parse(text) for text in self.where or []]


@dataclass(frozen=True)
class CurveChoice(Group):
    """How curves are fitted."""

    ceiling: Annotated[
        float,
        typer.Option(help="The score that no compute passes.", rich_help_panel=FITTING),
    ] = 1.0
    least_noise: Annotated[
        float,
        typer.Option(
            help="The standard deviation that no score is known better than.",
            rich_help_panel=FITTING,
        ),
    ] = 0.01
    quantile: Annotated[
        float,
        typer.Option(
            help="The share of models that the frontier leaves below.", rich_help_panel=FITTING
        ),
    ] = 0.9
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Give outliers their full weight.", rich_help_panel=FITTING),
    ] = False
    resamples: Annotated[
        int,
        typer.Option(
            help="Draws of families behind explained shares and frontiers.",
            rich_help_panel=FITTING,
        ),
    ] = 1000

    @property
    def settings(self) -> CurveSettings:
        """The settings of the fits."""
        from theodolite.scaling import CurveSettings

        return CurveSettings(
            ceiling=self.ceiling,
            least_noise=self.least_noise,
            robust=not self.plain,
            quantile=self.quantile,
            n_resamples=self.resamples,
        )


@dataclass(frozen=True)
class PairChoice(Group):
    """Two models to hold against each other."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Hold this model, by its name or an alias, against another.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The other model.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None

    def names(self, models: Models) -> tuple[str, str] | None:
        """Give both models as the table calls them."""
        if self.model is None and self.against is None:
            return None
        if self.model is None or self.against is None:
            raise UsageError("--model and --against go together: name both models")
        return models.find(self.model), models.find(self.against)


def efficiency(
    source: ModelSource,
    choice: ScoreChoice,
    pair: PairChoice,
    curves: CurveChoice,
    inference: Inference,
    output: Output,
) -> None:
    """Fit benchmark scores against training compute, and say what each score is worth in it."""
    from theodolite import scaling

    conditions = choice.conditions
    with working("Reading facts"):
        models = source.load()
        names = pair.names(models)
    with working("Fitting scores against compute"):
        found = scaling.efficiency(
            models,
            choice.benchmark,
            kinds=choice.kinds,
            conditions=conditions,
            settings=curves.settings,
            level=inference.level,
            seed=inference.seed,
        )
        against = scaling.versus(found, *names) if names else None
    data = found.to_dict()
    data["versus"] = against.to_dict() if against else None
    page, chart = partial(_page, found, against), partial(_chart, found)
    render(Outcome(data, page=page, chart=chart), output)


def _page(found: Efficiency, against: Versus | None) -> Page:
    from theodolite.reporting import efficiency_page

    return efficiency_page(found, against)


def _chart(found: Efficiency) -> Chart:
    from theodolite import plotting

    return plotting.scores_and_gains(found)
