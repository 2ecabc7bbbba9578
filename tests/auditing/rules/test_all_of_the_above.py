from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.all_of_the_above import RULE


@pytest.mark.parametrize(
    ("choices", "key", "said"),
    [
        (["all of the above", "red", "blue"], 0, 'the option "all of the above" is the first'),
        (["red", "None of the above.", "blue"], 0, 'the option "None of the above." has options'),
        (["red", "blue", "all of those below"], 0, None),
        (["red", "blue", "none of the options below"], 0, 'the option "none of the options below"'),
        (["red", "blue", "both A and C"], 0, 'the option "both A and C" points to itself'),
        (
            ["red", "blue", "(b) and (d) only"],
            0,
            'the option "(b) and (d) only" points to a letter',
        ),
        (["red", "red", "all of the above"], 2, 'all options are keyed, "red" among them'),
        (["none of these", "red", "all of these"], 2, 'all options are keyed, "none of these"'),
    ],
)
def test_options_that_cannot_be(choices: list[str], key: int, said: str | None) -> None:
    found = evidence(RULE, [("Which colour?", choices, key)])
    if said is None:
        assert not found
    else:
        assert found[0].startswith(said)


@pytest.mark.parametrize(
    ("question", "choices", "key"),
    [
        ("Which?", ["red", "blue", "all of the above"], 2),
        ("Which?", ["red", "blue", "both of the above", "neither"], 2),
        ("Which?", ["red", "Both of these", "blue"], 1),
        ("Which?", ["red", "blue", "both A and B"], 2),
        ("Which?", ["All of the options are red", "blue"], 0),
        ("Who meets at points A and C?", ["Ann", "Bob", "A and C"], 2),
        ("Which: (a) one, (b) two, (e) three?", ["a and b", "a and e", "b and e"], 0),
        ("Which?", ["red", "red", "all of the above"], 0),
    ],
)
def test_options_that_can(question: str, choices: list[str], key: int) -> None:
    assert not finds(RULE, question, choices, key)
