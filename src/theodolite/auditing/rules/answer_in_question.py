"""Questions that hold the text of the keyed option, and of no other."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

# Shorter texts, single words and bare numbers stand in a question by chance.
FEWEST_CHARACTERS = 10
FEWEST_WORDS = 2
LONGEST_CHOICE = 300
BREAK = r"[^\p{L}\p{N}]+"


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    length = folded.str.len_chars()
    worth = (
        length.is_between(FEWEST_CHARACTERS, LONGEST_CHOICE)
        & (folded.str.count_matches(r"\s") >= FEWEST_WORDS - 1)
        & folded.str.contains(r"\p{L}{3}")
    )
    # Only where a keyed text is in the question do the others need to be looked for.
    keyed = _held(texts, texts.choices.filter("keyed").filter(worth))
    others = texts.choices.filter(~pl.col("keyed")).join(keyed, on=INDEX, how="semi")
    alone = keyed.join(_held(texts, others), on=INDEX, how="anti", maintain_order="left")
    return findings_of(
        alone, pl.format("the question holds the keyed option {}", quoted(pl.col("choice")))
    )


def _held(texts: Texts, choices: pl.DataFrame) -> pl.DataFrame:
    """Choices whose words stand in their question one after the other."""
    asked = texts.questions.select(INDEX, asked="folded")
    pairs = choices.join(asked, on=INDEX, maintain_order="left")
    # The plain search is fast and rules out nearly all; the words then have to be whole ones.
    near = pairs.filter(
        pl.col("asked").str.contains(pl.col("folded").str.strip_chars(" .,;:!?"), literal=True)
    )
    return near.filter(_words("asked").str.contains(_words("folded"), literal=True))


def _words(column: str) -> pl.Expr:
    bare = pl.col(column).str.replace_all(BREAK, " ").str.strip_chars()
    return pl.concat_str(pl.lit(" "), bare, pl.lit(" "))


RULE = Rule(
    id="answer-in-question",
    error_type="bad_question_clarity",
    severity="note",
    summary="The question holds the text of the keyed option, and of no other.",
    check=check,
)
