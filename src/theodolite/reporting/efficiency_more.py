"""Score against compute: progress by release date, small against large, and two models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.efficiency_frames import factor, gain_text
from theodolite.plotting.text import amount, integer, level_text, listed, number, printable
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Efficiency, Versus
    from theodolite.scaling.efficiency.progress import Progress

__all__ = ["progress_section", "sizes_section", "versus_section"]

RATE_COLUMNS = (
    Column("benchmark", "Benchmark"),
    Column("models", "Models", "integer"),
    Column("text", "Factor a year"),
)
SIZE_COLUMNS = (
    Column("group", "Models"),
    Column("sizes", "Parameters"),
    Column("models", "Number", "integer"),
    Column("families", "Families", "integer"),
    Column("text", "Gain"),
)
SMALLEST_COLUMNS = (
    Column("benchmark", "Benchmark"),
    Column("reached", "Score reached", "percent", 1),
    Column("released", "Released"),
    Column("model", "Model"),
    Column("params", "Parameters", "count"),
    Column("score", "Score", "percent", 1),
    Column("sure", "Beyond noise"),
)
VERSUS_COLUMNS = (
    Column("benchmark", "Benchmark"),
    Column("score", "First", "percent", 1),
    Column("against", "Second", "percent", 1),
    Column("text", "Difference, points"),
    Column("p", "p (Holm)"),
    Column("told", "First is"),
)
AGAINST = "small / large"
MOST = 12


def progress_section(found: Efficiency) -> Section | None:
    """Answer whether later models need less compute for the same score."""
    progress = found.progress
    if progress is None:
        return None
    rows = progress.benchmarks
    texts = [gain_text(*row) for row in rows.select("per_year", "low", "high").iter_rows()]
    table = Table(
        rows.with_columns(pl.Series("text", texts, dtype=pl.String)),
        RATE_COLUMNS,
        f"Factor by which a year saves compute at equal score, with {level_text(found.level)} "
        "intervals",
    )
    year = progress.per_year
    return Section(
        question="Do later models need less compute for the same score?",
        finding=_progress_finding(progress),
        low=year.low if year else None,
        high=year.high if year else None,
        evidence=f"{integer(progress.models)} models in {integer(progress.families)} families with "
        f"a release date, {progress.first} to {progress.last}; compute and date in one fit. "
        f"Without a date: {integer(progress.undated)}."
        if progress.models
        else "",
        chart=partial(plotting.gain_dates, found) if progress.models else None,
        tables=(table,) if rows.height else (),
        caveats=(
            "Families are the units: models of one family came out together. Later models may also "
            "have seen more text like the benchmarks.",
            *progress.notes,
        ),
    )


def _progress_finding(progress: Progress) -> str:
    year, months = progress.per_year, progress.doubling_months
    if year is None:
        return f"It cannot be told: {progress.reason}."
    if months is not None:
        return (
            f"Yes: a year saves a factor of {gain_text(year.estimate, year.low, year.high)}. The "
            f"compute for the same score halves in {number(months.estimate)} months "
            f"[{number(months.low)}, {number(months.high)}]."
        )
    shown = gain_text(year.estimate, year.low, year.high)
    if progress.verdict == "worsens":
        return f"No: later models need more; a year saves a factor of {shown}."
    return (
        f"It cannot be told: a year saves a factor of {shown}. Release dates of more families, "
        "over more years, would decide."
    )


def sizes_section(found: Efficiency) -> Section | None:
    """Answer who makes more of compute, small models or large ones."""
    sizes = found.sizes
    if sizes is None:
        return None
    texts = [gain_text(*row) for row in sizes.select("gain", "low", "high").iter_rows()]
    spans = [
        "" if low is None else f"{amount(low)} to {amount(high)}"
        for low, high in sizes.select("from_params", "to_params").iter_rows()
    ]
    shown = sizes.with_columns(
        pl.Series("text", texts, dtype=pl.String), pl.Series("sizes", spans, dtype=pl.String)
    )
    tables = [Table(shown, SIZE_COLUMNS, "Geometric mean gain of each third of models by size")]
    if found.smallest.height:
        sure = pl.when("sure").then(pl.lit("yes")).otherwise(pl.lit("no"))
        rows = found.smallest.with_columns(sure=sure, released=pl.col("released").cast(pl.String))
        caption = "The smallest model so far to reach what a quarter of the dated models reach"
        tables.append(Table(rows, SMALLEST_COLUMNS, caption, most=MOST))
    last = sizes.filter(group=AGAINST).row(0, named=True)
    return Section(
        question="Do small models make more of compute than large ones?",
        finding=_size_finding(last["gain"], last["low"], last["high"]),
        low=last["low"],
        high=last["high"],
        tables=tuple(tables),
        caveats=(
            "Small models often lie near chance, where the shape of the curve decides: a sigmoid "
            "that is too steep or too flat there reads as a gain or a loss.",
        ),
    )


def _size_finding(gain: float | None, low: float | None, high: float | None) -> str:
    if gain is None or low is None or high is None:
        return "It cannot be told: fewer than three families among the small or the large third."
    text = f"the smallest third has {gain_text(gain, low, high)} times the gain of the largest"
    if low > 1.0:
        return f"Yes: {text}."
    return f"No: {text}." if high < 1.0 else f"It cannot be told: {text}."


def versus_section(found: Efficiency, against: Versus) -> Section:
    """Answer which of two models scores higher, and what each costs."""
    one, two = printable(against.model), printable(against.against)
    texts = [
        f"{number(100 * gap)} [{number(100 * low)}, {number(100 * high)}]"
        for gap, low, high in against.scores.select("difference", "low", "high").iter_rows()
    ]
    told = pl.col("verdict").str.replace_all("-", " ")
    p = [f"{value:.3f}" for value in against.scores["p_adjusted"]]
    made = (pl.Series("text", texts, dtype=pl.String), pl.Series("p", p, dtype=pl.String))
    rows = against.scores.with_columns(*made, told=told)
    gain = against.gain
    worth = (
        ""
        if gain is None
        else f" Beyond compute it makes {gain_text(gain.estimate, gain.low, gain.high)} times as "
        "much of it."
    )
    return Section(
        question=f"{one} or {two}?",
        finding=(
            f"{_said(against)}. It took {factor(against.compute)} times the training compute, "
            f"and takes {factor(against.serving)} times the compute a token to serve.{worth}"
        ),
        evidence=f"{level_text(found.level)} intervals of differences, from the noise of both "
        "scores as if the items were not shared.",
        tables=(Table(rows, VERSUS_COLUMNS, f"{one} (first) and {two} (second)"), _ratios(against)),
        caveats=(
            "Told apart only where every benchmark that tells says the same.",
            *(
                ("Memory follows all parameters, serving those that work on a token.",)
                if against.memory != against.serving
                else ()
            ),
        ),
    )


def _said(against: Versus) -> str:
    words = {"better": "scores higher than", "worse": "scores lower than"}
    said = words.get(against.verdict, "is not told apart from")
    parts = [f"{printable(against.model)} {said} {printable(against.against)}"]
    for verdict, word in (("better", "higher"), ("worse", "lower")):
        names = against.scores.filter(verdict=verdict)["benchmark"].to_list()
        if names:
            parts.append(f"{word} on {listed(names)}")
    return "; ".join(parts)


def _ratios(against: Versus) -> Table:
    names = {
        "compute": "Training FLOPs",
        "tokens": "Tokens",
        "memory": "All parameters",
        "params": "Parameters that work on a token",
        "serving": "FLOPs a token served",
    }
    rows = [(label, f"{factor(getattr(against, name))}") for name, label in names.items()]
    frame = pl.DataFrame(rows, schema=["what", "ratio"], orient="row")
    return Table(frame, (Column("what", "First over second"), Column("ratio", "Ratio")))
