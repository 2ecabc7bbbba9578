"""``theodolite audit`` at the command line: the quiz of the demo, and bad input."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from theodolite.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEN = {
    "q44": "absent-reference",
    "q46": "repeated-key",
    "q47": "equal-values",
    "q48": "absent-reference",
    "q51": "truncated-choice",
    "q52": "all-of-the-above",
    "q53": "time-dependent",
    "q54": "conflicting-key",
    "q55": "lost-format",
}
ESSAY = {"q37", "q38", "q39", "q40", "q41"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    sys.path.insert(0, str(ROOT / "examples"))
    from quiz import write_quiz

    path = tmp_path_factory.mktemp("quiz")
    write_quiz(path)
    return path


def run(arguments: list[str], capsys) -> dict:
    assert main(["audit", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_planted_faults_are_found(folder: Path, capsys) -> None:
    found = run([str(folder / "quiz.jsonl")], capsys)
    rules = {row["item_id"]: [f["rule"] for f in row["findings"]] for row in found["items"]}
    assert all(rule in rules[item] for item, rule in SEEN.items())
    assert all("absent-statements" in rules[item] for item in ESSAY)
    # Sound items: nothing but the twin of the item with a wrong key.
    sound = [f"q{i:02}" for i in (*range(1, 37), 42, 43)]
    assert [item for item in sound if rules[item]] == ["q03"]
    assert {row["item_id"] for row in found["items"][:4]} <= ESSAY


def test_wrong_keys_are_found_by_the_answers(folder: Path, capsys) -> None:
    scores = ["--scores", str(folder / "answers.csv")]
    found = run([str(folder / "quiz.jsonl"), *scores, "--labels", "error_type"], capsys)
    rows = {row["item_id"]: row for row in found["items"]}
    assert [rows[item]["proposed_answer"] for item in ("q49", "q50", "q54")] == ["C", "B", "B"]
    assert all(rows[item]["flagged"] for item in ("q49", "q50", "q54"))
    assert found["labels"]["errors"] == 17
    assert len(found["responses"]["models"]) == 10


def test_a_filter_counts_what_it_takes(folder: Path, capsys) -> None:
    scores = ["--scores", str(folder / "answers.csv"), "--where", "subject=logic"]
    found = run([str(folder / "quiz.jsonl"), *scores], capsys)
    assert len(found["items"]) == 8
    assert found["removed"] == [{"reason": "not subject=logic", "count": 47}]


def test_bias_of_a_small_quiz(folder: Path, capsys) -> None:
    found = run([str(folder / "quiz.jsonl"), "--bias"], capsys)
    assert {row["check"] for row in found["bias"]["checks"]} >= {"key_position", "key_length"}


def test_the_page_and_the_chart(folder: Path, capsys) -> None:
    page, chart = folder / "page.html", folder / "chart.svg"
    files = ["--html", str(page), "--chart", str(chart)]
    assert main(["audit", str(folder / "quiz.jsonl"), *files]) == 0
    assert "Which items are likely broken?" in capsys.readouterr().out
    assert "Predatory pricing." in page.read_text(encoding="utf-8")
    assert chart.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['{"question": "x?", "choices": ["a", "b"], "answer": 2}'], "row 1, column answer"),
        (['{"question": "x?", "choices": ["a", "b"], "answer": "Q"}'], "row 1, column answer"),
        ([""], "empty"),
        (['{"text": "x"}'], "formats"),
    ],
)
def test_bad_items(tmp_path: Path, capsys, lines: list[str], message: str) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["audit", str(path)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--base-rate", "2"], "a base rate lies between 0 and 1"),
        (["--threshold", "0"], "a threshold lies between 0 and 1"),
        (["--where", "colour=red"], "colour"),
        (["--labels", "colour"], "no column colour with labels"),
        (["--labels", "subject"], "is not one of ok"),
        (["--scores", "none.csv"], "there is no such file"),
    ],
)
def test_bad_options(folder: Path, capsys, options: list[str], message: str) -> None:
    assert main(["audit", str(folder / "quiz.jsonl"), *options]) == 2
    assert message in capsys.readouterr().err


def test_odd_but_sound_items(tmp_path: Path, capsys) -> None:
    """Unequal numbers of choices, empty texts, scripts, one subject, ten items."""
    path = tmp_path / "items.jsonl"
    items = [
        {"subject": "s", "question": f"Question {i}?", "choices": ["a", "b", "c"][: 2 + i % 2]}
        for i in range(8)
    ]
    items += [
        {"subject": "s", "question": "", "choices": ["", "<script>alert(1)</script>"]},
        {"subject": "s", "question": "</script><b>x</b>", "choices": ["a", "b"]},
    ]
    lines = [json.dumps(item | {"answer": 1}) for item in items]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = run([str(path), "--bias"], capsys)
    assert len(found["items"]) == 10
    assert found["summary"][0]["subject"] == "s"


def test_scores_of_other_items(folder: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("model,item_id,score\nm,elsewhere,1\n", encoding="utf-8")
    assert main(["audit", str(folder / "quiz.jsonl"), "--scores", str(path)]) == 2
    error = capsys.readouterr().err
    assert "elsewhere" in error
    assert "items" in error


def test_the_rows_of_the_essay(data: Callable[[str], Path], capsys) -> None:
    found = run([str(data("mmlu/mmlu_test.parquet"))], capsys)
    assert len(found["items"]) == 14_042
    first = [(row["subject"], row["row"]) for row in found["items"] if row["suspicion"] > 0.8]
    assert {("business_ethics", row) for row in (32, 40, 55, 90, 94)} <= set(first)
