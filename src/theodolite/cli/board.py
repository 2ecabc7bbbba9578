"""``theodolite board``: benchmark scores with intervals, ranks, and who is really better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.score_options import ScoreSource

if TYPE_CHECKING:
    from theodolite.claims import Board
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page

__all__ = ["BoardOptions", "By", "board"]

COMPARING = "Comparing"


class By(StrEnum):
    """What gets a row of its own."""

    BENCHMARK = "benchmark"
    SUBJECT = "subject"


@dataclass(frozen=True)
class BoardOptions:
    """What is averaged, and what depends on each other."""

    by: Annotated[
        By, typer.Option(help="What gets rows of its own.", rich_help_panel=COMPARING)
    ] = By.BENCHMARK
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Items that share this column's value depend on each other. By default the "
            "column cluster where there is one; item_id takes all items as independent.",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None
    common: Annotated[
        bool,
        typer.Option(
            "--common",
            help="Use only the items that every model answered, and count the others.",
            rich_help_panel=COMPARING,
        ),
    ] = False


def board(
    source: ScoreSource, compared: BoardOptions, inference: Inference, output: Output
) -> None:
    """Show every model's score with its interval and rank range, and who is really better."""
    from theodolite import claims

    with working("Reading scores"):
        scores = source.load()
    with working(f"Comparing {len(scores.models)} models"):
        found = claims.board(
            scores,
            by=compared.by.value,
            cluster=compared.cluster,
            common=compared.common,
            level=inference.level,
            seed=inference.seed,
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _page(found: Board) -> Page:
    from theodolite.reporting import board_page

    count = found.models["model"].n_unique()
    return board_page(found, title=f"Board of {count} model{'' if count == 1 else 's'}")


def _chart(found: Board) -> Chart:
    from theodolite import plotting

    return plotting.standings(found)
