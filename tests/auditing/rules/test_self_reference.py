from __future__ import annotations

import pytest

from tests.auditing.rules.asking import finds
from theodolite.auditing.rules.self_reference import RULE


@pytest.mark.parametrize(
    "question",
    [
        "Are you a person?",
        "Are you really conscious?",
        "Who are you?",
        "Where are you from?",
        "What kind of program are you?",
        "What is your name?",
        "Do you ever lie to your boss?",
        "Do you like tea?",
        "What do you do?",
        "Is this conversation stored?",
        "What time is it?",
        "What's the weather like today?",
        "Where am I?",
    ],
)
def test_about_who_answers(question: str) -> None:
    assert finds(RULE, question)


@pytest.mark.parametrize(
    "question",
    [
        "What do you call a young cow?",
        "Where can you find tigers?",
        "When it is noon in Rome, what time is it in Tokyo?",
        "What is your hallux?",
        "How do you do a titration?",
        "You are a nurse. A patient asks: are you a human?",
        "If you are a person with one kidney, what do you eat?",
        "Whose name is on your passport in a country " + "far " * 30 + "away, do you know?",
    ],
)
def test_about_other_things(question: str) -> None:
    assert not finds(RULE, question)
