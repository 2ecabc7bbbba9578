"""``theodolite score mt-bench``: graded answers, or games of two, with intervals and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.judging_options import JudgeChoice
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import FormatError, UsageError, shorten

if TYPE_CHECKING:
    from polars import Series

    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.mt_bench import Compared, Graded
    from theodolite.tables import Condition

__all__ = ["Mode", "MtBenchSource", "OnRepeat", "mt_bench"]

READING = "Reading the judgments"
FILTERS = "Choosing judgments"
SCORING = "Scoring"
SUSPECTED = "suspected"


class Mode(StrEnum):
    """What a judgment is about."""

    SINGLE = "single"
    PAIR = "pair"


class OnRepeat(StrEnum):
    """What to do where a judge judged the same twice."""

    ERROR = "error"
    KEEP_FIRST = "keep-first"
    KEEP_LAST = "keep-last"


@dataclass(frozen=True)
class MtBenchSource(Group):
    """Where judgments come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...",
            help="Judgments: FastChat's files, or tables (CSV, JSON, JSONL, Parquet).",
            show_default=False,
        ),
    ]
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="Grades of one answer, or games of two; told from the columns.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    questions: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The questions (question.jsonl): they bring the category of each.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    on_duplicate: Annotated[
        OnRepeat,
        typer.Option(
            help="What to do where a judge judged the same twice, as after a second run.",
            rich_help_panel=READING,
        ),
    ] = OnRepeat.ERROR
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the judgments where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def conditions(self) -> list[Condition]:
        """Read the filters."""
        from theodolite.tables import Condition

        return [Condition.parse(text) for text in self.where or []]


@dataclass(frozen=True)
class Scoring(Group):
    """What is scored."""

    exclude_references: Annotated[
        str | None,
        typer.Option(
            metavar="IDS",
            help="Leave questions out and show what it does: suspected (the 13 of MT-Bench whose "
            "reference answer is said to be wrong), ID,..., or a file with an id a line.",
            rich_help_panel=SCORING,
            show_default=False,
        ),
    ] = None

    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Games: count only matches against this model.",
            rich_help_panel=SCORING,
            show_default=False,
        ),
    ] = None

    def questions(self, items: Series) -> tuple[str, ...]:
        """Read which questions to leave out; ``items`` are those of the judgments."""
        from theodolite.loading import load_ids
        from theodolite.scoring.mt_bench import suspected_references

        text = self.exclude_references
        if text is None:
            return ()
        if text == SUSPECTED:
            judged = set(items.unique().cast(str))
            known = suspected_references()
            found = tuple(name for name in known.questions if name in judged)
            if not found or not known.covers(judged):
                raise UsageError(
                    f"--exclude-references {SUSPECTED}: these are not questions of MT-Bench (ids "
                    f"{known.asked[0]} to {known.asked[1]}), or none of the suspected was judged; "
                    "name the ids to leave out instead"
                )
            return found
        if Path(text).is_file():
            return load_ids(text)
        ids = tuple(part.strip() for part in text.split(","))
        if not all(ids) or len(set(ids)) < len(ids):
            raise UsageError(
                f"--exclude-references {shorten(text)} is not {SUSPECTED}, ID,..., each once, or "
                "a file that there is"
            )
        return ids


def mt_bench(
    source: MtBenchSource,
    choice: JudgeChoice,
    scoring: Scoring,
    inference: Inference,
    output: Output,
) -> None:
    """Score judged answers to MT-Bench by model, turn and category, and say who is better."""
    mode = source.mode or _mode_of(source.paths)
    scored = _single if mode == Mode.SINGLE else _pair
    render(scored(source, choice, scoring, inference), output)


def _single(
    source: MtBenchSource, choice: JudgeChoice, scoring: Scoring, inference: Inference
) -> Outcome:
    from theodolite.loading import load_gradings
    from theodolite.scoring.mt_bench import graded
    from theodolite.tables import select

    if scoring.baseline is not None:
        raise UsageError("--baseline is for games: grades stand for themselves")
    with working("Reading judgments"):
        gradings = load_gradings(
            source.paths, questions=source.questions, on_duplicate=source.on_duplicate.value
        )
        gradings = choice.of(select(gradings, source.conditions()), ["model"])
    with working(f"Scoring {len(gradings.models)} models"):
        found = graded(
            gradings,
            exclude=scoring.questions(gradings.frame["item_id"]),
            level=inference.level,
            seed=inference.seed,
        )
    page, chart = partial(_graded_page, found), partial(_chart, found)
    return Outcome(found.to_dict(), page=page, chart=chart)


def _pair(
    source: MtBenchSource, choice: JudgeChoice, scoring: Scoring, inference: Inference
) -> Outcome:
    from theodolite.loading import load_judgments, with_questions
    from theodolite.scoring.mt_bench import compared
    from theodolite.tables import select

    with working("Reading judgments"):
        games = load_judgments(source.paths, on_duplicate=source.on_duplicate.value)
        if source.questions is not None:
            games = with_questions(games, source.questions)
        games = choice.of(select(games, source.conditions()), ["model_a", "model_b"])
    with working(f"Scoring {len(games.models)} models"):
        found = compared(
            games,
            baseline=scoring.baseline,
            exclude=scoring.questions(games.frame["item_id"]),
            level=inference.level,
            seed=inference.seed,
        )
    page, chart = partial(_compared_page, found), partial(_chart, found)
    return Outcome(found.to_dict(), page=page, chart=chart)


def _mode_of(paths: list[str]) -> Mode:
    """Tell grades from games by the columns of the first file."""
    from theodolite.loading.source import Source, listed

    source = Source.open(paths[0])
    columns = set(source.schema)
    if columns & {"g1_winner", "games", "verdict"}:
        return Mode.PAIR
    if "score" in columns:
        return Mode.SINGLE
    raise FormatError(
        f"{source.name}: neither grades nor games (columns: {listed(columns)})",
        hint="Grades have model, judge, question_id and score; games g1_winner and g2_winner, "
        "games, or model_a, model_b and verdict.",
    )


def _graded_page(found: Graded) -> Page:
    from theodolite.reporting import graded_page

    return graded_page(found)


def _compared_page(found: Compared) -> Page:
    from theodolite.reporting import compared_page

    return compared_page(found)


def _chart(found: Graded | Compared) -> Chart:
    from theodolite import plotting

    if len(found.categories):
        return plotting.judged_categories(found)
    return plotting.judged_scores(found)
