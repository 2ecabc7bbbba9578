"""What an audit says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.auditing import ELSEWHERE
from theodolite.plotting.text import integer, percent, printable
from theodolite.reporting.audit_evidence import bias_section, labels_section, models_section
from theodolite.reporting.cards import MOST_CARDS, item_cards
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.auditing import Audit, BenchmarkBias

__all__ = ["audit_page", "audit_sections"]

MOST_ROWS = 20
MOST_SUBJECTS = 12
LONGEST_QUESTION = 60
LONGEST_EVIDENCE = 90
NEARLY_CERTAIN = 0.99
SUSPECTS = (
    Column("suspicion", "Suspicion"),
    Column("item_id", "Item"),
    Column("question", "Question"),
    Column("why", "Why"),
)
RULES = (
    Column("rule", "Rule"),
    Column("severity", "Severity"),
    Column("error_type", "Points to"),
    Column("flagged", "Items", "integer"),
)
SUBJECTS = (
    Column("subject", "Subject"),
    Column("items", "Items", "integer"),
    Column("flagged", "Suspects", "integer"),
    Column("share", "Share", "percent"),
)


def audit_page(audit: Audit, *, bias: BenchmarkBias | None = None, title: str = "Audit") -> Page:
    """Make the page of an audit."""
    return Page(title=title, sections=(*audit_sections(audit, bias=bias), _used(audit)))


def audit_sections(audit: Audit, *, bias: BenchmarkBias | None = None) -> tuple[Section, ...]:
    """Answer which items are suspects, what the rules found, and how far people agree."""
    notes = () if audit.scores is None else audit.scores.notes
    answers = () if audit.responses is None else (models_section(audit.responses, notes=notes),)
    leaks = () if bias is None else (bias_section(bias),)
    agreed = () if audit.labelled is None else (labels_section(audit.labelled),)
    return (_suspects(audit), _rules(audit), *answers, *leaks, *agreed)


def _suspects(audit: Audit) -> Section:
    suspects = audit.suspects
    n, total = len(suspects), audit.items.height
    finding = (
        f"{integer(n)} of {integer(total)} items ({percent(n / total)}) have a suspicion of "
        f"{percent(audit.threshold, 0)} or more."
    )
    worst = audit.by_subject().filter(pl.col("flagged") > 0)
    if len(worst) and worst.item(0, "subject") is not None:
        row = worst.row(0, named=True)
        finding += (
            f" The largest share is in {printable(row['subject'])}: {integer(row['flagged'])} of "
            f"{integer(row['items'])}."
        )
    return Section(
        question="Which items are likely broken?",
        finding=finding,
        evidence=_evidence(audit),
        chart=partial(plotting.suspects, audit) if n else None,
        cards=partial(item_cards, audit),
        tables=(*_suspect_table(audit), *_subject_table(audit)),
        caveats=_caveats(audit),
    )


def _evidence(audit: Audit) -> str:
    by = f"{integer(len(audit.lint.rules))} rules"
    if audit.responses is not None and audit.scores is not None:
        by += f" and the answers of {integer(len(audit.scores.models))} models"
    return (
        f"The suspicion is the probability that people would call the item broken, given {by}; its "
        f"weights were fitted to {audit.fitted_on}."
    )


def _caveats(audit: Audit) -> tuple[str, ...]:
    said = []
    if not audit.calibrated:
        said.append(
            "Uncalibrated here: these are not items of the benchmark that the suspicion was fitted "
            "to, or a base rate was given. Read it as an order, not as a share of broken items."
        )
    if audit.items.height > MOST_CARDS:
        said.append(
            f"The page shows the {integer(MOST_CARDS)} most suspect items one by one; --json gives "
            "all."
        )
    said.append(
        "No suspicion says that an item is sound: most wrong keys cannot be seen in the text."
    )
    return tuple(said)


def _suspect_table(audit: Audit) -> tuple[Table, ...]:
    top = audit.suspects.head(MOST_ROWS)
    if not len(top):
        return ()
    questions = audit.table.frame.get_column("question")[top.get_column("_index").to_numpy()]
    shown = top.with_columns(
        question=pl.Series([_short(text, LONGEST_QUESTION) for text in questions]),
        why=pl.Series([_why(row) for row in top.iter_rows(named=True)]),
        suspicion=pl.Series([_rounded(p) for p in top.get_column("suspicion")]),
    )
    caption = f"The {integer(len(top))} most suspect items"
    return (Table(shown, SUSPECTS, caption),)


def _rounded(p: float) -> str:
    """Write a suspicion with no more digits than its weights are known to."""
    return "> 99%" if p > NEARLY_CERTAIN else percent(p, 0)


def _why(row: dict[str, object]) -> str:
    found: list[dict[str, str]] = row["findings"]  # type: ignore[assignment]
    said = [f"{one['rule']}: {one['evidence']}" for one in found]
    if row["proposed"] is not None:
        said.append("the models agree on another choice")
    return _short("; ".join(said) or "how the models answered", LONGEST_EVIDENCE)


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _subject_table(audit: Audit) -> tuple[Table, ...]:
    frame = audit.by_subject()
    if len(frame) < 2:  # noqa: PLR2004  (one subject alone is no comparison)
        return ()
    several = frame.get_column("benchmark").n_unique() > 1
    first = (Column("benchmark", "Benchmark"),) if several else ()
    shown = frame.with_columns(share=pl.col("flagged") / pl.col("items"))
    return (Table(shown, (*first, *SUBJECTS), "Suspects by subject", most=MOST_SUBJECTS),)


def _rules(audit: Audit) -> Section:
    rules = audit.lint.by_rule().sort("flagged", descending=True, maintain_order=True)
    hit = rules.filter(pl.col("flagged") > 0)
    items = audit.lint.findings.get_column("_index").n_unique()
    if len(hit):
        first = hit.row(0, named=True)
        finding = (
            f"{integer(len(hit))} of {integer(len(rules))} rules found something, in "
            f"{integer(items)} items. The most frequent is {first['rule']} "
            f"({integer(first['flagged'])} {'item' if first['flagged'] == 1 else 'items'})."
        )
    else:
        finding = f"None of the {integer(len(rules))} rules found anything."
    return Section(
        question="What did the rules find?",
        finding=finding,
        tables=(Table(rules, RULES, "Findings by rule"),),
        caveats=(
            "An error can hardly be right, a warning is likely broken, a note is worth a look: a "
            "duplicate, say, which counts an item twice and need not be broken.",
        ),
    )


def _used(audit: Audit) -> Section:
    values = {
        "Threshold": percent(audit.threshold, 0),
        "Base rate": "that of the labelled items"
        if audit.base_rate is None
        else percent(audit.base_rate),
        "Suspicion fitted to": audit.fitted_on,
        "Theodolite": __version__,
    }
    settings = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    benchmarks = len(audit.table.benchmarks)
    left_out = sum(removal.count for removal in audit.lint.removed)
    finding = (
        f"{integer(audit.items.height)} items of {integer(benchmarks)} "
        f"{'benchmark' if benchmarks == 1 else 'benchmarks'}. "
        + (f"{integer(left_out)} items were left out." if left_out else "No item was left out.")
    )
    tables = removed_tables(audit.lint.removed, what="Items")
    if audit.scores is not None and audit.responses is not None:
        elsewhere = sum(r.count for r in audit.responses.removed if r.reason == ELSEWHERE)
        finding += (
            f" {integer(len(audit.scores) - elsewhere)} scores of "
            f"{integer(len(audit.scores.models))} models were used."
        )
        tables += removed_tables(audit.responses.removed, what="Scores")
    return Section(
        question="What was used, and what was left out?",
        finding=finding,
        tables=(
            *tables,
            Table(settings, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
