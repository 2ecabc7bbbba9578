"""The command line of ``agree``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.scoring.agreement.made import MODELS, RATINGS, SCORES, item_scores
from theodolite.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEASURES = ("separability", "agreement", "confident_agreement", "brier", "spearman", "kendall")
KEYS = {"benchmark", "human", "models", "at_odds", "reach", "contrasts", "names", "level", "seed"}


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["agree", *map(str, argv)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "board.csv"
    frame = pl.DataFrame({"model": MODELS, "rating": RATINGS})
    frame.with_columns(low=pl.col("rating") - 9, high=pl.col("rating") + 9).write_csv(path)
    return str(path)


@pytest.fixture
def bench(tmp_path: Path) -> str:
    path = tmp_path / "bench.csv"
    frame = pl.DataFrame({"model": MODELS, "value": SCORES, "standard_error": 0.03})
    frame.with_columns(other=pl.Series(SCORES[::-1])).write_csv(path)
    return str(path)


class TestContract:
    def test_keys(self, capsys, bench: str, board: str) -> None:
        got = answer(capsys, bench, board, "--unit", "share")
        assert got.keys() >= KEYS
        for name in MEASURES:
            assert got[f"{name}_low"] <= got[name] <= got[f"{name}_high"]
        assert got["units"] == {"benchmark": "share", "human": "rating"}
        assert (got["comparisons"], got["reach"]) == ([], [])
        assert len(got["models"]) == 8

    def test_several_columns_want_and_seed(self, capsys, bench: str, board: str) -> None:
        options = ("--value", "value", "--value", "other", "--want", "0.5", "--seed", "3")
        got = answer(capsys, bench, board, *options, "--unit", "share", "--level", "0.9")
        assert [c["benchmark"] for c in got["comparisons"]] == ["bench.csv", "bench.csv other"]
        assert {c["better"] for c in got["contrasts"]} == {"bench.csv"}
        assert [r["what"] for r in got["reach"]] == ["items", "votes", "both"]
        assert (got["seed"], got["level"], got["want"]) == (3, 0.9, 0.5)

    def test_scores_by_topic(self, capsys, tmp_path: Path, board: str) -> None:
        scores = tmp_path / "scores.csv"
        item_scores().write_csv(scores)
        got = answer(capsys, scores, board, "--by", "topic", "--cluster", "passage")
        assert [c["benchmark"] for c in got["comparisons"]] == ["art", "law"]

    def test_votes(self, capsys, tmp_path: Path, bench: str) -> None:
        rng = np.random.default_rng(0)
        first, second = (rng.integers(0, 8, 3000) for _ in range(2))
        keep = first != second
        gap = (np.array(RATINGS)[first] - np.array(RATINGS)[second]) * np.log(10) / 400
        won = rng.random(3000) < 1 / (1 + np.exp(-gap))
        votes = tmp_path / "votes.csv"
        pl.DataFrame(
            {
                "model_a": np.array(MODELS)[first][keep],
                "model_b": np.array(MODELS)[second][keep],
                "winner": np.where(won, "model_a", "model_b")[keep],
                "language": np.where(rng.random(3000) < 0.5, "English", "German")[keep],
            }
        ).write_csv(votes)
        got = answer(capsys, bench, votes, "--unit", "share")
        assert got["human"] == "votes.csv"
        assert got["spearman"] > 0.8
        both = answer(capsys, bench, votes, "--unit", "share", "--human-by", "language")
        assert [c["human"] for c in both["comparisons"]] == ["English", "German"]

    def test_shipped_facts(self, capsys) -> None:
        got = answer(capsys, "MMLU", "arena_facts", "--board", "english", "--style-control")
        assert got["human"] == "Arena english, style held fixed"
        assert len(got["models"]) == 7
        assert any("14,042 items" in note for note in got["notes"])
        several = answer(capsys, "MMLU", "arena_facts", "--board", "overall", "--board", "hard")
        assert [c["human"] for c in several["comparisons"]] == ["Arena overall", "Arena hard"]

    def test_a_benchmark_without_a_name_goes_by_its_file(
        self, capsys, tmp_path: Path, board: str
    ) -> None:
        scores = tmp_path / "scores.csv"
        item_scores().drop("benchmark").write_csv(scores)
        got = answer(capsys, scores, board)
        assert got["benchmark"] == "scores.csv"

    def test_a_hint_says_which_options_are_not_here(
        self, capsys, tmp_path: Path, bench: str
    ) -> None:
        votes = tmp_path / "votes.csv"
        votes.write_text("model_a,model_b,winner\nx,y,left\n")
        code, _, error = run(capsys, bench, votes)
        assert code == 2
        assert "agree has no --winner-values: change the file itself." in error

    def test_names_file(self, capsys, tmp_path: Path, bench: str, board: str) -> None:
        other = tmp_path / "other.csv"
        text = pl.read_csv(board).with_columns(pl.col("model") + "!")
        text.write_csv(other)
        code, _, error = run(capsys, bench, other)
        assert code == 3
        assert "0 models are on all sides" in error
        assert "--names" in error
        names = tmp_path / "names.csv"
        pl.DataFrame({"name": text["model"], "model": MODELS}).write_csv(names)
        got = answer(capsys, bench, other, "--names", names)
        assert len(got["names"]["matched"]) == 8
        assert got["names"]["matched"][0]["how"] == "names"

    def test_files(self, capsys, bench: str, board: str, tmp_path: Path) -> None:
        for suffix in ("svg", "html"):
            chart = tmp_path / f"chart.{suffix}"
            assert run(capsys, bench, board, "--chart", chart)[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        assert run(capsys, bench, board, "--html", page, "--want", "0.9")[0] == 0
        assert "Which models does it over- or underrate" in page.read_text()


class TestBase:
    def test_keys(self, capsys) -> None:
        got = answer(capsys, "--base", "MMLU", "HumanEval", "arena_facts")
        names = {row["predictor"] for row in got["predictors"]}
        assert names == {"MMLU", "HumanEval", "(compute)", "(nothing)"}
        assert got["contrasts"][0].keys() >= {"difference", "low", "high", "p_adjusted", "better"}

    def test_text(self, capsys) -> None:
        code, out, _ = run(capsys, "--base", "arena_facts")
        assert code == 0
        assert "MMLU has the smallest error" in out
        assert "It cannot be told" in out

    def test_refuses_what_it_does_not_know(self, capsys) -> None:
        for options, said in (
            (("--want", "0.9"), "--base does not go with --want"),
            (("--by", "subject"), "--base does not go with --by"),
            (("--board", "hard", "--board", "english"), "--base takes one board"),
        ):
            code, _, error = run(capsys, "--base", "arena_facts", *options)
            assert code == 2
            assert said in error


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("{bench}",), 2, "agree takes a benchmark and people's ratings"),
        (("{bench}", "nothing.csv"), 2, "nothing.csv"),
        (("{bench}", "people"), 2, "neither a file of votes or ratings nor the word arena_facts"),
        (("MMLV", "arena_facts"), 2, "'MMLV' is no file, and no attribute or benchmark"),
        (("{bench}", "{board}", "--board", "hard"), 2, "belong to arena_facts"),
        (("MMLU", "arena_facts", "--board", "all"), 2, "not one of overall, english, hard"),
        (("MMLU", "arena_facts", "--by", "subject"), 2, "--by cannot be used"),
        (("{bench}", "{board}", "--where", "model=z"), 2, "model=z"),
        (("{bench}", "{board}", "--want", "90"), 2, "between 0 and 1"),
        (("{bench}", "{board}", "--level", "95"), 2, "between 0 and 1"),
        (("{bench}", "{board}", "--value", "elo"), 2, "no column 'elo'"),
        (("{bench}", "{board}", "--judge", "j"), 2, "--judge cannot be used"),
        (("MMLU", "arena_facts", "--human-where", "model=Phi-3-mini"), 3, "agreement needs 5"),
    ],
)
def test_errors(
    capsys, bench: str, board: str, argv: tuple[str, ...], code: int, said: str
) -> None:
    filled = [word.format(bench=bench, board=board) for word in argv]
    got, out, error = run(capsys, *filled)
    assert (got, out) == (code, "")
    assert said in error
    assert error.startswith("error: ")
    assert "Traceback" not in error


def test_a_bad_cell_is_named(capsys, tmp_path: Path, board: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("model,value,low,high\nm0,0.5,0.4,0.6\nm1,0.7,0.8,0.9\n")
    code, _, error = run(capsys, path, board)
    assert code == 2
    assert "bad.csv, row 2, column low: 0.8 is above its value" in error


def test_several_judges_are_refused(capsys, tmp_path: Path, board: str) -> None:
    path = tmp_path / "annotations.csv"
    lines = ["model,baseline,item_id,preference,judge"]
    lines += [f"m{m},b,{i},1.{(i * (m + 3) + m) % 7},j{i % 2}" for m in range(6) for i in range(6)]
    path.write_text("\n".join(lines))
    code, _, error = run(capsys, path, board)
    assert code == 2
    assert "--judge" in error
    assert answer(capsys, path, board, "--judge", "j1")["removed"][0]["count"] == 18


class TestReal:
    def test_length_control_agrees_better(self, capsys, data: Callable[[str], Path]) -> None:
        file = data("alpaca_eval/leaderboard.csv")
        options = ("--value", "length_controlled_winrate", "--value", "win_rate")
        got = answer(capsys, file, "arena_facts", *options)
        assert len(got["models"]) == 31
        assert got["spearman"] == pytest.approx(0.943, abs=5e-4)
        assert 0.9 < got["spearman_low"] < 0.945 < got["spearman_high"] < 0.98
        row = next(c for c in got["contrasts"] if c["measure"] == "spearman")
        assert row["better"] == "leaderboard.csv length_controlled_winrate"

    def test_arena_hard(self, capsys, data: Callable[[str], Path]) -> None:
        file = data("arena_hard/arena_hard_leaderboard_20240731.csv")
        got = answer(capsys, file, "arena_facts", "--board", "hard", "--style-control")
        assert len(got["models"]) == 30
        assert got["separability"] == pytest.approx(0.874, abs=5e-4)
        assert len(got["at_odds"]) == 14
