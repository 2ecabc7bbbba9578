"""What the page of isoFLOP profiles and of the envelope says."""

from __future__ import annotations

import pytest

from tests.scaling.budget_runs import BUDGETS, runs_of
from theodolite.reporting import Section, isoflop_page, isoflop_sections, page_html
from theodolite.scaling import envelope, isoflop
from theodolite.tables import Condition, select

FEW = {"n_resamples": 200}


def sections(found, at=None) -> dict[str, Section]:
    return {section.question: section for section in isoflop_page(found, at=at).sections}


def test_questions() -> None:
    found = isoflop(runs_of(), **FEW)
    first = ["How should size grow with compute?", "Which size ends lowest at each budget?"]
    assert [s.question for s in isoflop_sections(found)] == first
    asked = [s.question for s in isoflop_sections(found, at=1e23)]
    assert asked == [first[0], "What is optimal at 1.00e23 FLOPs?", first[1]]
    other = [s.question for s in isoflop_sections(envelope(runs_of(), **FEW))]
    assert other == [first[0], "Which runs does no cheaper one beat?"]


@pytest.mark.parametrize("method", [isoflop, envelope])
def test_the_exponent_and_its_interval(method) -> None:
    found = method(runs_of(), **FEW)
    section = isoflop_sections(found)[0]
    assert (section.low, section.high) == found.allocation_interval
    assert section.finding == found.verdict
    assert f"C^{found.allocation_exponent:.2f}" in section.finding
    assert set(found.notes) <= set(section.caveats)
    exponents = section.tables[0].frame["exponent"].to_list()
    assert exponents == [found.allocation_exponent, found.tokens_exponent]


def test_the_optimum_and_how_far_out_it_is() -> None:
    found = isoflop(runs_of(), **FEW)
    far = sections(found, 1e24)["What is optimal at 1.00e24 FLOPs?"]
    best = found.optimum(1e24)
    assert (far.low, far.high) == (best.params_low, best.params_high)
    assert "a factor of 333 outside" in far.caveats[0]
    near = sections(found, 1e21)["What is optimal at 1.00e21 FLOPs?"]
    assert near.caveats == ()
    assert "tokens per parameter" in near.finding


def test_what_was_set_aside_and_removed() -> None:
    runs = select(runs_of(), [Condition.parse("params=..2e10")])
    found = isoflop(runs, budgets=BUDGETS[:5], **FEW)
    by = sections(found)
    minima = by["Which size ends lowest at each budget?"]
    aside = int(found.set_aside["n"].sum())
    assert f"{aside} runs were set aside." in minima.finding
    assert minima.tables[1].frame["n"].sum() == aside
    used = by["What was used, and what was left out?"]
    gone = sum(removal.count for removal in runs.removed)
    assert gone > 0
    assert used.finding == f"35 runs used. {gone} runs were left out."
    whole = sections(isoflop(runs_of(), **FEW))["Which size ends lowest at each budget?"]
    assert "No run was set aside." in whole.finding
    assert len(whole.tables) == 1


def test_the_edge_is_shown_where_there_is_one() -> None:
    at_edge = isoflop_sections(isoflop(runs_of(skew=1.0, noise=1e-4), **FEW))[-1]
    inside = isoflop_sections(isoflop(runs_of(), **FEW))[-1]
    assert "edge" in {column.name for column in at_edge.tables[0].columns}
    assert "edge" not in {column.name for column in inside.tables[0].columns}
    assert set(at_edge.tables[0].frame["edge"]) == {"at the edge"}


def test_the_page_draws_itself() -> None:
    html = page_html(isoflop_page(envelope(runs_of(), **FEW), at=1e23))
    assert "The lower envelope" in html
