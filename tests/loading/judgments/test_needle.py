"""Reading needle tests: each form, what is refused and how."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_needle

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "model,context_length,depth_percent,score"
CELL = {
    "model": "x",
    "context_length": 1000,
    "depth_percent": 33.3,
    "version": 1,
    "needle": "\n A sentence.\n ",
    "model_response": 'It said: \\n {"a": 1}',
    "score": 10,
}
SEVERAL = "model name,context length,depth %,total needles,fract per turn,mode\n"


def csv(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "cells.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def test_one_cell_a_file_and_joined(tmp_path: Path) -> None:
    paths = []
    for i, version in enumerate((1, 2)):
        path = tmp_path / f"{i}.json"
        path.write_text(json.dumps(CELL | {"version": version}), encoding="utf-8")
        paths.append(path)
    joined = tmp_path / "all.jsonl"
    joined.write_text("\n".join(p.read_text() for p in paths), encoding="utf-8")
    one, other = load_needle(paths).frame, load_needle(joined).frame
    columns = ["model", "version", "context_length", "depth_percent", "trial", "score"]
    assert one.select(columns).equals(other.select(columns))
    assert one["version"].to_list() == ["1", "2"]
    # The long texts are not read.
    assert "model_response" not in one.columns


def test_the_older_array_needs_a_name(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    cells = [{"token_limit": 1000, "depth_percent": d, "score": 10} for d in (0, 50)]
    path.write_text(json.dumps(cells), encoding="utf-8")
    with pytest.raises(MissingColumnError, match="--model NAME"):
        load_needle(path)
    got = load_needle(path, model="gpt")
    assert got.models == ("gpt",)
    assert got.frame["context_length"].to_list() == [1000.0, 1000.0]


def test_several_needles_are_repeated_trials_of_shares(tmp_path: Path) -> None:
    rows = ["m,1000,5,3,0.5,reasoning", "m,1000,5,3,1.0,reasoning", "m,1000,5,1,1,"]
    got = load_needle(csv(tmp_path, *rows, header=SEVERAL.strip()))
    assert (got.low, got.high) == (0.0, 1.0)
    assert got.frame["version"].to_list() == [
        *("3 needles reasoning", "3 needles reasoning", "1 needle unnamed")
    ]
    assert got.frame["trial"].to_list() == [1, 2, 1]
    cells = tmp_path / "cells.json"
    cells.write_text(json.dumps(CELL), encoding="utf-8")
    with pytest.raises(UsageError, match="score them apart"):
        load_needle([tmp_path / "cells.csv", cells])


def test_a_score_that_is_not_there_stays_as_a_null(tmp_path: Path) -> None:
    got = load_needle(csv(tmp_path, "x,1000,50,", "x,2000,50,7"))
    assert got.unparseable == 1
    assert got.frame["score"].to_list() == [None, 7.0]


def test_trials(tmp_path: Path) -> None:
    path = csv(tmp_path, "x,1000,50,10", "x,1000,50,1")
    with pytest.raises(InputError, match=r"row 2, column depth_percent: 50\.0 is there already"):
        load_needle(path)
    assert load_needle(path, trials=True).frame["trial"].to_list() == [1, 2]
    numbered = csv(tmp_path, "x,1000,50,10,1", "x,1000,50,1,2", header=f"{HEADER},trial")
    assert load_needle(numbered).frame["trial"].to_list() == [1, 2]
    twice = csv(tmp_path, "x,1000,50,10,1", "x,1000,50,1,1", header=f"{HEADER},trial")
    with pytest.raises(InputError, match="there already"):
        load_needle(twice, trials=True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,1000,50,2", r"row 1, column score: 2\.0 is not one of 1, 3, 5, 7, 10"),
        ("x,1000,50,many", "column score: 'many' is not a number"),
        ("x,long,50,10", "column context_length: 'long' is not a number"),
        ("x,-5,50,10", "above 0"),
        ("x,1000,101,10", "at least 0 and at most 100"),
        (",1000,50,10", "column model: the cell is empty"),
    ],
)
def test_cells_that_are_refused(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        load_needle(csv(tmp_path, row))
    assert "cells.csv" in str(error.value)


def test_files_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        load_needle([])
    with pytest.raises(FormatError, match="no cells of a needle test"):
        load_needle(csv(tmp_path, "x,1", header="model,score"))
    with pytest.raises(FormatError, match="no cells in it"):
        load_needle(csv(tmp_path))
    with pytest.raises(FormatError, match="no such file"):
        load_needle(tmp_path / "none.csv")
