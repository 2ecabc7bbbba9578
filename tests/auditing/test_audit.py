"""The audit: order, threshold, which model of suspicion counts, and the figures on real labels."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.conftest import ROOT
from theodolite.auditing import (
    RULES,
    assess,
    audit,
    calibrate,
    lint,
    response_features,
    response_statistics,
    shipped_models,
)
from theodolite.errors import InputError, TooFewError, UsageError
from theodolite.loading import ScoreOptions, load_items, load_scores
from theodolite.stats import wilson
from theodolite.tables import Items, Scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = ["benchmark", "subject", "item_id", "row", "suspicion", "flagged", "findings"]


def quiz(**changes: list) -> Items:
    columns = {
        "benchmark": ["quiz"] * 4,
        "item_id": ["a", "b", "c", "d"],
        "subject": ["one", "one", "two", "two"],
        "question": ["What is 2 + 2?", "Which fly?", "Which is red?", "What is 3 + 3?"],
        "choices": [["3", "4"], ["I only", "II only"], ["x", "x"], ["6", "7"]],
        "answer": [1, 0, 1, 1],
    }
    return Items.from_frame(pl.DataFrame(columns | changes))


def answered() -> Scores:
    """Six models: all take the other choice of d, and nobody answered a."""
    rows = [
        (f"m{m}", "quiz", item, choice, score)
        for m in range(6)
        for item, choice, score in (("b", 0, 1), ("c", 1, 1), ("d", 0, 0))
    ]
    names = ["model", "benchmark", "item_id", "choice", "score"]
    return Scores.from_frame(pl.DataFrame(rows, schema=names, orient="row"))


def test_the_most_suspect_item_is_first() -> None:
    found = audit(quiz())
    p = found.items.get_column("suspicion").to_list()
    assert p == sorted(p, reverse=True)
    assert found.items.get_column("item_id").to_list()[:2] == ["b", "c"]
    # Items without findings are as suspect as each other and stay in the order of the table.
    assert found.items.get_column("item_id").to_list()[2:] == ["a", "d"]
    assert found.suspects.get_column("item_id").to_list() == ["b", "c"]
    assert found.by_subject().select("subject", "items", "flagged").rows() == [
        ("one", 2, 1),
        ("two", 2, 1),
    ]


def slow_suspicion(row: dict, model: dict, features: dict, shift: float = 0.0) -> float:
    """The equation of the module, by a plain loop over the weights in the file."""
    severity = {rule.id: rule.severity for rule in RULES}
    log_odds = model["intercept"] + shift
    for one in row["findings"]:
        log_odds += model["severities"][severity[one["rule"]]] + model["rules"][one["rule"]]
    for name, weight in model["features"].items():
        log_odds += weight * features[name]
    return 1 / (1 + np.exp(-log_odds))


@pytest.mark.parametrize("rate", [None, 0.3])
def test_suspicion_is_the_shipped_equation(rate: float | None) -> None:
    text = resources.files("theodolite.auditing").joinpath("suspicion.json").read_text()
    models = json.loads(text)
    features = response_features(response_statistics(quiz(), answered())).to_dicts()
    shift = 0.0 if rate is None else np.log(0.3 / 0.7) - np.log(171 / (2900 - 171))
    for scores in (None, answered()):
        for row in audit(quiz(), scores, base_rate=rate).items.iter_rows(named=True):
            alone = scores is None or row["item_id"] == "a"  # which nobody answered
            model = models["lint" if alone else "responses"]
            expected = slow_suspicion(row, model, features[row["_index"]], shift)
            assert row["suspicion"] == pytest.approx(expected)


def test_the_threshold_moves_what_is_flagged() -> None:
    p = audit(quiz()).items.get_column("suspicion").to_list()
    for threshold, flagged in ((p[1], 2), (np.nextafter(p[1], 1), 1), (p[3], 4), (0.9999, 0)):
        found = audit(quiz(), threshold=threshold)
        assert found.suspects.height == flagged
        assert found.items.get_column("flagged").sum() == flagged
        assert found.by_subject().get_column("flagged").sum() == flagged


def test_answers_count_where_there_are_some() -> None:
    alone, both = audit(quiz()), audit(quiz(), answered())
    suspicion = [dict(f.items.select("item_id", "suspicion").iter_rows()) for f in (alone, both)]
    assert suspicion[0]["a"] == suspicion[1]["a"]
    assert suspicion[1]["d"] > 2 * suspicion[0]["d"]
    rows = {row["item_id"]: row for row in both.to_dict()["items"]}
    assert rows["d"]["proposed_answer"] == "A"
    assert rows["d"]["share_correct"] == 0.0
    assert rows["a"]["proposed_answer"] is None
    assert rows["b"]["proposed_answer"] is None


def test_keys_of_the_contract() -> None:
    data = audit(quiz()).to_dict()
    assert data["notes"] == []
    assert list(data["items"][0]) == [*KEYS, "proposed_answer"]
    assert list(data["items"][0]["findings"][0]) == ["rule", "evidence"]
    assert list(data["summary"][0]) == ["benchmark", "subject", "items", "flagged"]


def test_base_rate_and_calibration() -> None:
    usual, moved = audit(quiz()), audit(quiz(), base_rate=0.5)
    assert moved.items.get_column("suspicion").min() > usual.items.get_column("suspicion").min()
    assert not usual.calibrated
    mmlu = quiz(subject=["astronomy", "astronomy", "virology", "virology"])
    assert audit(mmlu).calibrated
    assert not audit(mmlu, base_rate=0.5).calibrated
    for wrong in (0.0, 1.0, -1.0):
        with pytest.raises(UsageError, match="threshold lies between 0 and 1"):
            audit(quiz(), threshold=wrong)
        with pytest.raises(UsageError, match="base rate lies between 0 and 1"):
            audit(quiz(), base_rate=wrong)


def test_labels() -> None:
    labels = ["ok", "bad_question_clarity", "multiple_correct_answers", "wrong_groundtruth"]
    found = audit(quiz(label=labels), labels="label")
    assert found.labelled is not None
    assert found.labelled.assessment.rules.row(-1)[:3] == ("all rules", 2, 2)
    with pytest.raises(InputError, match="'fine' is not one of ok"):
        audit(quiz(label=["ok", "fine", "ok", "expert"]), labels="label")
    with pytest.raises(TooFewError, match="no item is labelled an error"):
        audit(quiz(label=["ok"] * 4), labels="label")


def test_the_order_of_items_changes_no_suspicion() -> None:
    items = quiz()
    mixed = Items.from_frame(items.frame.sample(fraction=1.0, shuffle=True, seed=3))
    one, other = (
        dict(audit(table, answered()).items.select("item_id", "suspicion").iter_rows())
        for table in (items, mixed)
    )
    assert one == pytest.approx(other)


@pytest.fixture(scope="module")
def labelled(data: Callable[[str], Path]) -> tuple[Items, Scores]:
    items = load_items(data("mmlu_redux/mmlu_redux_dev.parquet"))
    path = data("responses/helm14_mmlu_redux_items.parquet")
    return items, load_scores(path, ScoreOptions(benchmark=items.benchmarks[0]))


def recall_at(p: np.ndarray, wrong: np.ndarray, precision: float) -> float:
    """The largest recall of a threshold at which the precision is reached."""
    return max(
        wrong[p >= t].sum() / wrong.sum() for t in np.unique(p) if wrong[p >= t].mean() >= precision
    )


@pytest.mark.parametrize(("with_answers", "recall"), [(False, 0.237), (True, 0.5)])
def test_subjects_left_out(
    labelled: tuple[Items, Scores], with_answers: bool, recall: float
) -> None:
    items, scores = labelled
    found = lint(items, rules=RULES)
    features = None
    if with_answers:
        features = response_features(response_statistics(items, scores)).drop("_index")
    held_out = calibrate(found, items, "error_type", features=features)
    wrong = (items.frame.get_column("error_type") != "ok").to_numpy()
    assert 0.8 < held_out.slope < 1.2
    assert held_out.brier < held_out.brier_base
    assert recall_at(held_out.probability, wrong, 0.19) >= recall
    sure = held_out.probability >= 0.8
    assert wrong[sure].mean() > 0.8
    assert wilson(np.array([wrong[sure].mean()]), np.array([float(sure.sum())]), 0.95)[0][0] > 0.75


def test_rules_on_the_labels(labelled: tuple[Items, Scores]) -> None:
    items, _ = labelled
    rules = [rule for rule in RULES if rule.severity != "note"]
    *_, total = assess(lint(items, rules=rules), items, "error_type").rules.iter_rows(named=True)
    assert total["precision"] > 0.8
    assert total["recall"] > 0.237


def test_the_shipped_weights_are_these_labels(data: Callable[[str], Path]) -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from suspicion import fitted

    data("responses/helm14_mmlu_redux_items.parquet")
    again = fitted(data("mmlu_redux").parent)
    shipped = shipped_models()
    for name, model in (("lint", shipped.lint), ("responses", shipped.responses)):
        fresh = again[name]
        assert fresh["intercept"] == pytest.approx(model.intercept, abs=1e-4)
        for part in ("severities", "rules", "features"):
            assert fresh[part] == pytest.approx(getattr(model, part), abs=1e-4)
    assert set(again["subjects"]) == shipped.subjects
