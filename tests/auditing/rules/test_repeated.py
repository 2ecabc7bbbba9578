"""Texts that stand twice in one item: keyed once, never, or in both lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.auditing.rules.asking import evidence, finds, mmlu
from theodolite.auditing.lint import lint
from theodolite.auditing.rules import in_both_lists, repeated_choice, repeated_key
from theodolite.tables import Items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY, CHOICE, BOTH = repeated_key.RULE, repeated_choice.RULE, in_both_lists.RULE


def test_each_case_has_one_rule() -> None:
    items = [
        ("keyed once", ["a", "b", "b"], 1),
        ("never keyed", ["a", "b", "b"], 0),
        ("in both lists", ["a", "b", "b"], [0, 1]),
        ("right twice", ["a", "b", "b", "c"], [1, 2]),
        ("nothing", ["a", "b", "c"], 0),
        ("blanks are no text", ["", "", "c"], 0),
    ]
    assert list(evidence(KEY, items)) == [0]
    assert list(evidence(CHOICE, items)) == [1, 3]
    assert list(evidence(BOTH, items)) == [2]
    assert evidence(KEY, items)[0] == '"b" stands at B and C, of which only one is keyed'


@pytest.mark.parametrize(
    ("choices", "same"),
    [
        (["two  words", " two words"], True),
        (["caf\u00e9", "cafe\u0301"], True),
        (["Bb", "BB"], False),
        (["Q(√2+√3)", "Q(√2·√3)"], False),
        (["10²", "102"], False),
        (["5", "-5"], False),
    ],
)
def test_what_looks_the_same(choices: list[str], same: bool) -> None:
    assert finds(KEY, "Which?", choices) is same


def test_counts_in_mmlu(data: Callable[[str], Path]) -> None:
    items = mmlu(data)
    assert lint(items, rules=[KEY]).findings.height == 4
    assert lint(items, rules=[CHOICE]).findings.height == 5
    assert lint(items, rules=[BOTH]).findings.height == 0


@pytest.mark.parametrize("name", ["truthfulqa_old_813", "truthfulqa_2025_790"])
def test_counts_in_truthfulqa(data: Callable[[str], Path], name: str) -> None:
    frame = pl.read_parquet(data(f"truthfulqa/{name}.parquet")).with_row_index("item_id")
    right, wrong = (
        pl.col(f"{kind} Answers").str.split(";").list.eval(pl.element().str.strip_chars())
        for kind in ("Correct", "Incorrect")
    )
    frame = frame.select(
        pl.col("item_id").cast(pl.String),
        benchmark=pl.lit("truthfulqa"),
        question="Question",
        choices=pl.concat_list(right, wrong),
        answer=pl.int_ranges(right.list.len(), dtype=pl.Int64),
    )
    assert lint(Items.from_frame(frame), rules=[BOTH]).findings.height == 2
