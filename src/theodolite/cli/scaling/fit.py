"""``theodolite scaling fit``: a law of how loss falls, with intervals."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import RunSource
from theodolite.cli.scaling.checks import Checks
from theodolite.cli.scaling.fit_options import FitChoice
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import ScalingFit

__all__ = ["fit"]

# No budget in sight has more.
MOST_FLOPS = 1e40


def fit(
    source: RunSource,
    choice: FitChoice,
    inference: Inference,
    output: Output,
    at: Annotated[
        list[float] | None,
        typer.Option(
            metavar="FLOPS",
            help="Also split this training compute; repeatable. 5.76e23 is Chinchilla's.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Fit a law to training runs: its parameters, its optimum, and how far to trust them."""
    from theodolite import scaling

    for flops in at or []:
        if not 1.0 < flops <= MOST_FLOPS:
            raise UsageError(f"--at {flops:g} is no count of FLOPs, such as 5.76e23")
    with working("Reading runs"):
        runs = source.load()
    with working(f"Fitting {len(runs):,} runs and {choice.resamples:,} resamples"):
        found = scaling.fit(
            runs,
            law=choice.law.value,
            recipe=choice.recipe(source.accounting),
            resampling=choice.resampling(inference.seed),
            level=inference.level,
        )
        checks = Checks.of(found, runs)
    data = checks.fit.to_dict() | {"splits": _splits(found, at or [])} | checks.data
    page = partial(_page, checks, tuple(at or ()))
    render(Outcome(data, page=page, chart=partial(_chart, found)), output)


def _splits(found: ScalingFit, at: list[float]) -> list[dict[str, float]]:
    from theodolite.scaling import splits_at

    return splits_at(found, at).to_dicts() if found.law.allocates else []


def _page(checks: Checks, at: tuple[float, ...]) -> Page:
    from theodolite.reporting import scaling_page

    return scaling_page(checks.fit, at=at).with_sections(checks.sections)


def _chart(found: ScalingFit) -> Chart:
    from theodolite import plotting

    return plotting.scaling_curves(found)
