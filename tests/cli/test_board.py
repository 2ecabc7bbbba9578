"""The command line of ``board``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.claims.quizzes import score_frame, scores_of
from theodolite.claims import board
from theodolite.cli.main import main
from theodolite.tables import Condition, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = {"model", "benchmark", "score", "low", "high", "rank", "rank_low", "rank_high", "n"}
PAIR = {"model_a", "model_b", "benchmark", "difference", "low", "high", "better", "p_adjusted"}
KEYS = {"models", "pairs", "removed", "notes", "level", "seed", "items", "clusters"}


@pytest.fixture
def scores(tmp_path: Path) -> str:
    path = tmp_path / "scores.csv"
    score_frame().write_csv(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["board", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    def test_letters_take_their_key_from_the_items(self, capsys, tmp_path: Path) -> None:
        items, answers = tmp_path / "items.jsonl", tmp_path / "answers.csv"
        row = {"question": "?", "choices": ["a", "b"]}
        lines = [json.dumps({"id": f"i{i}", "answer": i % 2} | row) for i in range(6)]
        items.write_text("\n".join(lines), encoding="utf-8")
        answers.write_text("item_id,x,y\n" + "".join(f"i{i},A,B\n" for i in range(6)))
        code, _, error = run(capsys, str(answers), "--benchmark", "items")
        assert code == 2
        assert "answer" in error
        got = answer(capsys, str(answers), "--items", str(items))
        assert [(m["model"], m["score"]) for m in got["models"]] == [("x", 0.5), ("y", 0.5)]

    def test_keys(self, capsys, scores: str) -> None:
        got = answer(capsys, scores)
        assert got == plain(board(scores_of(score_frame())).to_dict())
        assert got.keys() >= KEYS
        assert got["models"][0].keys() >= MODEL
        assert got["pairs"][0].keys() >= PAIR
        assert {row["benchmark"] for row in got["models"]} == {
            *("(macro)", "(micro)", "quiz", "riddles")
        }

    def test_options(self, capsys, scores: str) -> None:
        options = ("--by", "subject", "--cluster", "passage", "--level", "0.9", "--seed", "5")
        want = board(scores_of(score_frame()), by="subject", cluster="passage", level=0.9, seed=5)
        assert answer(capsys, scores, *options) == plain(want.to_dict())

    def test_where_is_counted(self, capsys, scores: str) -> None:
        got = answer(capsys, scores, "--where", "benchmark=quiz", "--where", "model!=m3")
        conditions = [Condition.parse(text) for text in ("benchmark=quiz", "model!=m3")]
        assert got == plain(board(select(scores_of(score_frame()), conditions)).to_dict())
        assert [r["reason"] for r in got["removed"]] == ["not benchmark=quiz", "not model!=m3"]

    def test_common_is_counted(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "scores.parquet"
        frame = score_frame(missing=0.1)
        frame.write_parquet(path)
        got = answer(capsys, str(path), "--common")
        kept = frame.filter(pl.col("model").n_unique().over("benchmark", "item_id") == 4)
        assert got["removed"] == [
            {
                "reason": "an item that not every model answered",
                "count": len(frame) - len(kept),
            }
        ]
        assert got["items"] == len(kept) // 4

    def test_several_files_of_letters(self, capsys, tmp_path: Path) -> None:
        """Wide tables: a column a model, with the key; the loader's notes reach the answer."""
        paths = []
        for name in ("x", "y"):
            path = tmp_path / f"{name}.csv"
            wrong = '""' if name == "x" else "B"  # quoted: an empty answer, not an empty cell
            rows = [f"{i},A,{'A' if i % 3 else wrong}" for i in range(60)]
            path.write_text(f"item_id,answer,{name}\n" + "\n".join(rows) + "\n")
            paths.append(str(path))
        got = answer(capsys, *paths, "--benchmark", "quiz")
        assert [row["score"] for row in got["models"]] == pytest.approx([2 / 3, 2 / 3])
        assert any("could not be read" in note and "20" in note for note in got["notes"])
        assert got["pairs"][0]["better"] is None

    def test_files(self, capsys, scores: str, tmp_path: Path) -> None:
        for suffix in ("png", "svg", "html"):
            chart = tmp_path / f"chart.{suffix}"
            assert run(capsys, scores, "--chart", str(chart))[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        assert run(capsys, scores, "--html", str(page))[0] == 0
        assert "Who is really better" in page.read_text()

    def test_text(self, capsys, scores: str) -> None:
        code, out, err = run(capsys, scores)
        assert (code, err) == (0, "")
        for text in ("m0", "m3", "Who is really better?", "What does each benchmark say?"):
            assert text in out


@pytest.mark.parametrize(
    ("options", "code", "parts"),
    [
        (["--by", "subject", "--cluster", "voter"], 2, ["no column voter to cluster by"]),
        (["--by", "model"], 2, ["--by"]),
        (["--where", "benchmark=riddle"], 2, ["no row has it", "quiz", "riddles"]),
        (["--level", "1"], 2, ["the level must lie between 0 and 1"]),
        (["--format", "nonsense"], 2, ["nonsense"]),
        (["--cluster", "benchmark"], 3, ["a single cluster"]),
    ],
)
def test_errors(capsys, scores: str, options: list[str], code: int, parts: list[str]) -> None:
    got, out, err = run(capsys, scores, *options)
    assert (got, out) == (code, "")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_no_file(capsys) -> None:
    code, out, err = run(capsys, "nowhere.csv")
    assert (code, out) == (2, "")
    assert "nowhere.csv" in err


def test_real_answers(capsys, data: Callable[[str], Path]) -> None:
    """Fourteen models on MMLU-Redux: the share that is right, as plain counting has it."""
    path = data("responses/helm14_mmlu_redux_items.parquet")
    wide = pl.read_parquet(path)
    got = answer(capsys, str(path), "--benchmark", "mmlu-redux")
    assert len(got["models"]) == 14
    for row in got["models"]:
        right = (wide[row["model"]] == wide["answer"]).mean()
        assert (row["score"], row["n"]) == (pytest.approx(right), 5700)
    first = got["models"][0]
    assert (first["model"], first["rank_high"]) == ("anthropic_claude-3-5-sonnet-20240620", 1)
