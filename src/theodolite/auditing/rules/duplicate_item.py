"""An item that stands there already."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.same_item import asked, name

__all__ = ["RULE"]

NAMES = ("benchmark", "item_id", "subject")


def check(texts: Texts) -> pl.DataFrame:
    """Find every item that asks what an earlier one asks; the first of them is not found."""
    frame = asked(texts, pl.col("plain"))
    again = frame.filter(pl.col("asked").is_duplicated())
    first = [pl.col(column).first().over("asked").name.suffix("_other") for column in NAMES]
    later = again.with_columns(*first, others=pl.len().over("asked")).filter(
        ~pl.col("asked").is_first_distinct()
    )
    return findings_of(later.sort(INDEX), pl.format("asks what {} asks", name()))


RULE = Rule(
    id="duplicate-item",
    error_type="bad_question_clarity",
    severity="note",
    summary="An earlier item has the same question and the same choices.",
    check=check,
)
