"""Details of lighteval, in the columns that its versions 0.6 to 0.13 write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.loading.scores import lighteval
from theodolite.loading.scores.options import ScoreOptions
from theodolite.tables import Scores

if TYPE_CHECKING:
    from pathlib import Path

# Each example writes a file.
FEW = settings(max_examples=20, deadline=None)
DATE = "2025-11-02T10-57-04.203304"
TASK = "mmlu:anatomy|5"
PLAIN = ScoreOptions()
ACC = ScoreOptions(metric="acc")


def new(metrics: list[dict[str, Any]], ids: list[str | None] | None = None) -> pl.DataFrame:
    """As 0.11 and later have it: three structs."""
    n = len(metrics)
    docs = [{"query": "?", "choices": ["x", "y"], "id": i} for i in ids or map(str, range(n))]
    return pl.DataFrame(
        {"doc": docs, "metric": metrics, "model_response": [{"text": ["x"]}] * n}, strict=False
    )


def old(metrics: list[Any]) -> pl.DataFrame:
    """As 0.8 to 0.10 have it, and with texts as 0.6 and 0.7."""
    n = len(metrics)
    more = {"example": ["?"] * n, "gold": [["x"]] * n, "predictions": [["y"]] * n}
    return pl.DataFrame(more | {"metrics": metrics}, strict=False)


def written(
    folder: Path, frame: pl.DataFrame, *, task: str = TASK, home: str = f"details/org/model/{DATE}"
) -> Path:
    path = folder / home / f"details_{task}_{DATE}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path


def test_new_details(tmp_path: Path) -> None:
    frame = new([{"acc": 1, "acc_norm": 0.0}, {"acc": 0, "acc_norm": 1.0}], ids=["4", "9"])
    path = written(tmp_path, frame)
    assert lighteval.fits(path)
    scores = Scores.from_frame(lighteval.read(path, ACC).frame)
    assert scores.frame.select("_row", *scores.frame.columns[2:]).rows() == [
        (1, "anatomy/4", 1.0, "org/model", "mmlu", "anatomy"),
        (2, "anatomy/9", 0.0, "org/model", "mmlu", "anatomy"),
    ]
    assert str(path) in str(scores.frame["_file"][0])


@pytest.mark.parametrize("text", [False, True])
def test_old_details(tmp_path: Path, text: bool) -> None:
    metrics = [{"acc": 1, "em": 0.5}, {"acc": 0, "em": 1e-05}]
    frame = old([str(one) for one in metrics] if text else metrics)
    path = written(tmp_path, frame, task="lighteval|gsm8k|5|0")
    assert lighteval.fits(path)
    read = lighteval.read(path, ScoreOptions(metric="em")).frame
    assert read.select("item_id", "score", "benchmark").rows() == [
        ("0", 0.5, "gsm8k"),
        ("1", 1e-05, "gsm8k"),
    ]
    assert "subject" not in read.columns


NUMBERS = st.one_of(
    st.booleans(),
    st.integers(-1000, 1000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1).map(np.float64),
    st.booleans().map(np.bool_),
    st.integers(0, 9).map(np.int64),
)
KEYS = st.text("abc_@:1 .,(é$", min_size=1, max_size=6)


@FEW
@given(st.lists(KEYS, min_size=1, max_size=4, unique=True), st.data())
def test_dictionaries_as_text_are_read_as_python_wrote_them(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], data: st.DataObject
) -> None:
    rows = data.draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(keys, NUMBERS)), min_size=1, max_size=4)
    )
    path = written(tmp_path_factory.mktemp("run"), old([str(row) for row in rows]))
    for key in keys:
        frame = lighteval.read(path, ScoreOptions(metric=key)).frame
        assert frame["score"].to_list() == [float(row[key]) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "{}", "", "{'acc': 1", "{'acc': [1]}", "{'acc': '1'}", "{'acc': 1, }",
        "{'a': \"'acc': 1\"}",
        "{'a': {'acc': 1}}", "__import__('os')", None,
    ],
)  # fmt: skip
def test_other_text_is_refused_by_row(tmp_path: Path, text: str | None) -> None:
    path = written(tmp_path, old(["{'acc': 1}", text]))
    with pytest.raises(InputError, match=r"row 2, column metrics: .* not a dictionary of numbers"):
        lighteval.read(path, ACC)


@pytest.mark.parametrize("text", [False, True])
def test_several_metrics_need_a_choice(tmp_path: Path, text: bool) -> None:
    metrics = {"acc": True, "f1": 0.5}
    path = written(tmp_path, old([str(metrics)]) if text else new([metrics | {"parts": [1.0]}]))
    with pytest.raises(UsageError, match=r"--metric \(acc, f1\)"):
        lighteval.read(path, PLAIN)
    with pytest.raises(UsageError, match="'parts' is not one of acc, f1"):
        lighteval.read(path, ScoreOptions(metric="parts"))
    assert lighteval.read(path, ACC).frame["score"].to_list() == [1.0]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
@pytest.mark.parametrize("text", [False, True])
def test_what_is_no_number_is_refused_by_row(
    tmp_path: Path, value: float | None, text: bool
) -> None:
    rows: list[dict[str, Any]] = [{"acc": 1.0}, {"acc": value}]
    path = written(tmp_path, old([str(row) for row in rows]) if text else new(rows))
    with pytest.raises(InputError, match="row 2, column metric"):
        lighteval.read(path, PLAIN)


def test_ids_are_given_and_stand_once(tmp_path: Path) -> None:
    one = [{"acc": 1}, {"acc": 1}]
    with pytest.raises(InputError, match="row 2, column item_id"):
        lighteval.read(written(tmp_path, new(one, ids=["a", None])), PLAIN)
    twice = lighteval.read(written(tmp_path, new(one, ids=["a", "a"])), PLAIN)
    with pytest.raises(InputError, match="'anatomy/a' is there already"):
        Scores.from_frame(twice.frame)


@pytest.mark.parametrize(
    ("home", "model"),
    [
        (f"details/gpt2/{DATE}", "gpt2"),
        (f"details/details/org/model/{DATE}", "org/model"),
        (f"details_meta__llama_private/{DATE}", "meta/llama"),
        (f"details_meta__llama/{DATE}", "meta/llama"),
        ("details/gpt2", None),
        (f"elsewhere/{DATE}", None),
        (f"details/{DATE}", None),
    ],
)
def test_the_model_is_told_by_the_folders(tmp_path: Path, home: str, model: str | None) -> None:
    path = written(tmp_path, new([{"acc": 1}]), home=home)
    if model is not None:
        assert lighteval.read(path, PLAIN).frame["model"].to_list() == [model]
        return
    with pytest.raises(UsageError, match=r"the model is not known.*--model"):
        lighteval.read(path, PLAIN)
    assert lighteval.read(path, ScoreOptions(model="m")).frame["model"].to_list() == ["m"]


def test_the_benchmark_is_told_by_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    new([{"acc": 1}]).write_parquet(path)
    with pytest.raises(UsageError, match=r"the benchmark is not known.*--benchmark"):
        lighteval.read(path, ScoreOptions(model="m"))
    read = lighteval.read(path, ScoreOptions(model="m", benchmark="b")).frame
    assert read.select("benchmark", "item_id").rows() == [("b", "0")]


def test_other_files_are_refused(tmp_path: Path) -> None:
    empty = new([{"acc": 1}]).clear()
    for frame, message in (
        (pl.DataFrame({"metrics": [1], "doc": [2]}), "not the details"),
        (new([{"acc": 1}]).drop("metric"), "not the details"),
        (old([1]), "the column metrics is Int64"),
        (empty, "no rows"),
        (new([{"parts": [1]}]), "no metric"),
    ):
        with pytest.raises(FormatError, match=message):
            lighteval.read(written(tmp_path, frame), PLAIN)
    with pytest.raises(UsageError, match="no filters"):
        lighteval.read(written(tmp_path, new([{"acc": 1}])), ScoreOptions(filter="mean"))


def test_only_details_fit(tmp_path: Path) -> None:
    path = written(tmp_path, pl.DataFrame({"metric": [1], "model": ["x"]}))
    assert not lighteval.fits(path)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(FormatError):
        lighteval.fits(path)
    path.write_text("doc,metric,model_response\n1,2,3\n")
    assert not lighteval.fits(path)
    with pytest.raises(FormatError, match="not the details"):
        lighteval.read(path, PLAIN)
