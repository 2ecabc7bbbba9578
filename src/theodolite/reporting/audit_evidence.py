"""What stands behind an audit: the models that answered, the options alone, people's labels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    p_value,
    percent,
    printable,
)
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.auditing import BenchmarkBias, Labelled, Responses

__all__ = ["bias_section", "labels_section", "models_section"]

MODELS = (
    Column("model", "Model"),
    Column("items", "Items", "integer"),
    Column("accuracy", "Share correct", "percent"),
    Column("weight", "Counts as", "number", 2),
    Column("cluster", "Group"),
)
CHECKS = (
    Column("benchmark", "Benchmark"),
    Column("what", "What is looked at"),
    Column("estimate", "Found", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
    Column("expected", "By chance", "percent"),
    Column("p", "p"),
)
MEANINGS = {
    "key_position": "keys at the position that has them too often by most",
    "key_length": "other options that the key is longer than",
    "longest_option": "items whose longest option is keyed",
    "options_alone": "items answered right without the question",
}
AGREEMENT = (
    Column("rule", "Rule"),
    Column("flagged", "Found", "integer"),
    Column("correct", "Labelled an error", "integer"),
    Column("precision", "Precision", "percent"),
    Column("precision_low", "Low", "percent"),
    Column("precision_high", "High", "percent"),
    Column("recall", "Recall", "percent"),
    Column("recall_low", "Low", "percent"),
    Column("recall_high", "High", "percent"),
)
TYPES = (
    Column("error_type", "Labelled"),
    Column("errors", "Items", "integer"),
    Column("found", "Found", "integer"),
    Column("recall", "Recall", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
)


def models_section(responses: Responses, *, notes: tuple[str, ...] = ()) -> Section:
    """Answer which models answered, and which of them are copies of one."""
    models = responses.models.sort("accuracy", descending=True, nulls_last=True)
    groups = models.filter(pl.col("copies") > 1)
    against = int((responses.items.get_column("margin") > 0).sum())
    finding = (
        f"In {integer(against)} items more models took one other choice than took the key."
        if responses.items.get_column("margin").count()
        else "The choices are not known, only what was right: whether the models agree on another "
        "choice cannot be told."
    )
    if len(groups):
        count = groups.get_column("cluster").n_unique()
        names = groups.get_column("model").to_list()
        finding += (
            f" {listed(names)} share so many wrong choices that they count as "
            f"{'one model' if count == 1 else f'{integer(count)} models'}."
        )
    return Section(
        question="How did the models answer?",
        finding=finding,
        evidence="Two models are taken for copies where they share far more wrong choices than "
        f"other pairs do on the same items (an excess of {number(responses.copies_above)} or more; "
        "1 is a copy).",
        tables=(Table(models, MODELS, "The models, and how much each counts", most=20),),
        caveats=(
            "That models agree on another choice shows a wrong key, or a mistake that they share.",
            *map(printable, notes),
        ),
    )


def bias_section(bias: BenchmarkBias) -> Section:
    """Answer whether the options alone give the keys away."""
    checks = bias.checks.filter(pl.col("estimate").is_not_null())
    alone = checks.filter(pl.col("check") == "options_alone")
    said = [
        f"Without its questions a classifier answers {percent(row['estimate'])} "
        f"({percent(row['low'])} to {percent(row['high'])}) of {printable(row['benchmark'])}, "
        f"where a blind guess has {percent(row['expected'])}."
        for row in alone.head(3).iter_rows(named=True)
    ]
    first = alone.row(0, named=True) if len(alone) else None
    p = [p_value(value).removeprefix("= ") for value in checks.get_column("p_value")]
    shown = checks.with_columns(
        what=pl.col("check").replace(MEANINGS), p=pl.Series(p, dtype=pl.String)
    )
    return Section(
        question="Do the options alone give the keys away?",
        finding=" ".join(said) or "There are too few items to tell.",
        low=first["low"] if first else None,
        high=first["high"] if first else None,
        evidence=f"Permutation tests with {integer(bias.n_permutations)} draws; the classifier is "
        f"fitted to the other {integer(bias.folds - 1)} of {integer(bias.folds)} folds (seed "
        f"{bias.seed}).",
        tables=(Table(shown, CHECKS, f"With {level_text(bias.level)} intervals"),),
        caveats=(
            "A benchmark whose options give keys away can be answered in part without knowing "
            "anything: its scores start above a blind guess.",
        ),
    )


def labels_section(labelled: Labelled) -> Section:
    """Answer how far the rules agree with people's labels."""
    a = labelled.assessment
    total = a.rules.row(a.rules.height - 1, named=True)
    flagged = total["flagged"]
    if flagged:
        finding = (
            f"Of {integer(flagged)} items with a finding {percent(total['precision'])} "
            f"({percent(total['precision_low'])} to {percent(total['precision_high'])}) are "
            f"labelled an error; they are {percent(total['recall'])} "
            f"({percent(total['recall_low'])} to {percent(total['recall_high'])}) of the "
            f"{integer(a.errors)} labelled errors."
        )
    else:
        finding = f"Nothing was found, where {integer(a.errors)} items are labelled an error."
    return Section(
        question=f"How far do the rules agree with the labels in {printable(labelled.column)}?",
        finding=f"{finding} {_held_out(labelled)}".strip(),
        low=total["precision_low"],
        high=total["precision_high"],
        evidence=f"{integer(a.items)} labelled items; {level_text(a.level)} Wilson intervals, "
        "which take items for independent.",
        chart=partial(plotting.agreement, a) if flagged else None,
        tables=(
            Table(a.rules, AGREEMENT, "By rule"),
            Table(a.types, TYPES, "By type of error"),
        ),
        caveats=("Labels are people's judgments, and some of them are wrong.",),
    )


def _held_out(labelled: Labelled) -> str:
    c = labelled.calibration
    if c is None:
        return ""
    return (
        "Refitted without one subject at a time, the suspicion has a calibration slope of "
        f"{number(c.slope, 2)} (standard error {number(c.standard_error, 2)}; 1 is calibrated) and "
        f"a Brier score of {number(c.brier, 4)} against {number(c.brier_base, 4)} of the base rate."
    )
