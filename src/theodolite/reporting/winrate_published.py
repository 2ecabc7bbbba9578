"""What the reference recipe of win rates says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, number, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.winrate import PublishedWinRates

__all__ = ["published_winrate_page"]


def published_winrate_page(rates: PublishedWinRates) -> Page:
    """Make the page of win rates by the reference recipe."""
    title = f"Win rates against {printable(rates.baseline)}, as published"
    return Page(title=title, sections=(_rates(rates), _used(rates)))


def _rates(rates: PublishedWinRates) -> Section:
    first = rates.models.row(0, named=True)
    return Section(
        question="What does the published recipe say?",
        finding=(
            f"{printable(first['model'])} has the highest length-controlled rate, "
            f"{number(first['length_controlled_win_rate'], 2)}% "
            f"({number(first['win_rate'], 2)}% as it is)."
        ),
        evidence="The recipe has no interval of the length-controlled rate; aligned has.",
        chart=partial(plotting.published_win_rates, rates),
        tables=(
            Table(
                rates.models,
                (
                    Column("model", "Model"),
                    Column("length_controlled_win_rate", "Length-controlled", "number", 2),
                    Column("win_rate", "As it is", "number", 2),
                    Column("standard_error", "Standard error", "number", 2),
                    Column("length", "Length", "number", 3),
                    Column("difficulty", "Difficulty", "number", 3),
                    Column("preference", "Intercept", "number", 3),
                    Column("n", "Instructions", "integer"),
                ),
                "Win rates in percent (the standard error is of the rate as it is), and the "
                "recipe's coefficients",
                most=40,
            ),
        ),
        caveats=rates.notes,
    )


def _used(rates: PublishedWinRates) -> Section:
    values = {
        "Baseline": printable(rates.baseline),
        "Difficulties joined by": "row of the model's file"
        if rates.join == "position"
        else "instruction",
        "Gamed rows": integer(rates.gamed_rows),
        "Weight of a gamed row": f"{rates.gamed_weight:g}",
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    removed = sum(removal.count for removal in rates.removed)
    return Section(
        question="What was used, and what was left out?",
        finding=f"{integer(len(rates.models))} models. "
        + (f"{integer(removed)} judgments were left out." if removed else "None was left out."),
        tables=(
            *removed_tables(rates.removed, what="Judgments"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
