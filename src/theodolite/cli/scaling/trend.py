"""``theodolite scaling trend``: tokens per parameter by release date, its breaks, the optimum."""

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

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Trend
    from theodolite.scaling.trends.measure import Measure
    from theodolite.tables import Models

__all__ = ["trend"]

FOLLOWED = "What is followed"
TESTING = "Testing"


class QuantityChoice(StrEnum):
    """What is followed over time."""

    TOKENS_PER_PARAM = "tokens-per-param"
    TOKENS = "tokens"
    PARAMS = "params"
    FLOPS = "flops"
    OVER_TRAINING = "over-training"


class YardstickChoice(StrEnum):
    """By which law tokens are optimal."""

    BESIROGLU = "besiroglu"
    HOFFMANN_1 = "hoffmann-approach-1"
    HOFFMANN = "hoffmann"
    RATIO_20 = "ratio-20"


class ClusterChoice(StrEnum):
    """What counts once."""

    FAMILY = "family"
    ORGANISATION = "organisation"
    MODEL = "model"


@dataclass(frozen=True)
class Followed(Group):
    """What is followed, of which models."""

    quantity: Annotated[
        QuantityChoice,
        typer.Option(help="What is followed over time.", rich_help_panel=FOLLOWED),
    ] = QuantityChoice.TOKENS_PER_PARAM
    law: Annotated[
        YardstickChoice,
        typer.Option(
            help="The law whose optimum over-training is measured by; ratio-20 is 20 tokens a "
            "parameter at any compute.",
            rich_help_panel=FOLLOWED,
        ),
    ] = YardstickChoice.BESIROGLU
    largest: Annotated[
        bool,
        typer.Option(
            "--largest",
            help="Count only the largest model of each release.",
            rich_help_panel=FOLLOWED,
        ),
    ] = False
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the models where it holds (family, organisation, released, params, tokens); "
            "repeatable. Also COLUMN!=VALUE and COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FOLLOWED,
            show_default=False,
        ),
    ] = None

    def of(self, models: Models) -> Models:
        """Choose the models, and count what the filters took."""
        from theodolite.tables import Condition, select

        return select(models, [Condition.parse(text) for text in self.where or []])


@dataclass(frozen=True)
class Tested(Group):
    """Where breaks are looked for, and how."""

    breaks: Annotated[
        list[str] | None,
        typer.Option(
            "--break",
            metavar="DATE",
            help="Test for a break at this date, as 2022-03-29 (the day of the Chinchilla paper; "
            "where none is given); repeatable.",
            rich_help_panel=TESTING,
            show_default=False,
        ),
    ] = None
    cluster: Annotated[
        ClusterChoice,
        typer.Option(
            help="What counts once, and is one decision, however many models it has.",
            rich_help_panel=TESTING,
        ),
    ] = ClusterChoice.FAMILY
    resamples: Annotated[
        int, typer.Option(help="Draws of the wild bootstrap.", rich_help_panel=TESTING)
    ] = 1999
    margin: Annotated[
        float,
        typer.Option(help="A change by less than this factor is none.", rich_help_panel=TESTING),
    ] = 2.0

    def measure(self, followed: Followed) -> Measure:
        """Return what is followed, and which changes count."""
        from theodolite.scaling import Measure

        return Measure.named(
            followed.quantity.value,
            law=followed.law.value,
            largest=followed.largest,
            margin=self.margin,
        )


def trend(
    source: ModelSource,
    followed: Followed,
    tested: Tested,
    inference: Inference,
    output: Output,
) -> None:
    """Follow tokens per parameter over release dates: a shift, and the optimum."""
    from theodolite import scaling

    measure = tested.measure(followed)
    resampling = scaling.Resampling(
        n=tested.resamples, cluster=tested.cluster.value, seed=inference.seed
    )
    with working("Reading facts"):
        models = followed.of(source.load())
    with working(f"Following {measure.words} of {len(models):,} models"):
        found = scaling.trend(
            models,
            breaks=tested.breaks or (scaling.CHINCHILLA,),
            measure=measure,
            resampling=resampling,
            level=inference.level,
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _page(found: Trend) -> Page:
    from theodolite.reporting import trend_page

    return trend_page(found)


def _chart(found: Trend) -> Chart:
    from theodolite import plotting

    return plotting.trend_lines(found)
