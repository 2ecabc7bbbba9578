"""Arena-Hard's judgment files: both versions, and every way in which they can be wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from theodolite.errors import InputError, MissingColumnError, TheodoliteError
from theodolite.loading import load_judgments

if TYPE_CHECKING:
    from pathlib import Path

OLD_FORM = ("question_id", "judge", "model", "games")


def judgment(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Make one line as gen_judgment writes it, the judge's text with all that JSON escapes."""
    text = 'My \\frac{1}{2} "quoted"\nverdict: [[A>B]]'
    line = {
        "uid": f"q{number}",
        "category": "hard_prompt",
        "judge": "gpt-4.1",
        "model": "llama",
        "baseline": "o3-mini",
        "games": [
            {"score": score, "judgment": {"answer": text}, "prompt": [{"role": "user"}]}
            for score in ("A>B", "B>>A")
        ],
    }
    return line | changes


def scores(*both: str | None) -> list[dict[str, Any]]:
    return [{"score": score, "judgment": "text", "prompt": "text"} for score in both]


def written(path: Path, *lines: dict[str, Any], name: str = "llama.jsonl") -> Path:
    file = path / name
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def refused(path: Path, *lines: dict[str, Any], **options: Any) -> str:
    with pytest.raises(InputError) as error:
        load_judgments(written(path, *lines), **options)
    return str(error.value)


class TestRead:
    def test_both_games(self, tmp_path: Path) -> None:
        got = load_judgments(written(tmp_path, judgment()))
        columns = ("model_a", "model_b", "verdict", "game", "baseline", "model", "category")
        assert got.frame.select(pl.col(columns).cast(pl.String)).rows() == [
            ("o3-mini", "llama", "A>B", "1", "o3-mini", "llama", "hard_prompt"),
            ("llama", "o3-mini", "B>>A", "2", "o3-mini", "llama", "hard_prompt"),
        ]
        assert got.judges == ("gpt-4.1",)
        assert "games" not in got.frame.columns

    def test_old_files_do_not_name_the_baseline(self, tmp_path: Path) -> None:
        line = {k: v for k, v in judgment(question_id=7).items() if k in OLD_FORM}
        with pytest.raises(MissingColumnError, match=r"--baseline; that of version 0\.1 was gpt-4"):
            load_judgments(written(tmp_path, line))
        got = load_judgments(written(tmp_path, line), baseline="gpt-4-0314")
        assert got.models == ("gpt-4-0314", "llama")
        assert got.frame["item_id"].cast(pl.String).to_list() == ["7", "7"]

    @pytest.mark.parametrize(
        ("other", "same"),
        [("A<B", "B>A"), ("A<<B", "B>>A"), ("B<A", "A>B"), ("B<<A", "A>>B"), ("B=A", "A=B")],
    )
    def test_the_same_verdict_from_the_other_side(
        self, tmp_path: Path, other: str, same: str
    ) -> None:
        got = load_judgments(written(tmp_path, judgment(games=scores(other, same))))
        assert got.frame["verdict"].cast(pl.String).to_list() == [same, same]

    @pytest.mark.parametrize(
        "games", [scores(None, "A=B"), scores("", "A=B"), [None, *scores("A=B")]]
    )
    def test_a_game_without_a_verdict_stays(self, tmp_path: Path, games: list) -> None:
        got = load_judgments(written(tmp_path, judgment(games=games)))
        assert got.frame["verdict"].cast(pl.String).to_list() == [None, "A=B"]
        assert got.unparseable == 1

    def test_a_list_of_records_reads_the_same(self, tmp_path: Path) -> None:
        lines = [judgment(1), judgment(2, games=scores("A=B", None))]
        whole = tmp_path / "all.json"
        whole.write_text(json.dumps(lines), encoding="utf-8")
        jsonl = load_judgments(written(tmp_path, *lines)).frame.drop("_file")
        assert load_judgments(whole).frame.drop("_file").equals(jsonl)

    def test_files_of_several_models(self, tmp_path: Path) -> None:
        one = written(tmp_path, judgment())
        two = written(tmp_path, judgment(model="qwen"), name="qwen.jsonl")
        got = load_judgments([one, two])
        assert got.models == ("llama", "o3-mini", "qwen")
        assert len(got) == 4

    def test_own_columns_with_a_baseline(self, tmp_path: Path) -> None:
        path = tmp_path / "own.csv"
        path.write_text("item_id,model_a,model_b,judge,verdict\n1,x,y,j,A>B\n")
        assert "model" not in load_judgments(path).frame.columns
        assert load_judgments(path, baseline="y").frame["model"].to_list() == ["x"]


class TestRefused:
    def test_an_unknown_score(self, tmp_path: Path) -> None:
        text = refused(tmp_path, judgment(), judgment(2, games=scores("A>B", "a>b")))
        assert "llama.jsonl, row 2, column games: 'a>b' is not one of A>>B, A>B" in text

    @pytest.mark.parametrize(("games", "count"), [(scores("A>B"), 1), ([], 0), (None, 0)])
    def test_one_game_of_two(self, tmp_path: Path, games: list | None, count: int) -> None:
        text = refused(tmp_path, judgment(), judgment(2, games=games))
        assert f"llama.jsonl, row 2, column games: {count} is not the number of games" in text

    def test_a_question_twice(self, tmp_path: Path) -> None:
        text = refused(tmp_path, judgment(), judgment(2), judgment(1))
        assert "llama.jsonl, row 3, column uid: 'q1' is there already" in text

    def test_a_question_twice_in_two_files(self, tmp_path: Path) -> None:
        one = written(tmp_path, judgment())
        two = written(tmp_path, judgment(), name="again.jsonl")
        with pytest.raises(InputError, match=r"again.jsonl, row 1, column item_id: 'q1'"):
            load_judgments([one, two])

    def test_the_baseline_against_itself(self, tmp_path: Path) -> None:
        text = refused(tmp_path, judgment(2, model="o3-mini"))
        assert "row 1, column model: 'o3-mini' is the baseline" in text

    @pytest.mark.parametrize("column", ["uid", "model", "baseline", "judge"])
    def test_an_empty_name(self, tmp_path: Path, column: str) -> None:
        text = refused(tmp_path, judgment(), judgment(2, **{column: None}))
        assert "llama.jsonl, row 2" in text

    @pytest.mark.parametrize("column", ["uid", "judge"])
    def test_no_column(self, tmp_path: Path, column: str) -> None:
        line = judgment()
        del line[column]
        with pytest.raises(MissingColumnError, match=column):
            load_judgments(written(tmp_path, line))

    @pytest.mark.parametrize(
        "games", ["text", 7, {"score": "A>B"}, [1, 2], ["A>B", "A>B"], [[], []]]
    )
    def test_games_that_are_none(self, tmp_path: Path, games: Any) -> None:
        with pytest.raises(TheodoliteError):
            load_judgments(written(tmp_path, judgment(games=games)))
