"""The survey: the sections of all that the data can answer, and its findings as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.plotting.text import integer, printable
from theodolite.reporting.ratings import rank_page
from theodolite.reporting.sections import Column, Section, Table
from theodolite.reporting.truth import truth_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from theodolite.ratings.results import RatingFit
    from theodolite.reporting.sections import Page

__all__ = ["Finding", "findings", "survey_page"]

SIMULATED = "These votes are simulated: the models do not exist, and their strengths are known."


@dataclass(frozen=True)
class Finding:
    """One question, its answer with an interval where it is a number, and what it rests on."""

    question: str
    answer: str
    low: float | None
    high: float | None
    evidence: str


def survey_page(
    fit: RatingFit,
    *,
    sections: tuple[Section, ...] = (),
    truth: pl.DataFrame | None = None,
    unanswered: Sequence[Mapping[str, str]] = (),
) -> Page:
    """Put together the sections that votes can answer.

    Parameters
    ----------
    fit
        The board of the votes.
    sections
        What could be answered beside the board.
    truth
        ``model`` and ``rating``: the strengths that simulated votes were drawn with. The page
        then compares them with the intervals, and says on top that the votes are simulated.
    unanswered
        ``question`` and ``missing``: what could not be answered, and what it lacks.
    """
    known = () if truth is None else (truth_section(fit.board, truth),)
    page = rank_page(fit, title="Survey", notice="" if truth is None else SIMULATED)
    open_ = (_unanswered(unanswered),) if unanswered else ()
    return page.with_sections((*sections, *known, *open_))


def findings(page: Page) -> list[Finding]:
    """Give the answers of a page without its tables and charts."""
    return [
        Finding(s.question, s.finding, s.low, s.high, s.evidence or "; ".join(s.caveats))
        for s in page.sections
    ]


def _unanswered(parts: Sequence[Mapping[str, str]]) -> Section:
    rows = [
        {name: printable(" ".join(part[name].split())) for name in ("question", "missing")}
        for part in parts
    ]
    columns = (Column("question", "Question"), Column("missing", "What is missing"))
    return Section(
        question="What could not be answered?",
        finding=f"{integer(len(rows))} of the questions that were asked.",
        tables=(Table(pl.DataFrame(rows), columns),),
    )
