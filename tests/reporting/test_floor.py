"""Sections of floors: what they say stands in the numbers."""

from functools import cache

import polars as pl

from tests.scaling.conftest import simulated
from theodolite.reporting import floor_page, page_html
from theodolite.scaling import Comparison, Forms, Recipe, Resampling, floor, published_law
from theodolite.tables import Runs

SAME = Comparison(same_evaluation=True)


@cache
def found(law="chinchilla"):
    frame = simulated(n=5)
    seen = frame.tail(3).with_columns(
        loss=pl.Series([1.4, 1.8, 2.6]), run=pl.Series(["a", "<b>x</b>", "c"])
    )
    return floor(
        Runs.from_frame(frame),
        Runs.from_frame(seen),
        forms=Forms(law, 0),
        recipe=Recipe("least-squares"),
        resampling=Resampling(n=100),
        comparison=SAME,
    )


def sections(page):
    return {section.question: section for section in page.sections}


def test_what_is_said_stands_in_the_numbers():
    result, page = found(), sections(floor_page(found()))
    first = page["Do observed losses lie below the irreducible loss?"]
    assert first.finding.startswith("1 of 3 observed losses lies below the floor")
    assert f"E is {result.floor.estimate:.3f}" in first.finding
    assert (first.low, first.high) == (result.observed["low"][0], result.observed["high"][0])
    assert first.tables[0].frame["loss"].to_list() == [1.4, 1.8, 2.6]
    assert len(first.tables[1].frame) == len(result.forms)
    size = page["Do they lie below what any number of tokens gives a model of their size?"]
    below = (result.observed["size_verdict"] == "below the floor").sum()
    assert f"Of 3 losses, {below} below" in size.finding
    decides = page["What would decide?"]
    assert decides.finding == result.decides.words
    assert decides.tables[0].frame["after_10"].to_list() == [
        design.curve.filter(pl.col("runs") == 10)["half_width"][0]
        for design in result.decides.designs
    ]


def test_names_are_harmless_on_a_page():
    text = page_html(floor_page(found()))
    assert "<b>x</b>" not in text


def test_a_published_law_says_what_it_lacks():
    page = sections(floor_page(floor(published_law("hoffmann"), 1.6, comparison=SAME)))
    assert len(page) == 2
    first = page["Do observed losses lie below the irreducible loss?"]
    assert any("sampling error was not published" in note for note in first.caveats)
    assert "runs behind it" in first.caveats[-1]
    assert len(first.tables) == 1
