"""A plan as sections: each answer beside its number, nothing where there is nothing to say."""

from __future__ import annotations

import pytest

from tests.scaling.conftest import simulated
from theodolite.reporting import plan_page
from theodolite.reporting.cells import rows_as_text
from theodolite.scaling import PUBLISHED, Resampling, Serving, Target, fit, plan, published_law
from theodolite.tables import Runs


@pytest.fixture(scope="module")
def planned():
    found = fit(Runs.from_frame(simulated()), resampling=Resampling(n=200))
    return plan(found, Target(params=8e9, tokens=15e12), serving=Serving(1e12, 1e-18, 2e-18))


def section(page, words):
    return next(s for s in page.sections if words in s.question)


def test_sections_are_those_that_were_asked_for(planned) -> None:
    full = plan_page(planned)
    bare = plan_page(plan(published_law("besiroglu"), Target(flops=1e24)))
    assert len(full.sections) == 7
    assert len(bare.sections) == 5
    assert "What do 1.00e24 FLOPs train best?" in bare.sections[0].question
    assert full.sections[-1].finding == "64 runs. Nothing was left out."
    assert bare.sections[-1].finding == "A published law. Nothing was left out."


def test_the_answers_hold_the_numbers_of_the_plan(planned) -> None:
    page = plan_page(planned)
    first = page.sections[0]
    assert (first.low, first.high) == (planned.optimum.loss.low, planned.optimum.loss.high)
    assert f"{planned.optimum.loss.estimate:.3f} nats" in first.finding
    life = section(page, "costs least")
    assert f"{100 * planned.lifetime.saving.estimate:.1f}% [" in life.finding
    assert life.finding.endswith("less money.")
    assert (life.low, life.high) == (planned.lifetime.saving.low, planned.lifetime.saving.high)
    ten = planned.overtrained[2]
    assert f"{ten.compute.estimate:.2f} times" in section(page, "for longer").finding
    gain = section(page, "gain at")
    assert f"{planned.gains[0].gain.estimate:.3f} nats" in gain.finding
    assert gain.caveats[0].startswith("Stated: Meta AI")


def test_what_lies_beyond_the_runs_is_said(planned) -> None:
    notes = plan_page(planned).sections[0].caveats
    assert any("the model asked for is beyond the largest run: 30.0 times in tokens" in n
               for n in notes)  # fmt: skip
    assert any("trusts the law's form" in note for note in notes)
    small = plan(planned.laws.fit, Target(params=1e7))
    notes = plan_page(small).sections[0].caveats
    assert any("below the smallest run: 5.0 times in parameters" in note for note in notes)
    assert not any("trusts the law's form" in note for note in notes)
    within = plan(planned.laws.fit, Target(flops=1e21))
    assert plan_page(within).sections[0].caveats == ()


def test_a_published_law_shows_no_interval() -> None:
    target = Target(params=8e9, tokens=15e12)
    page = plan_page(plan(published_law("besiroglu"), target, serving=Serving(1e13)))
    for each in page.sections:
        assert each.low is None
        assert each.high is None
        assert "[" not in each.finding
        for table in each.tables:
            for row in rows_as_text(table):
                assert not any("nan" in cell or "[" in cell for cell in row)
    assert "there are no intervals" in " ".join(page.sections[-1].caveats)


def test_every_published_law_stands_in_the_table(planned) -> None:
    found = section(plan_page(planned), "published laws")
    assert [row[0] for row in rows_as_text(found.tables[0])] == [law.name for law in PUBLISHED]
    assert [row[0] for row in rows_as_text(found.tables[1])] == [law.name for law in PUBLISHED]
