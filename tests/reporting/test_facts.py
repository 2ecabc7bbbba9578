"""What the page of facts about models says."""

from __future__ import annotations

import polars as pl
import pytest

from theodolite.loading import load_models
from theodolite.reporting import Section, facts_page, facts_sections, page_html
from theodolite.tables import Condition, Facts, Models, select

KNOWN = "Which models are known?"
REPORTED = "What is reported, and by whom?"
CONFLICTS = "Where do sources disagree on what a model is?"
SPREAD = "How far apart are measurements of one quantity?"
TRAINED = "How much text has each base model seen for its size?"


def sections(facts: Facts) -> dict[str, Section]:
    return {section.question: section for section in facts_sections(facts)}


def shipped(*names: str, fields: tuple[str, ...] = ()) -> dict[str, Section]:
    return sections(Facts.of(load_models(), names=names, fields=fields))


def small(**changes: list) -> Facts:
    columns = {"model": ["x", "y"], "kind": ["base", "instruct"], "params": [7e9, 8e9]}
    return Facts.of(Models.from_frames(pl.DataFrame(columns | changes)))


def test_questions() -> None:
    assert list(shipped()) == [KNOWN, REPORTED, CONFLICTS, SPREAD, TRAINED]
    assert list(shipped("Mistral-7B-v0.1", fields=("MMLU",))) == [REPORTED, SPREAD]
    assert list(sections(small())) == [KNOWN, REPORTED, CONFLICTS]


def test_models_and_counts() -> None:
    section = shipped("DBRX", "Llama-3-8B", "gpt-4-0314")[KNOWN]
    assert section.finding == (
        "2 base models and 1 that were tuned. Parameters and tokens are known of 2."
    )
    row = section.tables[0].frame.filter(model="DBRX").row(0, named=True)
    assert (row["params"], row["active_params"], row["tokens"]) == ("132B", "36B", "12T")


def test_reports_say_unit_and_interval() -> None:
    names = ("Llama-3-8B-Instruct", "Phi-2")
    fields = ("MMLU", "arena_rating", "GSM8K_minus_GSM1k", "tokens", "released", "kind")
    section = shipped(*names, fields=fields)[REPORTED]
    texts = section.tables[0].frame["text"].to_list()
    for text in ("1.4T", "68.4%", "1214 (1209 to 1219)", "7.4 points", "instruct", "2024-04-18"):
        assert text in texts
    assert "Intervals are those of the source." in section.caveats
    how = section.tables[0].frame.filter(pl.col("category") == "english")["how"]
    assert how.to_list() == ["english"]


@pytest.mark.parametrize(
    ("unit", "value", "text"), [("share", 0.614, "0.614"), ("score", 8.38, "8.38")]
)
def test_units(unit: str, value: float, text: str) -> None:
    models = pl.DataFrame({"model": ["x"], "kind": ["base"]})
    results = pl.DataFrame({"model": ["x"], "benchmark": "b", "value": [value], "unit": [unit]})
    facts = Facts.of(Models.from_frames(models, results), fields=["b"])
    assert sections(facts)[REPORTED].tables[0].frame["text"].to_list() == [text]


def test_conflicts_are_named() -> None:
    section = shipped()[CONFLICTS]
    assert section.finding.startswith("On 11 attributes: ")
    assert "Mixtral-8x7B-v0.1 (params)" in section.finding
    rows = section.tables[0].frame.filter(model="Mixtral-8x7B-v0.1")
    assert rows.select("text", "taken").rows() == [("47B", "yes"), ("45B", "no")]
    assert sections(small())[CONFLICTS].finding.startswith("Nowhere")


def test_a_filter_does_not_change_which_report_counts() -> None:
    rows = {
        "model": ["x"] * 4,
        "field": ["kind", "params", "params", "params"],
        "value": ["base", "7e9", "8e9", "9e9"],
        "source": ["a", "a", "b", "c"],
    }
    facts = Facts.of(Models.from_reports(pl.DataFrame(rows)))
    got = select(facts, [Condition.parse("source!=a")]).conflicts()
    assert got.select("source", "used").rows() == [("b", False), ("c", False)]


def test_the_spread_of_mistrals_mmlu() -> None:
    section = shipped("Mistral-7B-v0.1", fields=("MMLU",))[SPREAD]
    assert section.finding == (
        "1 quantity measured more than once. The furthest apart: MMLU of Mistral-7B-v0.1, from "
        "56.6 to 64.2% in 6 reports."
    )


def test_tokens_a_parameter() -> None:
    section = shipped("Llama-3-8B", "Falcon-180B", "DBRX", "Mistral-7B-v0.1")[TRAINED]
    assert section.finding == (
        "From 19 tokens a parameter (Falcon-180B) to 1,875 (Llama-3-8B); 2 of 3 base models saw "
        "more than 20."
    )
    assert "Left out, parameters or tokens not known: Mistral-7B-v0.1." in section.caveats
    assert section.chart is not None
    row = section.tables[0].frame.filter(model="DBRX").row(0, named=True)
    assert (row["params_text"], row["ratio_text"]) == ("36B active of 132B", "333")
    alone = shipped("Llama-3-8B")[TRAINED].finding
    assert alone.startswith("Llama-3-8B saw 1,875 tokens a parameter; 1 of 1 base model saw")


def test_what_was_left_out_and_the_sources() -> None:
    facts = Facts.of(load_models(), names=["Phi-2"], fields=["tokens"])
    section = facts_page(facts).sections[-1]
    assert section.finding == f"2 reports. {sum(r.count for r in facts.removed):,} were left out."
    assert section.tables[1].frame["reports"].to_list() == [1, 1]


def test_names_are_no_markup() -> None:
    html = page_html(facts_page(small(model=["<b>x</b>", "y"])))
    assert "<b>x</b>" not in html
