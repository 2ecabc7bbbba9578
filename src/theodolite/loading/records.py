"""Text files record by record, with the standard library.

Used for the first records, from which the columns are told, and to say where a file breaks after
polars has refused it. One record is held at a time, and none may be longer than ``RECORD_LIMIT``.
"""

from __future__ import annotations

import csv
import json
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from theodolite.loading.files import RECORD_LIMIT, mebibytes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FaultError", "csv_records", "json_members", "json_records", "jsonl_records"]

WHITE = " \t\r\n"
BOM = b"\xef\xbb\xbf"
CUT_OFF = "the record is cut off"


class FaultError(Exception):
    """What is wrong with a record; callers of the package never see it, but a ``FormatError``.

    Parameters
    ----------
    row
        The record, from 1 without the header, which is 0; ``None`` for the file as a whole.
    what
        The end of the sentence "FILE, row R: ...".
    """

    def __init__(self, row: int | None, what: str) -> None:
        self.row = row
        self.what = what
        super().__init__(what)


def _no_constant(text: str) -> None:
    raise ValueError(f"it has no {text}")


def _nan_only(text: str) -> None:
    """Read NaN, which Python's own writer puts for a missing number, as empty."""
    if text != "NaN":
        _no_constant(text)


def _nan_kept(text: str) -> float:
    _nan_only(text)
    return math.nan


def jsonl_records(handle: BinaryIO) -> Iterator[dict[str, object]]:
    """Yield the object on each line that is not blank."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    row = 0
    for line in _lines(handle):
        if not line.strip():
            continue
        row += 1
        _within_limit(line, row)
        text = _decode(line, row).strip()
        try:
            value, end = _value(decoder, text, 0, row)
        except FaultError as fault:
            if row > 1 or fault.what != CUT_OFF:
                raise
            raise FaultError(row, f"{CUT_OFF}: each line of JSONL is a whole record") from None
        if end != len(text):
            raise FaultError(row, "more than one value on the line")
        yield _object(value, row)


def json_records(content: bytes, *, cut: bool = False) -> Iterator[dict[str, object]]:
    """Yield the objects of one JSON array.

    Parameters
    ----------
    content
        The array, as UTF-8.
    cut
        Whether ``content`` is only the beginning of it: then a record that is cut off ends it.
    """
    text = content.decode("utf-8-sig", errors="ignore") if cut else _decode(content, None)
    decoder = json.JSONDecoder(parse_constant=_nan_only)
    at = _skip(text, text.index("[") + 1)
    row = 0
    while at < len(text) and text[at] != "]":
        row += 1
        try:
            value, at = _value(decoder, text, at, row)
        except FaultError:
            if cut:
                return
            raise
        yield _object(value, row)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] not in ("]", ""):
            raise FaultError(row, "no comma after the record")
    if not cut and at >= len(text):
        raise FaultError(None, "the JSON array ends early: no closing ]")
    if not cut and text[at + 1 :].strip(WHITE):
        raise FaultError(None, "there is more after the closing ] of the JSON array")


def json_members(content: bytes, listed: str) -> Iterator[tuple[str, object]]:
    """Yield the members of one JSON object, and one by one the objects of the array ``listed``.

    So a log is read with no more than one of its samples decoded at a time. NaN stays NaN: some
    writers put it for a score that is not there.

    Parameters
    ----------
    content
        The object, as UTF-8.
    listed
        The member whose elements are yielded each, as ``(listed, element)``.
    """
    text = _decode(content, None)
    decoder = json.JSONDecoder(parse_constant=_nan_kept)
    at = _skip(text, 0)
    at = _expect(text, at, "{", "not a JSON object")
    while at < len(text) and text[at] != "}":
        key, at = _value(decoder, text, at, None)
        if not isinstance(key, str):
            raise FaultError(None, "not JSON: a key that is no text")
        at = _expect(text, _skip(text, at), ":", f"not JSON: no colon after {key[:40]!r}")
        if key == listed:
            row = 0
            at = _expect(text, at, "[", f"{listed} is not a list")
            while at < len(text) and text[at] != "]":
                row += 1
                value, at = _value(decoder, text, at, row)
                yield key, _object(value, row)
                at = _after(text, at, "]", row)
            at = _expect(text, at, "]", CUT_OFF)
        else:
            value, at = _value(decoder, text, at, None)
            yield key, value
        at = _after(text, at, "}", None)
    at = _expect(text, at, "}", CUT_OFF)
    if at < len(text):
        raise FaultError(None, "there is more after the closing } of the JSON object")


def _expect(text: str, at: int, mark: str, fault: str) -> int:
    """Return where the text goes on after ``mark``, which must stand here."""
    if text[at : at + 1] != mark:
        raise FaultError(None, fault if at < len(text) else CUT_OFF)
    return _skip(text, at + 1)


def _after(text: str, at: int, closing: str, row: int | None) -> int:
    """Return where the next element begins, or where the closing mark stands."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if at < len(text) and text[at] != closing:
        raise FaultError(row, "not JSON: no comma after the value")
    return at


def csv_records(handle: BinaryIO, *, headed: bool = True) -> Iterator[list[str]]:
    """Yield the cells of each row, the header first; a row must have as many as the first."""
    row = -1 if headed else 0
    first = "the header" if headed else "the first row"
    width = 0

    def lines() -> Iterator[str]:
        for line in _lines(handle):
            _within_limit(line, row + 1)
            yield _decode(line, row + 1)

    with _long_fields():
        reader = csv.reader(lines(), strict=True)
        try:
            for cells in reader:
                if not width and not cells:
                    continue
                row += 1
                width = width or len(cells)
                if len(cells) != width:
                    count = f"{len(cells)} cells" if cells else "a blank line"
                    raise FaultError(row, f"{count} where {first} has {width} cells")
                yield cells
        except csv.Error as error:
            raise FaultError(row + 1, f"not CSV: {error}") from None


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let the csv module read cells as long as a record may be (a conversation, say)."""
    before = csv.field_size_limit(RECORD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(handle: BinaryIO) -> Iterator[bytes]:
    while line := handle.readline(RECORD_LIMIT + 1):
        yield line


def _within_limit(line: bytes, row: int) -> None:
    if len(line) > RECORD_LIMIT:
        raise FaultError(row, f"a record of more than {mebibytes(RECORD_LIMIT)}")


def _decode(content: bytes, row: int | None) -> str:
    try:
        return content.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise FaultError(
            row,
            f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8",
        ) from None


def _value(decoder: json.JSONDecoder, text: str, at: int, row: int | None) -> tuple[object, int]:
    try:
        return decoder.raw_decode(text, at)
    except RecursionError:
        raise FaultError(row, "nested too deeply") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text) or error.msg.startswith("Unterminated string")
        raise FaultError(
            row,
            CUT_OFF if cut else f"not JSON: {error.msg} (character {error.pos - at + 1})",
        ) from None
    except ValueError as error:
        raise FaultError(row, f"not JSON: {error}") from None


def _object(value: object, row: int) -> dict[str, object]:
    if not isinstance(value, dict):
        raise FaultError(row, f"a record must be a JSON object, not {json.dumps(value)[:40]}")
    return value


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in WHITE:
        at += 1
    return at
