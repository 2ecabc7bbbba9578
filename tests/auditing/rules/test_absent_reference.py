from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.absent_reference import RULE

LONG = "The river rose for nine days and the town was cut off from its mill. " * 5


@pytest.mark.parametrize(
    "question",
    [
        "What is the slope of the line in question 12?",
        "Refer to Question 3. Which plan is best?",
        "Which term vanishes in equation (4)?",
        "As Figure 2 is, so is the map in figure 3. Which?",
        "The answer to number 5 is true because",
        "What is the resistance of the circuit in the diagram above?",
        "Which muscle is shown in the photograph?",
        "Examination shows the findings in the X-ray. What is the diagnosis?",
        "Which bone is marked in the following figure?",
        "According to the table below, which firm grew?",
        "What does the artist mock in this cartoon?",
        "As stated in the previous question, the rate is fixed. Why?",
        "According to the passage, why did the town fall?",
        "According to the author, why did the town fall?",
        "This chapter says that muscles",
        "What is printed by the following program?",
    ],
)
def test_points_outside(question: str) -> None:
    assert finds(RULE, question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What is the slope of the graph of y = 2x?",
        "Which of the following charts shows variation over time?",
        "Solve the equation 18 + p = 29.",
        "Which number makes the equation 35 / 5 = x true?",
        "She starts with the number 2 and stops at 50. How many numbers?",
        "Consider equation 3: x + y = 1. Is x in equation 3 positive?",
        "Firms filed under Chapter 11. Which court?",
        "Half of them were told to exercise 1 hour a day. Why?",
        "The table below gives sales: 1990 12, 1991 13, 1992 15. Which year was best?",
        "The town fell in winter.\nAccording to the passage, when did it fall?",
        '"The town fell in winter." According to the passage, when did it fall?',
        LONG + "According to the passage, what was cut off?",
        "What is printed by the following program: print(1)?",
        "Which of the following programs halts?",
    ],
)
def test_points_to_nothing_or_to_what_is_there(question: str) -> None:
    assert not finds(RULE, question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is the slope in question 12 of it?", '"in question 12" points outside the item'),
        ("What is the slope in question 12?", '"in question 12" points outside the item'),
        ("What does this cartoon mean?", '"this cartoon" points outside the item'),
    ],
)
def test_what_is_quoted(question: str, said: str) -> None:
    assert evidence(RULE, [(question, ["x", "y"], 0)]) == {0: said}
