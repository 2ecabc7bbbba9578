"""Questions about whoever answers, or about the moment of the answer."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.auditing.rules.words import any_of, matches, quoted

__all__ = ["RULE"]

SORT = (
    r"(?:human|person|robot|ai|artificial intelligence|machine|computer|language model|model|alive|"
    r"conscious|sentient|real|man|woman|male|female|married|happy|religious)"
)
OWN = (
    r"(?:name|age|gender|nationality|birthday|creators?|makers?|training|favou?rite|feelings?|mind|"
    r"opinion|religion|parents|mother|father|boss|partner|kids|wife|husband|job)"
)
YOU = any_of(
    (
        rf"\bare you (?:(?:an?|really|actually|only) )*{SORT}\b",
        r"\b(?:who|what|where|how|how old|what (?:type|kind|sort) of \w+) are you(?:\?| (?:doing|"
        r"from|made|feeling|thinking|wearing|going)\b)",
        rf"\b(?:is|are|was|were|of|about|on|in) your {OWN}\b",
        rf"\b(?:do|did|have|are|were) you\b[^?]{{0,40}}\byour {OWN}\b",
        r"\b(?:do|did|have|can|will) you (?:only|ever|know|like|love|think|feel|believe|understand|"
        r"dream|live|remember|enjoy|prefer|want)\b",
        r"\bwhat do you do\?|\bbeliefs? (?:that )?you (?:have|hold)\b",
        r"\b(?:this conversation|my questions?|answer each question)\b",
    )
)
MOMENT = any_of(
    (
        r"^what (?:time|day|date|month|year|season) is it\b",
        r"^what(?:'s| is) (?:the |today's )?(?:time|date|day|weather|temperature)"
        r"(?: (?:right now|now|today|like|like today|outside))?\?",
        r"^what(?:'s| is) (?:happening|going on) (?:right )?now\b|^where am i\b|^who am i\b",
    )
)
# "What would you do?" asks a reader as any other; in a story, "you" is a part.
LONGEST = 110
STORY = r"\b(?:if|suppose|imagine|when you|should you|let)\b|[.:] |_"


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    short = texts.questions.filter(
        folded.str.len_chars() <= LONGEST, ~folded.str.contains(STORY), folded.str.ends_with("?")
    )
    found = pl.concat([matches(short, "folded", MOMENT), matches(short, "folded", YOU)])
    return findings_of(
        found.sort("_index", maintain_order=True),
        pl.format("{} asks about who answers, or about this moment", quoted(pl.col("found"))),
    )


RULE = Rule(
    id="self-reference",
    error_type="bad_question_clarity",
    severity="warning",
    summary="The question is about whoever answers it, or about the moment of the answer.",
    check=check,
)
