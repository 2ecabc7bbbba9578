"""How far rules agree with people who looked at every item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.auditing.rule import INDEX
from theodolite.errors import InputError, MissingColumnError, TooFewError
from theodolite.stats import wilson
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.auditing.lint import Lint
    from theodolite.tables import Items

__all__ = ["LABELS", "Assessment", "assess", "errors_of"]

OK = "ok"
# The labels of MMLU-Redux; an item that needs an expert counts as an error, as its authors count.
LABELS = (
    OK,
    "bad_question_clarity",
    "bad_options_clarity",
    "no_correct_answer",
    "multiple_correct_answers",
    "wrong_groundtruth",
    "expert",
)
ALL = "all rules"


@dataclass(frozen=True)
class Assessment:
    """Precision and recall of each rule and of all, by the labels of people.

    Attributes
    ----------
    rules
        ``rule`` (the last row is all of them), ``flagged``, ``correct`` (flagged and labelled an
        error of any kind), ``precision`` and ``recall`` with Wilson intervals; null where nothing
        was flagged.
    types
        ``error_type``, ``errors``, ``found`` (by any rule), ``recall``, ``low``, ``high``.
    items, errors
        How many were labelled, and how many of them as an error.
    level
        Of every interval.
    """

    rules: pl.DataFrame
    types: pl.DataFrame
    items: int
    errors: int
    level: float

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values."""
        return {
            "items": self.items,
            "errors": self.errors,
            "level": self.level,
            "rules": self.rules.to_dicts(),
            "error_types": self.types.to_dicts(),
        }


def assess(lint: Lint, items: Items, labels: str, *, level: float = 0.95) -> Assessment:
    """Compare what rules found with a column of labels.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items
        The same items, with the labels.
    labels
        The column that holds them; each is one of :data:`LABELS`.
    level
        Of Wilson's intervals, which take items for independent.

    Raises
    ------
    MissingColumnError
        The items have no such column.
    InputError
        A label is none of the known ones.
    TooFewError
        No item is labelled an error, so that there is nothing to find.

    References
    ----------
    A. P. Gema et al. (2024), Are We Done with MMLU? arXiv:2406.04127
    """
    wrong = errors_of(items, labels)
    errors = int(wrong.sum())
    given = items.frame.get_column(labels).cast(pl.String)
    truth = pl.DataFrame({"error_type": given, "wrong": wrong > 0}).with_row_index(INDEX)
    hits = lint.findings.select(INDEX, "rule").unique().join(truth, on=INDEX, how="left")
    one = hits.group_by("rule").agg(flagged=pl.len(), correct=pl.col("wrong").sum())
    flagged = hits.unique(INDEX)
    named = pl.DataFrame({"rule": [rule.id for rule in lint.rules]})
    by_rule = named.join(one, on="rule", how="left", maintain_order="left").select(
        "rule", pl.col("flagged", "correct").fill_null(0).cast(pl.Int64)
    )
    total = (ALL, flagged.height, int(flagged.get_column("wrong").sum()))
    every = pl.DataFrame([total], schema=by_rule.schema, orient="row")
    rules = pl.concat([by_rule, every]).with_columns(errors=pl.lit(errors, dtype=pl.Int64))
    rules = _with_share(rules, "precision", ("correct", "flagged"), level)
    rules = _with_share(rules, "recall", ("correct", "errors"), level).drop("errors")
    types = _by_type(truth, flagged, level)
    return Assessment(rules, types, len(items), errors, level)


def errors_of(items: Items, labels: str) -> NDArray[np.float64]:
    """Return 1 where an item is labelled an error and 0 where it is labelled ok.

    Raises
    ------
    MissingColumnError
        The items have no such column.
    InputError
        A label is none of :data:`LABELS`.
    TooFewError
        No item is labelled an error.
    """
    if labels not in items.frame.columns:
        have = ", ".join(c for c in items.frame.columns if not c.startswith("_"))
        raise MissingColumnError(f"no column {labels} with labels (columns: {have})")
    given = items.frame.get_column(labels).cast(pl.String)
    bad = ~given.is_in(LABELS).fill_null(value=False)
    if bad.any():
        allowed = f"not one of {', '.join(LABELS)}"
        raise InputError(problems_at(items.frame, labels, bad, allowed), total=int(bad.sum()))
    wrong = (given != OK).to_numpy().astype(float)
    if not wrong.any():
        raise TooFewError(f"no item is labelled an error in the column {labels}")
    return wrong


def _by_type(truth: pl.DataFrame, flagged: pl.DataFrame, level: float) -> pl.DataFrame:
    found = pl.col(INDEX).is_in(flagged.get_column(INDEX).implode())
    types = (
        truth.filter("wrong")
        .group_by("error_type")
        .agg(errors=pl.len().cast(pl.Int64), found=found.sum().cast(pl.Int64))
        .sort("errors", "error_type", descending=[True, False])
    )
    wide = _with_share(types, "recall", ("found", "errors"), level)
    return wide.rename({"recall_low": "low", "recall_high": "high"})


def _with_share(
    frame: pl.DataFrame, name: str, columns: Sequence[str], level: float
) -> pl.DataFrame:
    part, whole = (frame.get_column(column).to_numpy().astype(float) for column in columns)
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    low, high = wilson(share, whole, level)
    values = {name: share, f"{name}_low": low, f"{name}_high": high}
    known = pl.Series(whole > 0)
    return frame.with_columns(
        pl.when(known).then(pl.Series(values[key])).alias(key) for key in values
    )
