"""What a floor and the losses observed against it say, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, integer, level_text, number, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Floor

__all__ = ["floor_page", "floor_sections"]

MOST_RUNS = 12
EACH = "the intervals are of each alone"
SHOWN = (1, 10, 100)
COVERS = {
    "forms": "sampling, over all forms that count",
    "sampling": "sampling, by one form",
    "standard error": "sampling, as published",
    "rounding": "the rounding of its digits",
}
RUN_COLUMNS = (
    Column("run", "Run"),
    Column("loss", "Loss", "number", 3),
    Column("floor", "Floor", "number", 3),
    Column("difference", "Difference", "number", 3),
    Column("ends", "Interval"),
    Column("share_below", "Draws below", "percent", 1),
    Column("verdict", "Verdict"),
)
SIZE_COLUMNS = (
    Column("run", "Run"),
    Column("params", "Parameters", "count"),
    Column("loss", "Loss", "number", 3),
    Column("size_floor", "Floor", "number", 3),
    Column("size_difference", "Difference", "number", 3),
    Column("ends", "Interval"),
    Column("size_verdict", "Verdict"),
)
FORM_COLUMNS = (
    Column("form", "Form"),
    Column("n", "Runs", "integer"),
    Column("estimate", "E", "number", 3),
    Column("low", "Low", "number", 3),
    Column("high", "High", "number", 3),
    Column("zero_share", "Draws with E = 0", "percent", 1),
    Column("counts", "In the verdict"),
)
DESIGN_COLUMNS = (
    Column("words", "Further runs"),
    Column("flops", "FLOPs each", "flops"),
    Column("params", "Parameters"),
    *(Column(f"after_{k}", f"After {k}", "number", 3) for k in SHOWN),
    Column("runs", "To decide", "integer"),
)


def floor_page(found: Floor) -> Page:
    """Make the page of a floor."""
    sections = (*floor_sections(found), _used(found))
    return Page(title="Losses against the irreducible loss of a scaling law", sections=sections)


def floor_sections(found: Floor) -> tuple[Section, ...]:
    """Answer which losses are below the floor, below that of their size, and what would decide."""
    sections = [_below(found)]
    if found.observed["size_verdict"].is_not_null().any():
        sections.append(_size(found))
    if found.decides.designs:
        sections.append(_decides(found))
    return tuple(sections)


def _below(found: Floor) -> Section:
    lowest = found.observed.sort("loss").row(0, named=True)
    tables = [
        Table(
            _with_ends(found.observed, ""),
            RUN_COLUMNS,
            f"Observed losses less the floor ({found.unit}), the lowest first; {EACH}",
            most=MOST_RUNS,
        )
    ]
    if found.n is not None:
        tables.append(_form_table(found))
    return Section(
        question="Do observed losses lie below the irreducible loss?",
        finding=found.verdict_words,
        low=lowest["low"],
        high=lowest["high"],
        evidence=(
            f"{printable(found.source)}. Noise of an observed loss: {found.noise_of}. "
            f"{level_text(found.level)}, Holm's adjustment over "
            f"{_losses(len(found.observed))}."
        ),
        chart=partial(plotting.floor_forms, found),
        tables=tuple(tables),
        caveats=found.notes if found.decides.designs else (*found.notes, found.decides.words),
    )


def _losses(count: int) -> str:
    return "1 loss" if count == 1 else f"{integer(count)} losses"


def _form_table(found: Floor) -> Table:
    rows = [
        form.to_dict()
        | {"form": form.words, "counts": form.reason or "yes" if form.floor else form.reason}
        for form in found.forms
    ]
    caption = f"E by form ({found.unit}), with the {level_text(found.level)} interval of each"
    return Table(pl.DataFrame(rows, infer_schema_length=None), FORM_COLUMNS, caption)


def _size(found: Floor) -> Section:
    below = found.count("below the floor", at_size=True)
    above = found.count("above the floor", at_size=True)
    total = len(found.observed)
    return Section(
        question="Do they lie below what any number of tokens gives a model of their size?",
        finding=(
            f"Of {_losses(total)}, {integer(below)} below E + A / N^alpha at the run's own size, "
            f"{integer(above)} above; of {integer(total - below - above)} it cannot be told."
        ),
        evidence="The forms that count and have a term in N; the same noise and adjustment.",
        tables=(
            Table(
                _with_ends(found.observed, "size_"),
                SIZE_COLUMNS,
                f"Observed losses less the floor of their size ({found.unit}); {EACH}",
                most=MOST_RUNS,
            ),
        ),
    )


def _decides(found: Floor) -> Section:
    rows = [
        {
            "words": one.words,
            "flops": one.flops,
            "params": ", ".join(count(x) for x in one.params),
            "runs": one.runs,
            **{f"after_{k}": _after(one.curve, k) for k in SHOWN},
        }
        for one in found.decides.designs
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None).cast({"runs": pl.Int64})
    caption = f"Half the width of E's interval ({found.unit}) after further runs"
    return Section(
        question="What would decide?",
        finding=printable(found.decides.words),
        evidence=(
            "By the information of further runs about the parameters, for the law that answers; "
            "as much scatter as now."
        ),
        chart=partial(plotting.floor_runs, found),
        tables=(Table(frame, DESIGN_COLUMNS, caption),),
        caveats=(
            "It supposes that the law holds there: runs that show another curve move E instead of "
            "narrowing it.",
        ),
    )


def _after(curve: pl.DataFrame, runs: int) -> float:
    return float(curve.filter(pl.col("runs") == runs)["half_width"][0])


def _with_ends(observed: pl.DataFrame, prefix: str) -> pl.DataFrame:
    ends = [
        "" if low is None else f"[{number(low, 3)}, {number(high, 3)}]"
        for low, high in observed.select(f"{prefix}low", f"{prefix}high").iter_rows()
    ]
    return observed.with_columns(ends=pl.Series(ends, dtype=pl.String)).sort("loss")


def _used(found: Floor) -> Section:
    rows = [
        ("Reference", printable(found.source)),
        ("Unit", found.unit),
        ("The interval of E covers", COVERS[found.interval_of]),
        ("Objective", found.recipe.words),
        ("Resamples", integer(found.resampling.n)),
        ("Clustered by", printable(found.resampling.cluster or "none")),
        ("Level", level_text(found.level)),
        ("Seed", str(found.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    columns = (Column("setting", "Setting"), Column("value", "Value"))
    removed = sum(r.count for r in found.removed)
    runs = "A published law" if found.n is None else f"{integer(found.n)} runs"
    return Section(
        question="What was used?",
        finding=f"{runs} and {_losses(len(found.observed))}; filters removed {integer(removed)}.",
        tables=(
            *removed_tables(found.removed, what="Runs"),
            Table(settings, columns, "Settings"),
        ),
    )
