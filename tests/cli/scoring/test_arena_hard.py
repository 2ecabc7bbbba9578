"""The command line of ``score arena-hard``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.scoring.arena_hard.made import BASE, World
from theodolite.cli.main import main
from theodolite.loading import load_judgments, with_answers
from theodolite.scoring import score_arena_hard
from theodolite.tables import Condition, select, without_self_judged

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"models", "pairs", "categories", "parameters", "first_wins", "consistency", "link"}
MORE = {
    "by_category",
    "link_test",
    "baselines",
    "reading",
    "position_effect",
    "style",
    "level",
    "seed",
}
COUNTS = {"n_draws", "questions", "games", "unparseable", "judge", "removed", "notes"}
MODEL = {"model", "score", "low", "high", "rank", "rank_low", "rank_high", "n", "unparseable"}
WORLD = World((-1.0, 0.3, 1.2))


def write(folder: Path, frame: pl.DataFrame, **changes: Any) -> str:
    """Write games as Arena-Hard's files do."""
    path = folder / "judgments.jsonl"
    lines = []
    for key, rows in frame.sort("game").group_by("item_id", "model", maintain_order=True):
        games = [{"score": v, "judgment": "text", "prompt": "text"} for v in rows["verdict"]]
        line = {"uid": f"q{key[0]}", "category": "ab"[int(str(key[0])) % 2], "judge": "gpt-4.1"}
        lines.append(line | {"model": key[1], "baseline": BASE, "games": games} | changes)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def drawn(questions: int = 40) -> pl.DataFrame:
    frame = WORLD.games(questions, seed=1)
    first = pl.col("model_a") == BASE
    return frame.with_columns(model=pl.when(first).then("model_b").otherwise("model_a"))


@pytest.fixture
def judgments(tmp_path: Path) -> str:
    return write(tmp_path, drawn())


@pytest.fixture
def answers(tmp_path: Path) -> str:
    path = tmp_path / "answers.jsonl"
    lines = [
        {"uid": f"q{i}", "model": model, "messages": [{"role": "assistant", "content": text}]}
        for i in range(40)
        for model, text in (
            (BASE, "word " * (i + 3)),
            *((name, "word " * ((7 * i + k) % 11 + 1)) for k, name in enumerate(WORLD.names)),
        )
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["score", "arena-hard", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    def test_keys(self, capsys, judgments: str) -> None:
        got = answer(capsys, judgments)
        assert got == plain(score_arena_hard(load_judgments(judgments)).to_dict())
        assert got.keys() == KEYS | MORE | COUNTS
        assert got["models"][0].keys() >= MODEL
        assert len(got["categories"]) == 6
        assert got["baselines"] == [{"baseline": BASE, "questions": 40, "categories": ["a", "b"]}]

    def test_options(self, capsys, judgments: str) -> None:
        options = ("--position", "model", "--level", "0.9", "--seed", "5")
        want = score_arena_hard(load_judgments(judgments), position="model", level=0.9, seed=5)
        assert answer(capsys, judgments, *options) == plain(want.to_dict())

    def test_style(self, capsys, judgments: str, answers: str) -> None:
        got = answer(capsys, judgments, "--answers", answers, "--style", "tokens")
        table = with_answers(load_judgments(judgments), answers)
        assert got == plain(score_arena_hard(table, style=("tokens",)).to_dict())
        assert [row["name"] for row in got["parameters"]][:2] == ["position", "tokens"]

    def test_where_is_counted(self, capsys, judgments: str) -> None:
        got = answer(capsys, judgments, "--where", "model!=m0", "--where", "category=a")
        conditions = [Condition.parse(text) for text in ("model!=m0", "category=a")]
        want = score_arena_hard(select(load_judgments(judgments), conditions))
        assert got == plain(want.to_dict())
        assert [r["count"] for r in got["removed"]] == [80, 80]

    def test_an_infinite_strength_is_null(self, capsys, tmp_path: Path) -> None:
        frame = drawn().with_columns(
            pl.when(pl.col("model") != "m2")
            .then("verdict")
            .when(pl.col("model_a") == "m2")
            .then(pl.lit("A>>B"))
            .otherwise(pl.lit("B>>A"))
            .alias("verdict")
        )
        row = answer(capsys, write(tmp_path, frame))["models"][0]
        assert (row["model"], row["score"], row["strength"]) == ("m2", 100.0, None)
        assert row["unbounded"]
        assert 90.0 < row["low"] < row["high"] == 100.0

    def test_outputs(self, capsys, judgments: str, tmp_path: Path) -> None:
        chart, page = tmp_path / "chart.svg", tmp_path / "page.html"
        code, out, _ = run(capsys, judgments, "--chart", str(chart), "--html", str(page))
        assert code == 0
        assert "Who beats the baseline" in out
        assert "<svg" in chart.read_text(encoding="utf-8")
        assert "Who beats the baseline" in page.read_text(encoding="utf-8")


class TestRefused:
    def refused(self, capsys, *argv: str) -> str:
        code, out, err = run(capsys, *argv)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        return err

    def test_an_unknown_score(self, capsys, tmp_path: Path) -> None:
        path = write(tmp_path, drawn(2).with_columns(verdict=pl.lit("A>>>B")))
        assert "row 1, column games: 'A>>>B' is not one of" in self.refused(capsys, path)

    def test_a_judge_of_itself(self, capsys, tmp_path: Path) -> None:
        path = write(tmp_path, drawn(), judge="m1")
        assert "--self-judged" in self.refused(capsys, path)
        got = answer(capsys, path, "--self-judged", "remove")
        table = without_self_judged(load_judgments(path), ("model_a", "model_b"), "remove")
        assert got == plain(score_arena_hard(table).to_dict())
        assert len(answer(capsys, path, "--self-judged", "keep")["models"]) == 3

    def test_two_judges(self, capsys, tmp_path: Path) -> None:
        one = write(tmp_path, drawn())
        (tmp_path / "b").mkdir()
        two = write(tmp_path / "b", drawn(), judge="other")
        assert "--judge NAME: 'gpt-4.1', 'other'" in self.refused(capsys, one, two)
        assert answer(capsys, one, two, "--judge", "other")["judge"] == "other"

    def test_no_baseline(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "own.csv"
        drawn().drop("model").write_csv(path)
        assert "--baseline MODEL" in self.refused(capsys, str(path))
        assert len(answer(capsys, str(path), "--baseline", BASE)["models"]) == 3
        assert "'m9' is neither" in self.refused(capsys, str(path), "--baseline", "m9")

    def test_answers_without_style(self, capsys, judgments: str, answers: str) -> None:
        assert "--style" in self.refused(capsys, judgments, "--answers", answers)

    def test_style_without_answers(self, capsys, judgments: str) -> None:
        assert "tokens_a" in self.refused(capsys, judgments, "--style", "tokens")

    def test_one_question(self, capsys, tmp_path: Path) -> None:
        code, out, err = run(capsys, write(tmp_path, drawn(1)))
        assert (code, out) == (3, "")
        assert "single question" in err

    def test_a_file_that_is_none(self, capsys, tmp_path: Path) -> None:
        assert "no.jsonl" in self.refused(capsys, str(tmp_path / "no.jsonl"))
        path = tmp_path / "other.csv"
        path.write_text("a,b\n1,2\n")
        assert "no games of a judge in it" in self.refused(capsys, str(path))
