"""What graded answers to MT-Bench say, as sections."""

from __future__ import annotations

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
from theodolite.reporting.judged_parts import (
    MOST_ON_PAGE,
    MOST_ON_TERMINAL,
    beside_leader,
    pair_table,
    ranked,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench import Graded

__all__ = ["graded_page", "graded_sections"]


def graded_page(graded: Graded, *, title: str = "MT-Bench") -> Page:
    """Make the page of graded answers."""
    return Page(title=title, sections=(*graded_sections(graded), _used(graded)))


def graded_sections(graded: Graded) -> tuple[Section, ...]:
    """Answer who leads, who is better, where, what the second turn costs, what exclusion does."""
    sections = [_leads(graded)]
    if len(graded.models) > 1:
        sections.append(_better(graded))
    if len(graded.categories):
        sections.append(_categories(graded))
    if len(graded.drops):
        sections.append(_drops(graded))
    if graded.excluded is not None:
        sections.append(_excluded(graded))
    return tuple(sections)


def _leads(graded: Graded) -> Section:
    frame, level = graded.models, level_text(graded.level)
    leader = frame.row(0, named=True)
    by = "category and question" if graded.by_category else "question"
    return Section(
        question="Who leads, and how surely?",
        finding=_leader(graded),
        low=leader["low"],
        high=leader["high"],
        evidence=(
            f"{integer(graded.judgments)} judgments"
            f"{f' by {printable(graded.judge)}' if graded.judge else ''} on "
            f"{integer(graded.questions)} questions; clustered by {by}; all paired differences "
            f"hold together at {level}."
        ),
        chart=partial(plotting.graded_scores, graded),
        tables=(
            Table(
                ranked(frame),
                _score_columns(graded),
                f"Scores from 1 to 10 with pointwise {level} intervals; rank ranges at {level} "
                "together",
                most=MOST_ON_PAGE,
            ),
        ),
        caveats=(
            "A score is what this judge says of these models; another judge may say otherwise.",
            *graded.notes,
        ),
    )


def _score_columns(graded: Graded) -> tuple[Column, ...]:
    """Show bounds and the published recipe only where they can differ from the score."""
    columns = [
        Column("rank", "Rank", "integer"),
        Column("ranks", "Rank range"),
        Column("model", "Model"),
        *(Column(name, name.capitalize(), "number", 2) for name in ("score", "low", "high")),
        Column("n", "Judgments", "integer"),
    ]
    if graded.unparseable:
        columns += [
            Column("unparseable", "Unread", "integer"),
            Column("worst", "Worst", "number", 2),
            Column("best", "Best", "number", 2),
        ]
    if graded.excluded is not None:
        columns.append(Column("published", "Published", "number", 2))
    return tuple(columns)


def _leader(graded: Graded) -> str:
    frame, level = graded.models, level_text(graded.level)
    first = frame.filter(pl.col("rank") == 1)
    row = first.row(0, named=True)
    score = number(row["score"], 2)
    ends = f"{level} interval {ends_text(row['low'], row['high'])}"
    if len(frame) == 1:
        return f"{printable(row['model'])} has {score} ({ends})."
    told = graded.pairs["better"].is_not_null()
    apart = (
        f"Of the {integer(len(told))} pair{'s' if len(told) > 1 else ''} of models, "
        f"{integer(int(told.sum()))} ({percent(float(told.mean() or 0.0), 0)}) are told apart."  # type: ignore[arg-type]
    )
    if len(first) > 1:
        return f"{listed(first['model'].to_list())} share the lead with {score}. {apart}"
    beside = beside_leader(graded.pairs, frame)
    rest = (
        f"It cannot be told apart from {listed(beside)}."
        if beside
        else "It is told apart from every other model."
    )
    return f"{printable(row['model'])} leads with {score} ({ends}). {rest} {apart}"


def _better(graded: Graded) -> Section:
    level = level_text(graded.level)
    told = graded.pairs.filter(pl.col("better").is_not_null())
    smallest = told["difference"].abs().min()
    finding = (
        "No pair of models is told apart."
        if smallest is None
        else (
            f"{integer(len(told))} of {integer(len(graded.pairs))} pairs are told apart. The "
            f"smallest difference among them is {number(float(smallest), 2)}."  # type: ignore[arg-type]
        )
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence="Each difference is over the answers of both that have a number.",
        tables=(
            pair_table(
                graded.pairs,
                f"Paired differences with {level} intervals that hold together",
                digits=2,
                what="Judgments",
            ),
        ),
        caveats=(
            f"A pair is told apart where its interval leaves out 0: all hold together at {level}. "
            "Holm's p-values are another way to the same guarantee, and close cases may differ.",
        ),
    )


def _categories(graded: Graded) -> Section:
    names = graded.categories["category"].unique(maintain_order=True).to_list()
    rows = pl.DataFrame([_category_row(graded, name) for name in names])
    mean = rows.sort("mean")
    sharp = rows.sort("open", "name")
    finding = (
        f"The lowest scores are in {mean['name'][0]} ({number(mean['mean'][0], 2)} on average), "
        f"the highest in {mean['name'][-1]} ({number(mean['mean'][-1], 2)}). "
        f"{sharp['name'][0]} leaves fewest models open for the first place "
        f"({integer(sharp['open'][0])} of {integer(len(graded.models))}), {sharp['name'][-1]} most "
        f"({integer(sharp['open'][-1])})."
        if len(names) > 1
        else f"All questions are of one category, {printable(names[0])}."
    )
    every = ranked(graded.categories)
    return Section(
        question="Where is a model better?",
        finding=finding,
        evidence="Ranks of a category: all its paired differences hold together.",
        chart=partial(plotting.graded_categories, graded),
        tables=(
            Table(
                rows,
                (
                    Column("name", "Category"),
                    Column("questions", "Questions", "integer"),
                    Column("mean", "Mean of models", "number", 2),
                    Column("leader", "Highest score"),
                    Column("score", "Score", "number", 2),
                    Column("interval", "Interval"),
                    Column("open", "May be first", "integer"),
                ),
                "One row a category",
            ),
            Table(
                every.head(MOST_ON_PAGE),
                (
                    Column("category", "Category"),
                    Column("rank", "Rank", "integer"),
                    Column("ranks", "Rank range"),
                    Column("model", "Model"),
                    *(Column(n, n.capitalize(), "number", 2) for n in ("score", "low", "high")),
                    Column("n", "Judgments", "integer"),
                    Column("unparseable", "Unread", "integer"),
                ),
                "Every score",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _category_row(graded: Graded, name: str) -> dict[str, Any]:
    frame = graded.categories.filter(category=name)
    first = frame.row(0, named=True)
    return {
        "name": printable(name),
        "questions": int(frame["questions"].max()),  # type: ignore[arg-type]
        "mean": float(frame["score"].mean()),  # type: ignore[arg-type]
        "leader": listed(frame.filter(pl.col("rank") == 1)["model"].to_list(), most=2),
        "score": first["score"],
        "interval": ends_text(first["low"], first["high"]),
        "open": int((frame["rank_low"] == 1).sum()),
    }


def _drops(graded: Graded) -> Section:
    frame = graded.drops
    sure = frame.filter(pl.col("p_adjusted") < 1.0 - graded.level)
    worst = frame.row(0, named=True)
    down, up = sure.filter(pl.col("change") < 0), sure.filter(pl.col("change") > 0)
    said = [
        f"{integer(len(part))} of {integer(len(frame))} models {what} in the second turn"
        for part, what in ((down, "score lower"), (up, "score higher"))
        if len(part)
    ]
    finding = (
        f"{' and '.join(said)}. The largest drop is {printable(worst['model'])}'s: "
        f"{number(worst['change'], 2)} ({level_text(graded.level)} interval "
        f"{ends_text(worst['low'], worst['high'])})."
        if said
        else "No model is told to score otherwise in the second turn than in the first."
    )
    p = [p_value(p).removeprefix("= ") for p in frame["p_adjusted"]]
    by_turn = graded.turns.filter(pl.col("turn").is_in([1, 2])).pivot(
        "turn", index="model", values="score"
    )
    table = frame.join(by_turn, on="model", how="left", maintain_order="left")
    return Section(
        question="What does the second turn cost?",
        finding=finding,
        low=worst["low"],
        high=worst["high"],
        evidence="Turn 2 less turn 1, over the questions where both have a number.",
        chart=partial(plotting.graded_drops, graded),
        tables=(
            Table(
                table.with_columns(p=pl.Series(p, dtype=pl.String)),
                (
                    Column("model", "Model"),
                    Column("1", "Turn 1", "number", 2),
                    Column("2", "Turn 2", "number", 2),
                    Column("change", "Change", "number", 2),
                    Column("low", "Low", "number", 2),
                    Column("high", "High", "number", 2),
                    Column("p", "p (Holm)"),
                    Column("n", "Questions", "integer"),
                ),
                f"Changes with pointwise {level_text(graded.level)} intervals; p over all models",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _excluded(graded: Graded) -> Section:
    out = graded.excluded
    if out is None:
        return Section("What does leaving questions out do?", "None was left out.")
    frame = out.models
    largest = frame.row(0, named=True)
    moved = f"{integer(out.moved)} of {integer(len(frame))} models have another rank."
    p = [None if p is None else p_value(p).removeprefix("= ") for p in frame["p_adjusted"]]
    return Section(
        question="What does leaving questions out do?",
        finding=(
            f"Without {integer(len(out.questions))} questions ({integer(out.judgments)} judgments) "
            f"{moved if out.moved else 'no model has another rank.'} The largest change is "
            f"{printable(largest['model'])}'s: {number(largest['change'], 2)} "
            f"({level_text(graded.level)} interval {ends_text(largest['low'], largest['high'])})."
        ),
        low=largest["low"],
        high=largest["high"],
        evidence=f"Left out: {listed(list(out.questions), most=40)}.",
        tables=(
            Table(
                frame.with_columns(p=pl.Series(p, dtype=pl.String)),
                (
                    Column("model", "Model"),
                    *(Column(n, n.capitalize(), "number", 2) for n in ("before", "after")),
                    *(Column(n, n.capitalize(), "number", 2) for n in ("change", "low", "high")),
                    Column("p", "p (Holm)"),
                    Column("rank_before", "Rank before", "integer"),
                    Column("rank_after", "After", "integer"),
                ),
                f"Changes with pointwise {level_text(graded.level)} intervals; p over all models",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "The questions left out may be harder or easier than the others: a higher score "
            "without them does not show that their references are wrong.",
        ),
    )


def _used(graded: Graded) -> Section:
    removed = sum(removal.count for removal in graded.removed)
    values = {
        "Judge": printable(graded.judge) if graded.judge else "not named",
        "Clustered by": "question, drawn within categories" if graded.by_category else "question",
        "Intervals of scores": "Wilson's with the effective number of answers, Student's quantile",
        "Judgments without a number": f"{integer(graded.unparseable)}, in no mean",
        "Level": f"{graded.level:g}",
        "Seed": str(graded.seed),
        "Draws behind the ranks": integer(graded.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(graded.models))} model{'' if len(graded.models) == 1 else 's'}, "
            f"{integer(graded.questions)} questions, {integer(graded.judgments)} judgments. "
            + (f"{integer(removed)} judgments were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(graded.removed, what="Judgments"), settings),
    )
