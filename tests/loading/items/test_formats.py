"""Each format of items, in every container."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.conftest import ROOT
from tests.loading.files import written
from tests.loading.items.files import CONTAINERS, Records, columns_of, error_of, headless, saved
from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import ITEM_FORMATS, load_items
from theodolite.loading.items.registry import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

Q = 'Find $\\frac{1}{2}$ of "6",\nin é'
TEXTS = [r"\frac 62", "", "[3]", '"4",\n\\']
WIDE = dict(zip("ABCD", TEXTS, strict=True))
BEST = {"Best Answer": "b", "Correct Answers": "a; b;; ", "Incorrect Answers": "c; b;d"}

FILES: dict[str, tuple[str, Records, list[tuple[Any, ...]]]] = {
    # name: format, records, then item_id, subject, row, choices, answer, reference
    "own": (
        "items",
        [
            {"benchmark": "b", "item_id": "x", "question": Q, "choices": TEXTS, "answer": [3, 0]},
            {"benchmark": "b", "item_id": "y", "question": "", "choices": ["1"], "answer": [0]},
        ],
        [("x", None, 0, TEXTS, [3, 0], None), ("y", None, 1, ["1"], [0], None)],
    ),
    "own with one key": (
        "items",
        [
            {"benchmark": "b", "item_id": 7, "question": Q, "choices": TEXTS, "answer": 2},
            {"benchmark": "b", "item_id": 8, "question": Q, "choices": TEXTS, "answer": 0},
        ],
        [("7", None, 0, TEXTS, [2], None), ("8", None, 1, TEXTS, [0], None)],
    ),
    "own and open": (
        "items",
        [{"benchmark": "b", "item_id": "x", "question": Q, "reference": "3"}],
        [("x", None, 0, [], [], "3")],
    ),
    "columns with letters": (
        "mmlu-columns",
        [
            {"subject": "s", "question": Q, **WIDE, "answer": "D"},
            {"subject": "t", "question": Q, **WIDE, "answer": "A"},
            {"subject": "s", "question": Q, **WIDE, "answer": "B"},
        ],
        [
            ("s/0", "s", 0, TEXTS, [3], None),
            ("t/0", "t", 0, TEXTS, [0], None),
            ("s/1", "s", 1, TEXTS, [1], None),
        ],
    ),
    "columns with positions": (
        "mmlu-columns",
        [{"row": 5, "question": Q, **WIDE, "answer": 3}],
        [("5", None, 5, TEXTS, [3], None)],
    ),
    "a list and a letter": (
        "choices",
        [{"id": "i", "category": "c", "question": Q, "options": TEXTS, "answer": "C"}],
        [("i", "c", 0, TEXTS, [2], None)],
    ),
    "a list and a position": (
        "choices",
        [
            {"question": Q, "choices": TEXTS, "answer": 1},
            {"question": Q, "choices": ["a", "b"], "answer": 0},
        ],
        [("0", None, 0, TEXTS, [1], None), ("1", None, 1, ["a", "b"], [0], None)],
    ),
    "a list and a text": (
        "choices",
        [
            {"question": Q, "choices": TEXTS, "answer": "[3]"},
            {"question": Q, "choices": ["A", "B", "B"], "answer": "A"},
        ],
        [("0", None, 0, TEXTS, [2], None), ("1", None, 1, ["A", "B", "B"], [0], None)],
    ),
    "labels": (
        "choices",
        [
            {
                "id": "q1",
                "question": Q,
                "choices": {"text": TEXTS, "label": ["A", "B", "C", "D"]},
                "answerKey": "B",
            },
            {
                "id": "q2",
                "question": Q,
                "choices": {"text": ["1", "2", "3"], "label": ["1", "2", "3"]},
                "answerKey": "1",
            },
        ],
        [("q1", None, 0, TEXTS, [1], None), ("q2", None, 1, ["1", "2", "3"], [0], None)],
    ),
    "MMLU-Pro": (
        "choices",
        [
            {
                "question_id": 70,
                "question": Q,
                "options": TEXTS,
                "answer": "B",
                "answer_index": 1,
                "category": "law",
            }
        ],
        [("70", "law", 0, TEXTS, [1], None)],
    ),
    "MMLU-Redux": (
        "choices",
        [
            {"subject": "s", "redux_row": 9, "question": Q, "choices": TEXTS, "answer": 1},
            {"subject": "s", "redux_row": 4, "question": Q, "choices": TEXTS, "answer": 0},
        ],
        [("s/9", "s", 9, TEXTS, [1], None), ("s/4", "s", 4, TEXTS, [0], None)],
    ),
    "TruthfulQA": (
        "truthfulqa",
        [
            {"Category": "k", "Question": Q, **BEST},
            {"Category": "l", "Question": Q, **BEST, "Best Answer": " x "},
            {"Category": "k", "Question": Q, **BEST, "Incorrect Answers": ""},
        ],
        [
            ("k/0", "k", 0, ["a", "b", "c", "b", "d"], [1, 0], None),
            ("l/1", "l", 1, ["x", "a", "b", "c", "b", "d"], [0, 1, 2], None),
            ("k/2", "k", 2, ["a", "b", ""], [1, 0], None),
        ],
    ),
    "open": (
        "open",
        [
            {"question": Q, "answer": "half of 6\n#### no\n#### 3 "},
            {"question": Q, "answer": " three "},
        ],
        [("0", None, 0, [], [], "3"), ("1", None, 1, [], [], " three ")],
    ),
}
SEEN = ("item_id", "subject", "row", "choices", "answer", "reference")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_it_says(tmp_path: Path, name: str, container: str) -> None:
    fmt, records, expected = FILES[name]
    path = saved(tmp_path, records, container)
    for chosen in (None, fmt):
        items = load_items(path, format=chosen)
        frame = items.frame
        if "subject" not in frame.columns:
            frame = frame.with_columns(subject=pl.lit(None))
        assert frame.select(SEEN).rows() == expected
        questions = [r.get("question", r.get("Question")) for r in records]
        assert frame["question"].to_list() == questions
        assert set(frame["benchmark"]) == {records[0].get("benchmark", "quiz")}
        assert frame["_row"].to_list() == list(range(1, len(records) + 1))


def test_every_format_is_described() -> None:
    text = (ROOT / "docs/reference/item-formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|.*\|(.*)\|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == list(ITEM_FORMATS)
    for fmt, (_, needs) in zip(FORMATS, rows, strict=True):
        named = [name for mark in fmt.marks for name in mark.split("|")]
        assert fmt.headless or all(f"`{name}`" in needs for name in named), fmt.name


def test_every_format_is_tested() -> None:
    assert {fmt for fmt, _, _ in FILES.values()} | {"mmlu"} == set(ITEM_FORMATS)


ROWS = [[Q, *TEXTS, "D"], ["{1, 2}?", "1", "2", "3", "4", "A"]]


@pytest.mark.parametrize(
    ("name", "subject", "benchmark"),
    [
        ("business_ethics_test.csv", "business_ethics", "mmlu_test"),
        ("a_test_dev.csv", "a_test", "mmlu_dev"),
        ("law_val.csv", "law", "mmlu_val"),
        ("law.csv", "law", "mmlu"),
        ("_test", "_test", "mmlu"),
    ],
)
@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]])
def test_mmlu(
    tmp_path: Path, name: str, subject: str, benchmark: str, rows: list[list[str]]
) -> None:
    path = headless(tmp_path, rows, name)
    keys = {"A": 0, "D": 3}
    expected = [
        (benchmark, f"{subject}/{at}", subject, at, row[0], row[1:5], [keys[row[5]]])
        for at, row in enumerate(rows)
    ]
    for fmt in (None, "mmlu"):
        items = load_items(path, format=fmt)
        names = ("benchmark", "item_id", "subject", "row", "question", "choices", "answer")
        assert columns_of(items, *names) == expected
    assert set(load_items(path, benchmark="mine").frame["benchmark"]) == {"mine"}


def test_a_byte_order_mark_and_line_ends_of_mmlu(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffq,1,2,3,4,A\r\nr,1,2,3,,B\r\n")
    rows = columns_of(load_items(path), "question", "choices", "answer")
    assert rows == [("q", ["1", "2", "3", "4"], [0]), ("r", ["1", "2", "3", ""], [1])]


def test_a_folder_of_mmlu(tmp_path: Path) -> None:
    for name in ("b_test.csv", "a_test.csv", "a_dev.csv"):
        headless(tmp_path, ROWS, name)
    written(tmp_path, "not read", "notes.txt")
    items = load_items(tmp_path)
    assert items.benchmarks == ("mmlu_dev", "mmlu_test")
    assert items.frame["item_id"].to_list() == ["a/0", "a/1", "a/0", "a/1", "b/0", "b/1"]
    message = error_of(tmp_path, benchmark="mmlu")
    assert "a_test.csv, row 1, column item_id: 'a/0' is there already" in message


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_mmlu(tmp_path: Path, packing: str) -> None:
    plain = headless(tmp_path, ROWS)
    packed = tmp_path / "anatomy_test.csv.zst"
    if packing == "gzip":
        packed = written(tmp_path, gzip.compress(plain.read_bytes()), "anatomy_test.csv.gz")
    else:
        wide = pl.LazyFrame(ROWS, orient="row")
        wide.sink_csv(packed, include_header=False, compression="zstd", check_extension=False)
    names = ["benchmark", "item_id", "question", "choices", "answer"]
    assert load_items(packed).frame.select(names).equals(load_items(plain).frame.select(names))


def test_whole_numbers_among_choices_stand_as_text(tmp_path: Path) -> None:
    record = {"question": "q", "choices": [-1, 20, "x", ""], "answer": "B"}
    for container in ("csv", "jsonl", "json"):
        items = load_items(saved(tmp_path, [record], container))
        assert columns_of(items, "choices", "answer") == [(["-1", "20", "x", ""], [1])]


def test_a_header_of_six_cells_is_no_item(tmp_path: Path) -> None:
    path = written(tmp_path, "question,answer,A,B,C,D\nq,B,1,2,3,4\n")
    assert columns_of(load_items(path), "choices", "answer") == [(["1", "2", "3", "4"], [1])]


@pytest.mark.parametrize("container", CONTAINERS)
def test_items_may_have_fewer_columns_of_choices(tmp_path: Path, container: str) -> None:
    more = [(None, None), ("5", None), (None, "6") if container == "csv" else ("", "6")]
    records = [
        {"question": "q", **WIDE, "E": e, "F": f, "answer": "ADF"[at]}
        for at, (e, f) in enumerate(more)
    ]
    items = load_items(saved(tmp_path, records, container))
    assert columns_of(items, "choices", "answer") == [
        (TEXTS, [0]),
        ([*TEXTS, "5"], [3]),
        ([*TEXTS, "", "6"], [5]),
    ]


def test_truthfulqa_that_has_its_best_answer_twice(tmp_path: Path) -> None:
    record = {"Question": "q", **BEST, "Correct Answers": "a; b; c; b"}
    items = load_items(saved(tmp_path, [record], "csv"))
    assert columns_of(items, "choices", "answer") == [
        (["a", "b", "c", "b", "c", "b", "d"], [1, 0, 2, 3])
    ]


def test_truthfulqa_that_has_only_separators_has_an_empty_answer(tmp_path: Path) -> None:
    record = {"Question": "q", **BEST, "Correct Answers": " ; ", "Incorrect Answers": "c"}
    items = load_items(saved(tmp_path, [record], "jsonl"))
    assert columns_of(items, "choices", "answer") == [(["b", "", "c"], [0, 1])]


def test_other_columns_stay(tmp_path: Path) -> None:
    record = {"redux_row": 3, "mmlu_row": -1, "question": "q", "choices": ["a"], "answer": 0}
    items = load_items(saved(tmp_path, [record | {"error_type": "ok", "tags": [1]}], "parquet"))
    names = ("row", "redux_row", "mmlu_row", "error_type", "tags")
    assert columns_of(items, *names) == [(3, 3, -1, "ok", [1])]
    wanted = ["benchmark", "item_id", "row", "question", "choices", "answer", "reference"]
    assert items.frame.columns[:7] == wanted
    assert items.frame.columns[-2:] == ["_file", "_row"]


def test_the_whole_solution_stays_where_a_final_answer_was_cut_out(tmp_path: Path) -> None:
    records = FILES["open"][1]
    items = load_items(saved(tmp_path, records, "jsonl"))
    assert columns_of(items, "solution") == [(records[0]["answer"],), (None,)]
    items = load_items(saved(tmp_path, records[1:], "jsonl"))
    assert "solution" not in items.frame.columns


def test_open_questions_among_others_in_csv(tmp_path: Path) -> None:
    head = "benchmark,item_id,question,choices,answer,reference\n"
    path = written(tmp_path, head + 'b,1,q,"[""3"", ""4""]",1,\nb,2,r,,,yes\nb,3,,[],[],no\n')
    assert columns_of(load_items(path), "question", "choices", "answer", "reference") == [
        ("q", ["3", "4"], [1], None),
        ("r", [], [], "yes"),
        ("", [], [], "no"),
    ]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("container", ["parquet", "ndjson"])
def test_a_table_that_was_written_out_loads_again(
    tmp_path: Path, name: str, container: str
) -> None:
    items = load_items(saved(tmp_path, FILES[name][1], "json"))
    frame = items.frame.with_columns(pl.col("_file").cast(pl.String))
    path = tmp_path / "again"
    (frame.write_parquet if container == "parquet" else frame.write_ndjson)(path)
    again = load_items(path)
    kept = [column for column in frame.columns if column not in ("_file", "redux_row")]
    assert again.frame.select(kept).equals(items.frame.select(kept))


def test_files_of_several_formats(tmp_path: Path) -> None:
    first = saved(tmp_path, FILES["MMLU-Redux"][1], "parquet", "one")
    second = saved(tmp_path, FILES["columns with letters"][1], "csv", "two")
    items = load_items([first, str(second)])
    assert (len(items), items.benchmarks) == (5, ("one", "two"))
    assert items.frame["redux_row"].to_list() == [9, 4, None, None, None]
    with pytest.raises(InputError, match=r"three.json: has no column subject, which other files"):
        load_items([first, saved(tmp_path, FILES["open"][1], "json", "three")])
    with pytest.raises(InputError, match=r"one.parquet, row 1, column item_id: 's/9' is there"):
        load_items([first, first])


def test_columns_of_other_types_join(tmp_path: Path) -> None:
    paths = [
        saved(tmp_path, [{"question": "q", "answer": "a", "more": more}], "parquet", f"f{at}")
        for at, more in enumerate((1, "x", [1]))
    ]
    assert load_items(paths[:2]).frame["more"].to_list() == ["1", "x"]
    with pytest.raises(InputError, match="different types in the column more"):
        load_items(paths)


def test_what_the_caller_may_get_wrong(tmp_path: Path) -> None:
    path = saved(tmp_path, FILES["open"][1], "jsonl")
    with pytest.raises(UsageError, match="'nothing' is not one of items, mmlu, mmlu-columns"):
        load_items(path, format="nothing")
    with pytest.raises(UsageError, match="no file of items was given"):
        load_items([])
    for name in ("", " ", "a\nb", "x" * 301):
        with pytest.raises(UsageError, match="is no name"):
            load_items(path, benchmark=name)
    with pytest.raises(MissingColumnError, match=r"no column choices or options, which the format"):
        load_items(path, format="choices")
    with pytest.raises(FormatError, match=r"row 1: 1 cells, not question, A, B, C, D, answer"):
        load_items(written(tmp_path, "one\n"), format="mmlu")
