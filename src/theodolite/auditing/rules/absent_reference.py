"""Questions that point to a figure, a text or another question that is not there."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.auditing.rules.words import any_of, matches, quoted

__all__ = ["RULE"]

SIGHTS = (
    r"(?:figure|diagram|graph|chart|map|picture|photo|photograph|illustration|drawing|cartoon|"
    r"image|sketch|radiograph|x-ray|table)s?"
)
SHOWN = (
    r"(?:shown|seen|depicted|pictured|illustrated|displayed|indicated|presented|provided|given|"
    r"findings|represented)"
)
TEXTS = (
    r"(?:passage|excerpt|article|text|author|reading|selection|lecture|speech|textbook|paragraph)"
)
BEFORE = r"(?:in|on|from|by|to|see|with|using|consider)"
# A picture cannot be part of a text; a table can, and then its numbers stand there.
PICTURE = any_of(
    (
        rf"\b{SIGHTS} (?:is |are )?(?:shown|above|below)\b",
        rf"\b(?:above|accompanying|attached|adjacent) {SIGHTS}\b",
        rf"\b{BEFORE} the following (?:\w+ )?{SIGHTS}\b",
        rf"\b{SHOWN} (?:\w+ )?(?:in|on|by) (?:the|this|these) (?:\w+ )?{SIGHTS}\b",
        r"\bthis (?:cartoon|photograph|picture|diagram)\b",
        r"\b(?:as|is|are) (?:shown|pictured|depicted) "
        r"(?:above|below|here|at (?:the )?(?:right|left))\b",
    )
)
NUMBERED = any_of(
    (
        rf"\b(?:{BEFORE}|of|for|than) (?:the )?(?:question|problem|equation|eq\.|"
        r"figure|fig\.|table|exhibit|example|diagram) \(?\d{1,3}\)?(?:[?.,;:)]|$| [a-z])",
        r"\b(?:answer|answers|response|solution) (?:in|to|of|for|from) (?:number|no\.|item) \d+",
        r"\b(?:according to|introduction to|discussed in|outlined in|described in) chapter \d+",
    )
)
OTHERS = any_of(
    (
        r"\b(?:the )?(?:previous|preceding) (?:question|problem|exercise|item)\b",
        r"\b(?:question|problem|exercise) above\b",
    )
)
PASSAGE = any_of(
    (
        rf"\baccording to (?:the|this) {TEXTS}\b",
        rf"\b(?:in|from|by|of) (?:the|this) {TEXTS} (?:above|below)\b",
        r"\bthe (?:passage|excerpt) (?:above|below)\b",
        r"\bin the author's\b",
        r"\b(?:this|your) (?:chapter|textbook|workbook|text)\b",
    )
)
PROGRAM = (
    r"\b(?:in|of|for|by|from|with) the following (?:computer )?(?:program|code|code segment|"
    r"passage|excerpt|text|paragraph|data|pseudocode)[?.:]*$"
)
# A question that brings its passage along is longer, or quotes it.
LONGEST_WITHOUT = 250
QUOTES = '["“”«»\n:]'
FEWEST_NUMBERS = 4
# What the pattern of a number needs to see behind it.
CUT = r"(?: [a-z]|[?.,;:])$"


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    questions = texts.questions
    folded = pl.col("folded")
    numbers = folded.str.count_matches(r"\d[\d.,]*")
    drawn = pl.col("found").str.contains(r"\b(?:table|chart)s?\b") & (numbers >= FEWEST_NUMBERS)
    again = folded.str.count_matches(pl.col("found").str.extract(r"(\w+ \(?\d+)"), literal=True)
    bare = (folded.str.len_chars() <= LONGEST_WITHOUT) & ~pl.col("question").str.contains(QUOTES)
    shape = pl.col("question").str.contains(r"\[asy\]|\\begin\{|<svg|<table")
    found = pl.concat(
        [
            matches(questions, "folded", PICTURE).filter(~drawn, ~shape),
            matches(questions, "folded", NUMBERED).filter(again.fill_null(1) < 2),  # noqa: PLR2004
            matches(questions, "folded", OTHERS),
            matches(questions, "folded", PASSAGE).filter(bare),
            matches(questions, "folded", PROGRAM).filter(bare),
        ]
    )
    return findings_of(
        found.sort("_index", maintain_order=True),
        pl.format("{} points outside the item", quoted(pl.col("found").str.replace(CUT, ""))),
    )


RULE = Rule(
    id="absent-reference",
    error_type="bad_question_clarity",
    severity="warning",
    summary="The question points to a figure, a text or another question that is not there.",
    check=check,
)
