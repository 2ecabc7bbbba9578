"""Files of items that are refused, and what the error says."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.loading.files import written
from tests.loading.items.files import CONTAINERS, Records, error_of, headless, saved
from theodolite.errors import FormatError
from theodolite.loading import ITEM_FORMATS, load_items
from theodolite.loading.records import RECORD_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

WIDE = {"question": "q", "A": "1", "B": "2", "C": "3", "D": "4"}
LIST = {"question": "q", "choices": ["1", "2", "3"]}
OWN = {"benchmark": "b", "item_id": "i", "question": "q", "choices": ["1", "2"], "answer": 0}
LABELLED = {"text": ["x", "y"], "label": ["A", "B"]}
TRUE = {"Question": "q", "Best Answer": "a", "Correct Answers": "a", "Incorrect Answers": "b"}

CELLS: list[tuple[Records, str]] = [
    ([WIDE | {"answer": "X"}], "row 1, column answer: 'X' is not one of A, B, C, D"),
    ([WIDE | {"answer": "A"}, WIDE | {"answer": "b"}], "row 2, column answer: 'b' is not one of"),
    ([WIDE | {"answer": "B"}, WIDE | {"answer": "E"}], "row 2, column answer: 'E' is not one of"),
    ([WIDE | {"answer": "0"}, WIDE | {"answer": "4"}], "column answer: '4' is not a position from"),
    ([WIDE | {"answer": "0"}, WIDE | {"answer": "1e0"}], "'1e0' is not a position from 0 to 3"),
    ([WIDE | {"answer": "A"}, WIDE | {"answer": None}], "column answer: nothing is not one of A"),
    ([WIDE | {"answer": "A", "subject": " "}], "row 1, column subject: ' ' is not usable"),
    ([WIDE | {"answer": "A", "row": -1}], "row 1, column row: "),
    ([WIDE | {"answer": "A", "row": 1}] * 2, "row 2, column item_id: '1' is there already"),
    ([WIDE | {"answer": "A", "question_id": 1}] * 2, "row 2, column question_id: '1' is there al"),
    ([WIDE | {"answer": "A", "id": "x" * 301}], "row 1, column id: 'xxx"),
    ([WIDE | {"answer": "A", "id": "a\tb"}], r"row 1, column id: 'a\tb' is not usable"),
    ([LIST | {"answer": "2"}, LIST | {"answer": "7"}], "column answer: '7' is not a position fro"),
    (
        [LIST | {"answer": "C"}, LIST | {"choices": ["x", "y"], "answer": "C"}],
        "row 2, column answer: 'C' is not the letter of one of its choices",
    ),
    (
        [LIST | {"choices": ["x", "x", "y"], "answer": answer} for answer in ("y", "x")],
        "row 2, column answer: 'x' is not the text of exactly one of its choices",
    ),
    (
        [LIST | {"choices": ["B", "A"], "answer": "A"}],
        "the column answer may hold letters or texts of choices, and they differ",
    ),
    ([LIST | {"choices": [], "answer": "A"}], "column answer: 'A' is not the letter of one of"),
    (
        [LIST | {"options": ["1"], "answer": "A"}],
        "has both a column choices and a column options",
    ),
    ([LIST | {"answer": "A", "answerKey": "B"}], "both a column answer and a column answerKey"),
    (
        [LIST | {"answer": "A", "answer_index": 0}, LIST | {"answer": "A", "answer_index": 1}],
        "row 2, column answer_index: 1 is not the position that answer keys",
    ),
    (
        [{"question": "q", "choices": LABELLED, "answerKey": "C"}],
        "row 1, column answerKey: 'C' is not one of the labels of its choices",
    ),
    (
        [{"question": "q", "choices": LABELLED | {"label": ["A"]}, "answerKey": "A"}],
        "row 1, column choices: ",
    ),
    (
        [{"question": "q", "choices": LABELLED | {"label": ["A", "A"]}, "answerKey": "A"}],
        "is an object with a label twice",
    ),
    ([{"question": "q", "choices": {"text": ["x"]}, "answer": "A"}], "row 1, column choices: "),
    ([OWN | {"answer": 2}], "column answer: '2' is not a position, from 0, among the choices"),
    ([OWN | {"answer": "A"}], "row 1, column answer"),
    ([OWN | {"answer": [0, 0]}], "column answer: '0, 0' is the same key twice"),
    ([OWN | {"choices": [["1"]]}], "column choices: "),
    ([OWN | {"choices": "1, 2"}], "row 1, column choices: '1, 2' is not a list of texts"),
    ([OWN, OWN], "row 2, column item_id: 'i' is there already"),
    ([TRUE | {"question": "q"}], "has both a column Question and a column question"),
    ([WIDE | {"E": "5", "G": "6", "answer": "A"}], "has a column G but no column F"),
    ([WIDE | LIST | {"answer": "A"}], "the columns fit the formats mmlu-columns and choices"),
    ([{"question": "q", "text": "x"}], "the columns fit no format of items (columns: question"),
]


def numbered(message: str, container: str) -> str:
    """Parquet keeps numbers, which are quoted elsewhere."""
    return message if container == "parquet" else message.replace(": 1 is", ": '1' is")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(("records", "message"), CELLS, ids=range(len(CELLS)))
def test_cells(tmp_path: Path, records: Records, message: str, container: str) -> None:
    assert numbered(message, container) in error_of(saved(tmp_path, records, container))


NULLS: list[tuple[dict[str, Any], str]] = [
    (WIDE | {"answer": "A", "question": None}, "column question: the cell is empty"),
    (WIDE | {"answer": "A", "B": None}, "column choices: '1, 3, 4' is with a choice of null"),
    (LIST | {"answer": 0, "choices": None}, "column choices: the cell is empty"),
    (LIST | {"answer": 0, "choices": ["1", None]}, "column choices: "),
    (OWN | {"choices": None}, "column choices: the cell is empty"),
    (TRUE | {"Best Answer": None}, "row 1, column Best Answer: the cell is empty"),
    ({"question": "q", "answer": None}, "row 1, column answer: the cell is empty"),
]


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
@pytest.mark.parametrize(("record", "message"), NULLS, ids=range(len(NULLS)))
def test_null_is_no_text(
    tmp_path: Path, record: dict[str, Any], message: str, container: str
) -> None:
    assert message in error_of(saved(tmp_path, [record], container))


CHOICES = ["1.0", "true", "null", "[]", "{}", '"2" "3"', '"2",', "01", "'2'", '"\\q"', "1" * 19]


@pytest.mark.parametrize("choice", CHOICES)
def test_choices_that_are_no_text(tmp_path: Path, choice: str) -> None:
    cell = f'["1", {choice}]'
    quoted = cell.replace('"', '""')
    good = 'question,choices,answer\nq,"[""a"", 2]",0\n'
    said = error_of(written(tmp_path, f'{good}r,"{quoted}",0\n'))
    assert "row 2, column choices: " in said
    assert "is not a list of texts" in said


NESTED = [
    WIDE | {"answer": "A", "question": {"stem": "q"}},
    WIDE | {"answer": "A", "id": [1]},
    WIDE | {"answer": "A", "subject": ["s"]},
    WIDE | {"answer": "A", "B": ["2"]},
    LIST | {"answer": 0, "question": ["q"]},
    LIST | {"answer": [0]},
    LIST | {"answer": {"key": 0}},
    LIST | {"answer": 0, "choices": [{"text": "x", "label": "A"}]},
    LIST | {"answer": 0, "choices": {"text": "x", "label": [["A"]]}},
    OWN | {"answer": {"key": 0}},
    OWN | {"answer": [[0]]},
    OWN | {"answer": ["0.5"]},
    OWN | {"reference": ["x"]},
    {"question": "q", "answer": ["1", "2"]},
    {"question": "q", "answer": {"value": "1"}},
    TRUE | {"Correct Answers": ["a"]},
    TRUE | {"Category": {"name": "x"}},
]


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
@pytest.mark.parametrize("record", NESTED, ids=range(len(NESTED)))
def test_nested_values_where_none_belong(
    tmp_path: Path, record: dict[str, Any], container: str
) -> None:
    error_of(saved(tmp_path, [record], container))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("question,answer\n", "no items in it"),
        ("[]", "the columns fit no format of items (columns: none)"),
        ("question,A,B,answer\nq,1\n", "row 1: 2 cells where the header has 4 cells"),
        ('question,answer\n"q,1\n', "row 1: not CSV"),
        ('{"question": "q", "answer": "1"}\n{"question": "q",', "row 2: the record is cut off"),
        ('[{"question": "q", "answer": "1"}', "ends early: no closing ]"),
        ("q,1,2,3,4,A\nr,1,2,3,4\n", "row 2: 5 cells where the first row has 6 cells"),
        ("q,1,2,3,4,A\nr,1,2,3,4,5,6,B\n", "row 2: 8 cells where the first row has 6 cells"),
        ("q,1,2,3,4,A\n\nr,1,2,3,4,B\n", "row 2: a blank line where the first row has 6 cells"),
        (b"q,1,2,3,4,A\nr,1,2,\xff,4,B\n", "row 2: byte 0xff is not UTF-8"),
        (b"PAR1 and no more", "cannot be read"),
        (gzip.compress(b"q,1,2,3,4,A\n", mtime=0)[:-9], "cannot be read"),
    ],
)
def test_broken_files(tmp_path: Path, content: str | bytes, message: str) -> None:
    said = error_of(written(tmp_path, content))
    assert message in said
    assert all(f"  {name}: " in said for name in ITEM_FORMATS)


def test_a_truncated_parquet_file(tmp_path: Path) -> None:
    path = saved(tmp_path, [LIST | {"answer": 0}], "parquet")
    with pytest.raises(FormatError, match="cannot be read"):
        load_items(written(tmp_path, path.read_bytes()[:-20]))


@pytest.mark.parametrize("fmt", [None, "mmlu"])
def test_rows_of_mmlu_count_from_the_first_line(tmp_path: Path, fmt: str | None) -> None:
    row = ["q", "1", "2", "3", "4"]
    path = headless(tmp_path, [[*row, "A"], [*row, "X"], [*row, ""]])
    said = error_of(path, **({"format": fmt} if fmt else {}))
    assert "anatomy_test.csv, row 2, column answer: 'X' is not one of A, B, C, D" in said
    assert "anatomy_test.csv, row 3, column answer: nothing is not one of A, B, C, D" in said


def test_a_first_letter_that_is_none_needs_the_name_of_the_format(tmp_path: Path) -> None:
    path = headless(tmp_path, [["q", "1", "2", "3", "4", "X"]])
    assert "fit no format of items" in error_of(path)
    assert "row 1, column answer: 'X' is not one of A, B, C, D" in error_of(path, format="mmlu")


def test_python_lists_in_csv_name_their_row(tmp_path: Path) -> None:
    good = json.dumps(["a", "b"]).replace('"', '""')
    path = written(tmp_path, f"question,choices,answer\nq,\"{good}\",0\nr,\"['a', 'b']\",0\n")
    said = error_of(path)
    assert """row 2, column choices: "['a', 'b']" is not a list of texts, such as""" in said


def test_a_folder_without_csv(tmp_path: Path) -> None:
    assert "a folder without a file *.csv" in error_of(tmp_path)
    assert "there is no such file" in error_of(tmp_path / "nowhere")
    assert "there is no such file" in error_of("a\nb")


def test_a_line_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert RECORD_LIMIT == 64 * 2**20
    monkeypatch.setattr("theodolite.loading.source.RECORD_LIMIT", 2**12)
    monkeypatch.setattr("theodolite.loading.records.RECORD_LIMIT", 2**12)
    path = headless(tmp_path, [["q", "1", "2", "3", "4", "A"], ["q" * 5000, *"1234", "A"]])
    assert "row 2: a record of more than" in error_of(path)


def test_types_of_parquet_that_have_no_exact_text(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pl.DataFrame({"question": ["q"], "answer": [0.1]}).write_parquet(path)
    assert "the column answer is Float64, not text" in error_of(path)
    pl.DataFrame({"question": ["q"], "choices": [[0.1]], "answer": [0]}).write_parquet(path)
    assert "row 1, column choices: [0.1] is not a list of texts" in error_of(path)
    pl.DataFrame(LIST | {"answer": [True], "choices": [["a", "b"]]}).write_parquet(path)
    assert "the column answer is Boolean, not one key" in error_of(path)
    pl.DataFrame(LIST | {"answer": [0.5], "choices": [["a", "b"]]}).write_parquet(path)
    assert "row 1, column answer: 0.5 is not a position from 0 to 1" in error_of(path)


def test_types_of_parquet_that_have(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    columns = {
        "question": ["q", "r"],
        "choices": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        "answer": pl.Series(["B", "A"], dtype=pl.Categorical),
    }
    pl.DataFrame(columns).write_parquet(path)
    frame = load_items(path).frame
    assert frame.select("choices", "answer").rows() == [(["1", "2"], [1]), (["3", "4"], [0])]
    pl.DataFrame(columns | {"answer": [1.0, 0.0]}).write_parquet(path)
    assert load_items(path).frame["answer"].to_list() == [[1], [0]]
