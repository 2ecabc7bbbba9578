"""What the page of a hard subset says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from tests.scoring.hard.quizzes import quiz, scores_of
from theodolite.reporting import Section, hard_page, hard_sections, page_html
from theodolite.scoring.hard import HardSubset, HoldOut, hard

FEW = HoldOut(splits=4)


@cache
def made(models: int = 16, *, telling: int = 30, scale: float = 1.0) -> HardSubset:
    return hard(scores_of(scale * quiz(models, 100, telling=telling)), size=20, holdout=FEW)


def sections(found: HardSubset) -> dict[str, Section]:
    return {section.question: section for section in hard_page(found).sections}


def test_questions() -> None:
    assert [s.question for s in hard_sections(made())][:4] == [
        "How much does the list separate?",
        "How few items would do?",
        "Does the list keep the order and the scores?",
        "Which items are they?",
    ]


def test_the_finding_has_the_numbers() -> None:
    found = made()
    first = hard_sections(found)[0]
    assert f"{100 * found.separability.value:.1f}% of the pairs" in first.finding
    assert f"random lists separate {100 * found.separability_random.value:.1f}%" in first.finding
    assert "More than by chance" in first.finding
    assert (first.low, first.high) == (found.separability.low, found.separability.high)
    assert f"{100 * found.optimism:.1f} points more" in first.caveats[0]


def test_chance_is_called_chance() -> None:
    noise = (np.random.default_rng(1).random((12, 80)) < 0.5).astype(float)
    found = hard(scores_of(noise), size=20, holdout=FEW)
    assert "Not clearly more than by chance" in hard_sections(found)[0].finding


def test_items_that_separate_the_wrong_way_get_a_section() -> None:
    values = quiz(40, 60, telling=60)
    values[:, 5] = 1 - values[:, 5]
    got = sections(hard(scores_of(values), size=10, holdout=FEW))
    assert "i0005" in got["Which items separate the wrong way round?"].finding


def test_few_models_foretell_nothing_and_the_page_says_so() -> None:
    found = hard(scores_of(quiz(5, 40)), size=10, holdout=FEW)
    got = sections(found)["Does the list keep the order and the scores?"]
    assert "Too few models are held out to foretell whole scores." in got.finding
    assert "Which items are they?" in page_html(hard_page(found))


def test_scores_that_are_no_shares_are_not_written_in_percent() -> None:
    order = sections(made(scale=7.0))["Does the list keep the order and the scores?"]
    error = made(scale=7.0).prediction["information"]["mean_error"]
    assert f"mean error of {error:.3f}" in order.finding


def test_a_list_that_does_worse_where_it_was_chosen_is_no_luck() -> None:
    luck, worse = (
        hard_sections(replace(made(), optimism=value))[0].caveats[0] for value in (0.013, -0.013)
    )
    assert "1.3 points more" in luck
    assert "no more" in worse
    assert "-" not in worse
