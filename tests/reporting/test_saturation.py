"""Sections of saturation: what they say stands in the numbers."""

from functools import cache

import pytest

from tests.scaling.saturation.boards import board, of_none_right
from tests.scaling.saturation.worlds import runs_of
from theodolite.reporting import page_html, saturation_page, saturation_sections, score_sections
from theodolite.scaling import Recipe, Resampling, saturation, score_saturation


@cache
def losses(kind="law"):
    recipe = Recipe(objective="least-squares")
    return saturation(runs_of(kind), recipe=recipe, resampling=Resampling(n=100))


def by_question(sections):
    return {section.question: section for section in sections}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("law", "The loss still falls as the law says"),
        ("saturated", "The loss has stopped falling"),
        ("half", "more slowly than the law says"),
    ],
)
def test_the_verdict_is_told_with_its_interval(kind, words):
    found = losses(kind)
    first = saturation_sections(found)[0]
    assert words in first.finding
    assert f"[{found.ratio.low:.2f}, {found.ratio.high:.2f}]" in first.finding
    assert (first.low, first.high) == (found.ratio.low, found.ratio.high)
    assert len(first.tables[0].frame) == 5


def test_the_best_forecast_and_what_would_decide_are_those_of_the_tables():
    found = losses()
    sections = by_question(saturation_sections(found))
    told = sections["Which hypothesis foretells the next loss?"]
    assert told.finding.startswith("The law foretells the next loss best")
    assert f"{100 * found.comparison['mae'][0]:.2f}%" in told.finding
    decides = sections["How many more tokens would decide?"]
    assert f"{found.decides['estimate']:.1f} [" in decides.finding
    assert len(decides.tables[0].frame) == 15
    left = sections["How much could more tokens still take?"]
    assert f"{found.sizes['remaining'][0]:.3f}" in left.finding


def test_scores_and_pairs_are_told():
    found = score_saturation(board(), pair=("m9", "m3"))
    sections = by_question(score_sections(found))
    trends = sections["Do scores of models of one size still rise with tokens?"]
    assert "rise with tokens on 2 of 2 benchmarks" in trends.finding
    pair = sections["How much better is m9 than m3?"]
    assert f"By {100 * found.pair.relative['estimate']:.0f}%" in pair.finding
    assert "allows two models on 2 of 2" in pair.finding


def test_a_page_has_what_there_is_and_no_markup_of_a_name():
    models = board()
    names = {"m9": "<b>m9</b>"}
    frame, rows = (
        f.with_columns(model=f["model"].replace(names)) for f in (models.frame, models.results)
    )
    found = score_saturation(type(models).from_frames(frame, rows), pair=("<b>m9</b>", "m3"))
    html = page_html(saturation_page(losses(), found))
    assert "<b>m9</b>" not in html
    assert html.count("<section") >= 7
    assert len(saturation_page(None, found).sections) == 2
    assert len(saturation_page(losses()).sections) == 5


def test_a_pair_without_a_ratio_says_where_and_why():
    one = of_none_right(board(), "m3")
    question = "How much better is m9 than m3?"
    for models, words in (
        (one, "the geometric mean of 1 benchmark: "),
        (of_none_right(one, "m3", benchmark="ARC-C"), "By what factor cannot be told."),
    ):
        found = score_saturation(models, pair=("m9", "m3"))
        pair = {s.question: s for s in score_sections(found)}[question]
        assert words in pair.finding
        assert "MMLU (within its noise of 0: m3)" in pair.finding
        assert "inf" not in pair.finding
