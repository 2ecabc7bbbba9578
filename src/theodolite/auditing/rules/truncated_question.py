"""Questions that begin or end in the middle."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import matches, quoted, unpaired

__all__ = ["RULE"]

# An option can continue a stem that ends with "the" or a comma, but not one that a stop follows.
STOPPED = r"[a-z,;] (?:and|or|the|an|because|than|if|but|whose|very)[?.!]$"
DANGLING = r"(?:[a-z]{3,}-|[(\[{&+])$"
LONGEST_END = 40
# A sentence that begins small and ends as one: its beginning is lost. In a text without any
# capital, to begin small is the style.
BEGUN = r"(?s)^[a-z]{2,}(?:['\u2019]s)? [a-z].*[.]$"
ASKS = (
    r"^(?:which|what|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|should|"
    r"would|will|if|find|let|given|suppose|choose|select|name|calculate|compute|in|on|at|to|for|of|"
    r"this|these)\b"
)
LAID_OUT = r"\n|_|\$"
LONGEST = 300


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    stripped = pl.col("question").str.strip_chars()
    rows = texts.questions.with_columns(end=stripped.str.tail(LONGEST_END), begin=stripped)
    ends = [
        matches(rows, "end", pattern).select(
            INDEX, evidence=_says("ends in the middle", pl.col("end"))
        )
        for pattern in (STOPPED, DANGLING)
    ]
    begin = pl.col("begin")
    short = rows.filter(begin.str.len_chars() <= LONGEST)
    begun = short.filter(begin.str.contains(BEGUN), ~begin.str.contains(ASKS))
    capitals = texts.choices.filter(pl.col("choice").str.contains(r"\p{Lu}")).select(INDEX)
    begun = begun.join(capitals, on=INDEX, how="semi", maintain_order="left")
    never_closed = short.filter(unpaired(begin), ~begin.str.contains(LAID_OUT))
    found = [
        *ends,
        begun.select(INDEX, evidence=_says("begins in the middle", begin)),
        never_closed.select(INDEX, evidence=_says("never closes its bracket", pl.col("end"))),
    ]
    return findings_of(pl.concat(found).sort(INDEX, maintain_order=True), pl.col("evidence"))


def _says(what: str, text: pl.Expr) -> pl.Expr:
    return pl.format(f"the question {what}: {{}}", quoted(text))


RULE = Rule(
    id="truncated-question",
    error_type="bad_question_clarity",
    severity="warning",
    summary="The question begins or ends in the middle.",
    check=check,
)
