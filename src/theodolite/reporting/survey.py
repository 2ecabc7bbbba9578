"""The survey: the sections of all that the data can answer, and its findings as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from theodolite.reporting.ratings import rank_page
from theodolite.reporting.truth import truth_section

if TYPE_CHECKING:
    import polars as pl

    from theodolite.ratings.results import RatingFit
    from theodolite.reporting.sections import Page, Section

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
    fit: RatingFit, *, checks: tuple[Section, ...] = (), truth: pl.DataFrame | None = None
) -> Page:
    """Put together the sections that votes can answer.

    Parameters
    ----------
    fit
        The board of the votes.
    checks
        Sections of the checks that could be made.
    truth
        ``model`` and ``rating``: the strengths that simulated votes were drawn with. The page
        then compares them with the intervals, and says on top that the votes are simulated.
    """
    known = () if truth is None else (truth_section(fit.board, truth),)
    page = rank_page(fit, title="Survey", notice="" if truth is None else SIMULATED)
    return page.with_sections((*checks, *known))


def findings(page: Page) -> list[Finding]:
    """Give the answers of a page without its tables and charts."""
    return [
        Finding(s.question, s.finding, s.low, s.high, s.evidence or "; ".join(s.caveats))
        for s in page.sections
    ]
