"""What a format module states about its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import polars as pl

    from theodolite.loading.source import Source

    Build = Callable[[pl.DataFrame, Source], pl.DataFrame]

__all__ = ["IDENTITY", "ItemFormat"]

IDENTITY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "benchmark": ("benchmark",),
        "item_id": ("item_id", "id", "question_id"),
        "subject": ("subject",),
        "row": ("row",),
        "question": ("question",),
    }
)


@dataclass(frozen=True)
class ItemFormat:
    """One file format of items.

    Attributes
    ----------
    name, summary
        What a caller names it by, and one line about it.
    marks
        The columns that tell it, all of them needed; ``"choices|options"`` means either.
    build
        Takes the file's columns as they stand (with ``_file`` and ``_row``) and the file; returns
        them with ``question``, and ``choices`` and ``answer`` (one position or a list of them) or
        ``reference``.
    origins
        Columns of the table -> the file's columns that they may come from, the first that is
        there. ``IDENTITY`` where a format has nothing else to say.
    texts
        Other columns that hold text in each cell, and no list or object.
    headless
        Whether the file is CSV without a header; ``marks`` then name its cells in order.
    """

    name: str
    summary: str
    marks: tuple[str, ...]
    build: Build
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: IDENTITY)
    texts: tuple[str, ...] = ()
    headless: bool = False

    def told_by(self, columns: Collection[str]) -> frozenset[str] | None:
        """Return the columns that tell the format; ``None`` where a mark is missing."""
        found = [{name for name in mark.split("|") if name in columns} for mark in self.marks]
        return frozenset().union(*found) if all(found) else None

    def origin(self, column: str, columns: Collection[str]) -> str | None:
        """Return the file's column that the table's column comes from."""
        return next((name for name in self.origins.get(column, ()) if name in columns), None)
