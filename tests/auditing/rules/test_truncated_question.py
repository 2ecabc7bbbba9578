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
        ("of the tax is what the rich pay.", "the question begins in the middle"),
        ("another person's deed is a gift.", "the question begins in the middle"),
    ],
)
def test_cut_questions(question: str, said: str) -> None:
    choices = ["Much", "Little"] if question.startswith("another") else ["much", "little"]
    found = evidence(RULE, [(question, choices, 0)])
    if question.startswith("of the"):
        # Nothing else has a capital: to begin small is the style.
        assert not found
        found = evidence(RULE, [("rich of the tax is what they pay.", ["Much", "Little"], 0)])
    assert found[0].startswith(said)


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
        "Choose (a, b or c",
    ],
)
def test_whole_questions(question: str) -> None:
    assert finds(RULE, question, ["Much", "Little"]) == question.startswith("Choose")
