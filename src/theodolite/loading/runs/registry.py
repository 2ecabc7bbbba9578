"""The formats of runs there are, and how one is told from the columns."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, MissingColumnError, UsageError, shorten
from theodolite.loading.runs import gadre, ladder, own
from theodolite.loading.source import listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from theodolite.loading.runs.shape import RunFormat

__all__ = ["RUN_FORMATS", "format_of"]

FORMATS: tuple[RunFormat, ...] = (own.FORMAT, gadre.FORMAT, ladder.FORMAT)
RUN_FORMATS = MappingProxyType({fmt.name: fmt.summary for fmt in FORMATS})


def format_of(name: str | None, columns: Collection[str], source: str) -> RunFormat:
    """Return the named format, or the one whose marks the columns bear; else the table's own.

    Raises
    ------
    UsageError
        There is no such format.
    MissingColumnError
        The file lacks a column of the format that was named.
    FormatError
        The file has a column that the format makes itself.
    """
    if name is not None and name not in RUN_FORMATS:
        raise UsageError(f"--format {shorten(name)} is not one of {', '.join(RUN_FORMATS)}")
    named = [fmt for fmt in FORMATS if fmt.name == name]
    marked = [fmt for fmt in FORMATS if fmt.marks and set(fmt.marks) <= set(columns)]
    fmt = (named or marked or [own.FORMAT])[0]
    lacking = [mark for mark in fmt.marks if mark not in columns]
    if lacking:
        raise MissingColumnError(
            f"{source}: no column {listed(lacking)}, which the format {fmt.name} has "
            f"(columns: {listed(columns)})"
        )
    both = [name for name in fmt.fixed if name in columns and fmt.fields.get(name) != (name,)]
    if both:
        name = listed(sorted(both))
        raise FormatError(
            f"{source}: has a column {name}, which the format {fmt.name} makes itself",
            hint=f"Read it with --format {own.FORMAT.name}, and name its columns with --columns.",
        )
    return fmt
