"""The structure of a page, without a browser."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP, make_fit, unbounded
from theodolite.reporting import Column, Page, Section, Table, page_html, rank_page

SPECIAL = (HOSTILE, MARKUP, CHINESE, LONG)
MOST_BYTES = 3_000_000


class Reader(HTMLParser):
    """Collects the elements, their attributes, and the text outside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data) -> None:
        if self.inside not in ("script", "style"):
            self.text.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


@pytest.fixture(scope="module")
def html() -> str:
    fit = unbounded(make_fit(12, special=SPECIAL))
    return page_html(rank_page(fit, title=f"Ranking {HOSTILE}", notice=f"Simulated {MARKUP}"))


@pytest.fixture(scope="module")
def large() -> str:
    return page_html(rank_page(make_fit(100), title="Ranking"))


def specs(html: str) -> list[dict]:
    found = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    return [json.loads(text) for text in found]


def test_names_are_escaped(html: str) -> None:
    reader = Reader(html)
    assert reader.count("img") == reader.count("b") == 0
    assert not any(key.startswith("on") for _, attrs in reader.elements for key in attrs)
    text = "".join(reader.text)
    for name in SPECIAL:
        assert text.count(name) >= 2
        assert any(name in json.dumps(spec, ensure_ascii=False) for spec in specs(html))


def test_one_bundle_for_all_charts(html: str) -> None:
    assert len(specs(html)) == 3
    assert html.count("window.vegaEmbed=") == 1


def test_no_bundle_without_a_chart() -> None:
    page = page_html(Page("Title", (Section("Question?", "Finding."),)))
    assert len(page) < 20_000
    assert "vegaEmbed" not in page


def test_nothing_is_fetched(html: str) -> None:
    for tag, attributes in Reader(html).elements:
        assert tag not in ("iframe", "object", "embed", "base")
        for key in ("src", "href", "action", "data"):
            value = attributes.get(key) or "#"
            assert value.startswith(("#", "data:,")), (tag, key, value)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src &#39;none&#39;" in html
    assert not any("url" in json.dumps(spec.get("data", {})) for spec in specs(html))


def test_head_and_contents(html: str) -> None:
    assert html.startswith('<!doctype html>\n<html lang="en">')
    reader = Reader(html)
    links = {a["href"] for tag, a in reader.elements if tag == "a"}
    sections = {f"#{a['id']}" for tag, a in reader.elements if tag == "section"}
    assert links == sections
    assert len(sections) == 4
    assert "<title>Ranking &lt;/script&gt;" in html
    assert "Simulated [red]" in html


def test_headings_of_tables_can_be_reached_by_keyboard(html: str) -> None:
    reader = Reader(html)
    headings = [attrs for tag, attrs in reader.elements if tag == "th"]
    assert headings
    assert all(a["aria-sort"] == "none" and a["scope"] == "col" for a in headings)
    assert reader.count("button") == len(headings)


def test_large_tables_are_complete_and_folded(large: str) -> None:
    pairs = len(make_fit(100).pairs)
    assert large.count("<tr>") >= pairs + 100
    assert large.count("<details>") == 1
    assert f"({pairs:,} rows)" in large
    assert "<details>" not in page_html(rank_page(make_fit(3), title="Small"))


def test_the_page_of_a_hundred_models_is_small_enough(large: str) -> None:
    assert len(large.encode()) < MOST_BYTES


def test_cells_are_written_as_on_a_terminal() -> None:
    frame = pl.DataFrame({"n": [1234567], "x": [float("-inf")], "p": [0.25], "t": ["\x1b[1m"]})
    columns = (
        Column("n", "N", "integer"),
        Column("x", "X", "number"),
        Column("p", "P", "percent"),
        Column("t", "T"),
    )
    page = page_html(Page("T", (Section("Q?", "F.", tables=(Table(frame, columns),)),)))
    assert "<td>1,234,567<td>-∞<td>25.0%<td>\\x1b[1m" in page
