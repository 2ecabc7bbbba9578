"""The command line of ``score mt-bench``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.scoring.mt_bench.made import (
    grading_rows,
    gradings_of,
    judgments_of,
    pair_rows,
    question_rows,
    write,
)
from theodolite.cli.main import main
from theodolite.scoring.mt_bench import compared, graded, suspected_references
from theodolite.tables import Condition, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = {"model", "score", "low", "high", "n", "unparseable"}
KEYS = {"models", "pairs", "removed", "notes", "level", "seed", "judge", "excluded"}
SINGLE = grading_rows(silent=0.03)
PAIR = pair_rows()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    return {
        "single": write(tmp_path / "single.jsonl", SINGLE),
        "pair": write(tmp_path / "pair.jsonl", PAIR),
        "questions": write(tmp_path / "question.jsonl", question_rows()),
    }


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["score", "mt-bench", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    @pytest.mark.parametrize("mode", ["single", "pair"])
    def test_keys(self, capsys, files: dict[str, str], mode: str) -> None:
        got = answer(capsys, files[mode], "--questions", files["questions"])
        made = graded(gradings_of(SINGLE)) if mode == "single" else compared(judgments_of(PAIR))
        want = plain(made.to_dict())
        assert {k: v for k, v in got.items() if k != "pairs"} == {
            k: v for k, v in want.items() if k != "pairs"
        }
        assert got.keys() >= KEYS
        assert got["mode"] == mode
        for row in got["models"]:
            assert row.keys() >= MODEL

    def test_mode_can_be_said(self, capsys, files: dict[str, str]) -> None:
        assert answer(capsys, files["single"], "--mode", "single")["mode"] == "single"
        code, _, err = run(capsys, files["pair"], "--mode", "single")
        assert code == 2
        assert "--mode pair" in err

    def test_options(self, capsys, files: dict[str, str]) -> None:
        options = ("--level", "0.9", "--seed", "3", "--where", "turn=1", "--where", "model!=m0")
        got = answer(capsys, files["single"], *options)
        kept = select(
            gradings_of(SINGLE, categories=False),
            [Condition.parse("turn=1"), Condition.parse("model!=m0")],
        )
        assert got == plain(graded(kept, level=0.9, seed=3).to_dict())
        assert [r["reason"] for r in got["removed"]] == ["not turn=1", "not model!=m0"]

    def test_a_baseline(self, capsys, files: dict[str, str]) -> None:
        got = answer(capsys, files["pair"], "--baseline", "m3")
        assert got["baseline"] == "m3"
        assert len(got["models"]) == 5

    def test_exclusion(self, capsys, files: dict[str, str], tmp_path: Path) -> None:
        known = suspected_references().questions
        ids = tmp_path / "ids.txt"
        ids.write_text("\n".join(known))
        ways = ("suspected", ",".join(known), str(ids))
        got = [answer(capsys, files["single"], "--exclude-references", way) for way in ways]
        assert got[0] == got[1] == got[2]
        assert got[0]["excluded"]["questions"] == list(known)
        assert got[0]["questions"] == 67
        games = answer(capsys, files["pair"], "--exclude-references", "suspected")
        assert games["excluded"]["judgments"] == 13 * 2 * 15

    def test_the_suspected_that_are_left(self, capsys, files: dict[str, str]) -> None:
        options = ("--questions", files["questions"], "--where", "category=math")
        got = answer(capsys, files["single"], *options, "--exclude-references", "suspected")
        assert got["excluded"]["questions"] == ["111", "113", "114", "120"]

    def test_files(self, capsys, files: dict[str, str], tmp_path: Path) -> None:
        page, chart = tmp_path / "single.html", tmp_path / "pair.svg"
        questions = ("--questions", files["questions"])
        assert run(capsys, files["single"], *questions, "--html", str(page))[0] == 0
        assert "Where is a model better?" in page.read_text()
        assert run(capsys, files["pair"], *questions, "--chart", str(chart))[0] == 0
        assert "Wins against each other by category" in chart.read_text()

    def test_a_chart_without_categories(self, capsys, files: dict[str, str], tmp_path) -> None:
        chart = tmp_path / "a.svg"
        assert run(capsys, files["single"], "--chart", str(chart))[0] == 0
        assert "Scores on 80 questions" in chart.read_text()

    def test_text(self, capsys, files: dict[str, str]) -> None:
        code, out, err = run(capsys, files["single"], "--questions", files["questions"])
        assert (code, err) == (0, "")
        for text in ("m5 leads with", "What does the second turn cost?", "suspected"):
            assert text in out
        out = run(capsys, files["pair"])[1]
        assert "What does the order of the answers change?" in out


class TestJudges:
    def test_several(self, capsys, tmp_path: Path) -> None:
        other = [r | {"judge": ["claude", "single-v1"]} for r in SINGLE]
        path = write(tmp_path / "both.jsonl", SINGLE + other)
        code, _, err = run(capsys, path)
        assert code == 2
        assert f"row {len(SINGLE) + 1}, column judge: 'claude' is not the only judge" in err
        assert "--judge NAME: 'claude', 'gpt-4'" in err
        got = answer(capsys, path, "--judge", "claude")
        assert got["judge"] == "claude"
        assert got["removed"] == [{"reason": "not judged by claude", "count": len(SINGLE)}]
        assert run(capsys, path, "--judge", "m0")[0] == 2

    @pytest.mark.parametrize("mode", ["single", "pair"])
    def test_itself(self, capsys, tmp_path: Path, mode: str) -> None:
        rows = [
            {k: "gpt-4" if v == "m2" else v for k, v in r.items()}
            for r in (SINGLE if mode == "single" else PAIR)
        ]
        path = write(tmp_path / "itself.jsonl", rows)
        code, _, err = run(capsys, path)
        assert code == 2
        assert "'gpt-4' is one of the models that it judges here" in err
        assert "--self-judged remove" in err
        kept = answer(capsys, path, "--self-judged", "keep")
        less = answer(capsys, path, "--self-judged", "remove")
        assert "gpt-4" in {row["model"] for row in kept["models"]}
        assert "gpt-4" not in {row["model"] for row in less["models"]}
        assert less["removed"][0]["reason"] == "a judge on its own answer"


class TestTwice:
    def test_hint_and_choice(self, capsys, tmp_path: Path) -> None:
        path = write(tmp_path / "twice.jsonl", SINGLE + SINGLE[:5])
        code, _, err = run(capsys, path)
        assert code == 2
        assert "--on-duplicate keep-last" in err
        got = answer(capsys, path, "--on-duplicate", "keep-last")
        assert got["removed"][0]["count"] == 5

    def test_games(self, capsys, tmp_path: Path, files: dict[str, str]) -> None:
        """A second run may have the two models the other way round."""
        flip = {"model_1": "model_2", "model_2": "model_1"}
        again = [
            r | {flip[s]: r[s] for s in flip} | {g: flip[r[g]] for g in ("g1_winner", "g2_winner")}
            for r in PAIR[:5]
        ]
        path = write(tmp_path / "twice.jsonl", PAIR + again)
        assert run(capsys, path)[0] == 2
        got = answer(capsys, path, "--on-duplicate", "keep-last")
        assert got["removed"] == [{"reason": "a game that the judge gave anew later", "count": 10}]
        assert got["models"] == answer(capsys, files["pair"])["models"]


@pytest.mark.parametrize(
    ("kind", "options", "code", "parts"),
    [
        ("single", ["--baseline", "m0"], 2, ["--baseline is for games"]),
        ("pair", ["--baseline", "m9"], 2, ["'m9' was not judged", "'m0'"]),
        ("single", ["--exclude-references", "999"], 2, ["no judgment of the question '999'"]),
        ("single", ["--exclude-references", "104,,105"], 2, ["is not suspected, ID,..."]),
        ("single", ["--exclude-references", "104,104"], 2, ["each once"]),
        ("single", ["--where", "item_id=100..", "--where", "item_id=..100"], 3, ["two questions"]),
        ("single", ["--where", "model=m7"], 2, ["no row has it", "m0"]),
        ("single", ["--level", "1"], 2, ["the level must lie between 0 and 1"]),
        ("single", ["--seed", "-1"], 2, ["seed must not be negative"]),
        ("single", ["--mode", "both"], 2, ["--mode"]),
        ("pair", ["--where", "game=1"], 2, ["single game of two", "--where"]),
        ("questions", [], 2, ["neither grades nor games", "question_id"]),
    ],
)
def test_errors(
    capsys, files: dict[str, str], kind: str, options: list[str], code: int, parts: list[str]
) -> None:
    got, out, err = run(capsys, files[kind], *options)
    assert (got, out) == (code, "")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_the_suspected_of_another_benchmark(capsys, tmp_path: Path) -> None:
    rows = [r | {"question_id": r["question_id"] + 500} for r in SINGLE]
    code, _, err = run(
        capsys, write(tmp_path / "other.jsonl", rows), "--exclude-references", "suspected"
    )
    assert code == 2
    assert "not questions of MT-Bench (ids 81 to 160)" in err


def test_no_file(capsys) -> None:
    code, out, err = run(capsys, "nowhere.jsonl")
    assert (code, out) == (2, "")
    assert "nowhere.jsonl" in err


def test_real_questions(capsys, files: dict[str, str], data: Callable[[str], Path]) -> None:
    questions = str(data("mt_bench/question.jsonl"))
    got = answer(capsys, files["single"], "--questions", questions)
    assert [row["category"] for row in got["categories"][::6]] == [
        *("writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem"),
        "humanities",
    ]
