"""The Scores table refuses what it must, and says where."""

from __future__ import annotations

import polars as pl
import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.tables import Removal, Scores


def scores_of(**changes: list) -> Scores:
    columns = {
        "model": ["y", "x", "y", "x"],
        "benchmark": ["quiz"] * 4,
        "item_id": ["1", "1", "2", "2"],
        "score": [1, 0, 0.5, 1],
    }
    return Scores.from_frame(pl.DataFrame(columns | changes, strict=False), source="f.csv")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ["y", None, "y", "x"]}, "f.csv, row 2, column model: the cell is empty"),
        ({"score": [1, "right", 0, 1]}, "row 2, column score: 'right' is not a number"),
        ({"score": [1, 0, float("nan"), 1]}, "row 3, column score: nan is not a finite number"),
        ({"epoch": [1, 1, 0, 1]}, "row 3, column epoch: 0 is not a finite number at least 1"),
        ({"choice": [1, 1, -1, None]}, "row 3, column choice: -1 is not a finite number"),
        ({"cluster": ["a", None, "b", "b"]}, "row 2, column cluster: the cell is empty"),
        ({"item_id": ["1", "1", "1", "2"]}, "row 3, column item_id: '1' is there already for this"),
        (
            {"item_id": ["1", "1", "1", "2"], "epoch": [1, 1, 1, 1]},
            "there already for this model and epoch",
        ),
    ],
)
def test_cells(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        scores_of(**changes)
    assert message in str(caught.value)


def test_columns_and_rows_must_be_there() -> None:
    frame = scores_of().frame
    with pytest.raises(MissingColumnError, match=r"f.csv: no column item_id, score \(columns: "):
        Scores.from_frame(frame.drop("item_id", "score"), source="f.csv")
    with pytest.raises(FormatError, match=r"f.csv: no scores in it"):
        Scores.from_frame(frame.clear(), source="f.csv")


def test_models_are_in_alphabetical_order_and_epochs_are_samples() -> None:
    scores = scores_of(item_id=["1", "1", "1", "1"], epoch=[1, 1, 2, 2])
    assert (scores.models, scores.benchmarks, len(scores)) == (("x", "y"), ("quiz",), 4)


def test_a_filter_counts_what_it_took() -> None:
    kept = scores_of().keep(pl.Series([True, True, False, False]), "item 2")
    assert (len(kept), kept.removed) == (2, (Removal("item 2", 2),))


def test_a_choice_may_be_unknown_and_a_negative_one_is_refused() -> None:
    frame = pl.DataFrame(
        {
            "model": "x",
            "benchmark": "quiz",
            "item_id": ["1", "2"],
            "score": [1.0, 0.0],
            "choice": [0, None],
        }
    )
    assert Scores.from_frame(frame).frame.get_column("choice").to_list() == [0, None]
    with pytest.raises(InputError, match="column choice: -1 is not a finite number at least 0"):
        Scores.from_frame(frame.with_columns(choice=pl.Series([None, -1])))
