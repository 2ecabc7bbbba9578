"""What a scoring of EQ-Bench says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.paired import pair_table, ranked
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.eq_bench import EqBench

__all__ = ["eq_bench_page", "eq_bench_sections"]

MOST_ON_TERMINAL = 20
MOST_PAIRS_ON_TERMINAL = 12
STAGES = {"first_pass": "first", "revised": "revised", "both": "by run"}


def eq_bench_page(found: EqBench, *, title: str | None = None) -> Page:
    """Make the page of a scoring of EQ-Bench."""
    count = len(found.models)
    title = title or f"EQ-Bench ({found.version}) of {count:,} model{'' if count == 1 else 's'}"
    return Page(title=title, sections=(*eq_bench_sections(found), _used(found)))


def eq_bench_sections(found: EqBench) -> tuple[Section, ...]:
    """Answer who leads, who is better, what was not readable, how runs vary, what was published."""
    sections = [_leads(found)]
    if len(found.models) > 1:
        sections.append(_better(found))
    if found.models["unparseable"].sum():
        sections.append(_unread(found))
    if found.models["run_sd"].is_not_null().any():
        sections.append(_runs(found))
    if found.models["published"].is_not_null().any():
        sections.append(_published(found))
    return tuple(sections)


def _leads(found: EqBench) -> Section:
    level = level_text(found.level)
    leader = found.models.row(0, named=True)
    return Section(
        question="Who leads, and how surely?",
        finding=_leader(found, leader),
        low=leader["low"],
        high=leader["high"],
        evidence=(
            f"{integer(found.questions)} questions, version {found.version[1:]} of the rule; all "
            f"paired differences hold together at {level}."
        ),
        chart=partial(plotting.eq_scores, found),
        tables=(
            Table(
                _texts(found.models),
                (
                    Column("rank", "Rank", "integer"),
                    Column("ranks", "Rank range"),
                    Column("model", "Model"),
                    Column("score", "Score", "number", 2),
                    Column("low", "Low", "number"),
                    Column("high", "High", "number"),
                    Column("n", "Scored", "integer"),
                    Column("unparseable", "Not readable", "integer"),
                    Column("pass", "Pass"),
                ),
                f"Scores in points with pointwise {level} intervals; rank ranges at {level} "
                "together",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "100 is the reference's answer to every question, 0 about what random answers get. The "
            "reference answers are the authors' own; an interval knows the draw of questions and "
            "nothing of how right they are.",
            *found.notes,
        ),
    )


def _leader(found: EqBench, leader: dict[str, Any]) -> str:
    level = level_text(found.level)
    ends = f"{level} interval {number(leader['low'])} to {number(leader['high'])}"
    own = f"{printable(leader['model'])}"
    if len(found.models) == 1:
        return f"{own} scores {number(leader['score'], 2)} ({ends})."
    tied = found.models.filter(pl.col("rank") == 1)["model"].to_list()
    if len(tied) > 1:
        return f"{listed(tied)} share the lead with {number(leader['score'], 2)}."
    pairs = found.pairs.filter(
        (pl.col("model_a") == leader["model"]) | (pl.col("model_b") == leader["model"])
    )
    beaten = pairs.filter(pl.col("better") == leader["model"])
    names = {*beaten["model_a"], *beaten["model_b"], leader["model"]}
    beside = [name for name in found.models["model"] if name not in names]
    rest = (
        f"It cannot be told apart from {listed(beside)}."
        if beside
        else "It is told apart from every other model."
    )
    return f"{own} leads with {number(leader['score'], 2)} ({ends}). {rest}"


def _better(found: EqBench) -> Section:
    level = level_text(found.level)
    decided = found.pairs.filter(pl.col("better").is_not_null())
    smallest = decided["difference"].abs().min()
    finding = f"{integer(len(decided))} of {integer(len(found.pairs))} pairs are told apart" + (
        "."
        if smallest is None
        else f"; the smallest difference among them is {number(float(smallest))} points."  # type: ignore[arg-type]
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence="Each difference is over the questions that both models have scored.",
        tables=(
            pair_table(
                found.pairs,
                f"Paired differences in points with {level} intervals that hold together",
                what="Questions",
                most=MOST_PAIRS_ON_TERMINAL,
            ),
        ),
    )


def _unread(found: EqBench) -> Section:
    """What the mean over readable answers hides."""
    frame = found.models.filter(pl.col("unparseable") > 0).with_columns(
        share=pl.col("unparseable") / (pl.col("n") + pl.col("unparseable")),
        loss=pl.col("score") - pl.col("score_at_zero"),
    )
    frame = frame.sort("unparseable", descending=True, maintain_order=True)
    worst = frame.row(0, named=True)
    total = int(found.models["unparseable"].sum())
    return Section(
        question="What do answers hide that could not be read?",
        finding=(
            f"{integer(total)} answers of {_models(len(frame))} could not be read and count "
            f"for nothing, most of them ({integer(worst['unparseable'])}, "
            f"{percent(worst['share'])} of its own) {printable(worst['model'])}'s: it scores "
            f"{number(worst['score'], 2)}, and {number(worst['score_at_zero'], 2)} if each of "
            "these answers scored 0."
        ),
        tables=(
            Table(
                frame,
                (
                    Column("model", "Model"),
                    Column("unparseable", "Not readable", "integer"),
                    Column("share", "Share", "percent"),
                    Column("score", "Score", "number", 2),
                    Column("score_at_zero", "If they scored 0", "number", 2),
                    Column("score_at_worst", "The worst", "number", 2),
                    Column("score_at_best", "The best", "number", 2),
                ),
                "Scores if every answer that could not be read scored 0, the least or 100",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "An answer is readable when it gives each of the question's four emotions, and no "
            "other, a number.",
        ),
    )


def _models(count: int) -> str:
    return f"{integer(count)} model{'' if count == 1 else 's'}"


def _runs(found: EqBench) -> Section:
    """How far runs of one model are apart."""
    frame = found.models.filter(pl.col("run_sd").is_not_null()).with_columns(
        share=pl.col("within") / (pl.col("within") + pl.col("between"))
    )
    worst = frame.sort("run_sd", descending=True).row(0, named=True)
    return Section(
        question="How much do runs of one model differ?",
        finding=(
            f"Runs of {printable(worst['model'])} spread most: their scores have a standard "
            f"deviation of {number(worst['run_sd'], 2)} points over "
            f"{integer(worst['iterations'])} runs."
        ),
        evidence=f"Run more than once: {_models(len(frame))}.",
        tables=(
            Table(
                frame,
                (
                    Column("model", "Model"),
                    Column("iterations", "Runs", "integer"),
                    Column("run_sd", "Spread of runs", "number", 2),
                    Column("within", "Variance of answers", "number"),
                    Column("between", "Variance of questions", "number"),
                    Column("share", "Share of answers", "percent", 0),
                ),
                "Spread between runs, and variances in points squared",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=("More runs make the noise of answers smaller, not that of the questions.",),
    )


def _published(found: EqBench) -> Section:
    frame = found.models.filter(pl.col("published").is_not_null())
    away = found.disagreeing
    agree = f"{integer(len(frame) - len(away))} of {integer(len(frame))} published scores are "
    gap = (
        f"; the largest gap is {printable(away['model'][0])}'s, "
        f"{number(abs(away['difference'][0]), 3)} points."
        if len(away)
        else "."
    )
    return Section(
        question="Are the published scores what the answers give?",
        finding=f"{agree}what the answers give, once both are rounded, to 0.01{gap}",
        tables=(
            Table(
                frame.sort(pl.col("difference").abs(), descending=True),
                (
                    Column("model", "Model"),
                    Column("score", "Score", "number", 3),
                    Column("published", "Published", "number", 2),
                    Column("difference", "Difference", "number", 3),
                ),
                "Published scores, the largest difference first",
                most=MOST_PAIRS_ON_TERMINAL,
            ),
        ),
    )


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    stage = pl.col("stage").replace_strict(STAGES, default=pl.col("stage"), return_dtype=pl.String)
    return ranked(frame).with_columns(stage.alias("pass"))


def _used(found: EqBench) -> Section:
    values = {
        "Rule": f"version {found.version[1:]}",
        "Questions": integer(found.questions),
        "Runs": integer(len(found.runs)),
        "Intervals of scores": "Wilson's with the effective number of answers, Student's quantile; "
        "questions drawn anew",
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Draws behind the ranks": integer(found.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    removed = sum(removal.count for removal in found.removed)
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{_models(len(found.models))}, {integer(len(found.runs))} runs, "
            f"{integer(found.questions)} questions. "
            + (f"{integer(removed)} rows were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(found.removed, what="Rows"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
