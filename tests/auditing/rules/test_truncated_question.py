from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.truncated_question import RULE


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What are the causes of the?", "the question ends in the middle"),
        ("The tariff was raised because.", "the question ends in the middle"),
        ("The reform of the agri-", "the question ends in the middle"),
        ("The sum of x and f(", "the question ends in the middle"),
        ("Who sang the song (the first one?", "the question never closes its bracket"),
        ("rich of the tax is what they pay.", "the question begins in the middle"),
        ("another person's deed is a gift.", "the question begins in the middle"),
    ],
)
def test_cut_questions(question: str, said: str) -> None:
    assert evidence(RULE, [(question, ["Much", "Little"], 0)])[0].startswith(said)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "The economy is",
        "According to Keynes,",
        "A tariff raises the",
        "What do you think of?",
        "Rain falls on",
        "Is x in [0, 1)?",
        "para-dichlorobenzene is a",
        "which of these is a gas?",
        "snRNPs are made of what?",
        "which of these is a gas.",
        "Which is it?\n(a or b\n(c or d",
    ],
)
def test_whole_questions(question: str) -> None:
    assert not finds(RULE, question, ["Much", "Little"])


def test_where_nothing_has_a_capital_to_begin_small_is_the_style() -> None:
    assert not finds(RULE, "rich of the tax is what they pay.", ["much", "little"])
