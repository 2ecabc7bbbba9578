"""What an observational law says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, level_text, listed, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Observational, TargetForecast
    from theodolite.scaling.observational import Line
    from theodolite.scaling.result import Estimate

__all__ = ["observational_page", "observational_sections"]

MOST = 12
TARGET_COLUMNS = (
    Column("target", "Target"),
    Column("n", "Models", "integer"),
    Column("mae", "Mean abs. error"),
    Column("baseline", "From compute"),
    Column("difference", "Difference"),
    Column("covered", "Covered", "percent", 0),
    Column("verdict", "Verdict"),
)
POINT_COLUMNS = (
    Column("model", "Model"),
    Column("target", "Target"),
    Column("observed", "Observed", "percent", 1),
    Column("predicted", "Predicted", "percent", 1),
    Column("low", "Low", "percent", 1),
    Column("high", "High", "percent", 1),
    Column("compute_predicted", "From compute", "percent", 1),
)
FAMILY_COLUMNS = (
    Column("family", "Family"),
    Column("models", "Models", "integer"),
    Column("slope", "Own slope", "number", 2),
    Column("r_squared", "R2", "number", 2),
    Column("estimate", "Compute counts", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
)


def observational_page(
    found: Observational,
    *,
    title: str = "Capabilities of published models, and what they predict",
) -> Page:
    """Make the page of an observational law."""
    return Page(title=title, sections=(*observational_sections(found), _used(found)))


def observational_sections(found: Observational) -> tuple[Section, ...]:
    """Answer whether capabilities predict, how many there are, and what compute buys of them."""
    return (_predicts(found), _capabilities(found), _families(found))


def _predicts(found: Observational) -> Section:
    fitted = [one for one in found.targets if one.law]
    rows = [_target_row(one) for one in fitted]
    table = Table(
        pl.DataFrame(rows, infer_schema_length=None),
        TARGET_COLUMNS,
        f"Mean absolute errors in points with {level_text(found.level)} intervals, clustered by "
        "family",
    )
    unfit = [(printable(one.target), one.reason) for one in found.targets if not one.law]
    tables = [table, *_points_table(found)]
    if unfit:
        frame = pl.DataFrame(unfit, schema=["target", "reason"], orient="row")
        columns = (Column("target", "Target"), Column("reason", "Why it could not be fitted"))
        tables.append(Table(frame, columns, "Not fitted"))
    drawn = any(
        not one.points.is_empty() and one.points["observed"].null_count() < one.points.height
        for one in fitted
    )
    return Section(
        question="Do other benchmarks predict a target better than compute does?",
        finding=f"{found.verdict_words} {found.decides}",
        low=None if found.difference is None else found.difference.low,
        high=None if found.difference is None else found.difference.high,
        evidence=_how(found),
        chart=partial(plotting.target_forecasts, found) if drawn else None,
        tables=tuple(tables),
        caveats=(
            "Published models are no random sample: families copy each other's data and recipes, "
            "and a benchmark may have leaked into training. Prediction of one score from others "
            "says nothing about why.",
            "Intervals suppose that new models are to the fitted ones as families are to each "
            "other.",
            *found.notes,
        ),
    )


def _how(found: Observational) -> str:
    apart = {
        role
        for one in found.targets
        if not one.points.is_empty()
        for role in one.points["role"].unique()
    }
    who = (
        "each family predicted by a fit without it"
        if apart <= {"fitted"}
        else f"models predicted by a fit to others ({listed(sorted(apart))})"
    )
    return (
        f"Sigmoids of {integer(found.setup.components)} capabilities against sigmoids of log "
        f"FLOPs; {who}. Predicts: all of the difference's interval is below 0. No better: all of "
        "it is above a gain of one point."
    )


def _target_row(one: TargetForecast) -> dict[str, object]:
    covered = one.coverage
    return {
        "target": printable(one.target),
        "n": int(one.points["observed"].is_not_null().sum()),
        "mae": _points_text(one.mae),
        "baseline": _points_text(one.baseline_mae),
        "difference": _points_text(one.difference),
        "covered": None if covered is None else float(covered["estimate"]),
        "verdict": one.verdict,
    }


def _points_text(one: Estimate | None) -> str:
    if one is None:
        return number(None)
    low, high = number(100 * one.low, 1), number(100 * one.high, 1)
    return f"{number(100 * one.estimate, 1)} [{low}, {high}]"


def _points_table(found: Observational) -> list[Table]:
    frame = found.to_frame()
    if frame.is_empty():
        return []
    names = pl.col("model", "target").map_elements(printable, return_dtype=pl.String)
    away = (pl.col("predicted") - pl.col("observed")).abs()
    frame = frame.with_columns(names).sort(away, descending=True, nulls_last=True)
    caption = f"Predictions with {level_text(found.level)} intervals of one model, the worst first"
    return [Table(frame, POINT_COLUMNS, caption, most=MOST)]


def _capabilities(found: Observational) -> Section:
    shares = ", ".join(percent(one.estimate, 1) for one in found.explained)
    first = found.explained[0]
    missing = int((found.models["missing"] > 0).sum())
    return Section(
        question="How many capabilities are behind the benchmarks?",
        finding=(
            f"The first explains {percent(first.estimate, 1)} [{percent(first.low, 1)}, "
            f"{percent(first.high, 1)}] of the variance of {integer(len(found.benchmarks))} "
            f"benchmarks; {integer(len(found.explained))} explain {shares}. Hidden scores are "
            f"predicted best with {integer(found.best_components)}."
        ),
        low=first.low,
        high=first.high,
        evidence=(
            "Principal components of centred, unscaled scores of the fitted models; "
            f"{integer(missing)} of {integer(found.models.height)} models lack some score "
            f"({found.setup.impute}); {integer(found.setup.draws)} weightings of families."
        ),
        chart=partial(plotting.target_sigmoids, found),
        tables=_axes_tables(found),
    )


def _axes_tables(found: Observational) -> tuple[Table, ...]:
    names = [name for name in found.loadings.columns if name != "benchmark"]
    columns = (
        Column("benchmark", "Benchmark"),
        *(Column(name, name.replace("_", " ").capitalize(), "number", 2) for name in names),
    )
    loadings = found.loadings.with_columns(
        pl.col("benchmark").map_elements(printable, return_dtype=pl.String)
    )
    errors = [
        {"components": k + 1, "error": 100.0 * value}
        for k, value in enumerate(found.held_out_cells)
    ]
    counted = (
        Column("components", "Components", "integer"),
        Column("error", "Error of hidden scores, points", "number", 2),
    )
    return (
        Table(loadings, columns, "Axes"),
        Table(pl.DataFrame(errors), counted, "A fifth of the scores hidden in turn"),
    )


def _families(found: Observational) -> Section:
    question = "How does capability grow with compute?"
    drawn = found.models["flops"].null_count() < found.models.height
    chart = partial(plotting.capability_growth, found) if drawn else None
    if not found.lines:
        return Section(
            question,
            "That cannot be told: fewer than three families have two models of known FLOPs.",
            chart=chart,
        )
    line = found.lines[0]
    best = line.families[0]
    return Section(
        question=question,
        finding=(
            f"Ten times the compute adds {number(line.slope.estimate, 2)} "
            f"[{number(line.slope.low, 2)}, {number(line.slope.high, 2)}] standard deviations of "
            f"the first capability within a family; one slope explains "
            f"{percent(line.r_squared, 0)} of the variance within families. Compute counts most "
            f"for {printable(best.family)}: {number(best.efficiency.estimate, 1)} times the "
            f"average family's [{number(best.efficiency.low, 1)}, "
            f"{number(best.efficiency.high, 1)}]."
        ),
        low=line.slope.low,
        high=line.slope.high,
        evidence=(
            "Least squares within families, one slope; standard errors clustered by family. FLOPs "
            "are 6 times active parameters times tokens."
        ),
        chart=chart,
        tables=(_family_table(line),),
        caveats=(
            "The most efficient of many families is picked by its estimate: its true factor is "
            "likely smaller. A family that was trained towards the benchmarks looks efficient too.",
        ),
    )


def _family_table(line: Line) -> Table:
    rows = [
        {
            "family": printable(one.family),
            "models": one.models,
            "slope": one.slope,
            "r_squared": one.r_squared,
            "estimate": one.efficiency.estimate,
            "low": one.efficiency.low,
            "high": one.efficiency.high,
        }
        for one in line.families
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    caption = "By what factor a family's compute counts, against the average family's"
    return Table(frame, FAMILY_COLUMNS, caption, most=MOST)


def _used(found: Observational) -> Section:
    removed = sum(one.count for one in found.removed)
    setup = found.setup
    counts = found.models["role"].value_counts().sort("role")
    roles = ", ".join(f"{integer(n)} {role}" for role, n in counts.iter_rows())
    rows = [
        ("Benchmarks", printable(", ".join(found.benchmarks))),
        ("Held out", printable(", ".join(found.hold_out)) or "each family in turn"),
        ("Filters", printable("; ".join(setup.conditions)) or "none"),
        ("Kinds", printable(", ".join(setup.kinds))),
        ("Components", integer(setup.components)),
        ("Missing scores", setup.impute),
        ("Weightings of families", integer(setup.draws)),
        ("Level", level_text(found.level)),
        ("Seed", str(setup.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    return Section(
        question="What was used?",
        finding=f"{roles} models; {integer(removed)} were left out.",
        tables=(
            *removed_tables(found.removed, what="Number"),
            Table(settings, (Column("setting", "Setting"), Column("value", "Value")), "Settings"),
        ),
    )
