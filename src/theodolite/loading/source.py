"""One data file as a lazy frame: its container told from its content, its faults by row.

Text containers (CSV, JSONL, a JSON array) give every column as text, nested values as JSON text,
so that the table that is built from it can name the row of a cell that does not fit. Parquet
keeps its types.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError, Problem, shorten
from theodolite.loading.files import (
    FIRST_RECORDS,
    RECORD_LIMIT,
    File,
    mebibytes,
    polars_failures,
)
from theodolite.loading.lines import with_nested
from theodolite.loading.records import FaultError, csv_records, json_records, jsonl_records
from theodolite.tables.checks import FILE, ROW, with_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Container", "Source", "listed"]

HEADER_LIMIT = 2**20
HEAD = 4 * 2**20
MOST_LISTED = 40
PARQUET = b"PAR1"
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
BOM = b"\xef\xbb\xbf"
NO_TYPES: Mapping[str, pl.DataType] = MappingProxyType({})


class Container(Enum):
    """How the records are written down."""

    PARQUET = "Parquet"
    JSONL = "JSONL"
    JSON = "a JSON array"
    CSV = "CSV"


def listed(columns: Iterable[str]) -> str:
    r"""Name columns in an error, those with odd characters quoted.

    Examples
    --------
    >>> listed(["left", "right\n"])
    "left, 'right\\n'"
    """
    names = list(columns)
    shown = [c if c.isprintable() and c.strip() else shorten(c) for c in names[:MOST_LISTED]]
    more = [f"and {len(names) - MOST_LISTED} more"] if len(names) > MOST_LISTED else []
    return ", ".join([*shown, *more]) or "none"


@dataclass(frozen=True)
class Source:
    """A data file that has been looked at.

    Attributes
    ----------
    file
        Where it is.
    container
        How its records are written down.
    schema
        The columns, and the type of each; text in all containers but Parquet. In JSON and JSONL
        they are the keys of the first 100 records (and of the first 4 MiB).
    examples
        The first value of each column that is a JSON object, from the same records.
    nested
        The columns of a JSON file that hold lists, objects or nothing in these records.
    headed
        Whether the first record of a CSV file names the columns.
    """

    file: File
    container: Container
    schema: Mapping[str, pl.DataType]
    examples: Mapping[str, object] = field(default_factory=dict)
    nested: frozenset[str] = frozenset()
    headed: bool = True

    @property
    def name(self) -> str:
        """What an error calls the file."""
        return self.file.name

    @classmethod
    def headless(cls, path: str | Path, names: Sequence[str]) -> Source:
        """Take a file for CSV without a header, and name its columns.

        Raises
        ------
        FormatError
            The file is absent or empty, or its first record has another number of cells.
        """
        file = File.find(path)
        with file.open(whole=False) as handle:
            head = handle.read(HEADER_LIMIT + 1)
        if not head.removeprefix(BOM).strip():
            raise FormatError(f"{file.name}: is empty")
        try:
            cells = len(next(csv_records(io.BytesIO(head), headed=False), []))
        except FaultError as fault:
            raise _format_error(file, fault) from None
        if cells != len(names):
            raise FormatError(f"{file.name}, row 1: {cells} cells, not {', '.join(names)}")
        return cls(file, Container.CSV, _text_schema(names), headed=False)

    @classmethod
    def open(cls, path: str | Path) -> Source:
        """Look at the first records of a file.

        Raises
        ------
        FormatError
            The file is absent, empty, or not one of the containers.
        """
        file = File.find(path)
        if file.remote and file.path.endswith(".parquet"):
            return _parquet(file)
        with file.open(whole=False) as handle:
            head = handle.read(HEAD)
        if head.startswith(PARQUET):
            return _parquet(file)
        text = head.removeprefix(BOM).lstrip()
        if not text:
            raise FormatError(f"{file.name}: is empty")
        try:
            if text.startswith(b"["):
                return _json(file, head)
            return _jsonl(file) if text.startswith(b"{") else _csv(file, head)
        except FaultError as fault:
            raise _format_error(file, fault) from None

    def scan(
        self, columns: Sequence[str], *, nested: Mapping[str, pl.DataType] = NO_TYPES
    ) -> pl.LazyFrame:
        """Return some columns, after ``_row``, as they stand in the file.

        Parameters
        ----------
        columns
            Their names.
        nested
            Types of nested columns of JSONL that are not to be read as text. (polars does not
            escape a backslash when it writes a nested value as text.)

        Raises
        ------
        MissingColumnError
            The file has no such column.
        FormatError
            A whole-file reader met a record that it cannot read.
        """
        lacking = [c for c in columns if c not in self.schema]
        if lacking:
            raise MissingColumnError(
                f"{self.name}: no column {listed(lacking)} (columns: {listed(self.schema)})"
            )
        columns = columns or list(self.schema)[:1]  # no column would be no row
        if self.container is Container.PARQUET:
            lazy = pl.scan_parquet(self.file.path, glob=self.file.remote)
        elif self.container is Container.JSONL:
            lazy = self._scan_jsonl(columns, nested)
        elif self.container is Container.JSON:
            lazy = self._read_json(columns).lazy()
        else:
            lazy = self._read_csv().lazy()
        return lazy.select(columns).with_row_index(ROW, offset=1)

    def collect(self, lazy: pl.LazyFrame) -> pl.DataFrame:
        """Run a query on :meth:`scan`; where polars fails, find the record that is at fault."""
        try:
            with polars_failures(self.name):
                return lazy.collect(engine="streaming")
        except FormatError as error:
            self._find_fault()
            raise error from None

    def flat(self) -> pl.DataFrame:
        """Return every column that is not nested, with ``_row`` and ``_file``.

        A column whose first value is an object is nested. A list in JSON is kept as its text.
        """
        plain = [
            name
            for name, dtype in self.schema.items()
            if not dtype.is_nested() and name not in self.examples and name not in (ROW, FILE)
        ]
        return with_origin(self.collect(self.scan(plain)), self.name)

    def _scan_jsonl(
        self, columns: Sequence[str], nested: Mapping[str, pl.DataType]
    ) -> pl.LazyFrame:
        self._refuse_long_lines()
        schema = {column: nested.get(column, pl.String()) for column in columns}
        with self.file.open(whole=False) as handle:
            marked = handle.read(len(BOM)) == BOM
        # polars stumbles over a byte order mark, and takes some file names for patterns.
        where: str | bytes = self.file.path
        if marked or (not self.file.remote and any(mark in self.file.path for mark in "*?[")):
            with self.file.open() as handle:
                where = handle.read().removeprefix(BOM)
        flat = pl.scan_ndjson(where, schema=schema)
        return with_nested(
            flat, where, [c for c in columns if c in self.nested and c not in nested]
        )

    def _read_csv(self) -> pl.DataFrame:
        self._refuse_long_lines()
        try:
            with polars_failures(self.name):
                # All columns at once: with some left out polars passes over rows that are too long.
                frame = pl.read_csv(
                    self.file.path,
                    has_header=self.headed,
                    infer_schema=False,
                    glob=self.file.remote,
                )
        except FormatError as error:
            self._find_fault()
            raise FormatError(str(error), hint="Quotes must enclose a whole cell.") from None
        if len(frame.columns) != len(self.schema):
            self._find_fault()
            raise FormatError(f"{self.name}: the header and the rows do not fit together")
        frame.columns = list(self.schema)
        # A row that is too short ends in empty cells; only then is it worth counting the cells.
        if frame.height and frame.to_series(-1).null_count():
            self._find_fault()
        return frame

    def _read_json(self, columns: Sequence[str]) -> pl.DataFrame:
        with self.file.open() as handle:
            content = handle.read()
        schema = dict.fromkeys(columns, pl.String)
        try:
            with polars_failures(self.name):
                return pl.read_json(content.removeprefix(BOM), schema=schema)
        except FormatError:
            # polars reads no nested value as text here, nor Python's NaN.
            return self._decode_json(content, columns)

    def _decode_json(self, content: bytes, columns: Sequence[str]) -> pl.DataFrame:
        cells: dict[str, list[str | None]] = {column: [] for column in columns}
        try:
            for record in json_records(content):
                for column in columns:
                    cells[column].append(_as_text(record.get(column)))
        except FaultError as fault:
            raise _format_error(self.file, fault) from None
        return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))

    def _refuse_long_lines(self) -> None:
        if self.file.has_line_over(RECORD_LIMIT):
            self._find_fault()

    def _find_fault(self) -> None:
        """Raise for the first record that is wrong, if one is found."""
        if self.container is Container.PARQUET:
            return
        try:
            with self.file.open() as handle:
                if self.container is Container.CSV:
                    deque(csv_records(handle, headed=self.headed), maxlen=0)
                else:
                    deque(self._json_records(handle), maxlen=0)
        except FaultError as fault:
            raise _format_error(self.file, fault) from None

    def _json_records(self, handle: BinaryIO) -> Iterator[dict[str, object]]:
        if self.container is Container.JSONL:
            return jsonl_records(handle)
        return json_records(handle.read())

    def refuse_nested(self, frame: pl.DataFrame, origins: Mapping[str, str]) -> None:
        """Raise where a list or an object of a JSON file has been read as the text of a name.

        Parameters
        ----------
        frame
            Columns made from the file.
        origins
            Those that must be plain text -> the column of the file that each is.
        """
        if self.container not in (Container.JSONL, Container.JSON):
            return
        suspects = [
            origin
            for name, origin in origins.items()
            if frame.get_column(name).unique().cast(pl.String).str.contains(r"^[\[{]").any()
        ]
        if not suspects:
            return
        try:
            with self.file.open() as handle:
                problems = [
                    Problem(self.name, row, column, _as_text(record[column]), "not text")
                    for row, record in enumerate(self._json_records(handle), 1)
                    for column in suspects
                    if isinstance(record.get(column), dict | list)
                ]
        except FaultError as fault:
            raise _format_error(self.file, fault) from None
        if problems:
            raise InputError(problems)


def _format_error(file: File, fault: FaultError) -> FormatError:
    place = {None: "", 0: ", header"}.get(fault.row, f", row {fault.row}")
    return FormatError(f"{file.name}{place}: {fault.what}")


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise FaultError(None, "nested too deeply") from None


def _parquet(file: File) -> Source:
    with polars_failures(file.name):
        schema = pl.scan_parquet(file.path, glob=file.remote).collect_schema()
    return Source(file, Container.PARQUET, dict(schema))


def _text_schema(columns: Iterable[str]) -> dict[str, pl.DataType]:
    return {column: pl.String() for column in columns}


def _json_source(
    file: File, container: Container, records: Sequence[Mapping[str, object]]
) -> Source:
    schema = _text_schema(dict.fromkeys(key for record in records for key in record))
    examples: dict[str, object] = {}
    for record in records:
        for key, value in record.items():
            if isinstance(value, dict):
                examples.setdefault(key, value)
    scalar = {
        key
        for record in records
        for key, value in record.items()
        if value is not None and not isinstance(value, dict | list)
    }
    return Source(file, container, schema, examples, frozenset(schema) - scalar)


def _jsonl(file: File) -> Source:
    records = []
    with file.open(whole=False) as handle:
        for record in jsonl_records(handle):
            records.append(record)
            if len(records) == FIRST_RECORDS or handle.tell() > HEAD:
                break
    return _json_source(file, Container.JSONL, records)


def _json(file: File, head: bytes) -> Source:
    records = list(islice(json_records(head, cut=len(head) == HEAD), FIRST_RECORDS))
    if not records and len(head) == HEAD:
        with file.open(whole=False) as handle:
            head = handle.read(RECORD_LIMIT)
        records = list(islice(json_records(head, cut=len(head) == RECORD_LIMIT), FIRST_RECORDS))
        if not records:
            raise FaultError(1, f"not JSON, or a record of more than {mebibytes(RECORD_LIMIT)}")
    return _json_source(file, Container.JSON, records)


def _csv(file: File, head: bytes) -> Source:
    if b"\n" not in head[:HEADER_LIMIT] and len(head) > HEADER_LIMIT:
        raise FaultError(None, f"the first line is longer than {mebibytes(HEADER_LIMIT)}: not CSV")
    header = next(csv_records(io.BytesIO(head[: HEADER_LIMIT + 1])))
    twice = [column for column in dict.fromkeys(header) if header.count(column) > 1]
    if twice:
        raise FaultError(0, f"names {listed(twice)} more than once")
    if any(CONTROL.search(column) for column in header):
        raise FaultError(0, "holds control characters: neither CSV, JSON, JSONL nor Parquet")
    return Source(file, Container.CSV, _text_schema(header))
