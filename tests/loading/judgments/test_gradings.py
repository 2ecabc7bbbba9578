"""Files of grades: FastChat's single judgments, and tables of the own columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.scoring.mt_bench.made import (
    KINDS,
    grading_rows,
    gradings_of,
    judgments_of,
    pair_rows,
    question_rows,
    write,
)
from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_gradings, load_ids, load_judgments, with_questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = grading_rows(each=1, silent=0.1)
COLUMNS = ["model", "judge", "item_id", "score", "turn"]


def plain(gradings) -> list[tuple]:
    return gradings.frame.select(pl.col(COLUMNS).cast(pl.String)).rows()


class TestReads:
    def test_fastchats_records(self, tmp_path: Path) -> None:
        got = load_gradings(write(tmp_path / "gpt-4_single.jsonl", ROWS))
        assert plain(got) == plain(gradings_of(ROWS, categories=False))
        assert got.judges == ("gpt-4",)
        assert got.unparseable == sum(r["score"] == -1 for r in ROWS)
        assert not {"user_prompt", "judgment"} & set(got.frame.columns)

    @pytest.mark.parametrize("form", ["csv", "parquet", "json"])
    def test_tables(self, tmp_path: Path, form: str) -> None:
        frame = gradings_of(ROWS).frame.select(*COLUMNS, "category")
        path = tmp_path / f"grades.{form}"
        getattr(frame.with_columns(pl.col("model").cast(pl.String)), f"write_{form}")(path)
        got = load_gradings(path)
        assert plain(got) == plain(gradings_of(ROWS))
        assert got.frame["category"].cast(pl.String).to_list() == frame["category"].to_list()

    def test_nan_is_no_number(self, tmp_path: Path) -> None:
        frame = pl.DataFrame({"model": "x", "judge": "j", "item_id": ["1", "2"], "score": [9.0, 1]})
        path = tmp_path / "grades.parquet"
        frame.with_columns(
            pl.when(pl.col("item_id") == "2").then(float("nan")).otherwise("score").alias("score")
        ).write_parquet(path)
        assert load_gradings(path).unparseable == 1

    def test_several_files(self, tmp_path: Path) -> None:
        paths = [
            write(tmp_path / f"{model}.jsonl", [r for r in ROWS if r["model"] == model])
            for model in ("m0", "m1")
        ]
        got = load_gradings(paths)
        assert got.models == ("m0", "m1")
        assert set(got.frame["_file"]) == set(paths)

    def test_half_points(self, tmp_path: Path) -> None:
        rows = [ROWS[0] | {"score": 8.5}]
        assert load_gradings(write(tmp_path / "a.jsonl", rows)).frame["score"][0] == 8.5


class TestTwice:
    def again(self, tmp_path: Path) -> str:
        rows = ROWS + [r | {"score": 1, "tstamp": 9.0} for r in ROWS[:3]]
        return write(tmp_path / "a.jsonl", rows)

    def test_is_an_error_with_a_way_out(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            load_gradings(self.again(tmp_path))
        text = str(caught.value)
        assert f"row {len(ROWS) + 1}, column item_id: '81' is there already" in text
        assert "--on-duplicate keep-last" in text
        assert caught.value.total == 3

    @pytest.mark.parametrize("keep", ["keep-first", "keep-last"])
    def test_one_is_kept_and_the_others_counted(self, tmp_path: Path, keep: str) -> None:
        got = load_gradings(self.again(tmp_path), on_duplicate=keep)
        assert len(got) == len(ROWS)
        assert [r.count for r in got.removed] == [3]
        first = got.frame.filter(model="m0", item_id="81", turn=1)["score"][0]
        assert first == (1 if keep == "keep-last" else ROWS[0]["score"])

    def test_the_order_of_files_counts(self, tmp_path: Path) -> None:
        old = write(tmp_path / "old.jsonl", ROWS)
        new = write(tmp_path / "new.jsonl", [ROWS[0] | {"score": 2}])
        for paths, score in (([old, new], 2), ([new, old], ROWS[0]["score"])):
            got = load_gradings(paths, on_duplicate="keep-last")
            kept = got.frame.filter(model="m0", item_id="81", turn=1)
            assert kept["score"].to_list() == [score]

    def test_another_judge_is_no_duplicate(self, tmp_path: Path) -> None:
        other = [r | {"judge": ["claude", "single-v1"]} for r in ROWS]
        assert len(load_gradings(write(tmp_path / "a.jsonl", ROWS + other))) == 2 * len(ROWS)


class TestRefuses:
    @pytest.mark.parametrize("score", [0, 11, -2, 10.5])
    def test_off_the_scale(self, tmp_path: Path, score: float) -> None:
        path = write(tmp_path / "a.jsonl", [*ROWS[:2], ROWS[2] | {"score": score}])
        with pytest.raises(InputError) as caught:
            load_gradings(path)
        assert str(caught.value).startswith(f"{path}, row 3, column score: {float(score)} is ")
        assert "from 1 to 10 nor -1" in str(caught.value)

    def test_words(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", [ROWS[0] | {"score": "nine"}])
        with pytest.raises(InputError, match="row 1, column score: 'nine' is not a number"):
            load_gradings(path)

    @pytest.mark.parametrize("column", ["model", "judge", "score", "question_id"])
    def test_a_missing_column(self, tmp_path: Path, column: str) -> None:
        rows = [{k: v for k, v in r.items() if k != column} for r in ROWS]
        with pytest.raises(MissingColumnError, match=f"no column {column}"):
            load_gradings(write(tmp_path / "a.jsonl", rows))

    def test_an_empty_name(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", [ROWS[0] | {"model": None}, ROWS[1]])
        with pytest.raises(InputError, match="row 1, column model: the cell is empty"):
            load_gradings(path)

    @pytest.mark.parametrize("judge", [[], {"name": "gpt-4"}, [["gpt-4"]]])
    def test_a_judge_without_a_name(self, tmp_path: Path, judge: object) -> None:
        path = write(tmp_path / "a.jsonl", [ROWS[0], ROWS[1] | {"judge": judge}])
        with pytest.raises(InputError, match=r"row 2, column judge: .* is neither a name nor"):
            load_gradings(path)

    def test_a_bad_turn(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", [ROWS[0] | {"turn": 0}])
        with pytest.raises(InputError, match="column turn: '0' is not"):
            load_gradings(path)

    def test_games(self, tmp_path: Path) -> None:
        rows = [r | {"score": 1, "model": "m"} for r in pair_rows(each=1)]
        with pytest.raises(FormatError, match="games of two models"):
            load_gradings(write(tmp_path / "a.jsonl", rows))

    def test_a_broken_line(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text(json.dumps(ROWS[0]) + '\n{"model": \n')
        with pytest.raises(FormatError, match="row 2"):
            load_gradings(path)

    def test_no_file(self) -> None:
        with pytest.raises(UsageError):
            load_gradings([])


class TestQuestions:
    def test_bring_the_category(self, tmp_path: Path) -> None:
        questions = write(tmp_path / "question.jsonl", question_rows(1))
        got = load_gradings(write(tmp_path / "a.jsonl", ROWS), questions=questions)
        assert got.frame["category"].to_list() == [KINDS[r["question_id"] - 81] for r in ROWS]

    def test_of_games_too(self, tmp_path: Path) -> None:
        rows = pair_rows(each=1)
        questions = write(tmp_path / "question.jsonl", question_rows(1))
        got = with_questions(load_judgments(write(tmp_path / "p.jsonl", rows)), questions)
        want = judgments_of(rows)
        key = ["item_id", "turn", "model_a", "model_b"]
        pick = [pl.col(key).cast(pl.String), pl.col("category").cast(pl.String)]
        assert got.frame.select(pick).sort(key).equals(want.frame.select(pick).sort(key))

    def test_an_unknown_question_names_the_file_and_the_row(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", ROWS)
        questions = write(tmp_path / "question.jsonl", question_rows(1)[1:])
        with pytest.raises(InputError) as caught:
            load_gradings(path, questions=questions)
        assert str(caught.value).startswith(
            f"{path}, row 1, column item_id: '81' is not among the questions of {questions}"
        )

    def test_another_category_than_the_judgments_have(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", [r | {"category": "math"} for r in ROWS])
        questions = write(tmp_path / "question.jsonl", question_rows(1))
        with pytest.raises(InputError, match="column category: 'math' is not the category"):
            load_gradings(path, questions=questions)

    @pytest.mark.parametrize(
        ("rows", "error", "said"),
        [
            ([{"question_id": 81}], MissingColumnError, "no column category"),
            ([{"category": "math"}], MissingColumnError, "no column question_id"),
            ([{"question_id": 81, "category": "a"}] * 2, InputError, "row 2.*there already"),
            ([{"question_id": 81, "category": None}], InputError, "column category: the cell"),
        ],
    )
    def test_refuses(
        self, tmp_path: Path, rows: list[dict], error: type[Exception], said: str
    ) -> None:
        questions = write(tmp_path / "question.jsonl", rows)
        with pytest.raises(error, match=said):
            load_gradings(write(tmp_path / "a.jsonl", ROWS), questions=questions)

    def test_the_real_ones(self, tmp_path: Path, data: Callable[[str], Path]) -> None:
        path = write(tmp_path / "a.jsonl", grading_rows())
        got = load_gradings(path, questions=data("mt_bench/question.jsonl"))
        count = got.frame.unique("item_id").group_by("category").len()
        assert dict(count.rows()) == dict.fromkeys(KINDS, 10)


class TestIds:
    def test_one_a_line(self, tmp_path: Path) -> None:
        path = tmp_path / "ids.txt"
        path.write_bytes(b"\xef\xbb\xbf104\r\n\r\n 105 \n")
        assert load_ids(path) == ("104", "105")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"\n", "no id in it"),
            (b"104\n104\n", "row 2, column question_id: '104' is there already"),
            (b"\xff\xfe", "not text in UTF-8"),
            (b"1\n" * 2**20, "longer than"),
            (b"a\x00b\n", "control characters"),
        ],
    )
    def test_refuses(self, tmp_path: Path, content: bytes, said: str) -> None:
        path = tmp_path / "ids.txt"
        path.write_bytes(content)
        with pytest.raises(InputError, match=said):
            load_ids(path)
