"""What release dates say of tokens per parameter, as sections."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import MISSING, amount, integer, level_text, percent, printable
from theodolite.plotting.trend_frames import write
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scaling.trends.words import ends, times

if TYPE_CHECKING:
    from collections.abc import Callable

    from theodolite.scaling import Trend
    from theodolite.scaling.result import Estimate
    from theodolite.scaling.trends.breaks import Break, Reading
    from theodolite.scaling.trends.optimum import Crossing, PastOptimum, Yardstick
    from theodolite.scaling.trends.unknown import UnknownBreak

__all__ = ["trend_page", "trend_sections"]

READINGS = ("as it is", "size fixed", "compute fixed")
BREAK_COLUMNS = (
    Column("date", "Date"),
    Column("reading", "Read"),
    Column("verdict", "Verdict"),
    Column("p", "p"),
    Column("jump", "Jump"),
    Column("change", "Mean after / before"),
)
LEVEL_COLUMNS = (
    Column("date", "Date"),
    Column("reading", "Read"),
    Column("before", "Just before"),
    Column("after", "Just after"),
    Column("early", "A year, before"),
    Column("late", "A year, after"),
)
SEARCH_COLUMNS = (
    Column("reading", "Read"),
    Column("p", "p"),
    Column("estimate", "Best date"),
    Column("low", "From"),
    Column("high", "To"),
    Column("dates", "Dates"),
)
LAW_COLUMNS = (
    Column("law", "Optimum by"),
    Column("last", "At the last release"),
    Column("slope", "A year"),
    Column("crossing", "At the optimum"),
    Column("low", "From"),
    Column("high", "To"),
)
SHARE_COLUMNS = (
    Column("law", "Optimum by"),
    Column("date", "Date"),
    Column("before", "Before"),
    Column("after", "From it on"),
)
MODEL_COLUMNS = (
    Column("model", "Model"),
    Column("released", "Released"),
    Column("cluster", "Counts in"),
    Column("params_text", "Parameters"),
    Column("tokens_text", "Tokens"),
    Column("ratio", "Tokens a parameter"),
    Column("over", "Over the optimum"),
)
MOST_MODELS = 12


def trend_page(found: Trend, *, title: str | None = None) -> Page:
    """Make the page of a trend."""
    what = found.measure.words
    title = title or f"{what[0].upper()}{what[1:]} by date of release"
    return Page(title=title, sections=(*trend_sections(found), _used(found)))


def trend_sections(found: Trend) -> tuple[Section, ...]:
    """Answer whether the field shifted, when, and whether it is past the optimum."""
    sections = [_shifted(found), _searched(found)]
    if found.past_optimum is not None:
        sections.append(_past(found, found.past_optimum))
    return tuple(sections)


def _shifted(found: Trend) -> Section:
    overall = found.overall
    to_text = write(found.measure.quantity)
    course = (
        f"One line through all {integer(len(found.data.frame))} models rises from "
        f"{to_text(overall.first.estimate)} to {to_text(overall.last.estimate)}, by a factor "
        f"{ends(overall.slope)} a year."
        if overall.slope.estimate >= 1.0
        else f"One line through all {integer(len(found.data.frame))} models falls from "
        f"{to_text(overall.first.estimate)} to {to_text(overall.last.estimate)}, by a factor "
        f"{ends(overall.slope)} a year."
    )
    return Section(
        question="Did the field shift?",
        finding=found.verdict_words,
        evidence=(
            f"{course} {integer(found.data.n_clusters)} clusters (by {found.cluster}), each "
            f"counting once; wild cluster bootstrap, {integer(found.resampling.n)} draws, Holm "
            f"over the dates; {level_text(found.level)} intervals (CR2)."
        ),
        chart=partial(plotting.trend_lines, found),
        tables=_break_tables(found),
        caveats=(
            "The test is of level and slope together: it does not say that the date is the only, "
            "or the best, place of a break.",
            "At fixed parameters, models of one size are compared: whether larger or smaller "
            "models were released does not count.",
            *((f"What would decide: {found.decides}",) if found.decides else ()),
            *found.notes,
        ),
    )


def _break_tables(found: Trend) -> tuple[Table, ...]:
    read = [
        (one, name, reading)
        for one in found.breaks
        for name, reading in zip(READINGS, one.readings, strict=True)
        if reading is not None
    ]
    tables = []
    if read:
        rows = pl.DataFrame([_break_row(*three) for three in read], infer_schema_length=None)
        to_text = write(found.measure.quantity)
        levels = pl.DataFrame(
            [_level_row(*three, to_text) for three in read], infer_schema_length=None
        )
        tables = [
            Table(rows, BREAK_COLUMNS, "Breaks: factors with intervals"),
            Table(
                levels,
                LEVEL_COLUMNS,
                f"{found.measure.words.capitalize()} at each date, and factors a year",
            ),
        ]
    unread = [
        {"date": one.day.isoformat(), "reason": one.reason, "sides": _sides(one)}
        for one in found.breaks
        if one.plain is None
    ]
    if unread:
        columns = (
            Column("date", "Date"),
            Column("sides", "Models (clusters) before, after"),
            Column("reason", "Why"),
        )
        tables.append(Table(pl.DataFrame(unread), columns, "Cannot be told"))
    return tuple(tables)


def _sides(one: Break) -> str:
    both = zip(one.models, one.clusters, strict=True)
    return ", ".join(f"{integer(models)} ({integer(clusters)})" for models, clusters in both)


def _break_row(one: Break, name: str, reading: Reading) -> dict[str, str]:
    return {
        "date": one.day.isoformat(),
        "reading": name,
        "p": _p(reading.p_adjusted),
        "jump": ends(reading.jump),
        "change": ends(reading.change),
        "verdict": reading.verdict,
    }


def _level_row(
    one: Break, name: str, reading: Reading, to_text: Callable[[float | None], str]
) -> dict[str, str]:
    return {
        "date": one.day.isoformat(),
        "reading": name,
        "before": _values(reading.level_before, to_text),
        "after": _values(reading.level_after, to_text),
        "early": ends(reading.slope_before),
        "late": ends(reading.slope_after),
    }


def _values(estimate: Estimate, to_text: Callable[[float | None], str]) -> str:
    return f"{to_text(estimate.estimate)} [{to_text(estimate.low)}, {to_text(estimate.high)}]"


def _p(value: float) -> str:
    return f"{value:.2g}"


def _searched(found: Trend) -> Section:
    searches = [
        (name, search)
        for name, search in zip(
            READINGS, (found.unknown, found.unknown_at_fixed_params), strict=False
        )
        if search is not None
    ]
    question = "When, if no date is given?"
    if not searches:
        return Section(question, "No date leaves enough clusters on both sides to look for one.")
    return Section(
        question=question,
        finding=_searched_finding(searches[0][1], found.level),
        evidence="Sup-F over all release dates with enough clusters on both sides; wild cluster "
        "bootstrap. The set inverts a test of each date.",
        tables=(
            Table(
                pl.DataFrame([_search_row(name, one) for name, one in searches]),
                SEARCH_COLUMNS,
                f"A break at an unknown date, with {level_text(found.level)} confidence sets",
            ),
        ),
        caveats=("The set means something only where there is a break, and takes it for one.",),
    )


def _searched_finding(one: UnknownBreak, level: float) -> str:
    span = f"{one.low.isoformat()} to {one.high.isoformat()}"
    if one.p_value > 1.0 - level:
        return (
            f"That there is any break is not sure (p = {_p(one.p_value)}); of "
            f"{integer(one.searched)} tried, the best date is {one.estimate.isoformat()}, and "
            f"{span} fit as well."
        )
    return (
        f"A break somewhere is sure (p = {_p(one.p_value)}). Of {integer(one.searched)} dates "
        f"tried, the best is {one.estimate.isoformat()}; {integer(len(one.dates))} of them, from "
        f"{span}, fit as well within chance."
    )


def _search_row(name: str, one: UnknownBreak) -> dict[str, str]:
    return {
        "reading": name,
        "p": _p(one.p_value),
        "estimate": one.estimate.isoformat(),
        "low": one.low.isoformat(),
        "high": one.high.isoformat(),
        "dates": f"{integer(len(one.dates))} of {integer(one.searched)}",
    }


def _past(found: Trend, past: PastOptimum) -> Section:
    shown = past.shown
    rows = pl.DataFrame([_law_row(one) for one in past.yardsticks], infer_schema_length=None)
    return Section(
        question="Is the field past the optimum?",
        finding=_past_finding(past, shown, found),
        low=shown.last.low if math.isfinite(shown.last.low) else None,
        high=shown.last.high if math.isfinite(shown.last.high) else None,
        evidence=(
            "Tokens per parameter over those that are optimal at each model's own compute, 6 N D; "
            f"one line through all; shares count each {found.cluster} once, with Wilson's "
            f"{level_text(found.level)} intervals."
        ),
        chart=partial(plotting.over_training, found),
        tables=(
            Table(rows, LAW_COLUMNS, "Over-training along the line, by each law"),
            Table(_shares(past), SHARE_COLUMNS, "Shares past the optimum"),
        ),
        caveats=(
            "The laws were fitted to dense models with far less compute, on other text: where the "
            "optimum of these models is, none of them knows for sure.",
            "A model past the optimum is smaller than its compute could pay for, and cheaper to "
            "serve: no mistake.",
        ),
    )


def _past_finding(past: PastOptimum, shown: Yardstick, found: Trend) -> str:
    ahead = {
        "past the optimum": "Yes",
        "short of the optimum": "No, it is short of it",
        "cannot be told": "It cannot be told",
    }[past.verdict]
    last = found.data.last.isoformat()
    words = (
        f"{ahead}: by {past.law} the line stands at {ends(shown.last)} times the optimum at the "
        f"last release ({last}), and grows by a factor {ends(shown.slope)} a year."
    )
    why = f" The interval is unbounded: {past.reason}." if past.reason else ""
    return f"{words}{why} {_crossing_words(shown.crossing)}"


def _crossing_words(one: Crossing) -> str:
    if one.estimate is None:
        return "When it passes the optimum is beyond the calendar."
    between = (
        "no date is excluded"
        if one.low is None or one.high is None
        else f"{one.low.isoformat()} to {one.high.isoformat()}"
    )
    where = ", outside the releases" if one.outside else ""
    return f"It is at the optimum on {one.estimate.isoformat()} ({between}){where}."


def _law_row(one: Yardstick) -> dict[str, str]:
    crossing = one.crossing
    ends_ = {"crossing": crossing.estimate, "low": crossing.low, "high": crossing.high}
    return {
        "law": one.law,
        "last": ends(one.last),
        "slope": ends(one.slope),
        **{name: MISSING if day is None else day.isoformat() for name, day in ends_.items()},
    }


def _shares(past: PastOptimum) -> pl.DataFrame:
    rows = [
        {
            "law": one.law,
            "date": day.isoformat(),
            "before": _share(early),
            "after": _share(late),
        }
        for one in past.yardsticks
        for day, early, late in zip(past.days, one.before, one.after, strict=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _share(one: Estimate | None) -> str:
    if one is None:
        return MISSING
    return f"{percent(one.estimate, 0)} [{percent(one.low, 0)}, {percent(one.high, 0)}]"


def _used(found: Trend) -> Section:
    frame = found.to_frame()
    ratio = write("tokens_per_param")
    rows = frame.sort("released", "model", descending=[True, False]).select(
        pl.col("model", "cluster").map_elements(printable, return_dtype=pl.String),
        pl.col("released").cast(pl.String),
        pl.col("params").map_elements(amount, return_dtype=pl.String).alias("params_text"),
        pl.col("tokens").map_elements(amount, return_dtype=pl.String).alias("tokens_text"),
        pl.col("tokens_per_param").map_elements(ratio, return_dtype=pl.String).alias("ratio"),
        pl.col("over_training").map_elements(times, return_dtype=pl.String).alias("over"),
    )
    removed = sum(r.count for r in found.data.removed)
    settings = [
        ("Followed", found.measure.words),
        ("Optimum by", found.measure.law),
        ("Counts once", f"each {found.cluster}"),
        ("Models", "the largest of each release" if found.measure.largest else "all"),
        ("Margin", f"a factor {times(found.measure.margin)}"),
        ("Draws", integer(found.resampling.n)),
        ("Level", level_text(found.level)),
        ("Seed", str(found.resampling.seed)),
        ("Theodolite", __version__),
    ]
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(frame))} base models in {integer(found.data.n_clusters)} clusters (by "
            f"{found.cluster}); {integer(removed)} models were left out."
        ),
        tables=(
            *removed_tables(found.data.removed, what="Models"),
            Table(rows, MODEL_COLUMNS, "Models, the latest first", most=MOST_MODELS),
            Table(
                pl.DataFrame(settings, schema=["setting", "value"], orient="row"),
                (Column("setting", "Setting"), Column("value", "Value")),
                "Settings",
            ),
        ),
    )
