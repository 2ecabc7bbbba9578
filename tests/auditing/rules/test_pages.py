"""Every rule has a page, and what the page shows is what the rule finds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.auditing.rules.asking import Item, evidence
from tests.conftest import ROOT
from theodolite.auditing.rules import RULES

if TYPE_CHECKING:
    from theodolite.auditing.rule import Rule

PAGES = ROOT / "docs" / "reference" / "rules"


def page_of(rule: Rule) -> str:
    return (PAGES / f"{rule.id}.md").read_text(encoding="utf-8")


def block(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)\n```", page, flags=re.DOTALL)
    assert found, f"no block of {language}"
    return found[1]


def example(rule: Rule) -> list[Item]:
    items = json.loads(block(page_of(rule), "json"))
    return [(item["question"], item["choices"], item["answer"]) for item in items]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_shows_what_the_rule_finds(rule: Rule) -> None:
    found = evidence(rule, example(rule))
    assert next(iter(found.values())) == block(page_of(rule), "text")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_names_type_and_severity(rule: Rule) -> None:
    page = page_of(rule)
    assert page.startswith(f"# {rule.id}\n")
    assert f"- Error type of MMLU-Redux: {rule.error_type.replace('_', ' ')}." in page
    assert f"- Severity: {rule.severity}." in page


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
