"""What a forecast of accuracies says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, level_text, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Downstream, TaskForecast

__all__ = ["downstream_page", "downstream_sections"]

TASK_COLUMNS = (
    Column("task", "Task"),
    Column("verdict", "Verdict"),
    Column("chosen", "Ways"),
    Column("half", "Widest interval +-", "percent", 1),
    Column("noise", "Noise of a run", "percent", 1),
    Column("span", "Range / noise", "number", 0),
    Column("missed", "Missed by", "percent", 1),
    Column("covered", "Covered", "percent", 0),
)
POINT_COLUMNS = (
    Column("task", "Task"),
    Column("run", "Run"),
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("reach", "Times largest", "number", 1),
    Column("observed", "Observed", "percent", 1),
    Column("accuracy", "Foretold", "percent", 1),
    Column("low", "Low", "percent", 1),
    Column("high", "High", "percent", 1),
)
PATH_COLUMNS = (
    Column("task", "Task"),
    Column("path", "Way"),
    Column("joined", "Used"),
    Column("validation_error", "Missed largest fitted", "percent", 1),
    Column("error", "Missed held out", "percent", 1),
    Column("coverage", "Covered", "percent", 0),
    Column("half_width", "Interval +-", "percent", 1),
    Column("reason", "Remark"),
)
MOST_ROWS = 24
MOST_SECTIONS = 12
LONGEST = 100


def downstream_page(
    found: Downstream, *, title: str = "Accuracies foretold from training runs"
) -> Page:
    """Make the page of a forecast."""
    return Page(title=title, sections=(*downstream_sections(found), _used(found)))


def downstream_sections(found: Downstream) -> tuple[Section, ...]:
    """Answer what runs will score, by which way, and what would decide it."""
    single = found.done[0] if len(found.done) == 1 else None
    sections = [_scores(found, single), _ways(found, single)]
    if any(len(one.link) for one in found.done) and single is not None:
        sections.insert(1, _link(found, single))
    return tuple(sections)


def _scores(found: Downstream, single: TaskForecast | None) -> Section:
    draw = (
        partial(plotting.foretold_by_compute, single, found.level)
        if single is not None
        else partial(plotting.foretold_tasks, found)
    )
    frame = found.to_frame().with_columns(_printable("task"), _printable("run"))
    columns = tuple(
        c for c in POINT_COLUMNS if not frame[c.name].is_null().all() and not _one(frame, c.name)
    )
    tables = [
        Table(frame, columns, f"Targets, with {level_text(found.level)} intervals", most=MOST_ROWS)
    ]
    if single is None:
        tables.insert(0, Table(_task_rows(found), _task_columns(found), "Tasks"))
    return Section(
        question="What will it score?",
        finding=_score_finding(found, single),
        low=None if single is None else float(single.points.sort("flops")["low"][-1]),
        high=None if single is None else float(single.points.sort("flops")["high"][-1]),
        evidence=f"{integer(found.n)} runs fitted; intervals of one new run, from runs drawn once "
        "for all steps.",
        chart=draw,
        tables=tuple(tables),
        caveats=(
            "Nothing in the runs tells whether the curve bends beyond them; the intervals hold "
            "what a logistic with an unknown ceiling leaves open, and how far the ways disagree.",
            "Runs that share one fit are missed, or covered, together.",
            *_decides(found),
            *found.notes,
        ),
    )


def _score_finding(found: Downstream, single: TaskForecast | None) -> str:
    finding = found.verdict_words
    if single is not None:
        far = single.points.sort("flops").row(-1, named=True)
        finding = (
            f"{percent(far['accuracy'])} [{percent(far['low'])}, {percent(far['high'])}] for the "
            f"farthest target, {far['reach']:.3g} times the largest fitted run: "
            f"{single.verdict}. {finding}"
        )
    if found.mean_absolute_error is not None and found.coverage is not None:
        finding += (
            f" Held-out accuracies were missed by {percent(found.mean_absolute_error)} on average, "
            f"and {percent(found.coverage, 0)} of them lie inside their intervals."
        )
    return finding


def _one(frame: pl.DataFrame, name: str) -> bool:
    return name == "task" and frame[name].n_unique() == 1


def _printable(name: str) -> pl.Expr:
    return pl.col(name).map_elements(printable, return_dtype=pl.String).alias(name)


def _decides(found: Downstream) -> tuple[str, ...]:
    if len(found.done) != 1:
        return ()
    one = found.done[0]
    return () if one.decides is None else (one.decides.words,)


def _task_columns(found: Downstream) -> tuple[Column, ...]:
    known = found.mean_absolute_error is not None
    return tuple(c for c in TASK_COLUMNS if known or c.name not in ("missed", "covered"))


def _task_rows(found: Downstream) -> pl.DataFrame:
    rows = [
        {
            "task": printable(one.task.name),
            "verdict": one.verdict,
            "chosen": one.chosen or None,
            "half": one.half_width,
            "noise": None if one.movement is None else one.movement.noise,
            "span": None if one.movement is None else one.movement.range_over_noise,
            "missed": one.mean_absolute_error,
            "covered": one.coverage,
        }
        for one in found.tasks
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _link(found: Downstream, one: TaskForecast) -> Section:
    name = one.chosen.split(" + ")[0]
    chance = (
        f"Guessing scores {percent(one.task.chance)} ({one.task.chance_from})."
        if one.task.chance is not None
        else "What guessing scores is not known, and was estimated."
    )
    return Section(
        question="How does accuracy follow from loss?",
        finding=f"By {'an exponential' if name == 'exponential' else 'a logistic'} of the loss "
        f"({', '.join(map(printable, one.task.losses[:4]))}). {chance}",
        chart=partial(plotting.foretold_by_loss, one, found.level),
    )


def _ways(found: Downstream, single: TaskForecast | None) -> Section:
    parts = [
        one.paths.select(pl.lit(printable(one.task.name)).alias("task"), pl.all())
        for one in found.done
    ]
    frame = pl.concat(parts).with_columns(
        joined=pl.when(pl.col("used")).then(pl.lit("yes")).otherwise(pl.lit("")),
        reason=pl.when(pl.col("reason").str.len_chars() > LONGEST)
        .then(pl.col("reason").str.slice(0, LONGEST - 1) + "…")
        .otherwise(pl.col("reason"))
        .fill_null(""),
    )
    dropped = {"task"} if single is not None else set()
    dropped |= {c for c in ("error", "coverage", "validation_error") if frame[c].is_null().all()}
    dropped |= {"reason"} if (frame["reason"] == "").all() else set()
    columns = tuple(c for c in PATH_COLUMNS if c.name not in dropped)
    chosen = f" Here: {single.chosen}." if single is not None else ""
    failed = [one for one in found.tasks if not one.done]
    return Section(
        question="Which way from runs to accuracy?",
        finding="Two steps by way of the loss, and one straight from parameters and tokens, are "
        f"joined with equal weights where both can be fitted.{chosen}",
        evidence="Each way was fitted without the largest fifth of the runs, and missed their "
        "accuracy by what the table says.",
        tables=(Table(frame, columns, "Ways", most=2 * MOST_ROWS),),
        caveats=tuple(
            f"{printable(one.task.name)}: no forecast. {one.verdict_words}" for one in failed
        ),
    )


def _used(found: Downstream) -> Section:
    rows = [
        ("Tasks", str(len(found.tasks))),
        ("Held out", printable(", ".join(found.hold_out)) or "nothing"),
        ("Predictable means", f"an interval of at most {100 * found.within:g} points either way"),
        ("Law of loss", f"E + A / N^alpha + B / D^beta by {found.recipe.words}"),
        ("FLOPs", found.accounting),
        ("Resamples", integer(found.resampling.n)),
        ("Level", level_text(found.level)),
        ("Seed", str(found.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    removed = sum(r.count for r in found.removed)
    return Section(
        question="What was used?",
        finding=f"{integer(found.n)} runs were fitted; filters removed {integer(removed)}.",
        tables=(
            *removed_tables(found.removed, what="Runs"),
            Table(settings, (Column("setting", "Setting"), Column("value", "Value")), "Settings"),
        ),
    )
