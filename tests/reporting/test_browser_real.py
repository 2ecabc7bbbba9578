"""Pages of real fits in a browser: unbounded models sort, and a survey draws every chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plotting.real import unbounded_fit
from tests.reporting.test_browser import SORT, browse, charts_of, pytestmark, title, with_script
from tests.reporting.test_expected import PAGES, survey
from theodolite.plotting.text import MISSING
from theodolite.reporting import page_html, rank_page

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["pytestmark"]  # of the other browser tests: marked, and skipped without Chromium


@pytest.mark.parametrize(("clicks", "first"), [(1, "∞"), (2, "-∞")])
def test_infinite_ratings_are_sorted_and_unknown_ones_come_last(
    tmp_path: Path, clicks: int, first: str
) -> None:
    code = SORT.replace("COLUMN", "Rating").replace("CLICKS", str(clicks))
    html = page_html(rank_page(unbounded_fit(), title="T"))
    _, *cells = title(browse(with_script(html, code), tmp_path)).split("|")
    last = "-∞" if first == "∞" else "∞"
    assert (cells[0], cells[-2], cells[-1]) == (first, last, MISSING)


def test_a_survey_draws_every_chart(tmp_path: Path) -> None:
    page = survey()
    figures = charts_of(browse(page_html(page), tmp_path))
    assert len(figures) == sum(section.chart is not None for section in page.sections) == 4


@pytest.mark.parametrize(
    ("name", "charts"), [("style", 1), ("shift", 1), ("shift_by", 1), ("settling", 3)]
)
def test_pages_of_style_shift_and_settling_draw_every_chart(
    tmp_path: Path, name: str, charts: int
) -> None:
    page = PAGES[name]()
    assert sum(section.chart is not None for section in page.sections) == charts
    assert len(charts_of(browse(page_html(page), tmp_path))) == charts
