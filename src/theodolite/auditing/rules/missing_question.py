"""Questions that are empty, or state something and ask nothing."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import any_of, quoted

__all__ = ["RULE"]

# A text that ends as a sentence does: options cannot continue it. A blank, three dots or a space
# before the stop or a hyphen (a lost blank) ask for a word.
# A question mark inside a quotation at the end asks nothing.
SENTENCE = r"[^.\s_…][.!][\"”\u2019')\]]*$|\w[?][\"”]\)?$"
QUOTATION = r"[\"“][^\"”]*[\"”]"
LONGEST_END = 8
BLANK = r"_|(?:^|\s)(?:\.\.+|…)(?:\s|$)| [.,](?:\s|$)|\s-[a-z]|\(\s*\)|\b(?:blank|fill)\b"
# Statements that the options number.
NUMBERS = r"\bii\b"
# A sentence that begins with what is asked, wherever it stands.
START = r"(?:^|[.:;!)] ?[\"“\u2018']?|[—\u2013-] )"
ASKS = any_of(
    (
        rf"{START}(?:(?:in|of|to|for|by|with|at|from|on|under|about) )?"
        r"(?:which|what|who|whom|whose|where|when|why|how)\b",
        r"\bwhich (?:of|one)\b|\bhow (?:many|much)\b|\bwhat (?:is|are|was|were|does|do|did)\b",
        r"\b(?:the following|true or false|correct answer|best answer|whether)\b",
        r", (?:what|how|why)\b",
    )
)
ORDERS = (
    r"(?:please|find|calculate|compute|determine|evaluate|select|choose|identify|name|state|give|"
    r"solve|simplify|express|describe|explain|list|match|complete|consider|indicate|use|assume|"
    r"suppose|round|write|rewrite|restate|construct|predict|convert|change|let|classify|rank|order|"
    r"arrange|show|prove|derive|approximate|estimate|factor|expand|translate|pick|compare|define|"
    r"mark|decide|judge|answer|add|subtract|multiply|divide|put|rate|sort|tell|draw|refer|read)"
)
COMMANDS = rf"(?:{START}|, |\b(?:then|and|to) ){ORDERS}\b"
# A riddle: "This gas has no colour." One names what "this" is; "by this is meant" is no riddle.
RIDDLE = (
    r"^(?:this|these|those|it) |, (?:this|these) |"
    r"\b(?:by|in|of|for|to|with|from|on) (?:this|these) (?:[a-hj-z]|i[^s])"
)
VERDICTS = (
    r"^(?:not )?(?:true|false|yes|no|valid|invalid|right|wrong|correct|incorrect|guilty)"
    r"(?:$|[,.;:]| (?:because|as|if|since|unless|of)\b)"
)
LONGEST_NAME = 5
FEWEST_LETTERS = 2
MOST_LOOKED_AT = 200


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    folded = pl.col("folded")
    letters = folded.str.head(MOST_LOOKED_AT).str.count_matches(r"[\p{L}\p{N}]")
    empty = texts.questions.filter(letters < FEWEST_LETTERS).select(
        INDEX, evidence=pl.format("there is no question but {}", quoted(pl.col("question")))
    )
    stated = texts.questions.filter(
        letters >= FEWEST_LETTERS,
        folded.str.tail(LONGEST_END).str.contains(SENTENCE),
    )
    # A text that is in quotation marks as a whole is a damaged file's, not a quotation.
    whole = folded.str.contains('^["“]')
    outside = pl.when(whole).then(folded).otherwise(folded.str.replace_all(QUOTATION, '""'))
    stated = stated.with_columns(outside=outside)
    stated = stated.filter(~folded.str.contains(BLANK))
    for pattern in (r"\?", NUMBERS, RIDDLE, ASKS, COMMANDS):
        stated = stated.filter(~pl.col("outside").str.contains(pattern))
    names = _names(texts.choices.join(stated, on=INDEX, how="semi"))
    bare = stated.join(names, on=INDEX, how="semi", maintain_order="left").select(
        INDEX,
        evidence=pl.format("nothing is asked: it ends {}", quoted(_tail(pl.col("question")))),
    )
    return findings_of(pl.concat([empty, bare]).sort(INDEX), pl.col("evidence"))


def _names(choices: pl.DataFrame) -> pl.DataFrame:
    """Items whose options are short names, neither sentences about the text nor verdicts on it."""
    folded = pl.col("folded")
    long = folded.str.count_matches(r"\s") >= LONGEST_NAME
    return (
        choices.group_by(INDEX, maintain_order=True)
        .agg(other=(long | folded.str.contains(VERDICTS)).any())
        .filter(~pl.col("other"))
    )


def _tail(text: pl.Expr) -> pl.Expr:
    """Return the last sentence, or what of it can be shown."""
    return (
        text.str.strip_chars()
        .str.extract(r"(?:^|\s)([^\s.!?][^.!?]{0,74}[.!?][\"”\u2019')\]]*)$", 1)
        .fill_null(text)
    )


RULE = Rule(
    id="missing-question",
    error_type="bad_question_clarity",
    severity="warning",
    summary="There is no question, or a statement that asks nothing.",
    check=check,
)
