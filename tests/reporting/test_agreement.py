"""What pages say of agreement with people."""

from __future__ import annotations

import pytest

from tests.scoring.agreement.made import RATINGS, SCORES, people, side
from tests.scoring.agreement.test_base import world
from theodolite.reporting import (
    agreement_page,
    agreement_sections,
    base_prediction_page,
    page_html,
    print_page,
)
from theodolite.scoring.agreement import MatchedNames, agree, foretell_ratings


def text_of(page, capsys) -> str:
    from rich.console import Console

    print_page(page, Console(width=100))
    return capsys.readouterr().out


def test_one_comparison(capsys) -> None:
    names = MatchedNames(
        matched=({"benchmark": "a", "human": "b", "how": "alias"},),
        benchmark_only=("x",),
        similar=(("M 1", "m-1"),),
    )
    found = agree([side()], [people()], want=0.99, names=names)
    text = " ".join(text_of(agreement_page(found), capsys).split())
    assert "quiz beside arena" in text
    assert "Spearman's correlation with arena over 8 models is 0.952" in text
    assert "What would reach an agreement of 0.99?" in text
    assert "1 names are alike but for case and punctuation" in text
    assert "inf" not in text
    assert "nan" not in text
    assert "None" not in text


def test_pairs_at_odds_and_models_off_the_line(capsys) -> None:
    ratings = (*RATINGS[:7], 1300.0)
    found = agree([side(error=0.01)], [people(ratings)])
    page = agreement_page(found)
    assert [s.question for s in page.sections] == [
        "Does quiz order models as people do?",
        "Which models does it over- or underrate?",
        "Which pairs are at odds?",
        "What was compared, and what was left out?",
    ]
    assert "7 pairs are ordered one way" in page.sections[2].finding
    assert "people prefer m7" in page.sections[2].finding


def test_nothing_is_sure(capsys) -> None:
    found = agree([side(error=0.4)], [people(error=150.0)])
    text = " ".join(text_of(agreement_page(found), capsys).split())
    assert "No pair of models is sure on both sides." in text
    assert "No model is surely off the line." in text
    assert "Noise is much of what tells the models apart" in text


@pytest.mark.parametrize("same", [True, False])
def test_several_comparisons(capsys, same: bool) -> None:
    order = range(8) if same else (3, 0, 5, 2, 7, 1, 6, 4)
    found = agree([side(), side("other", tuple(SCORES[i] for i in order))], [people()])
    first = agreement_sections(found)[0]
    assert first.question == "Which agrees with people best?"
    told = "It cannot be told" if same else "1 of 1 contrasts is told: quiz above other by"
    assert told in first.finding


def test_hostile_names_are_written_out() -> None:
    models = tuple(f"m{i}\u202e<script>" for i in range(8))
    frame_side = side("quiz<b>", models=models)
    rated = side("arena", RATINGS, 6.0, "rating", models)
    html = page_html(agreement_page(agree([frame_side], [rated], want=0.5)))
    assert "<script>m" not in html
    assert "quiz<b>" not in html
    assert "\u202e" not in html


def test_base_models(capsys) -> None:
    found = foretell_ratings(*world())
    text = " ".join(text_of(base_prediction_page(found), capsys).split())
    assert "good has the smallest error" in text
    assert "It is told to be better than" in text
    assert "compute alone" in text
    assert "nan" not in text
    assert found.predictors["error"].is_finite().all()
