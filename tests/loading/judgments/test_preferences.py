"""Preferences from AlpacaEval's annotations and from plain tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import written
from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading import load_preferences
from theodolite.tables import Removal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = {
    "dataset": "koala",
    "instruction": "Say hello.",
    "output_1": "Hello there",
    "output_2": "Ho",
    "generator_1": "base",
    "generator_2": "m",
    "annotator": "judge-1",
    "preference": 1.25,
    "raw_completion": {"logprobs": [1]},
}


def array(*changes: dict) -> str:
    made = [RECORD | {"instruction": f"Question {i}."} | c for i, c in enumerate(changes)]
    return json.dumps(made)


def test_annotations_keep_lengths_and_a_digest_of_the_instruction(tmp_path: Path) -> None:
    path = written(
        tmp_path, array({}, {"preference": 0}, {"instruction": "Question 0.", "generator_2": "n"})
    )
    found = load_preferences(path)
    shown = found.frame.select(
        "model",
        "baseline",
        "judge",
        "category",
        "preference",
        "len_output",
        "len_baseline",
        "position",
    )
    assert shown.rows() == [
        ("m", "base", "judge-1", "koala", 1.25, 2.0, 11.0, 0),
        ("m", "base", "judge-1", "koala", 1.5, 2.0, 11.0, 1),
        ("n", "base", "judge-1", "koala", 1.25, 2.0, 11.0, 0),
    ]
    first, second, again = found.frame["item_id"]
    assert first == again != second
    assert found.judges == ("judge-1",)


def test_an_empty_preference_is_counted(tmp_path: Path) -> None:
    found = load_preferences(written(tmp_path, array({}, {"preference": None})))
    assert (len(found), found.removed) == (1, (Removal("no verdict", 1),))
    with pytest.raises(FormatError, match="no preference in it holds a verdict"):
        load_preferences(written(tmp_path, array({"preference": None})))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preference": 2.5}, "row 2, column preference: 2.5 is not a finite number"),
        ({"preference": 0.5}, "row 2, column preference: 0.5 is not a finite number"),
        ({"preference": "A"}, "row 2, column preference: 'A' is not a number"),
        ({"generator_2": ""}, "row 2, column model: '' is not usable"),
        ({"instruction": "Question 0."}, "row 2, column item_id"),
    ],
)
def test_annotations_name_the_record(tmp_path: Path, change: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_preferences(written(tmp_path, array({}, change)))
    assert message in str(caught.value)


def test_plain_tables_may_call_the_item_index(tmp_path: Path) -> None:
    path = written(tmp_path, "model,baseline,index,row,dataset,preference\nx,b,3,0,koala,1.5\n")
    frame = load_preferences(path).frame
    assert frame.select("item_id", "position", "category").rows() == [("3", 0, "koala")]
    assert frame.select("dataset").rows() == [("koala",)]  # filters may use the file's own names
    with pytest.raises(MissingColumnError, match="no column baseline, item_id"):
        load_preferences(written(tmp_path, "model,preference\nx,1.5\n"))
    with pytest.raises(FormatError, match="no preferences in it"):
        load_preferences(written(tmp_path, "model,winner\nx,y\n"))


def test_several_files_are_one_table(tmp_path: Path) -> None:
    one = written(tmp_path, array({}), "one.json")
    other = written(tmp_path, array({"generator_2": "n"}), "other.json")
    assert load_preferences([one, other]).models == ("m", "n")
    with pytest.raises(InputError, match="there already for this model, baseline and judge"):
        load_preferences([one, one])


def test_nan_in_parquet_is_no_verdict(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"model": "x", "baseline": "b", "item_id": ["1", "2"], "preference": [1.5, float("nan")]}
    )
    frame.write_parquet(tmp_path / "p.parquet")
    assert load_preferences(tmp_path / "p.parquet").removed == (Removal("no verdict", 1),)


def test_the_real_table(data: Callable[[str], Path]) -> None:
    found = load_preferences(data("alpaca_eval/annotations.parquet"))
    assert (len(found), len(found.models), found.judges) == (34612, 43, ())
