"""``theodolite scaling explain``: why a published law is not the optimum of these runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import RunSource
from theodolite.cli.scaling.checks import Checks
from theodolite.cli.scaling.fit_options import FitChoice, LawChoice
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Explanation, Printed

__all__ = ["Comparing", "PublishedSet", "explain"]

PUBLISHED = "The published law"
COMPARING = "Comparing"


@dataclass(frozen=True)
class PublishedSet(Group):
    """Which published law: by name, or its five numbers."""

    law_of: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="hoffmann (as printed; where nothing is given), hoffmann-tex or besiroglu.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None
    floor: Annotated[
        str | None,
        typer.Option(
            "--E",
            metavar="E",
            help="One's own law, all five as printed, trailing zeros too: the digits tell how "
            "far it was rounded.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None
    a: Annotated[
        str | None,
        typer.Option(
            "--A",
            metavar="A",
            help="Its coefficient of parameters.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None
    b: Annotated[
        str | None,
        typer.Option(
            "--B",
            metavar="B",
            help="Its coefficient of tokens.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None
    alpha: Annotated[
        str | None,
        typer.Option(
            "--alpha",
            metavar="ALPHA",
            help="Its exponent of parameters.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None
    beta: Annotated[
        str | None,
        typer.Option(
            "--beta",
            metavar="BETA",
            help="Its exponent of tokens.",
            rich_help_panel=PUBLISHED,
            show_default=False,
        ),
    ] = None

    def printed(self) -> Printed:
        """Read the law.

        Raises
        ------
        UsageError
            Both ways are used, or neither, or not all five are given.
        """
        from theodolite.scaling import Printed

        own = {"E": self.floor, "A": self.a, "B": self.b, "alpha": self.alpha, "beta": self.beta}
        given = {name: text for name, text in own.items() if text is not None}
        if self.law_of is not None and given:
            raise UsageError(f"--law-of {self.law_of} has its own --{next(iter(given))}: give one")
        if given and len(given) < len(own):
            absent = ", ".join(f"--{name}" for name in own if name not in given)
            raise UsageError(f"a law of one's own needs all five numbers; missing: {absent}")
        return Printed.from_text(given) if given else Printed.of(self.law_of or "hoffmann")


@dataclass(frozen=True)
class Comparing(Group):
    """Where, and without which runs."""

    at: Annotated[
        float | None,
        typer.Option(
            metavar="FLOPS",
            help="Compare at this training compute; ten times the largest run's where left out. "
            "5.76e23 is Chinchilla's.",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None
    outliers: Annotated[
        int,
        typer.Option(
            metavar="K",
            min=0,
            help="Leave the K highest losses out of one's own fit, and say what they change.",
            rich_help_panel=COMPARING,
        ),
    ] = 0


def explain(
    source: RunSource,
    published: PublishedSet,
    comparing: Comparing,
    choice: FitChoice,
    inference: Inference,
    output: Output,
) -> None:
    """Say why a published law is not the optimum of these runs: rounding, optimiser, outliers."""
    from theodolite import scaling

    if choice.law is not LawChoice.CHINCHILLA:
        raise UsageError(f"the law chinchilla is explained, not {choice.law.value}")
    printed = published.printed()
    aim = None if comparing.at is None else scaling.Aim(comparing.at)
    with working("Reading runs"):
        runs = source.load()
    with working(f"Fitting {len(runs):,} runs in several ways"):
        found = scaling.explain(
            printed,
            runs,
            recipe=choice.recipe(source.accounting),
            resampling=choice.resampling(inference.seed),
            level=inference.level,
            outliers=comparing.outliers,
            aim=aim,
        )
        checks = Checks.of(found.fit, found.runs, found.aim)
    page, chart = partial(_page, found, checks), partial(_chart, found)
    render(Outcome(found.to_dict() | checks.data, page=page, chart=chart), output)


def _page(found: Explanation, checks: Checks) -> Page:
    from theodolite.reporting import explain_page

    return explain_page(found, checks.sections)


def _chart(found: Explanation) -> Chart:
    from theodolite import plotting

    return plotting.explanation_steps(found)
