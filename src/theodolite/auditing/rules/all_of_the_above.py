"""Options that speak of other options, and cannot mean what they say."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

ABOVE = r"^(?:all|none|both|any|neither|some)(?: (?:of|the|these|options|choices|answers))* above\b"
BELOW = r"^(?:all|none|both|any|neither)(?: (?:of|the|these|options|choices|answers))* below\b"
ALL = r"^all (?:of )?(?:the |these |those )?(?:above|options|choices|answers|these|them|those)\b"
NONE = (
    r"^(?:none|neither) (?:of )?(?:the |these |those )?(?:above|options|choices|these|them|those)\b"
)
LETTER = r"\(?[a-j]\)?"
# "Both A and D", "(b), (c) only", "A and C are correct".
LETTERS = (
    rf"^(?:both |neither |either |only |options? |answers? |choices? )*{LETTER}(?:, ?{LETTER})*,? "
    rf"(?:and|or|nor|&) {LETTER}(?: only| above)?"
    r"(?: (?:is|are)(?: both)? (?:correct|true|right))?\.?$"
)
# Points, countries and vitamins have letters of their own; the question then names them.
NAMED = r"(?:^|[^\w'])[A-J](?:[^\w']|$)|[(\s][a-j]\)"
LONGEST = 60
PLACES = {letter: place for place, letter in enumerate("abcdefghij")}


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    short = texts.choices.filter(folded.str.len_chars() <= LONGEST)
    last = texts.questions.select(INDEX, "question", last=pl.col("n_choices").cast(pl.Int64) - 1)
    rows = short.join(last, on=INDEX, maintain_order="left")
    first, final = pl.col("position") == 0, pl.col("position") == pl.col("last")
    above = folded.str.contains(ABOVE)
    every = above & folded.str.contains(f"{ALL}|{NONE}")
    found = [
        rows.filter(above & first).select(INDEX, evidence=_says("is the first")),
        rows.filter(every & ~final).select(INDEX, evidence=_says("has options below it")),
        rows.filter(folded.str.contains(BELOW) & final).select(
            INDEX, evidence=_says("is the last")
        ),
        _nowhere(rows),
        _contradicted(texts, rows),
    ]
    return findings_of(pl.concat(found).sort(INDEX, maintain_order=True), pl.col("evidence"))


def _says(what: str) -> pl.Expr:
    return pl.format(f"the option {{}} {what}", quoted(pl.col("choice")))


def _nowhere(rows: pl.DataFrame) -> pl.DataFrame:
    """Options that point to a letter that no option has, or to their own."""
    letters = pl.col("folded").str.extract_all(r"\b[a-j]\b")
    pointing = rows.filter(
        pl.col("folded").str.contains(LETTERS), ~pl.col("question").str.contains(NAMED)
    )
    pointing = pointing.with_columns(letter=letters).explode("letter")
    place = pl.col("letter").replace_strict(PLACES, return_dtype=pl.Int64)
    absent = place > pl.col("last")
    nowhere, itself = pl.lit("points to a letter that no option has"), pl.lit("points to itself")
    what = pl.when(absent).then(nowhere).otherwise(itself)
    return pointing.filter(absent | (place == pl.col("position"))).select(
        INDEX, evidence=pl.format("the option {} {}", quoted(pl.col("choice")), what)
    )


def _contradicted(texts: Texts, rows: pl.DataFrame) -> pl.DataFrame:
    """Items that key "all of the above" though two others are the same or exclude each other."""
    keyed = rows.filter(pl.col("keyed"), pl.col("folded").str.contains(ALL))
    others = texts.choices.join(keyed, on=INDEX, how="semi").filter(~pl.col("keyed"))
    none = others.filter(pl.col("folded").str.contains(NONE))
    twice = others.filter(pl.struct(INDEX, "folded").is_duplicated())
    return pl.concat([none, twice]).select(
        INDEX, evidence=pl.format("all options are keyed, {} among them", quoted(pl.col("choice")))
    )


RULE = Rule(
    id="all-of-the-above",
    error_type="bad_options_clarity",
    severity="warning",
    summary="An option speaks of other options that are not where it says, or contradict it.",
    check=check,
)
