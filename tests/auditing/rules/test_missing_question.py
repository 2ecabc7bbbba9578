from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.missing_question import RULE

FALLACIES = ["Equivocation", "False dilemma", "Straw man", "Appeal to pity"]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "  ?",
        "Predatory pricing.",
        "Demand reduction.",
        "The complexity of the theory.",
        "They are too irrational and uncodified.",
        "Every raven is black. The proof of this is that no raven is white.",
        "He said that nobody knows what lies behind the wall.",
        'The clerk to the farmer: "Why would you need a lawyer, if not to lie?"',
        "A town where the men are kind (so they say).",
    ],
)
def test_nothing_is_asked(question: str) -> None:
    assert finds(RULE, question, FALLACIES)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ("Which fallacy is it?", FALLACIES),
        ("Every raven is black. Name the fallacy.", FALLACIES),
        ("Every raven is black - name the fallacy.", FALLACIES),
        ("Every raven is black. In such a case, what is the fallacy.", FALLACIES),
        ("Select the best word: nobody came.", FALLACIES),
        ("Nobody came, which of these it is.", FALLACIES),
        ("The fallacy of the crowd is", FALLACIES),
        ("The fallacy of the crowd is ...", FALLACIES),
        ("The fallacy of the crowd is called _.", FALLACIES),
        ("The fallacy of the crowd is closest to .", FALLACIES),
        ("The crowd has members serving -year terms.", FALLACIES),
        ("This fallacy appeals to the crowd.", FALLACIES),
        ("When a crowd is right, this fallacy is at work.", FALLACIES),
        ("I. Crowds are right. II. Crowds are wrong.", ["I", "II", "I and II", "neither"]),
        ("Crowds are right.", ["True", "False"]),
        ("Crowds are right.", ["Yes, because they are many", "No, because they are not"]),
        ("He sold the farm.", ["The sale is void because he never owned the farm.", "Void"]),
        ('"What is the name of it?"', FALLACIES),
        ("A number has how many digits.", ["1", "2"]),
    ],
)
def test_something_is_asked(question: str, choices: list[str]) -> None:
    assert not finds(RULE, question, choices)


def test_the_end_is_quoted_from_a_word_on() -> None:
    long = "Nobody " + "really " * 30 + "came."
    said = evidence(RULE, [(long, FALLACIES, 0)])[0]
    assert said.startswith('nothing is asked: it ends "really ')
    assert said.endswith('came."')
    assert len(said) < 120
