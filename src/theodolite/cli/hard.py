"""``theodolite hard``: the subset of a benchmark that separates models best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import OUTPUT, Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.score_options import ScoreSource
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.hard import HardSubset

__all__ = ["HardOptions", "hard"]

CHOOSING = "Choosing items"
SHOWING = "Showing them on other models"
CSV = ".csv"


@dataclass(frozen=True)
class HardOptions(Group):
    """How many items, and how models are held out."""

    size: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="How many items to choose.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ]
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A column with the category of each item: categories keep their shares.",
            rich_help_panel=CHOOSING,
            show_default=False,
        ),
    ] = None
    items_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the chosen items: .csv.",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = None
    holdout: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="The part of the models that is held out in each split.",
            rich_help_panel=SHOWING,
        ),
    ] = 0.5
    splits: Annotated[
        int,
        typer.Option(metavar="N", help="How often models are split.", rich_help_panel=SHOWING),
    ] = 20
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A column that says which models are held out together. By default the first word "
            "of a model's name; near-copies always.",
            rich_help_panel=SHOWING,
            show_default=False,
        ),
    ] = None
    keep: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Find the fewest items that keep this part of what all items separate.",
            rich_help_panel=SHOWING,
        ),
    ] = 0.9


def hard(source: ScoreSource, options: HardOptions, inference: Inference, output: Output) -> None:
    """Choose the items that separate models best, and show what they do on other models."""
    from theodolite.scoring.hard import HoldOut
    from theodolite.scoring.hard import hard as choose

    file = options.items_out
    if file and file.suffix.lower() != CSV:
        # So that no file of data is overwritten by a slip of the hand.
        raise UsageError(f"--items-out {file} does not end in {CSV}")
    with working("Reading scores"):
        scores = source.load()
    holdout = HoldOut(options.holdout, options.splits, options.group, options.keep)
    with working(f"Choosing on some of {len(scores.models)} models, showing on others"):
        found = choose(
            scores,
            size=options.size,
            by=options.by,
            holdout=holdout,
            level=inference.level,
            seed=inference.seed,
        )
    if file:
        try:
            found.items.write_csv(file)
        except OSError as error:
            raise UsageError(f"cannot write {file}: {error.strerror or error}") from error
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _page(found: HardSubset) -> Page:
    from theodolite.reporting import hard_page

    return hard_page(found)


def _chart(found: HardSubset) -> Chart:
    from theodolite import plotting

    return plotting.separability_curve(found)
