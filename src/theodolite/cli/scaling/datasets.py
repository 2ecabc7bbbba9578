"""``theodolite scaling datasets``: what a token of one training set is worth in another's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import RunSource
from theodolite.cli.scaling.fit_options import FITTING, FitChoice
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Datasets, Difference, Evaluations, Sets

__all__ = ["SetChoice", "SetFit", "datasets"]

SETS = "Training sets"
MOST_LOSSES = 50


@dataclass(frozen=True)
class SetChoice(Group):
    """Which sets are compared."""

    by: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="The column that names the sets.", rich_help_panel=SETS
        ),
    ] = "dataset"
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The set whose tokens count as 1; the one with the most runs by default.",
            rich_help_panel=SETS,
            show_default=False,
        ),
    ] = None
    same_evaluation: Annotated[
        bool,
        typer.Option(
            "--same-evaluation",
            help="All losses were measured on one text, although the column dataset differs.",
            rich_help_panel=SETS,
        ),
    ] = False

    def sets(self) -> Sets:
        """Return the choice."""
        from theodolite.scaling import Sets

        return Sets(self.by, self.reference, self.same_evaluation)


@dataclass(frozen=True)
class SetFit(FitChoice):
    """How all sets are fitted at once."""

    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of each form.", rich_help_panel=FITTING)
    ] = 2000


def datasets(
    source: RunSource,
    choice: SetChoice,
    fitting: SetFit,
    inference: Inference,
    output: Output,
    losses: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN,...",
            help="Compare the sets by each of these columns of losses; the first is shown in full.",
            rich_help_panel=SETS,
            show_default=False,
        ),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="RUN_A RUN_B",
            help="Divide the difference between two runs into size, tokens, data and the rest. By "
            "default: the best run of each set against the reference's nearest.",
            rich_help_panel=SETS,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say how many tokens of one training set a token of another is worth."""
    from theodolite import scaling

    columns = _columns(losses, source.loss)
    with working("Reading runs"):
        runs = {column or "loss": replace(source, loss=column).load() for column in columns}
    first = next(iter(runs.values()))
    with working(f"Fitting {len(first):,} runs of several sets"):
        every = scaling.evaluations(
            runs,
            sets=choice.sets(),
            law=fitting.law.value,
            recipe=fitting.recipe(source.accounting),
            resampling=fitting.resampling(inference.seed),
            level=inference.level,
        )
        found = next(iter(every.found.values()))
        differences = _differences(found, compare)
    several = every if losses else None
    data = found.to_dict() | {
        "parts": [one.to_dict() for one in differences],
        "evaluations": None if several is None else several.to_dict(),
    }
    page = partial(_page, found, differences, several)
    render(Outcome(data, page=page, chart=partial(_chart, found, several)), output)


def _columns(losses: str | None, loss: str | None) -> list[str | None]:
    """Read ``COLUMN,...``, or take the one column of the loss."""
    if losses is None:
        return [loss]
    if loss is not None:
        raise UsageError("--loss names one column and --losses several: give one of them")
    columns = [part.strip() for part in losses.split(",")]
    if not all(columns):
        raise UsageError(f"--losses {losses!r} is not COLUMN,..., such as loss_c4,loss_books")
    if len(set(columns)) < len(columns):
        raise UsageError("--losses names a column twice")
    if len(columns) > MOST_LOSSES:
        raise UsageError(f"--losses takes at most {MOST_LOSSES} columns, not {len(columns)}")
    return list(columns)


def _differences(found: Datasets, compare: tuple[str, str] | None) -> tuple[Difference, ...]:
    """Explain the two runs, or the best of each set; then every set against the reference."""
    from theodolite import scaling

    pairs = [compare] if compare else scaling.nearest_pairs(found)
    single = [scaling.explain_difference(found, a, b) for a, b in pairs]
    if compare:
        return tuple(single)
    whole = [scaling.explain_sets(found, found.reference, name) for name in found.names[1:]]
    return (*whole, *single)


def _page(
    found: Datasets, differences: tuple[Difference, ...], several: Evaluations | None
) -> Page:
    from theodolite.reporting import datasets_page

    return datasets_page(found, differences, several)


def _chart(found: Datasets, several: Evaluations | None) -> Chart:
    from theodolite import plotting

    if several is not None and len(several.found) > 1:
        return plotting.set_evaluations(several)
    return plotting.sets_compared(found)
