"""Options that are empty, cut off, or a stray part of the question."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import quoted, unpaired

__all__ = ["RULE"]

# "A" may be a unit or a vitamin and "of" may end a clause; these end nothing.
CUT = r"(?:^|[a-z,;] )(?:and|or|nor|the|an|because|whose|their|than|if)$"
BRACKETED = r"^\[.*\]$"
# An interval, a list or a formula in brackets is an answer; a sentence or an equation is a hint.
HINT = r"\s=\s|(?:\b[A-Za-z]{2,}\s+){3}"
STOP = r"[.!?][\"\u201d)]?$"
LONGEST_LOOKED_AT = 2_000


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    stripped = pl.col("choice").str.strip_chars()
    # Not lazily: with Polars 2.1.0, a later format of the collected frame panics.
    rows = texts.choices.with_columns(stripped=stripped.str.head(LONGEST_LOOKED_AT))
    text, folded = pl.col("stripped"), pl.col("folded")
    flags = rows.with_columns(
        empty=folded == "",
        cut=text.str.contains(CUT),
        hint=text.str.contains(BRACKETED) & text.str.contains(HINT),
        unclosed=unpaired(text),
        unstopped=~text.str.contains(STOP),
    )
    alone = pl.col(*KINDS).sum().over(INDEX) == 1
    odd = flags.select(INDEX, "position", "choice", "folded", *KINDS, alone.name.suffix("_alone"))
    only = {kind: pl.col(kind) & pl.col(f"{kind}_alone") for kind in KINDS}
    prefix = _prefixes(odd.filter(only["unstopped"]), flags)
    found = pl.concat(
        [
            odd.filter(pl.col("empty") & ~_all_of("empty")).select(INDEX, evidence=EMPTY),
            odd.filter(only["hint"]).select(INDEX, evidence=_says("is a part of the question")),
            odd.filter("cut").select(INDEX, evidence=_says("is cut off")),
            odd.filter(only["unclosed"]).select(INDEX, evidence=_says("never closes its bracket")),
            prefix.select(INDEX, evidence=_says("is the beginning of another option")),
        ]
    )
    return findings_of(found.sort(INDEX, maintain_order=True), pl.col("evidence"))


def _says(what: str) -> pl.Expr:
    return pl.format(f"the option {{}} {what}", quoted(pl.col("choice")))


def _all_of(kind: str) -> pl.Expr:
    return pl.col(kind).all().over(INDEX)


def _prefixes(short: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """Options, alone without a full stop, with which another option begins."""
    pairs = short.join(choices.select(INDEX, other="folded"), on=INDEX, maintain_order="left")
    begins = pl.col("other").str.starts_with(pl.concat_str(pl.col("folded"), pl.lit(" ")))
    return pairs.filter(begins, pl.col("folded").str.contains(" "))


KINDS = ("empty", "cut", "hint", "unclosed", "unstopped")
EMPTY = pl.format("option {} is empty", pl.col("position") + 1)
RULE = Rule(
    id="truncated-choice",
    error_type="bad_options_clarity",
    severity="warning",
    summary="An option is empty, cut off, or a stray part of the question.",
    check=check,
)
