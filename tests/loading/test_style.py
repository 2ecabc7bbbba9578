"""The style counts of a text."""

from __future__ import annotations

import polars as pl
import pytest

from theodolite.loading.style import COUNTS


def counts(text: str) -> tuple[int, ...]:
    frame = pl.DataFrame({"text": [text]})
    return frame.select(count(pl.col("text")).alias(name) for name, count in COUNTS.items()).row(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, 0, 0, 0)),
        ("It's 3.5 m, isn't it?", (13, 0, 0, 0)),
        ("你好, 世界", (5, 0, 0, 0)),
        ("こんにちは", (5, 0, 0, 0)),
        ("naïve snake_case", (2, 0, 0, 0)),
        ("# a\n###### b\n####### c\n#d\n # e", (21, 2, 0, 0)),
        ("- a\n  * b\n+ c\n12. d\n-e\n3.f", (14, 0, 4, 0)),
        ("**a** __b__ **c\nd**", (12, 0, 0, 2)),
        ("x\n```\n# a\n- b\n**c**\n```\n# d", (18, 1, 0, 0)),
        ("x\n```\n# a\n- b", (8, 0, 0, 0)),
    ],
)
def test_counts(text: str, expected: tuple[int, ...]) -> None:
    assert counts(text) == expected


def test_no_text_has_no_counts() -> None:
    frame = pl.DataFrame({"text": [None]}, schema={"text": pl.String})
    row = frame.select(count(pl.col("text")).alias(name) for name, count in COUNTS.items()).row(0)
    assert row == (None, None, None, None)
