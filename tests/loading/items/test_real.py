"""Real files of items."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import polars as pl
import pytest

from theodolite.loading import load_items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "items", "subjects"),
    [
        ("mmlu/mmlu_test", 14_042, 57),
        ("mmlu_redux/mmlu_redux_dev", 2_900, 29),
        ("truthfulqa/truthfulqa_old_813", 813, 38),
        ("truthfulqa/truthfulqa_2025_790", 790, 37),
    ],
)
def test_counts(data: Callable[[str], Path], name: str, items: int, subjects: int) -> None:
    table = load_items(data(f"{name}.parquet"))
    assert (len(table), table.frame["subject"].n_unique()) == (items, subjects)
    assert table.benchmarks == (name.split("/")[1],)
    assert not table.removed


def test_mmlu_as_its_own_files_says_the_same(data: Callable[[str], Path], tmp_path: Path) -> None:
    raw = pl.read_parquet(data("mmlu/mmlu_test.parquet"))
    wide = ("question", "A", "B", "C", "D", "answer")
    for (subject,), rows in raw.group_by("subject", maintain_order=True):
        with (tmp_path / f"{subject}_test.csv").open("w", newline="", encoding="utf-8") as handle:
            csv.writer(handle).writerows(rows.select(wide).rows())
    names = ["benchmark", "item_id", "subject", "row", "question", "choices", "answer"]
    own = load_items(tmp_path).frame.select(names).sort("subject", "row")
    table = load_items(data("mmlu/mmlu_test.parquet")).frame
    assert own.equals(table.select(names).sort("subject", "row"))


def test_redux_keeps_its_labels_and_meets_mmlu(data: Callable[[str], Path]) -> None:
    redux = load_items(data("mmlu_redux/mmlu_redux_dev.parquet")).frame
    mmlu = load_items(data("mmlu/mmlu_test.parquet")).frame
    assert redux["row"].equals(redux["redux_row"].alias("row"))
    assert redux.filter(pl.col("mmlu_row") < 0).height == 1
    assert redux["error_type"].n_unique() == 7
    key = pl.format("{}/{}", "subject", "mmlu_row").alias("item_id")
    joined = redux.with_columns(key).join(mmlu, on="item_id", suffix="_mmlu")
    assert joined.height == 2_899
    assert (joined["question"] == joined["question_mmlu"]).sum() > 2_800


@pytest.mark.parametrize("name", ["truthfulqa_old_813", "truthfulqa_2025_790"])
def test_truthfulqa_against_a_slow_reading(data: Callable[[str], Path], name: str) -> None:
    path = data(f"truthfulqa/{name}.parquet")
    both = 0
    raw = pl.read_parquet(path).iter_rows(named=True)
    for record, item in zip(raw, load_items(path).frame.iter_rows(named=True), strict=True):
        right, wrong = (
            [text for piece in record[column].split(";") if (text := piece.strip())]
            for column in ("Correct Answers", "Incorrect Answers")
        )
        best = right.index(record["Best Answer"])  # it is always among them
        others = [at for at in range(len(right)) if at != best]
        assert item["choices"] == right + wrong
        assert item["answer"] == [best, *others]
        assert (item["subject"], item["row"]) == (record["Category"], record["row"])
        both += bool(set(right) & set(wrong))
    assert both == 2  # as the README of the data counts them
