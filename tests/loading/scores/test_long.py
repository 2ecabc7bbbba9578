"""Tables with one row an answer, and the reading of several files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.loading.files import written
from tests.loading.scores.reference import QUIZ, error_of, outcomes, quiz_items
from theodolite.errors import InputError, UsageError
from theodolite.loading import SCORE_FORMATS, ScoreOptions, load_scores
from theodolite.tables import Removal

if TYPE_CHECKING:
    from pathlib import Path

CELLS = st.lists(st.sampled_from(["A", "B", "D", "", None]), min_size=4, max_size=4)


def test_scores_are_numbers_or_true_and_false(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "model,benchmark,item_id,score,subject,epoch,note\n"
        "x,quiz,1,0.25,s,1,fine\nx,quiz,1,true,s,2,fine\ny,quiz,1,False,s,1,\n",
    )
    frame = load_scores(path).frame
    assert frame["score"].to_list() == [0.25, 1.0, 0.0]
    assert frame["epoch"].to_list() == [1, 2, 1]
    assert frame["note"].to_list() == ["fine", "fine", None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("model,id,score\nx,1,1\nx,2,good\n", "row 2, column score: 'good' is not a number"),
        ("model,id,score\nx,1,1\nx,2,\n", "row 2, column score: the cell is empty"),
        ("model,id,score\nx,1,nan\n", "row 1, column score: 'nan' is not a finite number"),
        ("model,id,score\nx,1,1\n,2,1\n", "row 2, column model: the cell is empty"),
        ("model,id,prediction\nx,1,A\n", "no column answer, and letters need a key"),
        ("model,id,prediction,answer\nx,1,AB,A\n", "column prediction: 'AB' is not a letter"),
        ("id,score\n1,1\n", "no column model (columns: id, score)\nName the one model"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, message: str) -> None:
    assert message in error_of(written(tmp_path, content))


def test_a_column_of_another_type_is_refused_and_an_empty_one_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "f"
    frame = pl.DataFrame({"model": "x", "id": ["1", "2"], "answer": "A"})
    frame.with_columns(prediction=pl.date(2026, 1, 2)).write_parquet(path)
    assert "row 1, column prediction: 2026-01-02 is not a letter" in error_of(path)
    for name in ("prediction", "m"):
        frame.drop("model" if name == "m" else []).with_columns(
            pl.lit(None).alias(name)
        ).write_parquet(path)
        assert "no scores in it" in error_of(path)


def test_the_caller_names_the_only_model(tmp_path: Path) -> None:
    path = written(tmp_path, "id,score\n1,1\n")
    assert load_scores(path, ScoreOptions(benchmark="b", model="x")).models == ("x",)
    path = written(tmp_path, "model,id,score\nx,1,1\n")
    with pytest.raises(UsageError, match="names its models itself"):
        load_scores(path, ScoreOptions(benchmark="b", model="y"))


@settings(max_examples=20, deadline=None)
@given(columns=st.lists(CELLS, min_size=1, max_size=3))
def test_long_and_wide_are_the_same_scores(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("both")
    cells = {f"m{k}": column for k, column in enumerate(columns)}
    wide = pl.DataFrame({"id": list("1234"), "answer": list("ABDA"), **cells})
    wide.write_parquet(folder / "wide")
    wide.unpivot(
        on=list(cells), index=["id", "answer"], variable_name="model", value_name="prediction"
    ).write_parquet(folder / "long")
    if all(cell is None for column in columns for cell in column):
        assert "no scores" in error_of(folder / "wide")
        assert "no scores" in error_of(folder / "long")
        return
    one, other = (load_scores(folder / name, QUIZ) for name in ("wide", "long"))
    assert outcomes(one) == outcomes(other)
    assert one.removed == other.removed


def test_predictions_of_several_benchmarks_take_the_key_of_each(tmp_path: Path) -> None:
    items = quiz_items({"1": [0], "2": [1, 2]})
    path = written(tmp_path, "model,benchmark,id,prediction\nx,quiz,1,A\nx,quiz,2,C\ny,quiz,2,A\n")
    scores = load_scores(path, ScoreOptions(items=items))
    assert outcomes(scores) == {("x", "1", 1.0, 0), ("x", "2", 1.0, 2), ("y", "2", 0.0, 0)}
    with pytest.raises(UsageError, match="'other' is not one that the items belong to: quiz"):
        load_scores(path, ScoreOptions(items=items, benchmark="other"))


def test_several_files_make_one_table(tmp_path: Path) -> None:
    long = written(tmp_path, "model,id,score,subject,epoch\nx,1,1,s,1\nx,1,0,s,2\n", "long")
    wide = written(tmp_path, 'id,answer,y\n1,A,""\n2,B,B\n3,A,\n', "wide")
    scores = load_scores([long, wide], QUIZ)
    assert scores.frame.select("epoch", "choice").rows() == [
        (1, None),
        (2, None),
        (1, None),
        (1, 1),
    ]
    assert scores.frame["_file"].unique().sort().to_list() == [str(long), str(wide)]
    assert scores.removed == (Removal("not asked", 1),)
    assert "the column subject was left out: not all files have it" in scores.notes
    assert any("could not be read" in note for note in scores.notes)
    kept = scores.keep(scores.frame["model"] == "y", "other models")
    assert kept.notes == scores.notes


def test_columns_that_all_files_have_stay_and_unlike_types_become_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"model": "x", "id": "1", "score": 1.0, "run": 3, "mine": 1})
    frame.write_parquet(tmp_path / "a")
    frame.with_columns(model=pl.lit("y"), run=pl.lit("four")).drop("mine").write_parquet(
        tmp_path / "b"
    )
    joined = load_scores([tmp_path / "a", tmp_path / "b"], QUIZ).frame
    assert joined["run"].to_list() == ["3", "four"]
    assert "mine" not in joined.columns


def test_the_same_file_twice_is_refused_with_its_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "model,id,score\nx,1,1\n")
    with pytest.raises(InputError, match="row 1, column item_id: '1' is there already for this"):
        load_scores([path, path], QUIZ)


def test_a_format_may_be_named_and_must_exist(tmp_path: Path) -> None:
    path = written(tmp_path, "model,id,score\nx,1,1\n")
    assert len(load_scores(path, ScoreOptions(benchmark="b", format="long"))) == 1
    assert "--format 'xml' is not one of long, wide" in error_of(path, ScoreOptions(format="xml"))
    assert "'x' is not a letter" in error_of(path, ScoreOptions(benchmark="b", format="wide"))
    message = error_of(path, ScoreOptions(benchmark="b", format="lm-eval"))
    assert "no column doc, doc_id, target" in message


def test_what_is_no_file_of_scores(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of scores"):
        load_scores([])
    with pytest.raises(UsageError, match="read from local files"):
        load_scores("hf://datasets/x/y.parquet")
    assert "there is no such file" in error_of(tmp_path / "none")
    assert "is a folder" in error_of(tmp_path)
    for content in ("", "\n\n", "{", "[1]", "{}\n", "a;b\n1;2\n", b"PAR1", b"\xff\xfe", "id\x00,m"):
        message = error_of(written(tmp_path, content))
        told = ("The formats of scores are", "empty", "cannot be read (parquet")
        assert any(part in message for part in told), message


def test_every_format_is_described() -> None:
    text = (ROOT / "docs/reference/score-formats.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in SCORE_FORMATS)
    assert all(summary and "\n" not in summary for summary in SCORE_FORMATS.values())
