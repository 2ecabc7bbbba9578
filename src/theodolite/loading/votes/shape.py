"""What a format module states about its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Schema = Mapping[str, pl.DataType]
    Maker = Callable[[Schema], pl.Expr | None]
    Decide = Callable[[pl.DataFrame, str], pl.DataFrame]

__all__ = ["OWN_LABELS", "PROMPT", "VoteFormat", "column", "has_marks"]

# The field that is the text of the user's first message. It is no column of the table.
PROMPT = "_prompt"

OWN_LABELS = {name: name for name in ("model_a", "model_b", "tie", "both_bad")}


@dataclass(frozen=True)
class VoteFormat:
    """One file format of votes.

    Attributes
    ----------
    name, summary
        What ``--format`` calls it, and one line about it.
    marks
        The columns that tell it, all of them needed; ``"uid|question_id"`` means either.
    fields
        How each column of the table is made: given the file's columns and their types, an
        expression, or ``None`` where the file lacks what it takes. ``PROMPT`` among them is the
        text of the user's first message.
    labels
        The file's label of each outcome -> the table's.
    evidence
        Columns that ``decide`` needs, made in the same way and named as the file names them.
    decide
        Takes the frame with ``evidence`` and the file's name, checks it, and returns it with
        ``winner`` (empty: no verdict) and what else follows from the evidence.
    computed
        Columns that ``decide`` makes and that no ``--columns`` may replace.
    """

    name: str
    summary: str
    marks: tuple[str, ...]
    fields: Mapping[str, Maker]
    labels: Mapping[str, str] = field(default_factory=lambda: OWN_LABELS)
    evidence: Mapping[str, Maker] = field(default_factory=dict)
    decide: Decide | None = None
    computed: tuple[str, ...] = ()

    @property
    def mark_names(self) -> frozenset[str]:
        """Every column that ``marks`` mentions."""
        return frozenset(name for mark in self.marks for name in mark.split("|"))


def column(*names: str) -> Maker:
    """Make a field from the first of these columns that the file has."""

    def make(schema: Schema) -> pl.Expr | None:
        return next((pl.col(name) for name in names if name in schema), None)

    return make


def has_marks(marks: tuple[str, ...], columns: frozenset[str]) -> bool:
    """Whether the columns hold all marks.

    Examples
    --------
    >>> has_marks(("games", "uid|question_id"), frozenset({"games", "uid"}))
    True
    """
    return all(columns.intersection(mark.split("|")) for mark in marks)
