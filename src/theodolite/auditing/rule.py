"""What a lint rule states about itself, and the texts that rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from theodolite.tables import Items

__all__ = ["INDEX", "ErrorType", "Rule", "Severity", "Texts", "findings_of"]

INDEX = "_index"
Severity = Literal["error", "warning", "note"]
ErrorType = Literal[
    "bad_question_clarity",
    "bad_options_clarity",
    "no_correct_answer",
    "multiple_correct_answers",
    "wrong_groundtruth",
]


@dataclass(frozen=True)
class Texts:
    """The texts of items, made ready once for all rules.

    ``plain`` is the text in Unicode form NFC, without space at its ends and with one space for each
    run of it: texts that are equal so look the same. ``folded`` is also in form NFKC and in lower
    case, to look for words in. Signs stay: Q(√2+√3) is not Q(√2·√3).

    Attributes
    ----------
    questions
        One row an item: ``_index`` (its place in the table, from 0), ``benchmark``, ``item_id``,
        ``subject`` (null where there is none), ``question``, ``plain``, ``folded`` and
        ``n_choices``.
    choices
        One row a choice, in the order of the items: ``_index``, ``position`` (from 0), ``choice``,
        ``plain``, ``folded`` and ``keyed`` (whether it is keyed as right).
    """

    questions: pl.DataFrame
    choices: pl.DataFrame

    @classmethod
    def of(cls, items: Items) -> Texts:
        """Take the texts out of the table."""
        frame = items.frame.with_row_index(INDEX)
        if "subject" not in frame.columns:
            frame = frame.with_columns(subject=pl.lit(None, dtype=pl.String))
        questions = frame.select(
            INDEX,
            "benchmark",
            "item_id",
            "subject",
            "question",
            n_choices=pl.col("choices").list.len(),
        )
        choices = (
            frame.select(
                INDEX,
                "answer",
                position=pl.int_ranges(pl.col("choices").list.len(), dtype=pl.Int64),
                choice="choices",
            )
            .explode("position", "choice", empty_as_null=False)
            .select(
                INDEX,
                "position",
                "choice",
                keyed=pl.col("answer").list.contains(pl.col("position")),
            )
        )
        return cls(_made_ready(questions, "question"), _made_ready(choices, "choice"))


def _made_ready(frame: pl.DataFrame, text: str) -> pl.DataFrame:
    plain = _normal(frame.get_column(text), "NFC")
    folded = _normal(plain, "NFKC").str.to_lowercase()
    return frame.with_columns(plain.alias("plain"), folded.alias("folded"))


def _normal(text: pl.Series, form: Literal["NFC", "NFKC"]) -> pl.Series:
    # Most texts are ASCII with single spaces, on which the slow steps would do nothing.
    odd = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    text = text.clone()  # which scatter changes
    text = text.scatter(odd, text.gather(odd).str.normalize(form))
    spaced = text.str.contains(r"\s\s|[^\S ]").arg_true()
    text = text.scatter(spaced, text.gather(spaced).str.replace_all(r"\s+", " "))
    return text.str.strip_chars()


@dataclass(frozen=True)
class Rule:
    """One lint rule: a pure function of the texts, and what its finding means.

    Attributes
    ----------
    id
        How a report calls it: words with hyphens.
    error_type
        The error of MMLU-Redux (Gema et al. 2024, arXiv 2406.04127) that it points to.
    severity
        ``"error"``: the item can hardly be right; ``"warning"``: likely broken; ``"note"``: worth
        a look.
    summary
        What it finds, in one sentence.
    check
        Takes the texts; returns one row a finding: ``_index`` and ``evidence``, in words that
        quote what was found.
    """

    id: str
    error_type: ErrorType
    severity: Severity
    summary: str
    check: Callable[[Texts], pl.DataFrame]


def findings_of(frame: pl.DataFrame, evidence: pl.Expr) -> pl.DataFrame:
    """Return one finding a row of ``frame``, which holds ``_index``."""
    return frame.select(
        pl.col(INDEX).cast(pl.UInt32), evidence.cast(pl.String).alias("evidence")
    ).unique(INDEX, keep="first", maintain_order=True)
