"""Questions whose right answer depends on when they are asked."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import any_of, matches, quoted

__all__ = ["RULE"]

# Who holds an office or a record, what is newest, how old someone is, what is known by now.
OFFICE = (
    r"(?:president|prime minister|chancellor|king|queen|pope|monarch|emperor|secretary[ -]general|"
    r"ceo|chairman|chairwoman|governor|mayor|champions?|holder|leader|head|dalai lama|records?|"
    r"capital|government|population|price|market cap)"
)
NOW = any_of(
    (
        rf"\bcurrent (?:\w+ )?{OFFICE}\b",
        r"\b(?:our|the) current (?:best )?(?:observations?|knowledge|understanding)\b",
        r"\bcurrent estimates?\b",
        r"\b(?:right now|at the moment|at present|these days|nowadays|presently|currently)\b",
        r"\b(?:the )?(?:latest|newest|most recent) (?:version|model|edition|winner|film|movie|"
        r"album|book|season|census|election|champion|pandemic|war|recession)\b",
        r"\brecently (?:added|elected|published|announced|appointed)\b",
        r"\b(?:this|last|next) (?:year|month|week|season|century|decade)\b",
        r"\b(?:today|to date|so far)[?.]?$|\bin the world today\b",
        r"\bhow many years ago\b|\bfor how (?:long|many years) (?:has|have)\b",
        r"\bis (?:now )?(?:dating|engaged to)\b|\bwhat(?:'s| is) next for\b",
    )
)
# How many people do or suffer something, all over: a figure that moves.
PEOPLE = (
    r"(?:people|adults|americans|europeans|children|teenagers|women|men|countries|households|"
    r"students|voters|workers|individuals|older adults)"
)
FIGURE = any_of(
    (
        rf"\bwhat (?:percent|percentage|proportion|share|fraction) of (?:all )?{PEOPLE}\b",
        rf"^(?:about |approximately |roughly |worldwide,? )?how many {PEOPLE} (?:globally|"
        r"worldwide|in (?:the world|europe|africa|asia|america)|are|have|live|die|suffer)\b",
        r"\b(?:worldwide|global) (?:prevalence|incidence|death toll)\b",
    )
)
# A name in capitals: the age of the Earth stays.
AGE = r"\b[Hh]ow old (?:is|are) [A-Z]\w+"
# A date makes it answerable for good; a story has its own time.
DATED = r"\b(?:1[5-9]|20)\d\d\b"
STORY = (
    r"^(?:a|an|two|three|suppose|assume|if|consider|imagine|let|given|mr|mrs|ms|dr|my|i)\b|"
    r"\b(?:he|she|his|her|they|suppose|assume|if|firm|company|economy|market (?:for|price)|"
    r"competitive|patient|client|last year|defendant|plaintiff|student|according to)\b|"
    r"\bas [^?]{0,40}\btoday\b|[$%=]"
)
LONGEST = 200


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    short = texts.questions.filter(folded.str.len_chars() <= LONGEST)
    found = pl.concat(
        [
            matches(short, "folded", NOW),
            matches(short, "question", AGE),
            matches(short, "folded", FIGURE),
        ]
    )
    found = found.filter(~folded.str.contains(DATED), ~folded.str.contains(STORY))
    said = pl.format("{}, and no date is given", quoted(pl.col("found")))
    return findings_of(found.sort(INDEX, maintain_order=True), said)


RULE = Rule(
    id="time-dependent",
    error_type="bad_question_clarity",
    severity="warning",
    summary="The right answer changes with time, and the question names no date.",
    check=check,
)
