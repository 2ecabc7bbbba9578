"""The Items table refuses what it must, and says where."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.tables import Items, Removal


def items_of(**changes: list) -> Items:
    columns = {
        "benchmark": ["quiz", "quiz", "quiz"],
        "item_id": ["1", "2", "3"],
        "question": ["2 + 2?", "", "Which are even?"],
        "choices": [["3", "4"], ["a", "", "c"], ["1", "2", "4"]],
        "answer": [[1], [0], [1, 2]],
    }
    return Items.from_frame(pl.DataFrame(columns | changes, strict=False), source="f.csv")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"item_id": ["1", " ", "3"]}, "f.csv, row 2, column item_id: ' ' is not usable"),
        ({"item_id": ["1", "2", "1"]}, "f.csv, row 3, column item_id: '1' is there already"),
        ({"question": ["a", None, "c"]}, "row 2, column question: the cell is empty"),
        ({"choices": [["3", "4"], None, ["1", "2", "4"]]}, "row 2, column choices"),
        ({"choices": [["3", "4"], ["a", None], ["1", "2", "4"]]}, "with a choice of null"),
        ({"answer": [[2], [0], [1]]}, "row 1, column answer: '2' is not a position, from 0"),
        ({"answer": [[1], [-1], [1]]}, "row 2, column answer: '-1' is not a position, from 0"),
        ({"answer": [[1], [0], [1, 1]]}, "row 3, column answer: '1, 1' is the same key twice"),
        ({"answer": [[1], [], [1]]}, "row 2, column answer: '' is no key among the choices"),
        ({"answer": [[1], None, [1]]}, "row 2, column answer: the cell is empty"),
        ({"choices": [[], ["a"], ["1", "2", "4"]], "answer": [[], [0], [1]]}, "column reference"),
    ],
)
def test_cells(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        items_of(**changes)
    assert message in str(caught.value)


def test_columns_and_rows_must_be_there() -> None:
    frame = items_of().frame
    with pytest.raises(MissingColumnError, match=r"f.csv: no column question \(columns: "):
        Items.from_frame(frame.drop("question"), source="f.csv")
    with pytest.raises(MissingColumnError, match=r"no column choices with answer, nor reference"):
        Items.from_frame(frame.drop("choices", "reference"), source="f.csv")
    with pytest.raises(FormatError, match=r"f.csv: no items in it"):
        Items.from_frame(frame.clear(), source="f.csv")
    with pytest.raises(FormatError, match=r"the column choices is String, not List\(String\)"):
        Items.from_frame(frame.with_columns(choices=pl.lit("a")), source="f.csv")


def test_one_key_a_row_and_open_questions_need_no_lists() -> None:
    assert items_of(answer=[1, 0, 2]).frame["answer"].to_list() == [[1], [0], [2]]
    columns = {"benchmark": ["sums"], "item_id": [7], "question": ["2 + 2?"], "reference": ["4"]}
    items = Items.from_frame(pl.DataFrame(columns))
    assert items.frame.select("item_id", "choices", "answer").row(0) == ("7", [], [])


def test_an_id_is_unique_in_its_benchmark_only() -> None:
    items = items_of(benchmark=["quiz", "test", "quiz"], item_id=["1", "1", "2"])
    assert items.benchmarks == ("quiz", "test")


def test_a_filter_counts_what_it_took() -> None:
    items = items_of()
    kept = items.keep(pl.Series([True, False, True]), "no question")
    assert (len(kept), kept.removed) == (2, (Removal("no question", 1),))


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=6), min_size=1, max_size=8))
def test_any_texts_are_kept_as_they_are(choices: list[list[str]]) -> None:
    n = len(choices)
    columns = {
        "benchmark": ["quiz"] * n,
        "item_id": [str(i) for i in range(n)],
        "question": [texts[0] for texts in choices],
        "choices": choices,
        "answer": [[len(texts) - 1] for texts in choices],
    }
    schema = {"choices": pl.List(pl.String), "answer": pl.List(pl.Int64)}
    items = Items.from_frame(pl.DataFrame(columns, schema_overrides=schema))
    assert items.frame["choices"].to_list() == choices
    assert items.frame["question"].to_list() == [texts[0] for texts in choices]
