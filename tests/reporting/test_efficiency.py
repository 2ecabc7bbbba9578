"""What the page of scores against compute says."""

from __future__ import annotations

from functools import cache

import pytest

from tests.scaling.efficiency.made import World, table
from theodolite.reporting import Section, efficiency_page, efficiency_sections, page_html
from theodolite.scaling import CurveSettings, Efficiency, efficiency, versus

EXPLAINED = "How much of the differences between models does compute explain?"
GAINS = "How many times its compute does each model's score stand for?"
FRONTIER = "Where is the frontier?"
PROGRESS = "Do later models need less compute for the same score?"
SIZES = "Do small models make more of compute than large ones?"


@cache
def study(progress: float = 0.0, shift: float = 0.0, family: float = 0.8) -> Efficiency:
    world = World(14, progress=progress, shift=shift, family=family, names=("MMLU", "GSM8K"))
    return efficiency(table(world, 1), settings=CurveSettings(n_resamples=100))


def sections(found: Efficiency) -> dict[str, Section]:
    return {section.question: section for section in efficiency_sections(found)}


def test_questions_and_findings() -> None:
    got = sections(study())
    assert list(got) == [EXPLAINED, GAINS, FRONTIER, PROGRESS, SIZES]
    assert got[EXPLAINED].finding.startswith(study().verdict_words)
    assert study().combined.frame["model"][0] in got[GAINS].finding  # type: ignore[union-attr]
    assert got[PROGRESS].finding.startswith("It cannot be told: a year saves a factor of ")
    assert got[EXPLAINED].low == study().share.low


def test_progress_is_stated_with_the_months() -> None:
    finding = sections(study(progress=2.0, family=0.2))[PROGRESS].finding
    assert finding.startswith("Yes: a year saves a factor of ")
    assert "months" in finding


def test_what_does_not_rise_has_no_gain() -> None:
    got = sections(study(shift=-12.0))
    assert GAINS not in got
    assert "no gain is stated" in " ".join(got[EXPLAINED].caveats)


def test_two_models_come_first() -> None:
    found = study()
    names = found.combined.frame["model"]  # type: ignore[union-attr]
    page = efficiency_page(found, versus(found, names[0], names[-1]))
    first = page.sections[0]
    assert first.question == f"{names[0]} or {names[-1]}?"
    assert "times the training compute" in first.finding
    assert page.sections[-1].question == "What was used, and what was left out?"


def test_names_are_no_markup() -> None:
    found = study()
    frame = found.gains.with_columns(model=found.gains["model"] + "<b>x</b>")
    other = Efficiency(**{**vars(found), "gains": frame})
    assert "<b>x</b>" not in page_html(efficiency_page(other))


@pytest.mark.parametrize("names", [("MMLU",), ("MMLU", "GSM8K", "HellaSwag")])
def test_one_benchmark_or_several(names: tuple[str, ...]) -> None:
    found = efficiency(table(World(names=names), 0), settings=CurveSettings(n_resamples=100))
    text = " ".join(section.finding for section in efficiency_sections(found))
    assert ("on MMLU" in text) == (len(names) == 1)
