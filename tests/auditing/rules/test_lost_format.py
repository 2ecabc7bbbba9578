from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.lost_format import RULE


@pytest.mark.parametrize(
    ("question", "choices", "said"),
    [
        ("How heavy?", ["3.2x1014 kg", "1 kg"], '"3.2x1014" has lost the sign of its exponent'),
        ("What charge?", ["1 C", "1.6 \u00d7 10-19 C"], '"1.6 \u00d7 10-19" has lost the sign of'),
        ("A body of 5.9 x 1024 kg?", ["a", "b"], '"5.9 x 1024" has lost the sign of its exponent'),
        ("Which ages?", ["under 5", "14-May"], '"14-May" is a date'),
        ("Which part is red?", ["1-Feb", "2-Feb"], '"1-Feb" is a date'),
        ("Which ratio?", ["3:02", "1:1"], '"3:02" is a time of day'),
        ("Which ratio?", ["1:1", "30:02:00"], '"30:02:00" is a time of day'),
    ],
)
def test_changed_numbers(question: str, choices: list[str], said: str) -> None:
    assert evidence(RULE, [(question, choices, 0)])[0].startswith(said)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        (
            "How heavy?",
            ["3.2 x 10^14 kg", "3.2 \u00d7 10^\u221214 kg", "3.2 x 10 kg", "3.2 x 100 kg"],
        ),
        ("How heavy?", ["4 x 105", "4.5 x 1000", "2.5 x 10.5", "3.5 x 100,000"]),
        ("How heavy?", ["3.2 \u00d7 10¹⁴ kg", "1e14"]),
        ("On which day does spring begin?", ["21-Feb", "21-Mar"]),
        ("When does the train leave?", ["3:02", "4:05"]),
        ("Which ratio?", ["3:2", "10:1", "1:10"]),
        ("Who wrote it?", ["May", "the 14-May movement"]),
    ],
)
def test_numbers_as_they_were(question: str, choices: list[str]) -> None:
    assert not finds(RULE, question, choices)
