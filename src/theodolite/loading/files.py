"""Finding a file and opening its bytes, whatever its name says and however it is packed."""

from __future__ import annotations

import gzip
import io
import json
import mmap
import re
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import polars as pl
from polars.exceptions import PanicException, PolarsError

from theodolite.errors import FormatError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FIRST_RECORDS",
    "RECORD_LIMIT",
    "File",
    "mebibytes",
    "polars_failures",
    "require_whole_characters",
]

RECORD_LIMIT = 64 * 2**20
FIRST_RECORDS = 100
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
MAGIC_LENGTH = 4
LONGEST_REASON = 200
# An escape that may be half of a character.
HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def mebibytes(size: int) -> str:
    """Say a limit in the unit that the documentation uses.

    Examples
    --------
    >>> mebibytes(64 * 2**20)
    '64 MiB'
    """
    return f"{size // 2**20} MiB"


@contextmanager
def polars_failures(name: str) -> Iterator[None]:
    """Turn what polars raises into a :class:`~theodolite.errors.FormatError` with its first line.

    polars also warns about the region of an s3 address; that is no concern of the caller.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    except (PolarsError, PanicException, OSError) as error:
        raise FormatError(f"{name}: cannot be read ({_first_line(error)})") from error


@dataclass(frozen=True)
class File:
    """A file that is there and may be read, local or remote.

    Attributes
    ----------
    path
        What polars is given.
    name
        What an error calls it: the path as the caller wrote it.
    remote
        Whether only polars can open it.
    packing
        ``"gzip"``, ``"zstd"`` or empty, told from the first bytes.
    """

    path: str
    name: str
    remote: bool = False
    packing: str = ""

    @classmethod
    def find(cls, path: str | Path) -> File:
        """Check that the file is there, is a file, and may be read."""
        text = str(path)
        name = text if text.isprintable() else shorten(text)
        if "://" in text:
            return cls(text, name, remote=True)
        try:
            local = Path(text).expanduser()
            if local.is_dir():
                raise FormatError(f"{name}: is a folder; name the files in it")
            if not local.exists():
                raise FormatError(f"{name}: there is no such file")
            if not local.is_file():
                raise FormatError(f"{name}: is not a regular file; save the data in one first")
            with local.open("rb") as handle:
                magic = handle.read(MAGIC_LENGTH)
        except (OSError, ValueError, RuntimeError) as error:
            raise FormatError(f"{name}: cannot be read ({_reason(error)})") from error
        packing = "gzip" if magic.startswith(GZIP) else "zstd" if magic == ZSTD else ""
        return cls(str(local), name, packing=packing)

    @contextmanager
    def open(self, *, whole: bool = True) -> Iterator[BinaryIO]:
        """Open the unpacked bytes; without ``whole``, perhaps only the first lines of them."""
        if self.remote or self.packing == "zstd":
            yield self._lines(None if whole else FIRST_RECORDS)
            return
        opener = gzip.open if self.packing else open
        try:
            with opener(self.path, "rb") as handle:
                yield cast("BinaryIO", handle)
        except (OSError, EOFError, zlib.error) as error:
            raise FormatError(f"{self.name}: cannot be read ({_reason(error)})") from error

    def _lines(self, most: int | None) -> BinaryIO:
        with polars_failures(self.name):
            lines = pl.scan_lines(self.path, n_rows=most, glob=self.remote).collect()
        return io.BytesIO("\n".join(lines.to_series().fill_null("").to_list()).encode())

    def has_line_over(self, limit: int) -> bool:
        """Whether a plain local file has a line of more than ``limit`` bytes.

        Only the last line break in each stretch of that length is looked for, so a file of
        ordinary lines is hardly touched.
        """
        local = Path(self.path)
        if self.remote or self.packing or local.stat().st_size <= limit:
            return False
        with (
            local.open("rb") as handle,
            mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as m,
        ):
            start = 0
            while start + limit < len(m):
                last = m.rfind(b"\n", start, start + limit + 1)
                if last < 0:
                    return True
                start = last + 1
        return False


def _first_line(error: BaseException) -> str:
    """Return the first line of a message, harmless on a terminal: it may quote the file."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    line = line if line.isprintable() else repr(line)[1:-1]
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}..."


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def require_whole_characters(name: str, content: bytes, value: object) -> None:
    """Raise where a JSON value holds half a character, an escape that no text may have alone.

    Examples
    --------
    >>> require_whole_characters("f.json", b'"plain"', "plain")
    """
    if not HALF.search(content):
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise FormatError(
            f"{name}: holds half a character (an escape of a surrogate that stands alone); write "
            "the file again from its source"
        ) from None
