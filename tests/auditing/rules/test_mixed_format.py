from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.mixed_format import RULE


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (["4%", "5.5 %", "0.03"], 'the option "0.03" alone is a fraction among percentages'),
        (["4%", ".03", "1,000%"], 'the option ".03" alone is a fraction among percentages'),
        (["0.4", "0.5", "3%", "0.1"], 'the option "3%" alone is a percentage among fractions'),
    ],
)
def test_odd_ones(choices: list[str], said: str) -> None:
    assert evidence(RULE, [("How much?", choices, 0)]) == {0: said}


@pytest.mark.parametrize(
    "choices",
    [
        ["4%", "5%", "6%"],
        ["0.4", "0.5", "0.6"],
        ["4%", "0.5"],
        ["4%", "5%", "0.3", "0.2"],
        ["4%", "5%", "none"],
        ["4%", "5%", "0"],
        ["4%", "5%", "12"],
        ["4%", "0.5", "none of the above"],
        ["4%", "5%", "0.3 of what was there before the flood came over the land and the people"],
    ],
)
def test_none_sticks_out(choices: list[str]) -> None:
    assert not finds(RULE, "How much?", choices)
