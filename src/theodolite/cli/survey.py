"""``theodolite survey``: all that the data can answer, as one page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output, VoteSource
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.rank import board_chart, run_checks
from theodolite.cli.score_options import scores_of
from theodolite.cli.survey_judged import on_judged, on_needle
from theodolite.cli.survey_models import on_models
from theodolite.cli.survey_runs import on_runs
from theodolite.errors import CannotAnswerError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from theodolite.reporting import Section
    from theodolite.tables import Votes

__all__ = ["survey"]

TENTH = 10


@dataclass(frozen=True)
class Beside(Group):
    """What may be surveyed beside the votes."""

    items: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Items of a benchmark, to look for broken ones; repeatable.",
            show_default=False,
        ),
    ] = None
    scores: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Scores of models on items, for a board and for the audit; repeatable.",
            show_default=False,
        ),
    ] = None
    runs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Training runs, for a scaling law; repeatable.",
            show_default=False,
        ),
    ] = None
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of the loss, where a file of runs has several.",
            show_default=False,
        ),
    ] = None
    task: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of accuracies of the runs, to foretell at ten times the largest; "
            "repeatable.",
            show_default=False,
        ),
    ] = None
    judged: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="What judges said: answers against a baseline, games of two answers, or grades; "
            "repeatable.",
            show_default=False,
        ),
    ] = None
    needle: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Cells of a needle-in-a-haystack test; repeatable.",
            show_default=False,
        ),
    ] = None
    facts: Annotated[
        bool, typer.Option("--facts", help="Also ask the shipped facts about published models.")
    ] = False
    models: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Your own facts about models, before the shipped ones; repeatable.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class _Part:
    """A question that needs more than the votes alone, or more votes than there may be.

    Attributes
    ----------
    question
        The question.
    lacks
        Says which columns are missing for it; an empty text where none is.
    answer
        Makes its sections.
    """

    question: str
    lacks: Callable[[Votes], str]
    answer: Callable[[Votes, Inference], tuple[Section, ...]]


def survey(
    source: VoteSource,
    beside: Beside,
    inference: Inference,
    output: Output,
    truth: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="For simulated votes: the true strengths (columns model, rating) to compare with.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Answer every question that the votes can answer, each with its interval."""
    from theodolite.loading import load_strengths
    from theodolite.ratings import bradley_terry
    from theodolite.reporting import findings, survey_page

    with working("Reading votes"):
        votes = source.load(also=_columns())
        known = None if truth is None else load_strengths(truth)
    with working(f"Rating {len(votes.models)} models"):
        fit = bradley_terry(votes, level=inference.level, seed=inference.seed)
    sections: list[Section] = []
    unanswered: list[dict[str, str]] = []
    for part in PARTS:
        missing = part.lacks(votes)
        try:
            sections += part.answer(votes, inference) if not missing else ()
        except (CannotAnswerError, InputError) as error:
            # One part that fails must not cost the other answers.
            missing = str(error)
        if missing:
            unanswered.append({"question": part.question, "missing": missing})
    for question, answer in _questions(source, beside, inference):
        try:
            sections += answer()
        except (CannotAnswerError, InputError) as error:
            unanswered.append({"question": question, "missing": str(error)})
    page = survey_page(fit, sections=tuple(sections), truth=known, unanswered=unanswered)
    data = {"findings": [asdict(finding) for finding in findings(page)], "unanswered": unanswered}
    render(Outcome(data, page=lambda: page, chart=partial(board_chart, fit)), output)


def _questions(
    source: VoteSource, beside: Beside, inference: Inference
) -> Iterator[tuple[str, Callable[[], tuple[Section, ...]]]]:
    """Give the questions beside those of the votes."""
    yield from _on_items(beside.items, beside.scores, inference)
    if beside.runs:
        yield from on_runs(beside.runs, beside.loss, beside.task or [], inference)
    yield from on_judged(beside.judged or [], source.paths, inference)
    if beside.needle:
        yield "Up to which length are needles found?", partial(on_needle, beside.needle, inference)
    if beside.facts or beside.models:
        yield from on_models(beside.models or [], inference)


