"""A wrong choice that stands twice."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.auditing.rules.repeated import repeated
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]


def check(texts: Texts) -> pl.DataFrame:
    """Find it, and a right choice that stands twice among several keyed ones."""
    keyed = pl.col("keyed")
    hit = repeated(texts).filter((keyed == 0) | (keyed == pl.col("places")))
    return findings_of(hit, pl.format("{} stands at {}", quoted(pl.col("choice")), "letters"))


RULE = Rule(
    id="repeated-choice",
    error_type="bad_options_clarity",
    severity="warning",
    summary="A choice stands twice, and the key is another one.",
    check=check,
)
