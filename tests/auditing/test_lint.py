"""The lint joins what rules found with the items that they are about."""

from __future__ import annotations

import polars as pl
import pytest

from tests.auditing.quiz import RULES, quiz
from theodolite.auditing.assessment import assess
from theodolite.auditing.lint import lint
from theodolite.auditing.rule import Texts
from theodolite.errors import InputError, MissingColumnError, TooFewError


def test_findings_name_their_items() -> None:
    found = lint(quiz(), rules=RULES).to_frame().select("subject", "item_id", "rule", "evidence")
    assert found.rows() == [
        ("sums", "2", "empty", "no question"),
        ("sums", "2", "short", "short"),
        ("sums", "3", "double", "6 stands twice"),
        ("words", "4", "short", "short"),
    ]


def test_rules_that_found_nothing_are_listed_too() -> None:
    rules = lint(quiz(), rules=RULES).by_rule().select("rule", "flagged")
    assert rules.rows() == [("empty", 1), ("double", 1), ("short", 2), ("silent", 0)]


def test_items_are_counted_once_in_their_subject() -> None:
    subjects = lint(quiz(), rules=RULES).by_subject().drop("benchmark")
    assert subjects.rows() == [("sums", 3, 2), ("words", 2, 1)]


def test_json_has_the_keys_of_the_contract() -> None:
    data = lint(quiz(), rules=RULES).to_dict()
    assert data["items"][0] == {
        "benchmark": "quiz",
        "subject": "sums",
        "item_id": "2",
        "row": None,
        "findings": [
            {"rule": "empty", "evidence": "no question"},
            {"rule": "short", "evidence": "short"},
        ],
    }
    assert data["summary"][0] == {
        "benchmark": "quiz", "subject": "sums", "items": 3, "flagged": 2
    }  # fmt: skip
    assert [rule["rule"] for rule in data["rules"]] == ["empty", "double", "short", "silent"]


def test_items_without_subjects_and_without_findings() -> None:
    items = quiz(question=["long enough?"] * 5, choices=[["a", "b", "c"]] * 5)
    items = type(items).from_frame(items.frame.drop("subject", "_row", "_file"))
    result = lint(items, rules=RULES)
    assert result.to_frame().is_empty()
    assert result.by_subject().rows() == [("quiz", None, 5, 0)]


def test_folding_keeps_signs() -> None:
    texts = Texts.of(quiz(question=["Q(√2+√3)", "Q(√2·√3)", "a\n  B\u00a0c ", "x", "\uff59"]))
    assert texts.questions["folded"].to_list() == ["q(√2+√3)", "q(√2·√3)", "a b c", "x", "y"]
    keyed = texts.choices.filter("keyed").select("_index", "position").rows()
    assert keyed == [(0, 1), (1, 0), (2, 0), (3, 2), (4, 0)]


def test_precision_and_recall() -> None:
    items = quiz()
    result = assess(lint(items, rules=RULES), items, "label")
    assert (result.items, result.errors) == (5, 3)
    shares = result.rules.select("rule", "flagged", "correct", "precision", "recall")
    assert shares.rows() == [
        ("empty", 1, 1, 1.0, 1 / 3),
        ("double", 1, 0, 0.0, 0.0),
        ("short", 2, 2, 1.0, 2 / 3),
        ("silent", 0, 0, None, 0.0),
        ("all rules", 3, 2, 2 / 3, 2 / 3),
    ]
    types = result.types.select("error_type", "errors", "found", "recall")
    assert types.rows() == [
        ("bad_question_clarity", 1, 1, 1.0),
        ("expert", 1, 0, 0.0),
        ("wrong_groundtruth", 1, 1, 1.0),
    ]
    ends = result.rules.filter(rule="all rules").select("precision_low", "precision_high").row(0)
    assert ends == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_labels_must_be_known() -> None:
    items = quiz(label=["ok", "fine", None, "ok", "expert"])
    found = lint(items, rules=RULES)
    with pytest.raises(InputError, match="row 2, column label: 'fine' is not one of ok, bad_") as e:
        assess(found, items, "label")
    assert e.value.total == 2
    with pytest.raises(MissingColumnError, match="no column error_type with labels"):
        assess(found, items, "error_type")
    fine = quiz(label=["ok"] * 5)
    with pytest.raises(TooFewError, match="no item is labelled an error"):
        assess(lint(fine, rules=RULES), fine, "label")


def test_the_order_of_items_does_not_matter() -> None:
    items = quiz()
    turned = type(items).from_frame(items.frame.drop("_row", "_file").reverse())
    one, other = (lint(i, rules=RULES).to_frame().sort("item_id", "rule") for i in (items, turned))
    assert one.equals(other)
    assert isinstance(one, pl.DataFrame)
