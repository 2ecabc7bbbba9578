"""Items for tests of rules, and what a rule finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.auditing.lint import lint
from theodolite.tables import Items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from theodolite.auditing.rule import Rule

__all__ = ["Item", "evidence", "finds", "mmlu", "redux", "table"]

# A question, its choices and which of them is keyed, or are.
Item = tuple[str, list[str], int | list[int]]


def table(items: Sequence[Item]) -> Items:
    questions, choices, answers = zip(*items, strict=True)
    return Items.from_frame(
        pl.DataFrame(
            {
                "benchmark": ["quiz"] * len(items),
                "item_id": [str(i) for i in range(len(items))],
                "question": questions,
                "choices": choices,
                "answer": [a if isinstance(a, list) else [a] for a in answers],
            }
        )
    )


def evidence(rule: Rule, items: Sequence[Item]) -> dict[int, str]:
    """What the rule says of each item that it finds, by the item's place."""
    found = lint(table(items), rules=[rule]).findings
    return dict(found.select("_index", "evidence").iter_rows())


def finds(rule: Rule, question: str, choices: Sequence[str] = ("x", "y"), answer: int = 0) -> bool:
    return bool(evidence(rule, [(question, list(choices), answer)]))


def mmlu(data: Callable[[str], Path]) -> Items:
    frame = pl.read_parquet(data("mmlu/mmlu_test.parquet"))
    return Items.from_frame(
        frame.select(
            benchmark=pl.lit("mmlu"),
            item_id=pl.format("{}/{}", "subject", "row"),
            subject="subject",
            row="row",
            question="question",
            choices=pl.concat_list("A", "B", "C", "D"),
            answer=pl.col("answer").replace_strict(dict(zip("ABCD", range(4), strict=True))),
        )
    )


def redux(data: Callable[[str], Path]) -> Items:
    frame = pl.read_parquet(data("mmlu_redux/mmlu_redux_dev.parquet"))
    key = {"benchmark": pl.lit("redux"), "item_id": pl.format("{}/{}", "subject", "redux_row")}
    return Items.from_frame(frame.with_columns(**key))
