"""``theodolite scaling isoflop``: the size that ends lowest at each budget, and how it grows."""

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
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Envelope, IsoFlop

__all__ = ["Approach", "IsoFlopOptions", "isoflop"]

OPTIMUM = "Finding the optimum"


class Approach(StrEnum):
    """How the compute-optimal size is found."""

    ISOFLOP = "isoflop"
    ENVELOPE = "envelope"


@dataclass(frozen=True)
class IsoFlopOptions(Group):
    """Which runs spent the same, and what is asked of them."""

    approach: Annotated[
        Approach,
        typer.Option(
            help="A parabola at each budget, or the runs that no cheaper one beats.",
            rich_help_panel=OPTIMUM,
        ),
    ] = Approach.ISOFLOP
    budget: Annotated[
        list[float] | None,
        typer.Option(
            metavar="FLOPS",
            help="FLOPs of a budget, such as 1e19; repeatable. Left out, runs are sorted by FLOPs "
            "and split at gaps wider than the tolerance.",
            rich_help_panel=OPTIMUM,
            show_default=False,
        ),
    ] = None
    tolerance: Annotated[
        float,
        typer.Option(
            metavar="PART",
            help="FLOPs within a factor of 1 + PART count as the same budget.",
            rich_help_panel=OPTIMUM,
        ),
    ] = 0.1
    at: Annotated[
        float | None,
        typer.Option(
            metavar="FLOPS",
            help="Give the optimum at this budget by the power laws.",
            rich_help_panel=OPTIMUM,
            show_default=False,
        ),
    ] = None
    resamples: Annotated[
        int,
        typer.Option(metavar="N", help="Draws behind intervals.", rich_help_panel=OPTIMUM),
    ] = 4000


def isoflop(
    source: RunSource, options: IsoFlopOptions, inference: Inference, output: Output
) -> None:
    """Find the compute-optimal size at each budget, and how size should grow with compute."""
    if options.approach is Approach.ENVELOPE and options.budget:
        raise UsageError("the lower envelope has no budgets: leave out --budget")
    with working("Reading runs"):
        runs = source.load()
    from theodolite import scaling

    with working(f"Comparing {len(runs)} runs"):
        if options.approach is Approach.ISOFLOP:
            found: IsoFlop | Envelope = scaling.isoflop(
                runs,
                accounting=source.accounting.value,
                budgets=options.budget or None,
                tolerance=options.tolerance,
                level=inference.level,
                n_resamples=options.resamples,
                seed=inference.seed,
            )
        else:
            found = scaling.envelope(
                runs,
                accounting=source.accounting.value,
                tolerance=options.tolerance,
                level=inference.level,
                n_resamples=options.resamples,
                seed=inference.seed,
            )
        optimum = None if options.at is None else found.optimum(options.at)
    data = found.to_dict() | {"optimum": None if optimum is None else optimum.to_dict()}
    page, chart = partial(_page, found, options.at), partial(_chart, found, options.at)
    render(Outcome(data, page=page, chart=chart), output)


def _page(found: IsoFlop | Envelope, at: float | None) -> Page:
    from theodolite.reporting import isoflop_page

    return isoflop_page(found, at=at)


def _chart(found: IsoFlop | Envelope, at: float | None) -> Chart:
    from theodolite import plotting

    return plotting.optimal_sizes(found, at)
