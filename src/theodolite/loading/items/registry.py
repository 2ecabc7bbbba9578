"""The formats of items there are, and how one is told from a file."""

from __future__ import annotations

import io
from types import MappingProxyType
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, MissingColumnError, UsageError, shorten
from theodolite.loading.files import File
from theodolite.loading.items import (
    choices,
    mmlu,
    mmlu_columns,
    open_questions,
    own,
    truthfulqa,
)
from theodolite.loading.records import FaultError, csv_records
from theodolite.loading.source import HEADER_LIMIT, Source, listed

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.loading.items.shape import ItemFormat

__all__ = ["FORMATS", "ITEM_FORMATS", "opened"]

FORMATS: tuple[ItemFormat, ...] = (
    own.FORMAT,
    mmlu.FORMAT,
    mmlu_columns.FORMAT,
    choices.FORMAT,
    truthfulqa.FORMAT,
    open_questions.FORMAT,
)
ITEM_FORMATS = MappingProxyType({fmt.name: fmt.summary for fmt in FORMATS})
HINT = "\n".join(
    ["Formats of items:", *(f"  {name}: {summary}" for name, summary in ITEM_FORMATS.items())]
)


def opened(path: str | Path, name: str | None) -> tuple[Source, ItemFormat]:
    """Look at a file, and return the named format or the one that it has.

    Raises
    ------
    UsageError
        There is no such format.
    MissingColumnError
        The named format needs a column that is not there.
    FormatError
        The file cannot be read, no format fits, or more than one.
    """
    if name is not None and name not in ITEM_FORMATS:
        raise UsageError(f"the format {shorten(name)} is not one of {', '.join(ITEM_FORMATS)}")
    fmt = next((fmt for fmt in FORMATS if fmt.name == name), None)
    if (fmt is not None and fmt.headless) or (fmt is None and mmlu.fits(_first_row(path))):
        return Source.headless(path, mmlu.FORMAT.marks), mmlu.FORMAT
    source = Source.open(path)
    return source, _told(source) if fmt is None else _checked(fmt, source)


def _first_row(path: str | Path) -> list[str]:
    """Return the cells of the first row of CSV; none where the file is no CSV."""
    file = File.find(path)
    if file.remote and not file.path.endswith(".csv"):
        return []
    with file.open(whole=False) as handle:
        head = handle.read(HEADER_LIMIT + 1)
    try:
        return next(csv_records(io.BytesIO(head), headed=False), [])
    except FaultError:
        return []


def _told(source: Source) -> ItemFormat:
    if own.FORMAT.told_by(source.schema) is not None:
        return own.FORMAT  # whatever else is there: an item_id and a benchmark are ours
    telling = {
        fmt.name: found
        for fmt in FORMATS
        if not fmt.headless and (found := fmt.told_by(source.schema)) is not None
    }
    best = [
        fmt
        for fmt in FORMATS
        if fmt.name in telling
        and not any(telling[fmt.name] < others for others in telling.values())
    ]
    if len(best) == 1:
        return best[0]
    columns = listed(source.schema)
    if best:
        names = " and ".join(fmt.name for fmt in best)
        raise FormatError(
            f"{source.name}: the columns fit the formats {names} (columns: {columns})",
            hint="Name one of them.",
        )
    raise FormatError(f"{source.name}: the columns fit no format of items (columns: {columns})")


def _checked(fmt: ItemFormat, source: Source) -> ItemFormat:
    if fmt.told_by(source.schema) is not None:
        return fmt
    lacking = [mark for mark in fmt.marks if not set(mark.split("|")) & set(source.schema)]
    raise MissingColumnError(
        f"{source.name}: no column {listed(lacking).replace('|', ' or ')}, which the format "
        f"{fmt.name} needs (columns: {listed(source.schema)})",
        hint=HINT,
    )
