"""What a format of runs is: the columns that tell it, and what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import polars as pl

__all__ = ["RunFormat", "losses_among"]


def losses_among(columns: Collection[str]) -> list[str]:
    """Return the columns that look like a loss.

    Examples
    --------
    >>> losses_among(["loss_c4", "eval/c4/CrossEntropyLoss", "gloss"])
    ['loss_c4', 'eval/c4/CrossEntropyLoss']
    """
    return [name for name in columns if name.startswith("loss") or "CrossEntropyLoss" in name]


def _as_it_is(frame: pl.DataFrame, source: str, /) -> pl.DataFrame:  # noqa: ARG001
    return frame


@dataclass(frozen=True)
class RunFormat:
    """A format.

    Attributes
    ----------
    name, summary
        What ``--format`` calls it, and one line about it.
    marks
        The columns that a file of the format has; none where it is told by the lack of others.
    fields
        Columns of the table -> the file's columns, the first that is there.
    makes
        Columns that ``build`` adds, and the file's column that an error about each names.
    build
        Makes them from the frame of the file; raises where a cell does not fit.
    losses
        Among columns, those that may be the loss.
    """

    name: str
    summary: str
    marks: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    makes: Mapping[str, str] = field(default_factory=dict)
    build: Callable[[pl.DataFrame, str], pl.DataFrame] = _as_it_is
    losses: Callable[[Collection[str]], list[str]] = losses_among

    @property
    def fixed(self) -> frozenset[str]:
        """The columns that the format determines: no caller may name others for them."""
        return frozenset((*self.fields, *self.makes)) if self.marks else frozenset()
