"""A small quiz and simple rules for tests of what surrounds the rules."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import Rule, Texts, findings_of
from theodolite.tables import Items

LABELS = ["ok", "bad_question_clarity", "ok", "wrong_groundtruth", "expert"]


def quiz(**changes: list) -> Items:
    columns = {
        "benchmark": ["quiz"] * 5,
        "item_id": ["1", "2", "3", "4", "5"],
        "subject": ["sums", "sums", "sums", "words", "words"],
        "question": ["2 + 2?", "", "3 + 3?", "same", "Which is a word?"],
        "choices": [["3", "4"], ["a", "b"], ["6", "6"], ["b", "c", "d"], ["the", "teh"]],
        "answer": [[1], [0], [0], [2], [0]],
        "label": LABELS,
    }
    return Items.from_frame(pl.DataFrame(columns | changes, strict=False), source="quiz.csv")


def _empty(texts: Texts) -> pl.DataFrame:
    return findings_of(texts.questions.filter(pl.col("folded") == ""), pl.lit("no question"))


def _double(texts: Texts) -> pl.DataFrame:
    again = texts.choices.filter(pl.struct("_index", "folded").is_duplicated())
    return findings_of(again, pl.format("{} stands twice", "choice"))


def _short(texts: Texts) -> pl.DataFrame:
    few = texts.questions.filter(pl.col("folded").str.len_chars() < 5)
    return findings_of(few, pl.lit("short"))


EMPTY = Rule("empty", "bad_question_clarity", "error", "No question.", _empty)
DOUBLE = Rule("double", "multiple_correct_answers", "warning", "A choice twice.", _double)
SHORT = Rule("short", "bad_question_clarity", "note", "A short question.", _short)
SILENT = Rule(
    "silent",
    "no_correct_answer",
    "note",
    "Nothing.",
    lambda t: findings_of(t.questions.clear(), pl.lit("")),
)
RULES = (EMPTY, DOUBLE, SHORT, SILENT)
