"""Numbers that a conversion changed: exponents, fractions and ratios that became something else."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import matches, quoted

__all__ = ["RULE"]

# 9.3 x 1013 for 9.3 x 10^13, and 1.6 x 10-19 for 1.6 x 10^-19. A whole number before it may be a
# product (4 x 105), and 100 or 1000 may be meant.
# Looked for in the text as it is: folded, 10¹⁴ would be 1014.
EXPONENT = r"\b\d\.\d+ ?[xX\u00d7*·] ?10(?:[1-9]\d?|0[1-9]|-\d{1,2})(?:$|[^\d.,])"
MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
DATE = rf"^(?:\d{{1,2}}-{MONTHS}|{MONTHS}-\d{{2}})\.?$"
# A spreadsheet makes 3:2 into 3:02; no ratio is written so.
CLOCK = r"^\d{1,2}:0\d(?::00)?$"
# Where a day or an hour is asked for, one may stand.
DAYS = (
    rf"\b(?:day|date|days|dates|month|months|year|when|week|season|holiday|calendar|birthday|born|"
    rf"deadline|{MONTHS}[a-z]*)\b"
)
TIMES = (
    r"\b(?:[ap]\.?m\.?|o'?clock|clock|noon|midnight|time|times|hours?|minutes?|when|schedule|"
    r"psalms?|verses?|genesis|gospel)\b"
)


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    parts = [
        matches(texts.questions, "question", EXPONENT).select(INDEX, "found", why=POWER),
        matches(texts.choices, "choice", EXPONENT).select(INDEX, "found", why=POWER),
        _unasked(texts, DATE, DAYS).select(INDEX, "found", why=DAY),
        _unasked(texts, CLOCK, TIMES).select(INDEX, "found", why=HOUR),
    ]
    found = pl.concat(parts).sort(INDEX, maintain_order=True)
    return findings_of(found, pl.format("{} {}", quoted(pl.col("found")), "why"))


def _unasked(texts: Texts, pattern: str, words: str) -> pl.DataFrame:
    """Choices that the pattern fits, where the question has none of the words."""
    hit = texts.choices.filter(pl.col("folded").str.contains(pattern))
    asked = texts.questions.join(hit, on=INDEX, how="semi")
    asked = asked.filter(pl.col("folded").str.contains(words))
    return hit.join(asked, on=INDEX, how="anti", maintain_order="left").with_columns(
        found=pl.col("choice").str.strip_chars()
    )


POWER = pl.lit("has lost the sign of its exponent")
DAY = pl.lit("is a date, and none is asked for")
HOUR = pl.lit("is a time of day, and none is asked for")
RULE = Rule(
    id="lost-format",
    error_type="bad_options_clarity",
    severity="error",
    summary="A number lost its exponent, or a spreadsheet made it a date or a time of day.",
    check=check,
)
