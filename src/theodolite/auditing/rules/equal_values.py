"""Choices that are written differently and come to the same quantity."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.quantities import quantities
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

# Of the larger one: more than rounding does, less than any two numbers that people write apart.
CLOSE = 1e-9
# Where the form is what is asked for, two forms of one value are two answers.
ABOUT_FORM = (
    r"\b(?:simpl\w*|lowest terms|significant|notation|form|decimals?|fractions?|percent\w*"
    r"|express\w*|writ\w*|convert\w*|round(?:ed|ing)?)\b"
)


def check(texts: Texts) -> pl.DataFrame:
    """Find them, unless the question is about the form of a number."""
    found = quantities(texts.choices.select(INDEX, "plain", "choice", "keyed"))
    place = [INDEX, "kind"]
    size = pl.col("size")
    ordered = found.sort(*place, "size", maintain_order=True).with_columns(
        before=size.shift(1).over(place),
        other=pl.col("choice").shift(1).over(place),
        other_plain=pl.col("plain").shift(1).over(place),
        other_keyed=pl.col("keyed").shift(1).over(place),
    )
    near = (size - pl.col("before")).abs() <= CLOSE * size.abs()
    equal = ordered.filter(near, pl.col("plain") != pl.col("other_plain"))
    form = texts.questions.filter(pl.col("folded").str.contains(ABOUT_FORM))
    hit = equal.join(form, on=INDEX, how="anti", maintain_order="left")
    one = pl.col("keyed") != pl.col("other_keyed")
    words = pl.format(
        "{} and {} are equal{}",
        quoted(pl.col("other")),
        quoted(pl.col("choice")),
        pl.when(one).then(pl.lit(", and only one is keyed")).otherwise(pl.lit("")),
    )
    return findings_of(hit.sort(INDEX, ~one, maintain_order=True), words)


RULE = Rule(
    id="equal-values",
    error_type="multiple_correct_answers",
    severity="warning",
    summary="Two choices are the same quantity in different forms.",
    check=check,
)
