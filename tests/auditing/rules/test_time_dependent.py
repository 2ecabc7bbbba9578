from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules import self_reference
from theodolite.auditing.rules.time_dependent import RULE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "question",
    [
        "Who is the current king of Spain?",
        "Who is the current world champion in chess?",
        "Our current best observations show that Neptune has",
        "How many languages are currently spoken in Peru?",
        "Which is the newest edition of the manual?",
        "Which country was recently elected to the council?",
        "How will the climate change in the next decade?",
        "Which is the largest city of Brazil today?",
        "How many years ago did the war end?",
        "How old is Angela Merkel?",
        "What's next for Mars exploration?",
        "About how many people live in cities?",
        "What percentage of adults smoke?",
        "What is the global prevalence of asthma?",
    ],
)
def test_answers_that_change(question: str) -> None:
    assert finds(RULE, question)


@pytest.mark.parametrize(
    "question",
    [
        "Who was king of Spain in 1990?",
        "As of 2017, who is the current king of Spain?",
        "How old is the Earth?",
        "What percentage of adults smoked in 1990?",
        "In how many ways can 5 students be chosen from 6?",
        "What percentage of the area is shaded?",
        "How does the current flow in a coil?",
        "A firm is currently in equilibrium. What will it do?",
        "If the price is currently $5, what follows?",
        "Suppose today is Wednesday. Which day is tomorrow?",
        "According to Hume, what are we currently aware of?",
        "Who shaped the sonnet as we know it today?",
        "Rome " + "waits and " * 30 + "is currently well. Why?",
    ],
)
def test_answers_that_stay(question: str) -> None:
    assert not finds(RULE, question)


def test_what_the_authors_of_truthfulqa_took_out(data: Callable[[str], Path]) -> None:
    frame = pl.read_parquet(data("truthfulqa/truthfulqa_old_813.parquet"))
    items = [(question, ["a", "b"], 0) for question in frame.get_column("Question")]
    gone = set((~frame.get_column("in_2025_version")).arg_true())
    time = set(evidence(RULE, items))
    own = set(evidence(self_reference.RULE, items))
    assert len(gone) == 29
    # The authors kept questions that ask who the model is: those are no errors to them.
    assert (len(time & gone), len(time)) == (15, 19)
    assert (len(own & gone), len(own)) == (5, 20)
    assert len((time | own) & gone) == 19
