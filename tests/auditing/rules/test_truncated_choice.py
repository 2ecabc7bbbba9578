from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.truncated_choice import RULE


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (["red", "", "blue"], "option 2 is empty"),
        (["red", "blue", " \n"], "option 3 is empty"),
        (["[use c = 3 m/s]", "1 s", "2 s"], 'the option "[use c = 3 m/s]" is a part of'),
        (["[the wave is a plane one]", "1 s", "2 s"], "the option"),
        (["greater than in Asia and", "less"], 'the option "greater than in Asia and" is cut off'),
        (["less", "as great as the"], 'the option "as great as the" is cut off'),
        (["f(x", "f(y)"], 'the option "f(x" never closes its bracket'),
        (
            ["It may rise.", "It may fall quickly.", "It may fall"],
            'the option "It may fall" is the',
        ),
    ],
)
def test_cut_options(choices: list[str], said: str) -> None:
    assert evidence(RULE, [("What?", choices, 0)])[0].startswith(said)


@pytest.mark.parametrize(
    "choices",
    [
        ["red", "blue"],
        ["", ""],
        ["vitamin A", "3 A", "The", "What they are made of"],
        ["[0, 1]", "one", "two"],
        ["[a, b, c, d]", "one", "two"],
        ["[one = two]", "[two = three]", "four"],
        ["[0, 1)", "(0, 1]", "(0, 1)", "[0, 1]"],
        ["f(x", "f(y"],
        ["It may fall", "It may fall quickly", "It may rise."],
        ["Fall", "It may fall.", "Fall quickly."],
    ],
)
def test_whole_options(choices: list[str]) -> None:
    assert not finds(RULE, "What?", choices)
