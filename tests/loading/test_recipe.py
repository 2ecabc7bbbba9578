"""Difficulties and gamed rows from files, and what is wrong with some."""

from __future__ import annotations

import json

import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading import load_difficulty, load_gamed
from theodolite.loading.judgments.preferences import load_preferences


def test_an_instruction_has_the_id_that_it_has_in_the_annotations(tmp_path) -> None:
    hard = tmp_path / "hard.jsonl"
    hard.write_text(json.dumps({"instruction": "Why?", "instruction_difficulty": 0.5}) + "\n")
    notes = tmp_path / "annotations.json"
    row = {"instruction": "Why?", "generator_1": "b", "generator_2": "m", "preference": 1.2}
    notes.write_text(json.dumps([row]))
    assert load_difficulty(hard)["item_id"].to_list() == list(
        load_preferences(notes).frame["item_id"].cast(str)
    )


def test_gamed_rows_keep_their_order(tmp_path) -> None:
    path = tmp_path / "gamed.csv"
    path.write_text(
        "model,std_delta_len,instruction_difficulty,pseudo_preference\n"
        "verbose,-1,0.5,0.9\nconcise,2,0.25,0.1\n"
    )
    assert load_gamed(path).rows() == [(-1.0, 0.5, 0.9), (2.0, 0.25, 0.1)]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("index,instruction_difficulty\n1,0.5\n1,0.6\n", InputError, "row 2, column item_id: '1'"),
        ("index,instruction_difficulty\n1,hard\n", InputError, "row 1, .*'hard' is not a number"),
        ("index,instruction_difficulty\n1,\n", InputError, "row 1, column instruction_d.* empty"),
        ("index,instruction_difficulty\n1,nan\n", InputError, "not a finite number"),
        ("instruction_difficulty\n1\n", MissingColumnError, "no column item_id"),
        ("index,instruction_difficulty\n", FormatError, r"hard\.csv: no rows in it"),
    ],
)
def test_bad_difficulties_are_named(tmp_path, text, error, message) -> None:
    path = tmp_path / "hard.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        load_difficulty(path)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("1,0.5,1.5", InputError, "row 1, column pseudo_preference: .*1.5.* at most 1"),
        ("1,0.5,", InputError, "row 1, column pseudo_preference: the cell is empty"),
        ("inf,0.5,1", InputError, "row 1, column std_delta_len"),
    ],
)
def test_bad_gamed_rows_are_named(tmp_path, text, error, message) -> None:
    path = tmp_path / "gamed.csv"
    path.write_text(f"std_delta_len,instruction_difficulty,pseudo_preference\n{text}\n")
    with pytest.raises(error, match=message):
        load_gamed(path)


def test_a_missing_column_of_gamed_rows_is_named(tmp_path) -> None:
    path = tmp_path / "gamed.csv"
    path.write_text("std_delta_len,instruction_difficulty\n1,2\n")
    with pytest.raises(MissingColumnError, match=r"gamed\.csv: no column pseudo_preference"):
        load_gamed(path)
