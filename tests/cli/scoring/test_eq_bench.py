"""The command line of ``score eq-bench``: contract, exit codes, error texts, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.scoring.eq_bench.made import questions, result, write
from theodolite.cli.main import main
from theodolite.loading import load_eq_bench
from theodolite.scoring.eq_bench import eq_bench

if TYPE_CHECKING:
    from pathlib import Path

ASKED = questions(30)
MODEL = {"model", "score", "low", "high", "n", "unparseable", "published", "difference"}
KEYS = {"models", "pairs", "runs", "disagreeing", "removed", "notes", "level", "seed", "version"}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    made = [
        result(ASKED, f"org/m{i}", noise=0.8 + i, revised=None, seed=i)
        | {"benchmark_score": 60.0 - i}
        for i in range(3)
    ]
    paths = [write(tmp_path, f"r{i}.json", content) for i, content in enumerate(made)]
    return (*map(str, paths), "--questions", str(write(tmp_path, "questions.json", ASKED)))


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["score", "eq-bench", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, files: tuple[str, ...]) -> None:
    got = answer(capsys, *files)
    want = eq_bench(load_eq_bench(files[:3], questions=files[4]))
    assert got == json.loads(json.dumps(want.to_dict()))
    assert got.keys() >= KEYS
    assert got["models"][0].keys() >= MODEL
    assert [m["model"] for m in got["models"]] == ["org/m0", "org/m1", "org/m2"]
    assert len(got["disagreeing"]) == 3


def test_options(capsys, files: tuple[str, ...]) -> None:
    got = answer(
        capsys,
        *files,
        "--version",
        "v1",
        "--level",
        "0.9",
        "--seed",
        "3",
        "--where",
        "model!=org/m1",
    )
    assert (got["version"], got["level"], got["seed"]) == ("v1", 0.9, 3)
    assert len(got["models"]) == 2
    assert got["removed"] == [{"reason": "not model!=org/m1", "count": 30}]
    # The published score is of version 2.
    assert got["models"][0]["published"] is None


@pytest.mark.parametrize("name", ["scores.csv", "scores.jsonl", "scores.parquet"])
def test_scores_go_on_to_the_board(
    capsys, files: tuple[str, ...], tmp_path: Path, name: str
) -> None:
    path = str(tmp_path / name)
    got = answer(capsys, *files, "--scores", path)
    assert main(["board", path, "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    for own, other in zip(got["models"], board["models"], strict=True):
        assert own["model"] == other["model"]
        assert own["score"] == pytest.approx(other["score"])


def test_page_and_files(capsys, files: tuple[str, ...], tmp_path: Path) -> None:
    page, chart = tmp_path / "eq.html", tmp_path / "eq.svg"
    code, out, err = run(capsys, *files, "--html", str(page), "--chart", str(chart))
    assert (code, err) == (0, "")
    assert out.startswith("EQ-Bench (v2) of 3 models")
    assert "Who is really better?" in page.read_text(encoding="utf-8")
    assert chart.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("extra", "code", "message"),
    [
        (("--level", "1"), 2, "level must lie"),
        (("--scores", "x.txt"), 2, "does not end in .csv"),
        (("--scores", "/nowhere/x.csv"), 2, "cannot write /nowhere/x.csv"),
        (("--version", "v3"), 2, "v3"),
        (("--where", "model=none"), 2, "no row has it"),
        (("--where", "item_id=1"), 3, "single question"),
    ],
)
def test_refused(
    capsys, files: tuple[str, ...], extra: tuple[str, ...], code: int, message: str
) -> None:
    got, out, err = run(capsys, *files, *extra)
    assert (got, out) == (code, "")
    assert message in err
    assert "defect" not in err


def test_questions_are_asked_for(capsys, files: tuple[str, ...]) -> None:
    code, _, err = run(capsys, *files[:3])
    assert code == 2
    assert "--questions FILE" in err
