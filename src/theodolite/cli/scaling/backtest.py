"""``theodolite scaling backtest``: laws held against runs that they were not fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import RunSource
from theodolite.cli.scaling.fit_options import (
    FITTING,
    LawChoice,
    ObjectiveChoice,
    Residuals,
)
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.cli.run_options import Accounting
    from theodolite.reporting import Page
    from theodolite.scaling import Backtest, HeldGain, Recipe, Yardstick

__all__ = ["GainChoice", "GainRatio", "Laws", "backtest"]

GAIN = "Compute-equivalent gain"


class GainRatio(StrEnum):
    """Where the law of the other runs is read."""

    SAME_RATIO = "same-ratio"
    OPTIMAL = "optimal"


@dataclass(frozen=True)
class _Several(Group):
    """Which laws are tried, by which objectives."""

    law: Annotated[
        list[LawChoice] | None,
        typer.Option(
            help="A law to try; repeatable. All that can be fitted by default.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None
    objective: Annotated[
        list[ObjectiveChoice] | None,
        typer.Option(
            help="An objective to try; repeatable. All by default.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class Laws(Residuals, _Several):
    """Which laws are tried, and how they are fitted."""

    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of each fit.", rich_help_panel=FITTING)
    ] = 1000

    def recipes(self, accounting: Accounting) -> list[Recipe]:
        """Return how each law is fitted, once for each objective."""
        chosen = dict.fromkeys(self.objective or ObjectiveChoice)
        return [self.recipe_by(objective, accounting) for objective in chosen]


@dataclass(frozen=True)
class GainChoice(Group):
    """Whether and how the gain of the held-out runs is measured."""

    gain: Annotated[
        bool,
        typer.Option(
            "--gain",
            help="Also state by what factor of compute the law of the other runs would have to "
            "train more to reach the losses of the held-out ones.",
            rich_help_panel=GAIN,
        ),
    ] = False
    gain_at: Annotated[
        GainRatio,
        typer.Option(
            help="Read the law at the tokens per parameter of each run, or at its optimum.",
            rich_help_panel=GAIN,
        ),
    ] = GainRatio.SAME_RATIO
    same_evaluation: Annotated[
        bool,
        typer.Option(
            "--same-evaluation",
            help="All losses were measured on one text, although the column dataset differs.",
            rich_help_panel=GAIN,
        ),
    ] = False

    def yardstick(self) -> Yardstick | None:
        """Return how the groups are compared; ``None`` where no gain is asked for."""
        from theodolite.scaling import Yardstick

        if not self.gain:
            if self.changed():
                raise UsageError(f"{self.changed()[0]} says how a gain is measured: add --gain")
            return None
        return Yardstick(at=self.gain_at.value, same_evaluation=self.same_evaluation)


def backtest(
    source: RunSource,
    laws: Laws,
    gain: GainChoice,
    inference: Inference,
    output: Output,
    hold_out: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Hold out the runs where it holds, as flops=1e21.. or released=2023-01-01.. or "
            "family=NAME; all must hold where it is repeated. A bare COLUMN holds out each of its "
            "values in turn.",
            show_default=False,
        ),
    ],
) -> None:
    """Fit scaling laws without some runs, and say how well they foretell them."""
    from theodolite import scaling

    yardstick = gain.yardstick()
    with working("Reading runs"):
        runs = source.load()
    with working(f"Fitting laws to parts of {len(runs):,} runs"):
        tested = scaling.backtest(
            runs,
            hold_out,
            laws=[law.value for law in laws.law] if laws.law else None,
            recipes=laws.recipes(source.accounting),
            resampling=laws.resampling(inference.seed),
            level=inference.level,
        )
        gains: tuple[HeldGain, ...] = ()
        if yardstick:
            gains = scaling.held_out_gains(runs, tested, yardstick=yardstick)
    data: dict[str, Any] = tested.to_dict()
    data["gain"] = [one.to_dict() for one in gains] if gains else None
    page, chart = partial(_page, tested, gains), partial(_chart, tested)
    render(Outcome(data, page=page, chart=chart), output)


def _page(tested: Backtest, gains: tuple[HeldGain, ...]) -> Page:
    from theodolite.reporting import backtest_page

    return backtest_page(tested, gains)


def _chart(tested: Backtest) -> Chart:
    from theodolite import plotting

    return plotting.backtested(tested)
