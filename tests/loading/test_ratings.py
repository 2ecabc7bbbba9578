"""Files of published ratings, and of known strengths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import FIXTURES, written
from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading import is_ratings_file, load_ratings, load_strengths
from theodolite.tables import Condition, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS = [
    {"model": "x", "board": "chat", "rating": 1010.5, "low": 1000, "high": 1020, "votes": 40},
    {"model": "y", "board": "chat", "rating": 990, "low": 985, "high": 995, "votes": None},
    {"model": "x", "board": "code", "rating": 1020, "low": 1000, "high": 1040, "votes": 7},
]
CONTAINERS = ["csv", "jsonl", "json", "parquet"]


def ratings_file(folder: Path, container: str, records: list[dict] = RECORDS) -> Path:
    path = folder / f"ratings.{container}"
    if container == "parquet":
        pl.DataFrame(records).write_parquet(path)
    elif container == "csv":
        pl.DataFrame(records).write_csv(path)
    elif container == "json":
        path.write_text(json.dumps(records))
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_same(tmp_path: Path, container: str) -> None:
    path = ratings_file(tmp_path, container)
    assert is_ratings_file(path)
    ratings = load_ratings(path)
    columns = ["_row", "model", "board", "rating", "low", "high"]
    assert ratings.frame.select(columns).rows() == [
        (1, "x", "chat", 1010.5, 1000, 1020),
        (2, "y", "chat", 990, 985, 995),
        (3, "x", "code", 1020, 1000, 1040),
    ]
    few = select(ratings, [Condition.parse("board=chat"), Condition.parse("votes=..50")])
    assert few.one_board().models == ("x",)
    assert [removal.count for removal in few.removed] == [1, 1]


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
def test_nested_columns_are_left_out(tmp_path: Path, container: str) -> None:
    records = [{**record, "notes": {"a": 1}} for record in RECORDS]
    frame = load_ratings(ratings_file(tmp_path, container, records)).frame
    assert set(frame.columns) == {*RECORDS[0], "_row", "_file"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,rating,low,high\nx,1,0,\n", "row 1, column high: the cell is empty"),
        ("model,rating,low,high\nx,1,0,2\ny,1,2,2\n", "row 2, column low: 2.0 is above the"),
        ("model,rating,low,high\nx,1,0\n", "row 1: 3 cells where the header has 4"),
        ("model,rating,low\nx,1,0\n", "no column high (columns: model, rating, low)"),
        ("model,rating,low,high\n", "no ratings in it"),
        ('{"model": ["x"], "rating": 1, "low": 0, "high": 2}', "row 1, column model"),
        ("[]", "no column model, rating, low, high (columns: none)"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_ratings(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_which_files_hold_ratings(tmp_path: Path) -> None:
    assert not any(is_ratings_file(path) for path in FIXTURES.iterdir() if path.suffix != ".md")
    assert not is_ratings_file(written(tmp_path, "model,rating\nx,1\n"))
    assert not is_ratings_file(written(tmp_path, "model_a,model,rating,low,high\nx,x,1,0,2\n"))
    with pytest.raises(FormatError, match="there is no such file"):
        is_ratings_file(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("container", CONTAINERS)
def test_strengths(tmp_path: Path, container: str) -> None:
    path = ratings_file(tmp_path, container, RECORDS[:2])
    assert load_strengths(path).rows() == [("x", 1010.5), ("y", 990)]
    with pytest.raises(InputError, match="row 3, column model: 'x' is there already"):
        load_strengths(ratings_file(tmp_path, container))
    with pytest.raises(MissingColumnError, match="no column rating"):
        load_strengths(written(tmp_path, "model,strength\nx,1\n"))


def test_arena_facts(data: Callable[[str], Path]) -> None:
    path = data("models/arena_facts.csv")
    assert is_ratings_file(path)
    ratings = load_ratings(path)
    assert (len(ratings), len(ratings.models)) == (342, 57)
    with pytest.raises(InputError, match="Choose one board, by field or category"):
        ratings.one_board()
    for field in ("arena_rating", "arena_rating_style_controlled"):
        for category in ("overall", "english", "hard"):
            conditions = [Condition("field", field), Condition("category", category)]
            board = select(ratings, conditions).one_board()
            assert (len(board), len(board.models)) == (57, 57)
    first = ratings.frame.select("model", "field", "category", "rating", "low", "high").row(0)
    numbers = (1264.15, 1260.34, 1267.96)
    assert first == ("gpt-4-1106-preview", "arena_rating", "overall", *numbers)
