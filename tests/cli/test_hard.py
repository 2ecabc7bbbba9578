"""The command line of ``hard``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.scoring.hard.quizzes import frame_of, quiz, scores_of
from theodolite.cli.main import main
from theodolite.scoring.hard import HoldOut, hard

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"items", "separability", "separability_all", "separability_random", "method", "curve"}
MORE = {"methods", "models", "suspects", "removed", "notes", "level", "seed", "holdout", "optimism"}
FEW = ("--splits", "4")


@pytest.fixture
def scores(tmp_path: Path) -> str:
    path = tmp_path / "scores.csv"
    frame_of(quiz(10, 50)).write_csv(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["hard", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


class TestContract:
    def test_keys(self, capsys, scores: str) -> None:
        code, out, err = run(capsys, scores, "--size", "10", *FEW, "--json")
        assert (code, err) == (0, "")
        got = json.loads(out)
        want = hard(scores_of(quiz(10, 50)), size=10, holdout=HoldOut(splits=4))
        assert got == json.loads(json.dumps(want.to_dict()))
        assert got.keys() >= KEYS | MORE
        assert len(got["items"]) == 10

    def test_options_and_files(self, capsys, scores: str, tmp_path: Path) -> None:
        items, page, chart = (tmp_path / name for name in ("items.csv", "a.html", "a.svg"))
        files = ("--items-out", str(items), "--html", str(page), "--chart", str(chart))
        options = ("--level", "0.9", "--seed", "3", "--holdout", "0.4", "--keep", "0.8")
        code, out, _ = run(capsys, scores, "--size", "8", *FEW, *options, *files, "--json")
        assert code == 0
        want = hard(
            scores_of(quiz(10, 50)),
            size=8,
            holdout=HoldOut(share=0.4, splits=4, keep=0.8),
            level=0.9,
            seed=3,
        )
        assert json.loads(out) == json.loads(json.dumps(want.to_dict()))
        written = pl.read_csv(items)
        assert written.columns == ["benchmark", "item_id", "score", "slope"]
        assert written["item_id"].to_list() == want.items["item_id"].to_list()
        assert "How much does the list separate" in page.read_text()
        assert chart.stat().st_size > 1000

    def test_where_is_counted(self, capsys, scores: str) -> None:
        where = ("--where", "item_id!=i0003")
        code, out, _ = run(capsys, scores, "--size", "9", *FEW, *where, "--json")
        assert code == 0
        assert json.loads(out)["removed"] == [{"reason": "not item_id!=i0003", "count": 10}]

    def test_text(self, capsys, scores: str) -> None:
        code, out, _ = run(capsys, scores, "--size", "10", *FEW)
        assert code == 0
        assert "random lists separate" in out
        assert "All pairs" not in out


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "text"),
        [
            (("--size", "50"), "50 of 50 items leave nothing to choose"),
            (("--size", "1"), "at least two items, not 1"),
            (("--size", "9", "--by", "topic"), "no column 'topic' for categories of items"),
            (("--size", "9", "--group", "team"), "no column 'team' for groups of models"),
            (("--size", "9", "--items-out", "x.parquet"), "does not end in .csv"),
            (("--size", "9", "--items-out", "/nowhere/x.csv", *FEW), "cannot write"),
            (("--size", "9", "--splits", "0"), "splits, not 0"),
            ((), "Missing option '--size'"),
        ],
    )
    def test_bad_input(self, capsys, scores: str, options: tuple[str, ...], text: str) -> None:
        code, out, err = run(capsys, scores, *options)
        assert (code, out) == (2, "")
        assert text in err

    def test_two_models_cannot_answer(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "two.csv"
        frame_of(quiz(2, 20)).write_csv(path)
        code, _, err = run(capsys, str(path), "--size", "5")
        assert code == 3
        assert "there are 2 models" in err
        assert "At least 5 are needed" in err
