"""Options of which one alone is written in another format."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

PERCENT = r"^[-+\u2212]?\d[\d,]*(?:\.\d+)? ?%\.?$"
FRACTION = r"^[-+\u2212]?0?\.\d+$"
# With fewer options, none is the odd one.
FEWEST = 3


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    small = texts.choices.filter(folded.str.len_chars() <= LONGEST)
    sorts = small.select(
        INDEX,
        "choice",
        percent=folded.str.contains(PERCENT),
        fraction=folded.str.contains(FRACTION),
        n=pl.len().over(INDEX).cast(pl.Int64),
    )
    whole = texts.questions.select(INDEX, "n_choices")
    rows = sorts.join(whole, on=INDEX, maintain_order="left").filter(
        pl.col("n") == pl.col("n_choices"), pl.col("n") >= FEWEST
    )
    found = pl.concat([_alone(rows, "fraction", "percent"), _alone(rows, "percent", "fraction")])
    return findings_of(found.sort(INDEX), pl.col("evidence"))


def _alone(rows: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    count = {name: pl.col(name).sum().over(INDEX) for name in (one, other)}
    odd = (count[one] == 1) & (count[other] == pl.col("n") - 1)
    said = pl.format(f"the option {{}} alone is {WHAT[one]}", quoted(pl.col("choice")))
    return rows.filter(odd, one).select(INDEX, evidence=said)


LONGEST = 60
WHAT = {
    "fraction": "a fraction among percentages",
    "percent": "a percentage among fractions",
}
RULE = Rule(
    id="mixed-format",
    error_type="bad_options_clarity",
    severity="warning",
    summary="One option alone is a fraction among percentages, or the reverse.",
    check=check,
)
