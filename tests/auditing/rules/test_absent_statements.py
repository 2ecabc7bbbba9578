from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.auditing.rules.asking import finds, mmlu
from theodolite.auditing.lint import lint
from theodolite.auditing.rules.absent_statements import RULE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGITS = ["1,2,3", "1,2", "2 and 3 only", "1,3"]
ROMAN = ["(i) only", "(ii) only", "(i) and (ii)", "none of the above"]


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ("Predatory pricing.", ["1,2,4", "1,2,3,4", "1,2", "1,4"]),
        ("Demand reduction.", ["1,3,4", "2,3,4", "1,2,3", "1,2,4"]),
        ("Which of these fly?", DIGITS),
        ("Which of these fly?", ROMAN),
        (
            "Which of these fly?",
            ["I & II only", "Both I and III", "Statement II only", "I, II, III"],
        ),
        ("In 2001, 12% of 1,200 birds flew. Which?", DIGITS),
    ],
)
def test_lists_without_statements(question: str, choices: list[str]) -> None:
    assert finds(RULE, question, choices)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ("Which fly? 1. Bats 2. Cats 3. Rats", DIGITS),
        ("Which fly? (1) Bats (2) Cats (3) Rats", DIGITS),
        ("Which fly?\n1 Bats\n2 Cats\n3 Rats", DIGITS),
        ("Which fly?\n- Bats\n- Cats\n- Rats", DIGITS),
        ("Which fly? I. Bats II. Cats", ["I only", "II only", "I and II", "None"]),
        ("Which fly?\ni) Bats\nii) Cats", ROMAN),
        # Values, not numbers of statements.
        ("Sides of a triangle?", ["4, 7", "5, 5", "3, 9", "9, 8"]),
        ("Roots?", ["1, 2", "1, 4", "2, 6", "3, 6"]),
        ("Roots?", ["1, 2", "2, 1"]),
        ("A point?", ["(1,2)", "(1,3)", "(2,3)", "(3,1)"]),
        ("How many?", ["1", "2", "3", "4"]),
        ("How many?", ["1,200", "1,300", "2,300", "1,234"]),
        ("Which vitamin?", ["I only", "II only", "I and II", "the third"]),
        ("Who reigned?", ["Louis I and Louis II", "I", "II", "III"]),
    ],
)
def test_other_options(question: str, choices: list[str]) -> None:
    assert not finds(RULE, question, choices)


def test_the_rows_of_the_essay(data: Callable[[str], Path]) -> None:
    found = lint(mmlu(data), rules=[RULE]).to_frame()
    rows = found.filter(subject="business_ethics").get_column("row").to_list()
    assert {32, 40, 55, 90, 94} <= set(rows)
    # A plain enumeration rule hits 18 rows; this one takes Roman numbers too and no values.
    assert found.height == 19
