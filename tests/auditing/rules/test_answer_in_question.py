from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.answer_in_question import RULE

CHOICES = ["the new owner", "the old tenant", "the whole town"]


def test_only_the_key() -> None:
    said = evidence(RULE, [("He sold it to the New Owner. Who pays?", CHOICES, 0)])
    assert said == {0: 'the question holds the keyed option "the new owner"'}


@pytest.mark.parametrize(
    ("question", "choices", "key"),
    [
        ("He sold it to the new owner. Who pays?", CHOICES, 1),
        ("The old tenant sold it to the new owner. Who pays?", CHOICES, 0),
        ("He sold it to the new ownership. Who pays?", CHOICES, 0),
        ("Is it a cat?", ["a cat", "a dog"], 0),
        ("Is it an elephant?", ["an elephant", "elephants"], 1),
        ("Is it metamorphosis?", ["metamorphosis", "growth"], 0),
        ("Is it 1000 2000 3000?", ["1000 2000 3000", "1"], 0),
        ("Is it a b?", ["a b", "c d"], 0),
        ("", CHOICES, 0),
    ],
)
def test_others(question: str, choices: list[str], key: int) -> None:
    assert not finds(RULE, question, choices, key)


def test_punctuation_does_not_matter() -> None:
    assert finds(RULE, "He sold it to (the new, owner)", ["The new owner.", "x"]) is False
    assert finds(RULE, "He sold it to (the new owner)", ["The new owner.", "x"])
