"""A text that is keyed as right at one choice and as wrong at another."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.auditing.rules.repeated import repeated
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]


def check(texts: Texts) -> pl.DataFrame:
    """Find it where one choice is keyed; where several are it is ``in-both-lists``."""
    hit = repeated(texts).filter(pl.col("keyed") == 1, pl.col("keys") == 1)
    return findings_of(
        hit,
        pl.format(
            "{} stands at {}, of which only one is keyed", quoted(pl.col("choice")), "letters"
        ),
    )


RULE = Rule(
    id="repeated-key",
    error_type="multiple_correct_answers",
    severity="error",
    summary="The keyed choice stands at another place too.",
    check=check,
)