def _on_items(
    items: list[str] | None, scores: list[str] | None, inference: Inference
) -> Iterator[tuple[str, Callable[[], tuple[Section, ...]]]]:
    """Give the questions that items and scores answer, where there are some."""
    if items:
        yield "Which items are likely broken?", partial(_audit, items, scores or [])
    if scores:
        yield "Which model is really better?", partial(_board, items or [], scores, inference)
        yield "Which items tell models apart?", partial(_hard, items or [], scores, inference)


def _audit(items: list[str], scores: list[str]) -> tuple[Section, ...]:
    from theodolite.auditing import audit
    from theodolite.loading import ScoreOptions, load_items
    from theodolite.reporting import audit_sections

    with working("Auditing items"):
        table = load_items(items)
        return audit_sections(
            audit(table, scores_of(scores, table, ScoreOptions()) if scores else None)
        )


def _board(items: list[str], scores: list[str], inference: Inference) -> tuple[Section, ...]:
    from theodolite.claims import board
    from theodolite.loading import ScoreOptions, load_items
    from theodolite.reporting import board_sections

    with working("Comparing models on items"):
        table = load_items(items) if items else None
        read = scores_of(scores, table, ScoreOptions())
        first, *rest = board_sections(board(read, level=inference.level, seed=inference.seed))
        # The votes have a leader of their own.
        return (replace(first, question="Who leads on the items, and how surely?"), *rest)


def _hard(items: list[str], scores: list[str], inference: Inference) -> tuple[Section, ...]:
    from theodolite.loading import ScoreOptions, load_items
    from theodolite.reporting import hard_sections
    from theodolite.scoring.hard import hard

    with working("Looking for the items that tell models apart"):
        read = scores_of(scores, load_items(items) if items else None, ScoreOptions())
        count = read.frame.select("benchmark", "item_id").n_unique()
        size = max(2, count // TENTH)
        found = hard(read, size=size, level=inference.level, seed=inference.seed)
    return hard_sections(found)


def _columns() -> frozenset[str]:
    from theodolite.ratings import Style

    return frozenset({"language", "timestamp", *Style().columns})


def _lacks_none(votes: Votes) -> str:  # noqa: ARG001
    return ""


def _checks(votes: Votes, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import check_sections

    return check_sections(*run_checks(votes, inference))


def _features(votes: Votes) -> tuple[str, ...]:
    from theodolite.tables import STYLE_FEATURES

    columns = votes.frame.columns
    return tuple(f for f in STYLE_FEATURES if {f"{f}_a", f"{f}_b"} <= set(columns))


def _lacks_style(votes: Votes) -> str:
    if _features(votes):
        return ""
    from theodolite.loading import providers

    return f"no style counts, such as tokens_a and tokens_b; {providers('tokens_a')}"


def _style(votes: Votes, inference: Inference) -> tuple[Section, ...]:
    from theodolite.ratings import Style, bradley_terry
    from theodolite.reporting import style_sections

    with working("Holding style fixed"):
        style = Style(_features(votes))
        fit = bradley_terry(votes, style=style, level=inference.level, seed=inference.seed)
    return style_sections(fit)


def _lacks_language(votes: Votes) -> str:
    if "language" in votes.frame.columns:
        return ""
    from theodolite.loading import providers

    return f"no column language; {providers('language')}. Prompts can tell it (--detect-language)"


def _language(votes: Votes, inference: Inference) -> tuple[Section, ...]:
    from theodolite.ratings import shift_by
    from theodolite.reporting import shift_by_section

    with working("Comparing languages"):
        return (shift_by_section(shift_by(votes, "language", level=inference.level)),)


def _settling(votes: Votes, inference: Inference) -> tuple[Section, ...]:
    from theodolite.ratings import Looks, settle
    from theodolite.reporting import settling_sections

    timed = "timestamp" in votes.frame.columns
    with working("Looking back at every day" if timed else "Looking back"):
        looks = Looks(by="day" if timed else "votes")
        return settling_sections(settle(votes, looks=looks, level=inference.level))


PARTS = (
    _Part("Which method predicts votes that it has not seen?", _lacks_none, _checks),
    _Part("Can a style buy rating?", _lacks_style, _style),
    _Part("Is one board enough, by language?", _lacks_language, _language),
    _Part("Has the board settled?", _lacks_none, _settling),
)
