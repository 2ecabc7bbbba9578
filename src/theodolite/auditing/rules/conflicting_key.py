"""Two items that ask the same and are keyed differently."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.same_item import asked, name
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

NAMES = ("benchmark", "item_id", "subject")
# Signs that end a clause, and quotation marks. Within a number or a formula they are no such signs.
CLAUSE_ENDS = r"[.,;:!?]+(\s|$)"
QUOTATION_MARKS = "[\"'\u2018\u2019\u201c\u201d]"


def check(texts: Texts) -> pl.DataFrame:
    """Find all items with the same choices and a question that differs in punctuation at most."""
    bare = pl.col("plain").str.replace_all(QUOTATION_MARKS, "").str.replace_all(CLAUSE_ENDS, "$1")
    frame = asked(texts, bare.str.strip_chars())
    keyed = frame.filter(pl.col(INDEX).is_in(_with_choices(texts).implode()))
    several = keyed.filter(pl.col("key").n_unique().over("asked") > 1)
    if several.is_empty():
        return findings_of(several, pl.lit(""))
    # Each item is shown the first one with another key: the very first, or the first unlike it.
    first = several.unique(["asked", "key"], keep="first", maintain_order=True)
    others = several.join(
        first, on="asked", how="left", suffix="_other", maintain_order="left_right"
    )
    unlike = others.filter(pl.col("key") != pl.col("key_other")).unique(
        INDEX, keep="first", maintain_order=True
    )
    right = (
        texts.choices.filter("keyed").group_by(INDEX).agg(right=quoted(pl.col("choice")).first())
    )
    said = unlike.join(right, on=INDEX, how="left", maintain_order="left").join(
        right.rename({INDEX: f"{INDEX}_other"}),
        on=f"{INDEX}_other",
        how="left",
        suffix="_other",
        maintain_order="left",
    )
    words = pl.format(
        "keyed {}, but {} asks the same and is keyed {}", "right", name(), "right_other"
    )
    return findings_of(said.sort(INDEX), words)


def _with_choices(texts: Texts) -> pl.Series:
    return texts.choices.get_column(INDEX).unique()


RULE = Rule(
    id="conflicting-key",
    error_type="wrong_groundtruth",
    severity="error",
    summary="Another item asks the same, with the same choices, and is keyed differently.",
    check=check,
)
