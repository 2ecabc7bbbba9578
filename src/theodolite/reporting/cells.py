"""The text in each cell of a table, the same on a page and on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from theodolite.plotting.text import MISSING, count, flops, integer, number, percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from theodolite.reporting.sections import Column, Table

__all__ = ["cell_text", "is_numeric", "rows_as_text"]


WRITERS = {"integer": integer, "count": count, "flops": flops}


def cell_text(value: Any, column: Column) -> str:
    """Write one value as its column says.

    Examples
    --------
    >>> from theodolite.reporting.sections import Column
    >>> cell_text(0.731, Column("share", "Observed", "percent"))
    '73.1%'
    """
    if value is None:
        return MISSING
    if column.kind == "number":
        return number(value, column.digits)
    if column.kind == "percent":
        return percent(value, column.digits)
    write = WRITERS.get(column.kind)
    return printable(str(value)) if write is None else write(value)


def is_numeric(column: Column) -> bool:
    """Whether the column is set flush right and sorted by size."""
    return column.kind != "text"


def rows_as_text(table: Table, most: int | None = None) -> Iterator[tuple[str, ...]]:
    """Give the table's rows as text, all or the first ``most``."""
    frame = table.frame.select([column.name for column in table.columns])
    for row in (frame if most is None else frame.head(most)).iter_rows():
        yield tuple(map(cell_text, row, table.columns))
