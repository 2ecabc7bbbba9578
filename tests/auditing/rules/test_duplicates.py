"""Items that ask the same, in the same words or nearly so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auditing.rules.asking import Item, evidence, mmlu
from theodolite.auditing.lint import lint
from theodolite.auditing.rules import conflicting_key, duplicate_item, near_duplicate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAME, CONFLICT, NEAR = duplicate_item.RULE, conflicting_key.RULE, near_duplicate.RULE
LONG = (
    "A traveller leaves the old town in the morning and walks along the river until she meets "
    "the second bridge, where a stone from the year of the flood stands. What does it show?"
)
ANSWERS = ["A fish", "A lion", "A crown", "A ship"]


def test_later_equal_items_are_found() -> None:
    items: list[Item] = [
        ("What is 2 + 2?", ["3", "4"], 1),
        ("What is 2 + 2?", ["4", "3"], 0),
        ("What is 2 + 3?", ["3", "4"], 1),
        ("What is  2 + 2? ", ["3", "4"], 1),
        ("What is 2 + 2?", ["3", "5"], 1),
        ("", [], []),
        ("", [], []),
    ]
    assert evidence(SAME, items[:5]) == {1: "asks what item 0 asks", 3: "asks what item 0 asks"}
    assert evidence(CONFLICT, items[:5]) == {}


def test_keys_that_conflict() -> None:
    items: list[Item] = [
        ("Is it so?", ["yes", "no"], 0),
        ("Is it so", ["no", "yes"], 0),
        ("Is it so?", ["no", "yes"], 1),
        ("Is 1.5 more?", ["yes", "no"], 0),
        ("Is 15 more?", ["yes", "no"], 1),
        ("Q(√2+√3)?", ["yes", "no"], 0),
        ("Q(√2·√3)?", ["yes", "no"], 1),
    ]
    assert evidence(CONFLICT, items) == {
        0: 'keyed "yes", but item 1 asks the same and is keyed "no"',
        1: 'keyed "no", but item 0 asks the same and is keyed "yes"',
        2: 'keyed "yes", but item 1 asks the same and is keyed "no"',
    }


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (LONG.replace("the year", "a year"), True),
        (LONG.replace("second", "2nd"), False),
        (LONG.replace("meets", "never meets"), False),
        (LONG.replace("river", "river + lake"), False),
        ("Where does the traveller sleep? " * 8, False),
    ],
)
def test_nearly_the_same(other: str, near: bool) -> None:
    found = evidence(NEAR, [(LONG, ANSWERS, 0), (other, ANSWERS, 0)])
    assert list(found) == [1] * near
    if near:
        assert found[1].endswith("of its wording with item 0")


def test_nearly_the_same_and_keyed_differently() -> None:
    other = LONG.replace("the year", "a year")
    changed = ["A fish", "A lion", "A crown", "A boat"]
    said = "which has the same choices and another key"
    for choices, answer, unlike in (
        (ANSWERS[::-1], 0, True),
        (ANSWERS[::-1], 3, False),
        (changed, 1, False),
    ):
        found = evidence(NEAR, [(LONG, ANSWERS, 0), (other, choices, answer)])
        assert (said in found[1]) is unlike


def test_equal_items_are_not_near() -> None:
    assert evidence(NEAR, [(LONG, ANSWERS, 0), (LONG, ANSWERS[::-1], 0)]) == {}


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(4)), st.permutations(range(4)))
def test_the_order_of_choices_does_not_matter(one: list[int], other: list[int]) -> None:
    items: list[Item] = [
        (LONG, [ANSWERS[i] for i in one], one.index(0)),
        (LONG, [ANSWERS[i] for i in other], other.index(0)),
    ]
    assert list(evidence(SAME, items)) == [1]
    assert evidence(CONFLICT, items) == {}
    changed = [items[0], (LONG.replace("the year", "a year"), items[1][1], 0)]
    assert list(evidence(NEAR, changed)) == [1]


def test_counts_in_mmlu(data: Callable[[str], Path]) -> None:
    items = mmlu(data)
    found = lint(items, rules=[SAME]).to_frame()
    elsewhere = pl.col("evidence").str.contains("of the subject")
    shared = found.filter(elsewhere, subject="college_medicine")
    assert shared.get_column("evidence").str.contains("clinical_knowledge").sum() == 78
    # 27 are equal letter by letter; one has its choices in another order.
    assert found.filter(~elsewhere).height == 28
    assert lint(items, rules=[CONFLICT]).findings.is_empty()
    assert 30 <= lint(items, rules=[NEAR]).findings.height <= 60
