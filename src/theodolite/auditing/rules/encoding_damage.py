"""Texts that were decoded wrongly, or still hold the marks of another format."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.words import quoted

__all__ = ["RULE"]

# UTF-8 read as Latin-1 or Windows-1252 (as in Ã©), or as Mac Roman (as in √©).
MOJIBAKE = (
    r"Ã[\u0080-\u00bf\u0192\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u201c\u201d]|"
    r"â€|â[\u0080-\u0084]|Â[\u00a0-\u00bf]|\u201a[ÄÃä]|√[©®¢£¶±≥]"
)
REPLACED = r"\u{fffd}"
# C1 signs come of Windows-1252 read as Latin-1; tab and line breaks are text.
CONTROL = r"[\x00-\x08\x0b\x0e-\x1f\x7f-\u0084\u0086-\u009f]"
MARKUP = (
    r"(?i)&(?:[lg]t|amp|nbsp|quot|apos|[lr][sd]quo|[mn]dash|times|deg|alpha|beta|gamma|epsiv?|mu|"
    r"pi|sigma|omega|hellip|frac\d\d|sup\d|#\d{2,5}|#x[0-9a-f]{2,5});|"
    r"</(?:p|b|i|u|em|strong|sub|sup|span|div|td|tr|li|ul|ol)>|<br ?/?>"
)
LATEX = r"\\(?:frac|sqrt|text|mathrm|mathbf|left|right|begin|end)\b"
KINDS = (
    (REPLACED, "holds a sign that could not be decoded"),
    (MOJIBAKE, "was decoded wrongly"),
    (CONTROL, "holds a control character"),
    (MARKUP, "holds marks of HTML"),
)
# A sign that every one of the patterns needs.
ODD = r"[Ââã√\u201aÃ\u{fffd}\x00-\x08\x0b\x0e-\x1f\x7f-\u0084\u0086-\u009f&<\\]"
# Programs and pages are asked about; their marks belong to them.
ABOUT_MARKS = r"(?i)\bhtml\b|\bxml\b|\bweb ?page|\bxss\b|\bscript\b|\btags?\b"


def check(texts: Texts) -> pl.DataFrame:
    """Find them."""
    both = pl.concat(
        [
            texts.questions.select(INDEX, text="question"),
            texts.choices.select(INDEX, text="choice"),
        ]
    )
    text = pl.col("text")
    # Nearly all texts are plain: only the others, and those with marks, need a closer look.
    odd = both.filter(text.str.contains(ODD))
    asked = texts.questions.join(odd, on=INDEX, how="semi")
    marks = asked.filter(pl.col("question").str.contains(ABOUT_MARKS)).select(INDEX)
    found = []
    for pattern, what in KINDS:
        hit = odd.filter(text.str.contains(pattern))
        if pattern is MARKUP:
            hit = hit.join(marks, on=INDEX, how="anti", maintain_order="left")
        around = text.str.extract(rf"((?s:.){{0,20}}(?:{pattern})(?s:.){{0,20}})", 1)
        found.append(hit.select(INDEX, evidence=pl.format(f"{{}} {what}", quoted(around))))
    dollars = text.str.count_matches("$", literal=True) - text.str.count_matches(
        r"\$", literal=True
    )
    unclosed = odd.filter(text.str.contains(LATEX), dollars % 2 == 1)
    found.append(
        unclosed.select(
            INDEX, evidence=pl.format("{} holds a formula that is not closed", quoted(text))
        )
    )
    return findings_of(pl.concat(found).sort(INDEX, maintain_order=True), pl.col("evidence"))


RULE = Rule(
    id="encoding-damage",
    error_type="bad_question_clarity",
    severity="note",
    summary="A text was decoded wrongly, or holds the marks of another format.",
    check=check,
)
