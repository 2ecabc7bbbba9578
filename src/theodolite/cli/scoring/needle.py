"""``theodolite score needle``: needle-in-a-haystack tests, by length and depth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.needle import NeedleBoard
    from theodolite.tables import Needles

__all__ = ["needle", "parse_scale"]

READING = "Reading the cells"
FILTERS = "Choosing cells"
DEFAULT_THRESHOLD = 0.9


@dataclass(frozen=True)
class NeedleSource(Group):
    """Where cells come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...",
            help="Files of cells: CSV, JSON, JSONL or Parquet; one a cell, or all in one.",
            show_default=False,
        ),
    ]
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The model, where the files do not say.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="LOW..HIGH",
            help="The ends of the scale, where scores are not of the rubric 1, 3, 5, 7, 10.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    trials: Annotated[
        bool,
        typer.Option(
            "--trials",
            help="Take a cell that stands several times in one version for repeated trials.",
            rich_help_panel=READING,
        ),
    ] = False
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the cells where it holds (version, context_length); repeatable. Also "
            "COLUMN!=VALUE and COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def load(self) -> Needles:
        """Read, filter and count what the filters took."""
        from theodolite.loading import load_needle
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        scale = parse_scale(self.scale)
        needles = load_needle(self.paths, model=self.model, scale=scale, trials=self.trials)
        return select(needles, conditions)


@dataclass(frozen=True)
class NeedleOptions(Group):
    """What counts as far enough."""

    threshold: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="The share found that a length needs to count as effective."
        ),
    ] = DEFAULT_THRESHOLD


def needle(
    source: NeedleSource, options: NeedleOptions, inference: Inference, output: Output
) -> None:
    """Say how often a needle is found, up to which length, and whether depth matters."""
    from theodolite.scoring.needle import needle as score

    with working("Reading cells"):
        needles = source.load()
    with working(f"Scoring {len(needles.models)} models"):
        found = score(
            needles, threshold=options.threshold, level=inference.level, seed=inference.seed
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def parse_scale(text: str | None) -> tuple[float, float] | None:
    """Read ``LOW..HIGH``.

    Examples
    --------
    >>> parse_scale("0..1")
    (0.0, 1.0)
    """
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(".."))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(f"--scale {shorten(text)} is not LOW..HIGH, such as 0..1")
    return low, high


def _page(found: NeedleBoard) -> Page:
    from theodolite.reporting import needle_page

    return needle_page(found)


def _chart(found: NeedleBoard) -> Chart:
    from theodolite import plotting

    return plotting.needle_maps(found)
