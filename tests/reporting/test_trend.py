"""Sections of trends: what they say stands in the numbers."""

from functools import cache

import numpy as np
import pytest

from tests.scaling.test_trend import BREAK, TestHeldAlone, drawn, followed
from theodolite.plotting.trend_frames import write
from theodolite.reporting import page_html, trend_page, trend_sections
from theodolite.tables import Models

SHIFT, WHEN, PAST = (
    "Did the field shift?",
    "When, if no date is given?",
    "Is the field past the optimum?",
)
USED = "What was used, and what was left out?"


@cache
def found(**world):
    return followed(drawn(**world))


def sections(one):
    return {section.question: section for section in trend_page(one).sections}


def test_every_question_in_order():
    assert list(sections(found())) == [SHIFT, WHEN, PAST, USED]
    assert [s.question for s in trend_sections(found())] == [SHIFT, WHEN, PAST]


def test_readings_stand_in_the_table():
    section = sections(found(jump=np.log(20.0), scatter=0.4))[SHIFT]
    table = section.tables[0].frame
    assert table["reading"].to_list() == ["as it is", "size fixed", "compute fixed"]
    assert set(table["verdict"]) == {"shift"}
    assert table["date"].to_list() == [BREAK.isoformat()] * 3
    assert section.finding.startswith("The trend of tokens per parameter broke at 2022-01-01")
    assert "rises from" in section.evidence


def test_a_falling_line():
    section = sections(found(slope=-1.5, scatter=0.2))[SHIFT]
    assert "falls from" in section.evidence


def test_what_cannot_be_read_says_why():
    section = sections(found(before=4, after=12))[SHIFT]
    row = section.tables[0].frame.row(0, named=True)
    assert "only 4 clusters before" in row["reason"]
    assert row["sides"].endswith("(12)")
    assert any(note.startswith("What would decide: ") for note in section.caveats)


def test_the_search_says_whether_there_is_any():
    sure = sections(found(jump=np.log(20.0), scatter=0.4))[WHEN]
    assert sure.finding.startswith("A break somewhere is sure")
    none = sections(found(seed=3))[WHEN]
    assert none.finding.startswith("That there is any break is not sure")
    short = sections(found(before=3, after=4))[WHEN]
    assert short.finding.startswith("No date leaves enough clusters")


@pytest.mark.parametrize(
    ("slope", "start"), [(1.2, "Yes: by besiroglu"), (-1.5, "No, it is short of it: ")]
)
def test_past_the_optimum(slope, start):
    one = found(slope=slope, scatter=0.3, before=14, after=14)
    section = sections(one)[PAST]
    assert section.finding.startswith(start)
    assert (section.low, section.high) == (
        one.past_optimum.shown.last.low,
        one.past_optimum.shown.last.high,
    )
    assert len(section.tables[0].frame) == 4


def test_a_level_line_crosses_nowhere_for_sure():
    one = found(slope=0.0, seed=5)
    text = sections(one)[PAST].finding
    assert "no date is excluded" in text


def test_names_are_no_code_on_the_page():
    models = drawn()
    frame = models.frame.select("model", "family", "kind", "params", "tokens", "released")
    names = frame.with_columns(model="<b>" + frame["model"] + "</b>").with_columns(
        released=frame["released"].cast(str)
    )
    page = page_html(trend_page(followed(Models.from_frames(names))))
    assert "<b>m0</b>" not in page


def test_numbers_are_written_as_what_they_are():
    assert write("tokens")(1.5e13) == "15T"
    assert write("flops")(5.76e23) == "5.76e23"
    ratio = write("tokens_per_param")
    assert [ratio(v) for v in (0.0123, 1.71, 9.96, 2400.0, None)] == [
        *("0.012", "1.7", "10", "2,400", ratio(None)),
    ]


def test_a_line_that_one_family_alone_holds_says_so():
    rows = [(f"f{k}", "2023-01-01", 1e10 * (2 + k)) for k in range(5)]
    one = followed(TestHeldAlone.of([*rows, ("late", "2024-01-01", 6e11)]), quantity="tokens")
    assert "The interval is unbounded: without 'late' the dates" in sections(one)[PAST].finding
    assert "[0, ∞] a year" in sections(one)[SHIFT].evidence
    page_html(trend_page(one))
