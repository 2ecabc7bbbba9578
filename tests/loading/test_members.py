"""The members of a JSON object, one list of them element by element."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.loading.records import FaultError, json_members

PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
ELEMENTS = st.lists(st.dictionaries(st.text(max_size=3), PLAIN, max_size=3), max_size=4)
OBJECTS = st.dictionaries(st.text(max_size=3), PLAIN | st.lists(PLAIN, max_size=3), max_size=3)


@settings(deadline=None)
@given(OBJECTS, ELEMENTS, OBJECTS, st.sampled_from([None, 1, "\t"]))
def test_they_are_what_json_reads(
    before: dict, elements: list, after: dict, indent: int | str | None
) -> None:
    whole = before | {"listed": elements} | after
    got = list(json_members(json.dumps(whole, indent=indent).encode(), "listed"))
    assert [value for key, value in got if key == "listed"] == elements
    assert {key: value for key, value in got if key != "listed"} == {
        key: value for key, value in whole.items() if key != "listed"
    }


def test_nan_stays_and_a_mark_is_passed_over() -> None:
    (key, value), *rest = json_members(b'\xef\xbb\xbf {"a": NaN, "x": []} ', "x")
    assert (key, rest) == ("a", [])
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("text", "row", "what"),
    [
        ("", None, "cut off"),
        ("[]", None, "not a JSON object"),
        ('{"a": 1', None, "cut off"),
        ('{"x": [{}', None, "cut off"),
        ('{"x": [{"a": 1}, {"a": ', 2, "cut off"),
        ('{"x": [{"a": 1} {}]}', 1, "no comma"),
        ('{"x": [1]}', 1, "must be a JSON object"),
        ('{"x": 1}', None, "x is not a list"),
        ('{"a" 1}', None, "no colon after 'a'"),
        ("{1: 2}", None, "a key that is no text"),
        ('{"a": Infinity}', None, "it has no Infinity"),
        ('{"a": 1} {}', None, "more after the closing }"),
        ('{"a": 1 "b": 2}', None, "no comma"),
        ('{"a": tru}', None, "not JSON"),
    ],
)
def test_faults(text: str, row: int | None, what: str) -> None:
    with pytest.raises(FaultError) as caught:
        list(json_members(text.encode(), "x"))
    assert caught.value.row == row
    assert what in caught.value.what


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(FaultError, match="not UTF-8"):
        list(json_members(b'{"a": "\xff"}', "x"))
