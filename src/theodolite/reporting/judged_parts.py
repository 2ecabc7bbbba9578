"""What the pages of graded answers and of games share, one section each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.mt_bench_frames import ends_text
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    p_value,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.paired import pair_table, ranked
from theodolite.reporting.sections import Column, Section, Table
from theodolite.scoring.mt_bench import Graded

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench import Compared, Exclusion

    Result = Graded | Compared

__all__ = [
    "MOST_ON_PAGE",
    "MOST_ON_TERMINAL",
    "Unit",
    "better_section",
    "categories_section",
    "excluded_section",
    "leader_text",
    "ranked",
    "score_columns",
    "unit_of",
    "used_section",
]

MOST_ON_TERMINAL = 12
# Rows that a page can hold; the JSON object has them all.
MOST_ON_PAGE = 5000


@dataclass(frozen=True)
class Unit:
    """How a score is written, and what it and a judgment are called."""

    digits: int
    suffix: str
    score: str
    judgment: str
    judgments: str

    def text(self, value: float | None) -> str:
        """Write a score."""
        return f"{number(value, self.digits)}{self.suffix}"

    def ends(self, low: float | None, high: float | None) -> str:
        """Write an interval."""
        if low is None or high is None:
            return "not known"
        return f"{self.text(low)} to {self.text(high)}"


GRADE = Unit(2, "", "score", "judgment", "Judgments")
RATE = Unit(1, "%", "win rate", "match", "Matches")


def unit_of(result: Result) -> Unit:
    """Tell grades from games."""
    return GRADE if isinstance(result, Graded) else RATE


def score_columns(unit: Unit) -> tuple[Column, ...]:
    """Show ranks, models and scores with their ends."""
    digits = unit.digits
    return (
        Column("rank", "Rank", "integer"),
        Column("ranks", "Rank range"),
        Column("model", "Model"),
        Column("score", unit.score.capitalize(), "number", digits),
        Column("low", "Low", "number", digits),
        Column("high", "High", "number", digits),
        Column("n", unit.judgments, "integer"),
    )


def leader_text(result: Result) -> str:
    """Say who leads, and from whom it cannot be told apart."""
    frame, level, unit = result.models, level_text(result.level), unit_of(result)
    first = frame.filter(pl.col("rank") == 1)
    row = first.row(0, named=True)
    score = unit.text(row["score"])
    ends = f"{level} interval {unit.ends(row['low'], row['high'])}"
    if len(frame) == 1:
        return f"{printable(row['model'])} has {score} ({ends})."
    told = result.pairs["better"].is_not_null()
    apart = (
        f"Of the {integer(len(told))} pair{'s' if len(told) > 1 else ''} of models, "
        f"{integer(int(told.sum()))} ({percent(float(told.mean() or 0.0), 0)}) are told apart."  # type: ignore[arg-type]
    )
    if len(first) > 1:
        return f"{listed(first['model'].to_list())} share the lead with {score}. {apart}"
    beside = _beside(result.pairs, frame)
    rest = (
        f"It cannot be told apart from {listed(beside)}."
        if beside
        else "It is told apart from every other model."
    )
    return f"{printable(row['model'])} leads with {score} ({ends}). {rest} {apart}{_unread(result)}"


def _unread(result: Result) -> str:
    """Say whether the judgments without a number could change who leads."""
    if not isinstance(result, Graded) or not result.unparseable:
        return ""
    first, rest = result.models.row(0, named=True), result.models[1:]
    could = rest.filter(pl.col("best") > first["worst"])
    if could.is_empty():
        return " The judgments without a number could not change who leads."
    names = listed(could["model"].to_list(), most=3)
    return f" Were all judgments without a number against it, {names} could lead."


def better_section(result: Result) -> Section:
    """Show all differences, and which are told apart."""
    unit = unit_of(result)
    level = level_text(result.level)
    told = result.pairs.filter(pl.col("better").is_not_null())
    points, inside = (" points", " in points,") if unit.suffix else ("", "")
    smallest = told["difference"].abs().min()
    finding = (
        "No pair of models is told apart."
        if smallest is None
        else (
            f"{integer(len(told))} of {integer(len(result.pairs))} pairs are told apart. The "
            f"smallest difference among them is {number(float(smallest), unit.digits)}{points}."  # type: ignore[arg-type]
        )
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence="Each difference is over the answers of both that have a number."
        if isinstance(result, Graded)
        else "Each rate is over a model's own matches; questions in common are taken account of.",
        tables=(
            pair_table(
                result.pairs,
                f"Differences{inside} with {level} intervals that hold together",
                digits=unit.digits,
                what=unit.judgments,
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            f"A pair is told apart where its interval leaves out 0: all hold together at {level}. "
            "Holm's p-values are another way to the same guarantee, and close cases may differ.",
        ),
    )


def categories_section(result: Result) -> Section:
    """Show which categories are hard, and who leads in each."""
    unit = unit_of(result)
    names = result.categories["category"].unique(maintain_order=True).to_list()
    rows = pl.DataFrame([_category_row(result, name) for name in names])
    # Of models against each other the mean is one half in every category.
    uneven = isinstance(result, Graded) or result.baseline is not None
    means = [Column("mean", "Mean of models", "number", unit.digits)] if uneven else []
    every = ranked(result.categories)
    return Section(
        question="Where is a model better?",
        finding=_hard(result, rows, uneven=uneven),
        evidence="Ranks of a category: all its paired differences hold together.",
        chart=partial(plotting.judged_categories, result),
        tables=(
            Table(
                rows,
                (
                    Column("name", "Category"),
                    Column("questions", "Questions", "integer"),
                    *means,
                    Column("leader", "Highest score"),
                    Column("score", unit.score.capitalize(), "number", unit.digits),
                    Column("interval", "Interval"),
                    Column("open", "May be first", "integer"),
                ),
                "One row a category",
            ),
            Table(
                every.head(MOST_ON_PAGE),
                (
                    Column("category", "Category"),
                    *score_columns(unit),
                    Column("unparseable", "Unread", "integer"),
                ),
                "Every score",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _hard(result: Result, rows: pl.DataFrame, *, uneven: bool) -> str:
    """Say which categories are hard, and which tell models apart."""
    unit = unit_of(result)
    if len(rows) == 1:
        return f"All are of one category, {rows['name'][0]}."
    mean, sharp = rows.sort("mean"), rows.sort("open", "name")
    hard = (
        f"The lowest {unit.score}s are in {mean['name'][0]} ({unit.text(mean['mean'][0])} on "
        f"average), the highest in {mean['name'][-1]} ({unit.text(mean['mean'][-1])}). "
    )
    return (
        f"{hard if uneven else ''}Fewest models may be first in {sharp['name'][0]} "
        f"({integer(sharp['open'][0])} of {integer(len(result.models))}), most in "
        f"{sharp['name'][-1]} ({integer(sharp['open'][-1])})."
    )


def _category_row(result: Result, name: str) -> dict[str, Any]:
    frame = result.categories.filter(category=name)
    first = frame.row(0, named=True)
    return {
        "name": printable(name),
        "questions": int(frame["questions"].max()),  # type: ignore[arg-type]
        "mean": float(frame["score"].mean()),  # type: ignore[arg-type]
        "leader": listed(frame.filter(pl.col("rank") == 1)["model"].to_list(), most=2),
        "score": first["score"],
        "interval": unit_of(result).ends(first["low"], first["high"]),
        "open": int((frame["rank_low"] == 1).sum()),
    }


def excluded_section(result: Result) -> Section:
    """Show what leaving questions out did to every model."""
    unit = unit_of(result)
    plural = unit.judgments.lower()
    out = result.excluded
    if out is None:
        return Section("What does leaving questions out do?", "None was left out.")
    frame = out.models
    largest = frame.row(0, named=True)
    ends = ends_text(largest["low"], largest["high"], unit.digits)
    moved = f"{integer(out.moved)} of {integer(len(frame))} models have another rank."
    return Section(
        question="What does leaving questions out do?",
        finding=(
            f"Without {integer(len(out.questions))} questions ({integer(out.judgments)} {plural}) "
            f"{moved if out.moved else 'no model has another rank.'} The largest change is "
            f"{printable(largest['model'])}'s: {number(largest['change'], unit.digits)} "
            f"({level_text(result.level)} interval {ends}). {_verdicts(out)}"
        ),
        low=largest["low"],
        high=largest["high"],
        evidence=f"Left out: {listed(list(out.questions), most=40)}.",
        tables=(_change_table(result, out.models),),
        caveats=(
            "The questions left out may be harder or easier than the others: a higher score "
            "without them does not show that their references are wrong.",
        ),
    )


def _verdicts(out: Exclusion) -> str:
    """Say what becomes of the pairs that are told apart."""
    if out.told_before == out.told_after:
        count = f"{integer(out.told_before)} pairs are told apart with them and without"
    else:
        count = (
            f"{integer(out.told_before)} pairs are told apart with them, "
            f"{integer(out.told_after)} without"
        )
    way = f"{integer(out.turned)} of them the other way round" if out.turned else "none is turned"
    return f"{count}; {way}."


def _change_table(result: Result, frame: pl.DataFrame) -> Table:
    """Show each model before and after questions were left out."""
    unit = unit_of(result)
    p = [None if p is None else p_value(p).removeprefix("= ") for p in frame["p_adjusted"]]
    return Table(
        frame.with_columns(p=pl.Series(p, dtype=pl.String)),
        (
            Column("model", "Model"),
            *(Column(n, n.capitalize(), "number", unit.digits) for n in ("before", "after")),
            *(Column(n, n.capitalize(), "number", unit.digits) for n in ("change", "low", "high")),
            Column("p", "p (Holm)"),
            Column("rank_before", "Rank before", "integer"),
            Column("rank_after", "After", "integer"),
        ),
        f"Changes with pointwise {level_text(result.level)} intervals; p over all models",
        most=MOST_ON_TERMINAL,
    )


def used_section(result: Result) -> Section:
    """Show every setting, and what filters took."""
    plural = unit_of(result).judgments.lower()
    removed = sum(removal.count for removal in result.removed)
    values = {
        "Judge": printable(result.judge) if result.judge else "not named",
        "Clustered by": "question, drawn within categories" if result.by_category else "question",
        "Intervals": "Wilson's with the effective number of answers, Student's quantile",
        "Unreadable": f"{integer(result.unparseable)}, in no mean",
        "Level": f"{result.level:g}",
        "Seed": str(result.seed),
        "Draws behind the ranks": integer(result.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(result.models))} model{'' if len(result.models) == 1 else 's'}, "
            f"{integer(result.questions)} questions, {integer(result.judgments)} {plural}. "
            + (f"{integer(removed)} judgments were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(result.removed, what="Judgments"), settings),
    )


def _beside(pairs: pl.DataFrame, frame: pl.DataFrame) -> list[str]:
    """Name the models that the first of ``frame`` is not told to be better than, best first."""
    leader = frame["model"][0]
    own = (pl.col("model_a") == leader) | (pl.col("model_b") == leader)
    beaten = pairs.filter(own & (pl.col("better") == leader)).select("model_a", "model_b").rows()
    names = {name for pair in beaten for name in pair}
    return [m for m in frame["model"] if m != leader and m not in names]
