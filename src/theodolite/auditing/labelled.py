"""An audit against people's labels of the same items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theodolite.auditing.assessment import Assessment, assess
from theodolite.auditing.suspicion import Calibration, calibrate
from theodolite.errors import NotConvergedError, TooFewError

if TYPE_CHECKING:
    import polars as pl

    from theodolite.auditing.lint import Lint
    from theodolite.tables import Items

__all__ = ["Labelled", "compare_with_labels"]


@dataclass(frozen=True)
class Labelled:
    """How far an audit agrees with labels.

    Attributes
    ----------
    column
        The column with the labels.
    assessment
        Precision and recall of each rule and of all.
    calibration
        Of the suspicion refitted without one subject at a time; ``None`` where there are too few
        subjects or labels for that.
    """

    column: str
    assessment: Assessment
    calibration: Calibration | None

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values."""
        c = self.calibration
        names = ("slope", "standard_error", "brier", "brier_base")
        held_out = None if c is None else {name: getattr(c, name) for name in names}
        return {"column": self.column, **self.assessment.to_dict(), "calibration": held_out}


def compare_with_labels(
    lint: Lint,
    items: Items,
    labels: str,
    *,
    features: pl.DataFrame | None = None,
    level: float = 0.95,
) -> Labelled:
    """Compare the findings, and a suspicion fitted to other subjects, with a column of labels.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items, labels
        The items, and the column of them that says which are broken.
    features
        The features of the responses, one row an item; left out for findings alone.
    level
        Of the intervals.

    Raises
    ------
    MissingColumnError
        The items have no such column.
    InputError
        A label is none of the known ones.
    TooFewError
        No item is labelled an error.
    """
    assessment = assess(lint, items, labels, level=level)
    calibration = None
    if "subject" in items.frame.columns:
        try:
            calibration = calibrate(lint, items, labels, features=features)
        except (TooFewError, NotConvergedError):  # the assessment stands without it
            calibration = None
    return Labelled(labels, assessment, calibration)
