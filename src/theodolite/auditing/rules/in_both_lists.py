"""A text in the list of right answers and in the list of wrong ones."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.auditing.rules.repeated import repeated
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]


def check(texts: Texts) -> pl.DataFrame:
    """Find it where several choices are keyed; where one is it is ``repeated-key``."""
    hit = repeated(texts).filter(
        pl.col("keys") > 1, pl.col("keyed").is_between(1, pl.col("places") - 1)
    )
    return findings_of(hit, pl.format("{} is both right and wrong", quoted(pl.col("choice"))))


RULE = Rule(
    id="in-both-lists",
    error_type="multiple_correct_answers",
    severity="error",
    summary="One text is in the list of right answers and in that of wrong ones.",
    check=check,
)
