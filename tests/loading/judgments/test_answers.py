"""Files of answers: their own counts, counts from the text, and what does not fit the games."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.loading.judgments.test_arena_hard import judgment, written
from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_judgments, with_answers

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '# Title\n- one **bold**\n2. two "\\frac"\n'
COUNTS = ("tokens", "headers", "lists", "bold")


def answer(model: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Make a line of version 2.0."""
    metadata = {
        "token_len": 20 + len(model),
        "header_count": {f"h{i}": 1 for i in range(1, 7)},
        "list_count": {"ordered": 2, "unordered": 3},
        "bold_count": {"**": 4, "__": 0},
    }
    messages = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": {"answer": TEXT}},
    ]
    line = {"uid": f"q{number}", "ans_id": "x", "model": model, "messages": messages}
    return line | {"tstamp": 1.0, "metadata": metadata} | changes


def old(model: str) -> dict[str, Any]:
    """Make a line of version 0.1."""
    turns = [{"content": TEXT, "token_len": 9}]
    return {"question_id": "q1", "model_id": model, "choices": [{"index": 0, "turns": turns}]}


def counted(path: Path, *lines: dict[str, Any]) -> pl.DataFrame:
    judgments = load_judgments(written(path, judgment()))
    return with_answers(judgments, written(path, *lines, name="answers.jsonl")).frame


def sides(frame: pl.DataFrame, side: str) -> list[tuple]:
    return frame.select(f"{name}_{side}" for name in COUNTS).rows()


class TestCounts:
    def test_of_the_file(self, tmp_path: Path) -> None:
        frame = counted(tmp_path, answer("llama"), answer("o3-mini"))
        base, model = (27.0, 6.0, 5.0, 4.0), (25.0, 6.0, 5.0, 4.0)
        assert sides(frame, "a") == [base, model]
        assert sides(frame, "b") == [model, base]

    def test_whole_numbers(self, tmp_path: Path) -> None:
        flat = {"token_len": 7, "header_count": 1, "list_count": 0, "bold_count": 2}
        lines = (answer(m, metadata=flat) for m in ("llama", "o3-mini"))
        assert sides(counted(tmp_path, *lines), "a") == [(7.0, 1.0, 0.0, 2.0)] * 2

    def test_of_version_01(self, tmp_path: Path) -> None:
        lines = [old(m) | {"conv_metadata": answer(m)["metadata"]} for m in ("llama", "o3-mini")]
        assert sides(counted(tmp_path, *lines), "b")[0] == (25.0, 6.0, 5.0, 4.0)

    @pytest.mark.parametrize("content", [{"answer": TEXT}, TEXT])
    def test_from_the_last_message(self, tmp_path: Path, content: Any) -> None:
        messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": content}]
        lines = [answer(m, messages=messages) for m in ("llama", "o3-mini")]
        for line in lines:
            del line["metadata"]
        tokens, *marks = sides(counted(tmp_path, *lines), "a")[0]
        assert (tokens, marks) == (16.0, [1.0, 2.0, 1.0])

    def test_from_the_choices(self, tmp_path: Path) -> None:
        frame = counted(tmp_path, old("llama"), old("o3-mini"))
        assert sides(frame, "a")[0] == (16.0, 1.0, 2.0, 1.0)

    def test_own_columns(self, tmp_path: Path) -> None:
        lines = [
            {"item_id": "q1", "model": m, "tokens": 5, "headers": 0, "lists": 1, "bold": 2}
            for m in ("llama", "o3-mini")
        ]
        assert sides(counted(tmp_path, *lines), "b")[0] == (5.0, 0.0, 1.0, 2.0)

    def test_a_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "model_answer"
        folder.mkdir()
        for model in ("llama", "o3-mini"):
            written(folder, answer(model), name=f"{model}.jsonl")
        judgments = load_judgments(written(tmp_path, judgment()))
        assert sides(with_answers(judgments, folder).frame, "b")[0] == (25.0, 6.0, 5.0, 4.0)

    def test_parquet(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.parquet"
        lines = [answer(m, messages=[]) for m in ("llama", "o3-mini")]
        pl.DataFrame(lines).write_parquet(path)
        judgments = load_judgments(written(tmp_path, judgment()))
        assert sides(with_answers(judgments, path).frame, "b")[0] == (25.0, 6.0, 5.0, 4.0)


class TestRefused:
    def test_a_model_without_an_answer(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as error:
            counted(tmp_path, answer("o3-mini"), answer("llama", 2))
        text = str(error.value)
        assert "llama.jsonl, row 1, column model_a: 'llama' is without an answer" in text
        assert "--answers needs" in text

    def test_an_answer_twice(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"answers.jsonl, row 3, column item_id"):
            counted(tmp_path, answer("llama"), answer("o3-mini"), answer("llama"))

    @pytest.mark.parametrize("value", [-1, "many", None])
    def test_a_count_that_is_none(self, tmp_path: Path, value: Any) -> None:
        bad = answer("llama")
        bad["metadata"]["token_len"] = value
        with pytest.raises(InputError, match=r"answers.jsonl, row 2, column tokens"):
            counted(tmp_path, answer("o3-mini"), bad)

    def test_no_answers(self, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="no answers in it"):
            counted(tmp_path, {"uid": "q1", "model": "llama"})
        with pytest.raises(MissingColumnError, match="uid or question_id"):
            counted(tmp_path, {"model": "llama"})

    def test_counts_that_are_there_already(self, tmp_path: Path) -> None:
        path = tmp_path / "own.csv"
        path.write_text(
            "item_id,model_a,model_b,judge,verdict,tokens_a,tokens_b\n1,x,y,j,A>B,5,6\n"
        )
        with pytest.raises(UsageError, match="tokens_a"):
            with_answers(load_judgments(path), written(tmp_path, answer("x")))

    def test_no_file(self, tmp_path: Path) -> None:
        judgments = load_judgments(written(tmp_path, judgment()))
        with pytest.raises(UsageError):
            with_answers(judgments, [])


def test_json_lines_keep_their_backslashes() -> None:
    assert json.loads(json.dumps(TEXT)) == TEXT
