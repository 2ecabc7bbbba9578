"""Options that only number statements, where the question holds none."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import listed

__all__ = ["RULE"]

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
DIGIT = "[1-9]"
NUMERAL = "(?:" + "|".join(sorted(ROMAN, key=len, reverse=True)) + ")"
WORDS_BEFORE = "(?:only |both |neither |statements? )*"
WORDS_AFTER = r"(?: only| alone)?(?: (?:is|are) (?:true|correct))?"
# "All" and "none" stand beside the numbers and are no numbers.
FILLER = r"^(?:all|none|neither|both)(?: of (?:the above|the statements|them|these))?\.?$"
SEVERAL = r"[,&]|\b(?:and|or|nor|only|both)\b"
BULLET = r"(?m)^\s*[-•*·\u2013]\s"
FEWEST_DIGITS = 3
LONGEST_OPTION = 60
FEWEST = 2


def _enumeration(label: str) -> str:
    one = rf"(?:\({label}\)|{label}\)|{label}\b)"
    joint = r"(?:\s*[,;&+/]\s*(?:and |or |& ?)?|\s+(?:and|or|nor)\s+)"
    return rf"^{WORDS_BEFORE}{one}(?:{joint}{one})*{WORDS_AFTER}\s*[,.;]?$"


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    found = [
        _numbered(texts, label, names, fewest)
        for label, names, fewest in (
            (DIGIT, tuple("123456789"), FEWEST_DIGITS),
            (NUMERAL, ROMAN, FEWEST),
        )
    ]
    items = pl.concat(found)
    asked = texts.questions.join(items, on=INDEX, maintain_order="left")
    # "I" and "1" are much else in a question: "ii" is not, nor are 1 and 2 together.
    held = pl.when("digits").then(_stands(folded, "1") & _stands(folded, "2"))
    bullets = pl.col("question").str.count_matches(BULLET) >= FEWEST
    bare = asked.filter(~held.otherwise(_stands(folded, "ii")) & ~bullets)
    shown = bare.join(listed(texts.choices.join(bare, on=INDEX, how="semi")), on=INDEX)
    return findings_of(
        shown.sort(INDEX),
        pl.format("the options {} number statements that are not there", "listed"),
    )


def _stands(text: pl.Expr, label: str) -> pl.Expr:
    return text.str.contains(rf"(?:^|[^\w.,]|\w[.,] ?){label}(?:[.,]?$|[.,]?[^\w.,])")


def _numbered(texts: Texts, label: str, names: tuple[str, ...], fewest: int) -> pl.DataFrame:
    """Items whose options are enumerations of the labels 1 to n, for some n, or fillers."""
    folded = pl.col("folded")
    short = texts.choices.filter(folded.str.len_chars() <= LONGEST_OPTION)
    rows = short.filter(folded.str.contains(_enumeration(label)) | folded.str.contains(FILLER))
    number = {name: i for i, name in enumerate(names, 1)}
    rows = rows.with_columns(
        filler=folded.str.contains(FILLER),
        several=folded.str.contains(SEVERAL),
        labels=folded.str.extract_all(rf"\b{label}\b").list.eval(
            pl.element().replace_strict(number, default=None, return_dtype=pl.Int64)
        ),
    )
    labels = pl.col("labels")
    named = ~pl.col("filler")
    every = labels.filter(named).explode()
    items = rows.group_by(INDEX, maintain_order=True).agg(
        n=pl.len(),
        enumerations=named.sum(),
        several=(named & pl.col("several")).sum(),
        # A value twice in an option, such as the lengths 5, 5, is no list of statements.
        repeated=(labels.list.len() != labels.list.n_unique()).any(),
        largest=every.max(),
        distinct=every.n_unique(),
    )
    whole = texts.questions.select(INDEX, "n_choices")
    return (
        items.join(whole, on=INDEX, maintain_order="left")
        .filter(
            pl.col("n") == pl.col("n_choices"),
            pl.col("enumerations") >= FEWEST,
            pl.col("several") >= FEWEST,
            ~pl.col("repeated"),
            pl.col("largest") == pl.col("distinct"),
            pl.col("distinct") >= fewest,
        )
        .select(INDEX, digits=pl.lit(label == DIGIT))
    )


RULE = Rule(
    id="absent-statements",
    error_type="bad_question_clarity",
    severity="error",
    summary="The options only number statements, and the question holds none.",
    check=check,
)
