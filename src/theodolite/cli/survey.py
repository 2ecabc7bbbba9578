"""``theodolite survey``: all that the data can answer, as one page."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.rank import board_chart, run_checks
from theodolite.errors import CannotAnswerError

if TYPE_CHECKING:
    from theodolite.ratings import Intransitivity, PredictiveCheck
    from theodolite.tables import Votes

__all__ = ["survey"]

HELD_OUT = "Which method predicts votes that it has not seen?"


def survey(
    source: VoteSource,
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
    from theodolite.reporting import check_sections, findings, survey_page

    with working("Reading votes"):
        votes = source.load()
        known = None if truth is None else load_strengths(truth)
    with working(f"Rating {len(votes.models)} models"):
        fit = bradley_terry(votes, level=inference.level, seed=inference.seed)
    tested, missing = _checked(votes, inference)
    page = survey_page(fit, checks=check_sections(*tested) if tested else (), truth=known)
    unanswered = [{"question": HELD_OUT, "missing": missing}] if missing else []
    data = {"findings": [asdict(finding) for finding in findings(page)], "unanswered": unanswered}
    render(Outcome(data, page=lambda: page, chart=partial(board_chart, fit)), output)


def _checked(
    votes: Votes, inference: Inference
) -> tuple[tuple[PredictiveCheck, Intransitivity | None] | None, str]:
    """Run the checks, or say what they lack: too few votes must not cost the other answers."""
    try:
        return run_checks(votes, inference), ""
    except CannotAnswerError as error:
        return None, str(error)
