"""All lint rules on the items of a benchmark, and what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.auditing.rule import INDEX, Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.auditing.rule import Rule
    from theodolite.tables import Items, Removal

__all__ = ["Lint", "lint"]

IDENTITY = ("benchmark", "subject", "item_id", "row")
FINDING = {
    INDEX: pl.UInt32(),
    "rule": pl.String(),
    "error_type": pl.String(),
    "severity": pl.String(),
    "evidence": pl.String(),
}


@dataclass(frozen=True)
class Lint:
    """What the rules found.

    Attributes
    ----------
    items
        Every item in the order of the table: ``_index``, ``benchmark``, ``subject``, ``item_id``
        and ``row`` (null where the table has none).
    findings
        One row a finding, by item and then by rule: ``_index``, ``rule``, ``error_type``,
        ``severity`` and ``evidence``.
    rules
        The rules that looked, whether they found something or not.
    removed
        What filters took away from the items.
    """

    items: pl.DataFrame
    findings: pl.DataFrame
    rules: tuple[Rule, ...]
    removed: tuple[Removal, ...] = ()

    def to_frame(self) -> pl.DataFrame:
        """One row a finding, with the item that it is about."""
        return self.findings.join(self.items, on=INDEX, how="left", maintain_order="left").select(
            *IDENTITY, *(name for name in FINDING if name != INDEX)
        )

    def by_rule(self) -> pl.DataFrame:
        """One row a rule: ``rule``, ``error_type``, ``severity``, ``summary`` and ``flagged``."""
        rules = pl.DataFrame(
            [(r.id, r.error_type, r.severity, r.summary) for r in self.rules],
            schema=["rule", "error_type", "severity", "summary"],
            orient="row",
        )
        counts = self.findings.group_by("rule").agg(flagged=pl.len().cast(pl.Int64))
        joined = rules.join(counts, on="rule", how="left", maintain_order="left")
        return joined.with_columns(pl.col("flagged").fill_null(0))

    def by_subject(self) -> pl.DataFrame:
        """One row a subject: ``benchmark``, ``subject``, ``items``, ``flagged``."""
        hit = pl.col(INDEX).is_in(self.findings.get_column(INDEX).unique().implode())
        return (
            self.items.group_by("benchmark", "subject", maintain_order=True)
            .agg(items=pl.len().cast(pl.Int64), flagged=hit.sum().cast(pl.Int64))
            .sort("flagged", descending=True, maintain_order=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the findings by item, and the counts by subject and by rule."""
        grouped = (
            self.findings.group_by(INDEX, maintain_order=True)
            .agg(findings=pl.struct("rule", "evidence"))
            .join(self.items, on=INDEX, how="left", maintain_order="left")
        )
        return {
            "items": grouped.select(*IDENTITY, "findings").to_dicts(),
            "summary": self.by_subject().to_dicts(),
            "rules": self.by_rule().to_dicts(),
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
        }


def lint(items: Items, *, rules: Sequence[Rule]) -> Lint:
    """Look at every item with every rule.

    Parameters
    ----------
    items
        The benchmark.
    rules
        The rules to apply, all with different ids.

    Examples
    --------
    >>> from theodolite.auditing.rule import Rule, findings_of
    >>> from theodolite.tables import Items
    >>> columns = {"benchmark": "quiz", "item_id": ["1", "2"], "question": ["2 + 2?", ""],
    ...            "choices": [["3", "4"], ["a", "b"]], "answer": [1, 0]}
    >>> items = Items.from_frame(pl.DataFrame(columns))
    >>> def check(texts):
    ...     empty = texts.questions.filter(pl.col("folded") == "")
    ...     return findings_of(empty, pl.lit("no question"))
    >>> rule = Rule("empty", "bad_question_clarity", "error", "There is no question.", check)
    >>> lint(items, rules=[rule]).to_frame().select("item_id", "rule", "evidence").rows()
    [('2', 'empty', 'no question')]
    """
    texts = Texts.of(items)
    found = [
        rule.check(texts).select(
            pl.col(INDEX).cast(pl.UInt32),
            pl.lit(rule.id).alias("rule"),
            pl.lit(rule.error_type).alias("error_type"),
            pl.lit(rule.severity).alias("severity"),
            pl.col("evidence").cast(pl.String),
        )
        for rule in rules
    ]
    findings = pl.concat([pl.DataFrame(schema=FINDING), *found]).sort(INDEX, maintain_order=True)
    frame = items.frame.with_row_index(INDEX)
    empty = {"subject": pl.String(), "row": pl.Int64()}
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in empty.items()
        if name not in frame.columns
    )
    return Lint(frame.select(INDEX, *IDENTITY), findings, tuple(rules), items.removed)
