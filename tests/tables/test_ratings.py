"""The Ratings table refuses what it must, and says where."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.tables import Condition, Ratings, Removal, select


def ratings_of(**changes: list) -> Ratings:
    columns = {
        "model": ["x", "y", "x", "y"],
        "board": ["chat", "chat", "code", "code"],
        "rating": [1010, 990, 1020, 980],
        "low": [1000, 985, 1000, 980],
        "high": [1020, 995, 1040, 980],
    }
    return Ratings.from_frame(pl.DataFrame(columns | changes, strict=False), source="f.csv")


def chosen(ratings: Ratings, *conditions: str) -> Ratings:
    return select(ratings, [Condition.parse(text) for text in conditions])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ["x", " ", "x", "y"]}, "f.csv, row 2, column model: ' ' is not usable"),
        ({"model": ["x", None, "x", "y"]}, "row 2, column model: the cell is empty"),
        ({"rating": [1010, "n/a", 1020, 980]}, "row 2, column rating: 'n/a' is not a number"),
        ({"rating": [1010, 990, float("nan"), 980]}, "row 3, column rating: nan is not a finite"),
        ({"high": [1020, 995, 1040, float("inf")]}, "row 4, column high: inf is not a finite"),
        ({"low": [1000, None, 1000, 980]}, "row 2, column low: the cell is empty"),
        ({"low": [1000, 985, 1021, 980]}, "row 3, column low: 1021.0 is above the rating"),
        ({"high": [1020, 989.5, 1040, 980]}, "row 2, column high: 989.5 is below the rating"),
    ],
)
def test_cells(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        ratings_of(**changes)
    assert message in str(caught.value)


def test_all_wrong_ends_are_counted() -> None:
    with pytest.raises(InputError) as caught:
        ratings_of(low=[1100] * 4, high=[900] * 4)
    assert caught.value.total == 8
    assert "and 3 more like them" in str(caught.value)


def test_columns_and_rows_must_be_there() -> None:
    frame = ratings_of().frame
    with pytest.raises(MissingColumnError, match=r"f.csv: no column low, high \(columns: "):
        Ratings.from_frame(frame.drop("low", "high"), source="f.csv")
    with pytest.raises(FormatError, match=r"f.csv: no ratings in it"):
        Ratings.from_frame(frame.clear(), source="f.csv")


def test_a_board_is_chosen_by_the_other_columns() -> None:
    code = chosen(ratings_of(), "board=code").one_board()
    assert code.models == ("x", "y")
    assert code.frame.select("model", "rating", "_row").rows() == [("x", 1020, 3), ("y", 980, 4)]
    assert code.removed == (Removal("not board=code", 2),)
    assert len(chosen(ratings_of(), "rating=1000..", "board!=chat")) == 1
    with pytest.raises(UsageError, match="the column holds 'chat', 'code'"):
        chosen(ratings_of(), "board=math")
    with pytest.raises(InputError, match="no rating is left after removing: not rating=2000"):
        chosen(ratings_of(), "rating=2000..")


def test_a_model_stands_once_on_a_board() -> None:
    with pytest.raises(InputError) as caught:
        ratings_of(day=[1] * 4).one_board()
    assert str(caught.value).splitlines() == [
        "f.csv, row 3, column model: 'x' is there already",
        "f.csv, row 4, column model: 'y' is there already",
        "Choose one board, by board.",
    ]
    with pytest.raises(InputError) as caught:
        chosen(ratings_of(model=["x"] * 4), "board=chat").one_board()
    assert str(caught.value) == "f.csv, row 2, column model: 'x' is there already"


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8))
def test_one_board_passes_where_no_name_repeats(names: list[str]) -> None:
    ratings = Ratings.from_frame(
        pl.DataFrame({"model": names}).with_columns(
            pl.lit(value).alias(name) for name, value in (("rating", 1), ("low", 0), ("high", 2))
        )
    )
    assert ratings.models == tuple(sorted(set(names)))
    if len(set(names)) == len(names):
        assert ratings.one_board() is ratings
    else:
        with pytest.raises(InputError, match="is there already"):
            ratings.one_board()


def test_names_of_any_kind_become_text() -> None:
    coded = ratings_of().frame.with_columns(pl.col("model").cast(pl.Categorical))
    assert Ratings.from_frame(coded).frame.schema["model"] == pl.String
    assert ratings_of(model=[1, 2, 3, 4]).models == ("1", "2", "3", "4")
