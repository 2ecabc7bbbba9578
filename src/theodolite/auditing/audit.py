"""The audit of a benchmark: findings, the answers of models, and which items are most suspect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.auditing.labelled import Labelled, compare_with_labels
from theodolite.auditing.lint import IDENTITY, Lint, lint
from theodolite.auditing.responses import Responses, response_features, response_statistics
from theodolite.auditing.rule import INDEX
from theodolite.auditing.rules import RULES
from theodolite.auditing.rules.words import letter
from theodolite.auditing.shipped import shipped_models
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Items, Scores

    Floats = NDArray[np.float64]

__all__ = ["THRESHOLD", "Audit", "audit"]

# An item is a suspect from one chance in ten on: people would read it.
THRESHOLD = 0.1
ANSWERED = ("answered", "share_correct", "margin")


@dataclass(frozen=True)
class Audit:
    """What an audit found, the most suspect item first.

    Attributes
    ----------
    items
        ``_index`` (the item's place in the table), ``benchmark``, ``subject``, ``item_id``,
        ``row``, ``suspicion`` (the probability that the item is broken), ``flagged``, ``findings``
        (a list of ``rule`` and ``evidence``) and ``proposed`` (the position of the choice that more
        models took than took the key, by more than a standard error; null where there is none).
        With scores also ``answered``, ``share_correct`` and ``margin`` of
        :class:`~theodolite.auditing.responses.Responses`.
    lint
        What the rules found.
    table, scores
        The items and the scores that were looked at; ``None`` without scores.
    responses
        How the models answered; ``None`` without scores.
    labelled
        The comparison with labels; ``None`` without any.
    threshold
        The suspicion from which on an item is flagged.
    base_rate
        The share of broken items that was assumed; ``None`` where it is that of the labelled items.
    fitted_on
        Which labels the suspicion was fitted to.
    calibrated
        Whether the items are of the benchmark that the suspicion was fitted to, at its base rate.
        Where they are not, it orders the items and is no probability to rely on.
    """

    items: pl.DataFrame
    lint: Lint
    table: Items
    scores: Scores | None
    responses: Responses | None
    labelled: Labelled | None
    threshold: float
    base_rate: float | None
    fitted_on: str
    calibrated: bool

    @property
    def suspects(self) -> pl.DataFrame:
        """The flagged items, the most suspect first."""
        return self.items.filter("flagged")

    def to_frame(self) -> pl.DataFrame:
        """One row an item, the most suspect first."""
        answered = () if self.responses is None else ANSWERED
        return self.items.select(
            *IDENTITY,
            "suspicion",
            "flagged",
            "findings",
            *answered,
            proposed_answer=letter(pl.col("proposed")),
        )

    def by_subject(self) -> pl.DataFrame:
        """One row a subject: ``benchmark``, ``subject``, ``items``, ``flagged``; worst first."""
        return (
            self.items.group_by("benchmark", "subject")
            .agg(items=pl.len().cast(pl.Int64), flagged=pl.col("flagged").sum().cast(pl.Int64))
            .sort(
                pl.col("flagged") / pl.col("items"),
                "benchmark",
                "subject",
                descending=[True, False, False],
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values; the keys are those of the command line."""
        return {
            "items": self.to_frame().to_dicts(),
            "summary": self.by_subject().to_dicts(),
            "rules": self.lint.by_rule().to_dicts(),
            "threshold": self.threshold,
            "base_rate": self.base_rate,
            "fitted_on": self.fitted_on,
            "calibrated": self.calibrated,
            "responses": None if self.responses is None else _models(self.responses),
            "labels": None if self.labelled is None else self.labelled.to_dict(),
            "notes": [] if self.scores is None else list(self.scores.notes),
            "removed": [{"reason": r.reason, "count": r.count} for r in self.lint.removed],
        }


def audit(
    items: Items,
    scores: Scores | None = None,
    *,
    labels: str | None = None,
    base_rate: float | None = None,
    threshold: float = THRESHOLD,
    level: float = 0.95,
) -> Audit:
    """Look for broken items by what they say and by how models answered them.

    The suspicion is a probability from a logistic model of the findings, or of the findings and
    the responses where models answered the item: :mod:`theodolite.auditing.suspicion`.

    Parameters
    ----------
    items
        The benchmark.
    scores
        How models did on it.
    labels
        A column of the items that says which are broken, to compare with.
    base_rate
        The share of broken items in this benchmark, where it is not that of MMLU-Redux.
    threshold
        The suspicion from which on an item is flagged.
    level
        Of the intervals of the comparison with labels.

    Raises
    ------
    UsageError
        The base rate or the threshold is not between 0 and 1.
    InputError
        A label is unknown, or a score is of no item.
    TooFewError
        No item is labelled an error.

    References
    ----------
    A. P. Gema et al. (2024), Are We Done with MMLU? arXiv:2406.04127

    Examples
    --------
    >>> from theodolite.tables import Items
    >>> columns = {"benchmark": "quiz", "item_id": ["1", "2"],
    ...            "question": ["Which of these are reasons for a low price?", "What is 2 + 2?"],
    ...            "choices": [["i and ii only", "ii and iii only"], ["3", "4"]],
    ...            "answer": [0, 1]}
    >>> found = audit(Items.from_frame(pl.DataFrame(columns)))
    >>> found.suspects["item_id"].to_list()
    ['1']
    """
    if not 0.0 < threshold < 1.0:
        raise UsageError(f"a threshold lies between 0 and 1, not at {threshold:g}")
    found = lint(items, rules=RULES)
    responses = None if scores is None else response_statistics(items, scores)
    features = None if responses is None else response_features(responses).drop(INDEX)
    suspicion = _suspicion(found, responses, features, base_rate)
    shipped = shipped_models()
    return Audit(
        items=_ranked(found, responses, suspicion, threshold),
        lint=found,
        table=items,
        scores=scores,
        responses=responses,
        labelled=None
        if labels is None
        else compare_with_labels(found, items, labels, features=features, level=level),
        threshold=threshold,
        base_rate=base_rate,
        fitted_on=shipped.lint.fitted_on,
        calibrated=base_rate is None and shipped.covers(items),
    )


def _suspicion(
    found: Lint,
    responses: Responses | None,
    features: pl.DataFrame | None,
    base_rate: float | None,
) -> Floats:
    """Take the model with responses where an item has some, and the one without elsewhere."""
    shipped = shipped_models()
    alone = shipped.lint.probability(found, base_rate=base_rate)
    if responses is None or features is None:
        return alone
    both = shipped.responses.probability(found, features=features, base_rate=base_rate)
    answered = responses.items.get_column("answered").to_numpy() > 0
    return np.where(answered, both, alone)


def _ranked(
    found: Lint, responses: Responses | None, suspicion: Floats, threshold: float
) -> pl.DataFrame:
    grouped = found.findings.group_by(INDEX, maintain_order=True).agg(
        findings=pl.struct("rule", "evidence")
    )
    none = pl.lit([], dtype=grouped.schema["findings"])
    answers = (
        pl.DataFrame({"proposed": pl.Series([None] * len(suspicion), dtype=pl.Int64)})
        if responses is None
        else responses.items.select(
            *ANSWERED,
            proposed=pl.when(pl.col("margin") > pl.col("margin_error")).then(pl.col("consensus")),
        )
    )
    return (
        found.items.with_columns(
            suspicion=pl.Series(suspicion), flagged=pl.Series(suspicion >= threshold)
        )
        .hstack(answers)
        .join(grouped, on=INDEX, how="left", maintain_order="left")
        .with_columns(pl.col("findings").fill_null(none))
        .sort("suspicion", descending=True, maintain_order=True)
    )


def _models(responses: Responses) -> dict[str, Any]:
    """Give what is said of the models; what is said of the items stands with them."""
    return {"models": responses.models.to_dicts(), "copies": responses.pairs.to_dicts()}
