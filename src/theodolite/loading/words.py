"""Errors about a table in the words of the files that it was read from."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from theodolite.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["in_file_words"]


@contextmanager
def in_file_words(origins: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Name the columns in an error as the file does, by the names of the files."""
    try:
        yield
    except InputError as error:
        if not error.problems:
            raise
        problems = [
            replace(p, column=origins.get(p.source, {}).get(p.column or "", p.column))
            for p in error.problems
        ]
        raise type(error)(problems, total=error.total, hint=error.hint) from None
