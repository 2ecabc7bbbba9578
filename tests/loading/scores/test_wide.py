"""Tables with one column a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.files import written
from tests.loading.scores.reference import (
    QUIZ,
    Cell,
    error_of,
    outcomes,
    quiz_items,
    scored_by_hand,
)
from theodolite.loading import ScoreOptions, load_scores
from theodolite.tables import Items, Removal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


LETTERED = st.sampled_from(["A", "B", "C", "J", "Z", "", None])
MARKED = st.sampled_from(["0", "1", "true", "false", "True", "False", None])
COLUMNS = st.one_of(
    st.lists(LETTERED, min_size=5, max_size=5),
    st.lists(MARKED, min_size=5, max_size=5),
    st.lists(st.sampled_from([0, 1, None]), min_size=5, max_size=5),
    st.lists(st.sampled_from([True, False, None]), min_size=5, max_size=5),
    st.lists(st.sampled_from([0.0, 1.0, None]), min_size=5, max_size=5),
)
WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "parquet": lambda frame, path: frame.write_parquet(path),
    "jsonl": lambda frame, path: frame.write_ndjson(path),
    "json": lambda frame, path: frame.write_json(path),
    "csv": lambda frame, path: frame.write_csv(path),
}


@settings(max_examples=60, deadline=None)
@given(
    columns=st.lists(COLUMNS, min_size=1, max_size=4),
    keys=st.lists(st.sampled_from("ABCJZ"), min_size=5, max_size=5),
    container=st.sampled_from(sorted(WRITERS)),
)
def test_every_cell_is_scored_as_by_hand(
    tmp_path_factory: pytest.TempPathFactory,
    columns: list[list[Cell]],
    keys: list[str],
    container: str,
) -> None:
    ids = [f"q{k}" for k in range(5)]
    cells = {f"model {k}": column for k, column in enumerate(columns)}
    right = [{key} for key in keys]
    expected = scored_by_hand(ids, cells, right)
    path = tmp_path_factory.mktemp("wide") / "file"
    frame = pl.DataFrame({"item_id": ids, "answer": keys, **cells})
    WRITERS[container](frame, path)
    if not expected:
        assert "no scores in it" in error_of(path)
        return
    scores = load_scores(path, QUIZ)
    assert outcomes(scores) == expected
    nothing = len(columns) * 5 - len(expected)
    assert scores.removed == ((Removal("not asked", nothing),) if nothing else ())


@pytest.mark.parametrize(
    ("header", "ids"),
    [
        ("item_id,id", ["x", "y"]),
        ("id,question_id", ["x", "y"]),
        ("question_id,row", ["x", "7"]),
        ("subject,row", ["x/3", "y/7"]),
        ("subject,redux_row", ["x/3", "y/7"]),
        ("category,row", ["x/3", "y/7"]),
    ],
)
def test_the_name_of_an_item(tmp_path: Path, header: str, ids: list[str]) -> None:
    path = written(tmp_path, f"{header},answer,m\nx,3,A,A\ny,7,B,A\n")
    frame = load_scores(path, QUIZ).frame
    assert frame["item_id"].to_list() == (ids if header != "question_id,row" else ["x", "y"])
    assert ("subject" in frame.columns) == header.startswith(("subject", "category"))


def test_a_row_alone_names_an_item_and_must_be_whole(tmp_path: Path) -> None:
    path = written(tmp_path, "row,m\n0,1\n1.0,0\n")
    assert load_scores(path, QUIZ).frame["item_id"].to_list() == ["0", "1"]
    path = written(tmp_path, "row,m\n0,1\n-1,0\n")
    assert "row 2, column row: '-1' is not a finite number at least 0" in error_of(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,answer,m\n1,A,A\n2,B,b\n", "row 2, column m: 'b' is not a letter from A to Z"),
        ("id,answer,m,year\n1,A,A,1999\n", "column year: '1999' is not a letter from A to Z"),
        ("id,answer,m\n1,A,A\n2,B,1\n", "row 2, column m: '1' is no letter, as other cells"),
        ("id,answer,m\n1,E5,A\n", "row 1, column answer: 'E5' is not a letter from A to Z"),
        ("id,answer,m\n1,,A\n", "row 1, column answer: nothing is not a letter"),
        ("id,m\n1,A\n", "no column answer, and letters need a key"),
        ("id,answer\n1,A\n", "fits no format of scores"),
        ("answer,m\nA,A\n", "fits no format of scores"),
        ("id,m\n1,1\n1,0\n", "row 2, column item_id: '1' is there already for this model"),
        ("id,m\n1,1\n,0\n", "row 2, column id: the cell is empty"),
        (
            "id,benchmark,m\n1,quiz,1\n2,other,1\n",
            "row 2, column benchmark: 'other' is not quiz, which was asked",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, message: str) -> None:
    assert message in error_of(written(tmp_path, content))


def test_numbers_of_parquet_are_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for bad in (2.0, 0.5, float("nan"), float("inf")):
        pl.DataFrame({"id": ["a", "b"], "m": [1.0, bad]}).write_parquet(path)
        assert "row 2, column m" in error_of(path)
    pl.DataFrame({"id": ["a"], "m": [[1]]}).write_parquet(path)
    assert "column m holds lists or objects" in error_of(path)


def test_nested_json_is_no_model(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"id": 1, "m": {"a": 1}, "n": 1}) + "\n")
    assert "column m holds lists or objects" in error_of(path)


def test_a_benchmark_must_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "id,m\n1,1\n")
    assert "no column benchmark\nName it with --benchmark" in error_of(path, ScoreOptions())
    path = written(tmp_path, "id,benchmark,m\n1,b,1\n2,c,0\n")
    assert load_scores(path).benchmarks == ("b", "c")
    assert "the columns of a wide file" in error_of(path, ScoreOptions(model="x"))


def test_beside_a_question_letters_are_choices_and_not_models(tmp_path: Path) -> None:
    items_only = written(tmp_path, "subject,row,question,A,B,answer\nx,0,?,yes,no,A\n")
    assert "fits no format" in error_of(items_only)
    path = written(tmp_path, "subject,row,question,A,B,answer,m\nx,0,?,yes,no,A,A\n")
    assert outcomes(load_scores(path, QUIZ)) == {("m", "x/0", 1.0, 0)}


def test_an_empty_cell_of_csv_was_not_asked_and_quotes_were_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,answer,m,n\n1,A,"",A\n2,A,,B\n')
    scores = load_scores(path, QUIZ)
    assert outcomes(scores) == {("m", "1", 0.0, None), ("n", "1", 1.0, 0), ("n", "2", 0.0, 1)}
    assert scores.removed == (Removal("not asked", 1),)
    assert any("empty cells, taken as not asked: 1" in note for note in scores.notes)
    assert any("wrong: 1 (most of them of m: 1 of 1)" in note for note in scores.notes)


def test_a_subject_without_a_readable_answer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "f"
    subjects = ["few"] * 9 + ["many"] * 10
    cells = {"mute": [""] * 19, "deaf": ["A"] * 18 + [""], "gone": [None] * 19}
    frame = pl.DataFrame({"subject": subjects, "row": range(19), "answer": "A", **cells})
    frame.write_parquet(path)
    told = [note for note in load_scores(path, QUIZ).notes if "whole subjects" in note]
    assert len(told) == 1
    assert "(many, for one) no answer could be read of mute, 10 in all" in told[0]


def test_the_key_of_the_items_counts(tmp_path: Path) -> None:
    items = quiz_items({"1": [0, 2], "2": [1], "3": [3]})
    path = written(tmp_path, "id,answer,m,n,o\n1,A,A,C,B\n2,A,A,B,1\n".replace(",1\n", ",E\n"))
    options = ScoreOptions(items=items)
    scores = load_scores(path, options)
    assert scores.benchmarks == ("quiz",)
    assert {(m, i, s) for m, i, s, _ in outcomes(scores)} == {
        *(("m", "1", 1.0), ("n", "1", 1.0), ("o", "1", 0.0)),
        *(("m", "2", 0.0), ("n", "2", 1.0), ("o", "2", 0.0)),
    }
    assert any("keyed otherwise in the items: 2 of 2" in note for note in scores.notes)
    assert any("letters beyond the choices of their items: 1" in note for note in scores.notes)


@pytest.mark.parametrize("content", ["id,m\n1,A\n9,A\n", "id,m\n1,1\n9,0\n"])
def test_an_item_that_is_not_among_the_items_is_refused(tmp_path: Path, content: str) -> None:
    items = quiz_items({"1": [0]})
    message = error_of(written(tmp_path, content), ScoreOptions(items=items))
    assert "row 2, column item_id: '9' is not among the items" in message
    assert "There are 1 items, the first quiz 1." in message


def test_an_open_question_has_no_letter(tmp_path: Path) -> None:
    frame = quiz_items({"1": [0]}).frame.with_columns(
        choices=pl.lit([], dtype=pl.List(pl.String)),
        answer=pl.lit([], dtype=pl.List(pl.Int64)),
        reference=pl.lit("42"),
    )

    options = ScoreOptions(items=Items.from_frame(frame.drop("_row", "_file")))
    assert "'1' is an item without a key" in error_of(written(tmp_path, "id,m\n1,A\n"), options)
