"""The command line of ``facts``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from theodolite.cli.main import main
from theodolite.loading import load_models
from theodolite.tables import Condition, Facts, select

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"model", "field", "value", "unit", "setting", "category", "source", "note", "low", "high"}
OWN = "model,kind,params,tokens,source\nours,base,3e9,6e11,me\nPhi-2,,2.78e9,,me\n"


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["facts", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.csv"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


class TestContract:
    def test_keys(self, capsys) -> None:
        got = answer(capsys)
        assert got == json.loads(json.dumps(Facts.of(load_models()).to_dict()))
        assert got.keys() >= {"facts", "models", "conflicts", "spread", "removed"}
        assert got["facts"][0].keys() >= ROW
        assert len(got["models"]) == 181
        assert all(row["source"] for row in got["facts"])

    def test_a_model_by_its_alias_and_a_field(self, capsys) -> None:
        options = ("--model", "Meta-Llama-3-8B", "--model", "Phi-2", "--field", "tokens")
        got = answer(capsys, *options, "--field", "MMLU")
        assert {row["model"] for row in got["facts"]} == {"Llama-3-8B", "Phi-2"}
        assert {row["field"] for row in got["facts"]} == {"tokens", "MMLU"}
        tokens = [r["value"] for r in got["facts"] if r["field"] == "tokens"]
        assert sorted(tokens) == [1.4e12, 1.4e12, 1.5e13, 1.5e13]

    def test_where_is_counted(self, capsys) -> None:
        texts = ("kind=base", "released=2024-01-01..", "field!=MMLU")
        got = answer(capsys, *(part for text in texts for part in ("--where", text)))
        want = select(Facts.of(load_models()), [Condition.parse(text) for text in texts])
        assert got == json.loads(json.dumps(want.to_dict()))
        assert [row["reason"] for row in got["removed"]] == [f"not {text}" for text in texts]
        assert len(want) + sum(r.count for r in want.removed) == len(Facts.of(load_models()))

    def test_own_facts_come_first(self, capsys, own: str) -> None:
        got = answer(capsys, own)
        assert got["facts"][0]["model"] == "ours"
        assert len(got["models"]) == 182
        rows = [(r["number"], r["used"]) for r in got["conflicts"] if r["model"] == "Phi-2"]
        assert rows == [(2.78e9, True), (2.7e9, False)]

    def test_own_facts_alone(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "own.csv"
        path.write_text("model,kind,params\nours,base,3e9\n", encoding="utf-8")
        got = answer(capsys, str(path), "--only")
        assert [(row["field"], row["value"]) for row in got["facts"]] == [
            ("params", 3e9),
            ("kind", "base"),
        ]

    def test_level_and_seed_are_taken(self, capsys) -> None:
        assert answer(capsys, "--level", "0.9", "--seed", "3") == answer(capsys)

    def test_text(self, capsys) -> None:
        code, out, err = run(capsys, "--model", "Mistral-7B-v0.1", "--model", "Mixtral-8x7B-v0.1")
        assert (code, err) == (0, "")
        for text in (
            "On 1 attribute: Mixtral-8x7B-v0.1 (params).",
            "Where do sources disagree",
            "How far apart",
            "rows more are not shown",
        ):
            assert text in out

    def test_files(self, capsys, tmp_path: Path) -> None:
        for suffix in ("png", "svg"):
            chart = tmp_path / f"chart.{suffix}"
            assert run(capsys, "--chart", str(chart))[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        # Without a chart, which would bring a library of its own into the page.
        assert run(capsys, "--model", "gpt-4-0314", "--html", str(page))[0] == 0
        assert "What is reported, and by whom?" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "code", "parts"),
    [
        (["--model", "lama-3-8b"], 2, ["no model 'lama-3-8b'; the nearest:", "'Llama-3-8B'"]),
        (["--model", "gpt-5"], 2, ["no model 'gpt-5'"]),
        (["--field", "mmlu"], 2, ["no attribute or benchmark 'mmlu'; the nearest: 'MMLU'"]),
        (["--where", "kind=chat"], 2, ["no row has it", "base", "instruct"]),
        (["--where", "colour=red"], 2, ["no column colour"]),
        (["--where", "kind"], 2, ["is not COLUMN=VALUE"]),
        (["--model", "gpt-4-0314", "--field", "params"], 2, ["no fact is left"]),
        (["--only"], 2, ["--only leaves nothing"]),
        (["nowhere.csv"], 2, ["nowhere.csv"]),
        (["--model", "gpt-4-0314", "--chart", "chart.png"], 3, ["no base model"]),
    ],
)
def test_errors(capsys, options: list[str], code: int, parts: list[str]) -> None:
    got, out, err = run(capsys, *options)
    assert (got, out) == (code, "")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_a_bad_cell_is_named(capsys, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("model,kind,params\nours,base,3\n", encoding="utf-8")
    code, out, err = run(capsys, str(path))
    assert (code, out) == (2, "")
    assert f"{path}, row 1, column params: '3' is not a number of at least 10,000" in err
