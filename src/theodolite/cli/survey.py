"""``theodolite survey``: all that the data can answer, as one page."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.rank import board_chart

__all__ = ["survey"]


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
    from theodolite.reporting import findings, survey_page

    with working("Reading votes"):
        votes = source.load()
        known = None if truth is None else load_strengths(truth)
    with working(f"Rating {len(votes.models)} models"):
        fit = bradley_terry(votes, level=inference.level, seed=inference.seed)
    page = survey_page(fit, truth=known)
    data = {"findings": [asdict(finding) for finding in findings(page)], "unanswered": []}
    render(Outcome(data, page=lambda: page, chart=partial(board_chart, fit)), output)
