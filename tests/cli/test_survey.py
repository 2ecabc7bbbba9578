"""The command line of ``survey``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from theodolite.cli.main import main
from theodolite.ratings import Arena, simulate_arena, simulate_votes

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = {"good": 1100.0, "fair": 1000.0, "poor": 900.0}


@pytest.fixture
def votes(tmp_path: Path) -> str:
    path = tmp_path / "votes.csv"
    drawn = simulate_votes(TRUTH, n_votes=900, seed=1).frame
    drawn.select("model_a", "model_b", "winner").write_csv(path)
    return str(path)


def write_truth(folder: Path, text: str) -> str:
    path = folder / "truth.csv"
    path.write_text(text)
    return str(path)


def test_keys(capsys, votes: str) -> None:
    assert main(["survey", votes, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer.keys() == {"findings", "unanswered"}
    keys = {"question", "answer", "low", "high", "evidence"}
    assert all(finding.keys() == keys for finding in answer["findings"])
    lacks = {row["question"]: row["missing"] for row in answer["unanswered"]}
    assert list(lacks) == ["Can a style buy rating?", "Is one board enough, by language?"]
    assert "formats that bring it: fastchat" in lacks["Can a style buy rating?"]


def test_votes_with_everything(capsys, tmp_path: Path) -> None:
    arena = Arena(
        TRUTH,
        counts={"tokens": {"good": 300.0, "fair": 300.0, "poor": 900.0}},
        effects={"tokens": 0.5},
        languages={"English": 0.5, "German": 0.5},
        days=5,
    )
    path = tmp_path / "votes.parquet"
    simulate_arena(arena, n_votes=3000, seed=2).frame.drop("_file", "_row").write_parquet(path)
    assert main(["survey", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    asked = [finding["question"] for finding in answer["findings"]]
    assert {"Can a style buy rating?", "Is one board enough, by language?"} < set(asked)
    settled = next(f for f in answer["findings"] if f["question"] == "Has the board settled?")
    assert "5 looks by day" in settled["evidence"]
    assert answer["unanswered"] == []


def test_a_gap_in_an_optional_column_costs_one_answer(capsys, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    rows = ["x,y,model_a,English", "y,x,model_a,", "x,y,tie,German"] * 30
    path.write_text("\n".join(["model_a,model_b,winner,language", *rows]))
    assert main(["survey", str(path), "--json"]) == 0
    lacks = json.loads(capsys.readouterr().out)["unanswered"]
    assert any("row 2, column language" in row["missing"] for row in lacks)


def test_truth(capsys, votes: str, tmp_path: Path) -> None:
    truth = write_truth(tmp_path, "model,rating\ngood,1100\nfair,1000\npoor,900\n")
    page = tmp_path / "page.html"
    assert main(["survey", votes, "--truth", truth, "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert "Does the truth lie in the intervals?" in out
    assert "simulated" in out
    assert "simulated" in page.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,rating\ngood,high\n", "row 1, column rating: 'high' is not a number"),
        ("model,rating\ngood,1\ngood,2\n", "row 2, column model: 'good' is there already"),
        ("name,rating\ngood,1\n", "no column model"),
        ("model,rating\nother,1\n", "no finite rating for 'good'"),
    ],
)
def test_a_wrong_truth(capsys, votes: str, tmp_path: Path, text: str, message: str) -> None:
    assert main(["survey", votes, "--truth", write_truth(tmp_path, text)]) == 2
    assert message in capsys.readouterr().err


def test_what_cannot_be_answered_is_said(capsys, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("model_a,model_b,winner\nx,y,model_a\ny,x,model_a\nx,y,model_a\n")
    assert main(["survey", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["unanswered"][0]["question"].startswith("Which method predicts")


def test_items_and_scores(votes: str, tmp_path: Path, capsys) -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    from quiz import write_quiz

    write_quiz(tmp_path)
    options = ["--items", str(tmp_path / "quiz.jsonl"), "--scores", str(tmp_path / "answers.csv")]
    assert main(["survey", votes, *options, "--json"]) == 0
    questions = [f["question"] for f in json.loads(capsys.readouterr().out)["findings"]]
    assert "Which items are likely broken?" in questions
    assert "Who leads on the items, and how surely?" in questions
    assert "Who is really better?" in questions


def test_runs(votes: str, tmp_path: Path, capsys) -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    from runs import write_runs

    write_runs(tmp_path)
    runs = ["--runs", str(tmp_path / "quiz_runs.csv"), "--task", "quiz"]
    assert main(["survey", votes, *runs, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    found = {finding["question"]: finding for finding in answer["findings"]}
    assert 0.7 < found["What will it score?"]["high"] < 1.0
    split = found["How should training compute be split between parameters and tokens?"]
    assert split["low"] < 0.37 / 0.72 < split["high"]
    growth = found["How should size grow with compute?"]
    assert growth["low"] < 0.37 / 0.72 < growth["high"]
    assert "What do 1.00e22 FLOPs train best?" in found
    assert "chinchilla" in found["Which law forecasts best?"]["answer"]


def test_runs_that_cannot_answer_leave_the_rest(votes: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "few.csv"
    path.write_text("params,tokens,loss\n1e8,2e9,3.4\n2e8,4e9,3.1\n4e8,9e9,2.9\n")
    assert main(["survey", votes, "--runs", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    missing = {row["question"]: row["missing"] for row in answer["unanswered"]}
    assert "at least 6 are needed" in missing["How does loss fall with parameters and tokens?"]
    assert "Which law forecasts best?" in missing
    assert "How should size grow with compute?" in missing


def test_facts_answer_beside_the_votes(capsys, votes: str) -> None:
    assert main(["survey", votes, "--facts", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    asked = {finding["question"] for finding in answer["findings"]}
    assert {
        "Did the field shift?",
        "How much of the differences between models does compute explain?",
        "Do scores of models of one size still rise with tokens?",
        "How many capabilities are behind the benchmarks?",
    } < asked


@pytest.mark.slow
def test_runs_of_few_sizes_are_asked_for_saturation(capsys, votes: str, tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    from runs import write_runs

    write_runs(tmp_path)
    assert main(["survey", votes, "--runs", str(tmp_path / "sizes.csv"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    asked = {finding["question"] for finding in answer["findings"]}
    assert "Does the loss of a size still fall with tokens as the law says?" in asked
    assert "How should size grow with compute?" in {row["question"] for row in answer["unanswered"]}
