"""What the readers of logs share: their bytes, within a limit, and the choice of a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, UsageError, shorten
from theodolite.loading.files import File, mebibytes
from theodolite.loading.source import listed
from theodolite.tables.checks import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from theodolite.loading.records import FaultError

__all__ = [
    "HEAD",
    "LOG_LIMIT",
    "chosen_metric",
    "faulty",
    "file_label",
    "head_of",
    "log_bytes",
    "plain",
]

# A log is one JSON value, so it is read whole: a small packed file must not fill the memory.
LOG_LIMIT = 2**30
HEAD = 2**20
MOST_COUNTED = 2**31


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked, without white space before them."""
    with File.find(path).open(whole=False) as handle:
        return handle.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()


def log_bytes(file: File) -> bytes:
    """Return a whole log, unpacked.

    Raises
    ------
    FormatError
        It is longer than ``LOG_LIMIT``, or cannot be read.
    """
    with file.open() as handle:
        content = handle.read(LOG_LIMIT + 1)
    if len(content) > LOG_LIMIT:
        raise FormatError(f"{file.name}: a log of more than {mebibytes(LOG_LIMIT)}, unpacked")
    return content


def faulty(name: str, fault: FaultError) -> FormatError:
    """Say where the JSON of a log breaks."""
    place = "" if fault.row is None else f", row {fault.row}"
    return FormatError(f"{name}{place}: {fault.what}")


def counted(value: object, low: int) -> int | None:
    """Return a whole number of JSON that is at least ``low``, and nothing else.

    Examples
    --------
    >>> counted(3, 1), counted(0, 1), counted(True, 1), counted(10**30, 1)
    (3, None, None, None)
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and low <= value < MOST_COUNTED else None


def file_label(name: str) -> pl.Expr:
    """Return the column ``_file``, one file throughout."""
    return pl.lit(name, dtype=pl.Enum([name])).alias(FILE)


def chosen_metric(wanted: str | None, there: Sequence[str], name: str, what: str = "metric") -> str:
    """Return the metric that the caller named, or the only one there is.

    Parameters
    ----------
    wanted
        What the caller named, if anything.
    there
        What the log has.
    name
        The file, for an error.
    what
        What the tool calls a metric.

    Raises
    ------
    UsageError
        The log has no such metric, or several and none was named.
    FormatError
        The log has no metric.

    Examples
    --------
    >>> chosen_metric(None, ["acc"], "log.json")
    'acc'
    """
    if not there:
        raise FormatError(f"{name}: no {what} in it")
    if wanted is None:
        if len(there) > 1:
            raise UsageError(
                f"{name}: more than one {what}: choose one with --metric ({listed(there)})"
            )
        return there[0]
    if wanted not in there:
        raise UsageError(f"{name}: --metric {shorten(wanted)} is not one of {listed(there)}")
    return wanted


def plain(text: str) -> str:
    r"""Return text that can be written as UTF-8: JSON may hold half of a surrogate pair.

    Examples
    --------
    >>> plain("a\ud800")
    'a\\ud800'
    """
    return text.encode("utf-8", "backslashreplace").decode()
