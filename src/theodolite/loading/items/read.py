"""One file of items, from its columns to the table's."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.loading.items.identity import identified
from theodolite.loading.items.lists import as_lists
from theodolite.loading.items.registry import HINT, opened
from theodolite.loading.words import in_file_words
from theodolite.tables.checks import FILE, ROW, with_origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from theodolite.loading.items.shape import ItemFormat
    from theodolite.loading.source import Source

__all__ = ["Part", "read_part"]

LEAD = ("benchmark", "item_id", "subject", "row", "question", "choices", "answer", "reference")
PLAIN = ("benchmark", "item_id", "subject", "question", "reference")


@dataclass(frozen=True)
class Part:
    """What one file holds.

    Attributes
    ----------
    name
        What an error calls the file.
    frame
        The columns that :class:`~theodolite.tables.Items` takes, with their types, and the
        others of the file.
    origins
        Columns of the table -> the file's columns that they come from.
    """

    name: str
    frame: pl.DataFrame
    origins: Mapping[str, str]


def read_part(path: str | Path, *, name: str | None, benchmark: str | None) -> Part:
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
    with in_file_words({source.name: origins}):
        frame = identified(_typed(frame), source, fmt, benchmark)
    lead = [column for column in LEAD if column in frame.columns]
    rest = [column for column in frame.columns if column not in (*lead, FILE, ROW)]
    return Part(source.name, frame.select(*lead, *rest, FILE, ROW), origins)


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give what the table is made of its types, so that files of several formats join."""
    absent = {
        "choices": pl.lit([], dtype=pl.List(pl.String)),
        "answer": pl.lit([], dtype=pl.List(pl.Int64)),
        "reference": pl.lit(None, dtype=pl.String),
    }
    lacking = [made.alias(name) for name, made in absent.items() if name not in frame.columns]
    frame = frame.with_columns(lacking)
    if frame.schema["answer"].is_integer():
        return frame.with_columns(as_lists(frame.get_column("answer")))
    return frame


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
