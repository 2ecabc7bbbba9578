"""Whole pages, compared with expected text; THEODOLITE_UPDATE=1 writes it anew."""

from __future__ import annotations

import io
import os
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from tests.claims.quizzes import score_frame, scores_of
from tests.plotting.real import extended, plain_fit, strengths, unbounded_fit, votes_of
from theodolite import __version__
from theodolite.claims import board
from theodolite.loading import load_models
from theodolite.ratings import (
    Arena,
    Looks,
    Style,
    bradley_terry,
    elo_ratings,
    settle,
    shift_by,
    shift_part,
    simulate_arena,
)
from theodolite.reporting import (
    Page,
    Section,
    board_page,
    facts_page,
    findings,
    print_page,
    rank_page,
    settle_page,
    shift_by_page,
    shift_page,
    style_sections,
    survey_page,
)
from theodolite.tables import Facts, Votes

EXPECTED = Path(__file__).with_name("expected")


def truth(count: int) -> pl.DataFrame:
    known = strengths(count)
    return pl.DataFrame({"model": list(known), "rating": list(known.values())})


def survey() -> Page:
    circle = Section("Do models beat each other in circles?", "There is no sign of it.")
    lacks = [{"question": "Can a style buy rating?", "missing": "no style counts"}]
    return survey_page(plain_fit(12), sections=(circle,), truth=truth(12), unanswered=lacks)


def arena() -> Votes:
    """A model that is stylish, and one that is better in English."""
    ratings = strengths(6)
    names = list(ratings)
    return simulate_arena(
        Arena(
            ratings,
            counts={"tokens": dict.fromkeys(names, 200.0) | {names[3]: 800.0}},
            effects={"tokens": 0.5},
            languages={"English": 0.6, "Chinese": 0.4},
            shifts={"English": {names[1]: 90.0}},
        ),
        n_votes=6000,
        seed=7,
    )


def style() -> Page:
    sections = style_sections(bradley_terry(arena(), style=Style(("tokens",))))
    return Page("Style", sections)


def shift() -> Page:
    votes = arena()
    return shift_page(shift_part(votes, votes.frame["language"] == "English", name="English"))


def davidson() -> Page:
    names = votes_of(3).models
    rows = [(a, b, "both_bad") for a in names for b in names if a < b] * 20
    fit = bradley_terry(extended(votes_of(3), rows), ties="davidson").anchored("gpt-1-7b", 1100)
    return rank_page(fit, title="Davidson")


def settling() -> Page:
    """Ten days in which one model comes late, and another only wins."""
    rows = [("champion", "gpt-1-7b", "model_a")] * 60
    frame = extended(votes_of(8, n_votes=6000), rows).frame.with_row_index("n")
    days = pl.from_epoch(1_713_000_000 + pl.col("n").cast(pl.Int64) * 140)
    columns = ["model_a", "model_b", "winner"]
    frame = frame.select(pl.col(columns).cast(pl.String), timestamp=days)
    return settle_page(settle(Votes.from_frame(frame), half_width=40.0, looks=Looks(by="day")))


def top() -> Page:
    return settle_page(settle(votes_of(8, n_votes=3000), top=2, half_width=30.0), title="Top 2")


def benchmarks() -> Page:
    """Six models on two benchmarks, some items unanswered; one model lacks a benchmark."""
    frame = score_frame(6, benchmarks=(("quiz", 400), ("riddles", 200)), missing=0.02)
    frame = frame.filter((pl.col("model") != "m3") | (pl.col("benchmark") == "quiz"))
    return board_page(board(scores_of(frame), cluster="passage"))


def facts() -> Page:
    """A base model and its tune under an alias, a model that sources disagree on."""
    names = ("Llama-3-8B", "llama-3-8b-instruct", "Mixtral-8x7B-v0.1")
    return facts_page(Facts.of(load_models(), names=names))


PAGES = {
    "facts": facts,
    "benchmarks": benchmarks,
    "unbounded": lambda: rank_page(unbounded_fit(), title="Ranking of 11 models"),
    "survey": survey,
    "davidson": davidson,
    "style": style,
    "shift": shift,
    "shift_by": lambda: shift_by_page(shift_by(arena(), "language")),
    "settling": settling,
    "settling_top": top,
    "settled": lambda: settle_page(settle(votes_of(3, n_votes=4000), half_width=40.0)),
    "elo": lambda: rank_page(elo_ratings(votes_of(3), n_resamples=100), title="Elo", notice="N"),
}


def text_of(page: Page) -> str:
    """As on a terminal of 100 columns; the blanks that fill lines up are left out."""
    file = io.StringIO()
    print_page(page, Console(file=file, width=100))
    lines = file.getvalue().replace(__version__, "VERSION").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    path, text = EXPECTED / f"{name}.txt", text_of(PAGES[name]())
    if os.environ.get("THEODOLITE_UPDATE") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100


def test_a_survey_with_known_strengths_says_that_it_is_simulated() -> None:
    page = survey()
    assert page.notice.startswith("These votes are simulated")
    assert [section.question for section in page.sections[-4:]] == [
        "Do models beat each other in circles?",
        "Does the truth lie in the intervals?",
        "What could not be answered?",
        "What was used, and what was left out?",
    ]
    assert survey_page(plain_fit(3)).notice == ""


def test_findings_are_the_sections_answers() -> None:
    page = survey()
    answers = findings(page)
    assert [(f.question, f.answer) for f in answers] == [
        (s.question, s.finding) for s in page.sections
    ]
    first = plain_fit(12).to_frame().row(0, named=True)
    assert (answers[0].low, answers[0].high) == (first["low"], first["high"])
    assert answers[0].evidence == page.sections[0].evidence
    one = Page("T", (Section("Q?", "F.", caveats=("one", "two")),))
    assert findings(one)[0].evidence == "one; two"
