"""The survey: the sections of all that the data can answer, and its findings as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from theodolite.reporting.ratings import rank_page
from theodolite.reporting.sections import Page
from theodolite.reporting.truth import truth_section

if TYPE_CHECKING:
    import polars as pl

    from theodolite.ratings.results import RatingFit

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


def survey_page(fit: RatingFit, *, truth: pl.DataFrame | None = None) -> Page:
    """Put together the sections that votes can answer.

    Parameters
    ----------
    fit
        The board of the votes.
    truth
        ``model`` and ``rating``: the strengths that simulated votes were drawn with. The page
        then compares them with the intervals, and says on top that the votes are simulated.
    """
    sections = rank_page(fit, title="").sections
    if truth is not None:
        sections = (*sections, truth_section(fit.board, truth))
    notice = "" if truth is None else SIMULATED
    return Page(title="Survey", sections=sections, notice=notice)


def findings(page: Page) -> list[Finding]:
    """Give the answers of a page without its tables and charts."""
    return [
        Finding(s.question, s.finding, s.low, s.high, s.evidence or "; ".join(s.caveats))
        for s in page.sections
    ]
