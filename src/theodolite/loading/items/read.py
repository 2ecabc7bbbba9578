"""One file of items, from its columns to the table's."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, InputError
from theodolite.loading.items.identity import identified
from theodolite.loading.items.registry import HINT, opened
from theodolite.tables import Items
from theodolite.tables.checks import FILE, ROW, with_origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from theodolite.loading.items.shape import ItemFormat
    from theodolite.loading.source import Source

__all__ = ["read_items"]

LEAD = ("benchmark", "item_id", "subject", "row", "question", "choices", "answer", "reference")
PLAIN = ("benchmark", "item_id", "subject", "question", "reference")


def read_items(path: str | Path, *, name: str | None, benchmark: str | None) -> Items:
    """Read one file; see :func:`theodolite.loading.load_items`."""
    with _naming_formats():
        source, fmt = opened(path, name)
        # A table of ours that was written out has these two; they are counted anew.
        columns = [column for column in source.schema if column not in (FILE, ROW)]
        frame = with_origin(source.collect(source.scan(columns)), source.name)
        if frame.is_empty():
            raise FormatError(f"{source.name}: no items in it")
        origins = _origins(fmt, source)
        plain = [origins[column] for column in PLAIN if column in origins]
        plain += [column for column in fmt.texts if column in columns]
        source.refuse_nested(frame, {column: column for column in plain})
        frame = fmt.build(frame, source)
    try:
        frame = identified(frame, source, fmt, benchmark)
        items = Items.from_frame(frame, source=source.name)
    except InputError as error:
        raise _in_file_words(error, origins) from None
    lead = [column for column in LEAD if column in items.frame.columns]
    rest = [column for column in items.frame.columns if column not in (*lead, FILE, ROW)]
    return replace(items, frame=items.frame.select(*lead, *rest, FILE, ROW))


def _origins(fmt: ItemFormat, source: Source) -> dict[str, str]:
    found = {column: fmt.origin(column, source.schema) for column in fmt.origins}
    return {column: origin for column, origin in found.items() if origin is not None}


@contextmanager
def _naming_formats() -> Iterator[None]:
    """Say which formats there are where a file cannot be read as any."""
    try:
        yield
    except FormatError as error:
        hint = HINT if error.hint is None else f"{error.hint}\n{HINT}"
        raise FormatError(str(error).removesuffix(f"\n{error.hint}"), hint=hint) from error


def _in_file_words(error: InputError, origins: Mapping[str, str]) -> InputError:
    """Name the columns in an error as the file does."""
    if not error.problems:
        return error
    problems = [
        replace(p, column=origins.get(p.column, p.column) if p.column else None)
        for p in error.problems
    ]
    return type(error)(problems, total=error.total, hint=error.hint)
