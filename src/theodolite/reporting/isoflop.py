"""What isoFLOP profiles and the lower envelope say, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, flops, integer, level_text, number
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scaling import IsoFlop

if TYPE_CHECKING:
    from theodolite.scaling import Envelope

__all__ = ["isoflop_page", "isoflop_sections"]

MOST_ON_TERMINAL = 12
# An optimum further from the budgets than this rests on the power law alone.
FAR = 10.0
SIZE_COLUMNS = (Column("flops", "FLOPs", "flops"), Column("params", "Parameters", "count"))
TOKEN_COLUMNS = (
    Column("tokens", "Tokens", "count"),
    Column("tokens_per_param", "D / N", "count"),
    Column("loss", "Loss", "number", 4),
)
PARABOLA = (
    "A parabola in log parameters is itself an approximation: where sizes reach much further to "
    "one side of the minimum than to the other, it moves the minimum, and no interval shows it."
)


def isoflop_page(
    found: IsoFlop | Envelope,
    *,
    at: float | None = None,
    title: str = "Compute-optimal size",
) -> Page:
    """Make the page of either approach; ``at`` asks for the optimum at a budget."""
    return Page(title=title, sections=(*isoflop_sections(found, at=at), _used(found)))


def isoflop_sections(found: IsoFlop | Envelope, *, at: float | None = None) -> tuple[Section, ...]:
    """Answer how size should grow, what is optimal where, and at ``at``."""
    sections = [_growth(found, at)]
    if at is not None:
        sections.append(_optimum(found, at))
    sections.append(_minima(found) if isinstance(found, IsoFlop) else _points(found))
    return tuple(sections)


def _growth(found: IsoFlop | Envelope, at: float | None) -> Section:
    low, high = found.allocation_interval
    tokens_low, tokens_high = found.tokens_interval
    rows = [
        ("parameters", found.allocation_exponent, low, high),
        ("tokens", found.tokens_exponent, tokens_low, tokens_high),
    ]
    columns = (
        Column("what", "Grows with compute"),
        Column("exponent", "Exponent", "number", 3),
        Column("low", "Low", "number", 3),
        Column("high", "High", "number", 3),
    )
    frame = pl.DataFrame(rows, schema=["what", "exponent", "low", "high"], orient="row")
    level = level_text(found.level)
    return Section(
        question="How should size grow with compute?",
        finding=found.verdict,
        low=low,
        high=high,
        evidence=_evidence(found),
        chart=partial(plotting.size_growth, found, at),
        tables=(Table(frame, columns, f"Exponents of the power laws, with {level} intervals"),),
        caveats=found.notes,
    )


def _evidence(found: IsoFlop | Envelope) -> str:
    first, last = (flops(end) for end in found.flops_range)
    if isinstance(found, IsoFlop):
        what = f"{integer(len(found.budgets))} budgets, {integer(len(found.runs))} runs"
    else:
        what = f"{integer(len(found.points))} runs on the envelope of {integer(len(found.runs))}"
    return f"{what}, {first} to {last} FLOPs ({found.words})."


def _optimum(found: IsoFlop | Envelope, at: float) -> Section:
    best = found.optimum(at)
    ratio = f"{count(best.tokens_per_param_low)} to {count(best.tokens_per_param_high)}"
    far = (
        (
            f"{flops(at)} FLOPs lie a factor of {best.beyond:,.0f} outside the budgets that "
            "were used: this holds if the power law does.",
        )
        if best.beyond > FAR
        else ()
    )
    return Section(
        question=f"What is optimal at {flops(at)} FLOPs?",
        finding=(
            f"{count(best.params)} parameters ({level_text(found.level)} interval "
            f"{count(best.params_low)} to {count(best.params_high)}) and {count(best.tokens)} "
            f"tokens ({count(best.tokens_low)} to {count(best.tokens_high)}): "
            f"{count(best.tokens_per_param)} tokens per parameter ({ratio})."
        ),
        low=best.params_low,
        high=best.params_high,
        caveats=far,
    )


def _minima(found: IsoFlop) -> Section:
    edge = pl.when("edge").then(pl.lit("at the edge")).otherwise(pl.lit(""))
    frame = found.budgets.with_columns(edge=edge)
    columns = (
        *SIZE_COLUMNS,
        Column("params_low", "Low", "count"),
        Column("params_high", "High", "count"),
        *TOKEN_COLUMNS,
        Column("n", "Runs", "integer"),
        *((Column("edge", ""),) if found.budgets["edge"].any() else ()),
    )
    rows = found.budgets.to_dicts()
    level, aside = level_text(found.level), int(found.set_aside["n"].sum())
    ratios = found.budgets["tokens_per_param"]
    return Section(
        question="Which size ends lowest at each budget?",
        finding=(
            f"From {count(rows[0]['params'])} parameters at {flops(rows[0]['flops'])} FLOPs "
            f"to {count(rows[-1]['params'])} at {flops(rows[-1]['flops'])}, with "
            f"{count(ratios.min())} to {count(ratios.max())} tokens per parameter. "  # type: ignore[arg-type]
            + (f"{integer(aside)} runs were set aside." if aside else "No run was set aside.")
        ),
        evidence="At each budget a parabola of the loss in log parameters.",
        chart=partial(plotting.loss_profiles, found),
        tables=(
            Table(frame, columns, f"Minima, with {level} intervals", most=MOST_ON_TERMINAL),
            *_set_aside(found),
        ),
        caveats=(PARABOLA,),
    )


def _set_aside(found: IsoFlop) -> tuple[Table, ...]:
    if found.set_aside.is_empty():
        return ()
    columns = (
        Column("flops", "FLOPs", "flops"),
        Column("n", "Runs", "integer"),
        Column("reason", "Set aside because"),
    )
    frame = found.set_aside.sort("n", descending=True, maintain_order=True)
    return (Table(frame, columns, "Set aside", most=MOST_ON_TERMINAL),)


def _points(found: Envelope) -> Section:
    frame = found.points.with_columns(tokens_per_param=pl.col("tokens") / pl.col("params"))
    columns = (*SIZE_COLUMNS, *TOKEN_COLUMNS)
    return Section(
        question="Which runs does no cheaper one beat?",
        finding=(
            f"{integer(len(frame))} of {integer(len(found.runs))} runs: none that cost as much, to "
            f"within {100 * found.tolerance:g}%, or less ended lower."
        ),
        chart=partial(plotting.loss_envelope, found),
        tables=(Table(frame, columns, "The lower envelope", most=MOST_ON_TERMINAL),),
    )


def _used(found: IsoFlop | Envelope) -> Section:
    profiles = isinstance(found, IsoFlop)
    removed = sum(removal.count for removal in found.removed)
    values = {
        "Approach": "isoFLOP profiles" if profiles else "lower envelope of final losses",
        "FLOPs": f"{found.accounting}: {found.words}",
        "Counted as one budget": f"within {100 * found.tolerance:g}%",
        "Intervals of a budget": (
            "normal draws of the parabola, the noise's variance shared as far as budgets agree"
            if profiles
            else None
        ),
        "Intervals of the power laws": (
            "Student's, by the scatter of the minima" if profiles else "percentiles over resamples"
        ),
        "Scatter beyond the noise of runs": (
            f"{number(100 * found.params_line.between**0.5)}% of the size"
            if isinstance(found, IsoFlop)
            else None
        ),
        "Level": f"{found.level:g}",
        "Resamples": integer(found.n_resamples),
        "Seed": str(found.seed),
        "Theodolite": __version__,
    }
    given = {name: value for name, value in values.items() if value is not None}
    frame = pl.DataFrame({"setting": list(given), "value": list(given.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(found.runs))} runs used. "
            + (f"{integer(removed)} runs were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(found.removed, what="Runs"), settings),
    )
