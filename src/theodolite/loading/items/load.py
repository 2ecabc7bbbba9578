"""The front door: files of items -> one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError, shorten
from theodolite.loading.items.read import read_part
from theodolite.loading.items.registry import HINT, ITEM_FORMATS
from theodolite.loading.words import in_file_words
from theodolite.tables import Items
from theodolite.tables.checks import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.loading.items.read import Part

__all__ = ["ITEM_FORMATS", "load_items"]

LONGEST_NAME = 300


def load_items(
    paths: Sequence[str | Path] | str | Path,
    *,
    format: str | None = None,  # noqa: A002 - what the option is called everywhere
    benchmark: str | None = None,
) -> Items:
    r"""Read one file of items or several, each in a format of its own.

    Parameters
    ----------
    paths
        Local files, or addresses that polars reads (``hf://``, ``s3://``): CSV, JSONL, a JSON
        array or Parquet, plain or packed by gzip or zstd, told from the content. A folder stands
        for all of its ``*.csv``.
    format
        One of ``ITEM_FORMATS``, where it cannot be told.
    benchmark
        The benchmark of all items. Without it, the column ``benchmark`` of each file, or else the
        file's name without its ending.

    Returns
    -------
    Items
        The items of all files. ``item_id`` is the file's ``item_id``, ``id`` or ``question_id``,
        or else subject/row, or the row where there is no subject; rows count from 0. Columns that
        are no part of the table stay.

    Raises
    ------
    UsageError
        There is no such format, no file is given, or ``benchmark`` is no name.
    MissingColumnError
        A file lacks a column that its format calls for.
    FormatError
        A file cannot be read, has no items, or its format cannot be told; the formats are named.
    InputError
        A cell holds what it may not hold, or an item stands twice; the message names file, row
        and column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sums_test.csv"
    ...     _ = path.write_text("2 + 2?,3,4,5,6,B\n1 + 1?,2,3,4,5,A\n")
    ...     items = load_items(path)
    >>> items.frame.select("benchmark", "item_id", "answer").rows()
    [('mmlu_test', 'sums/0', [1]), ('mmlu_test', 'sums/1', [0])]
    """
    if benchmark is not None:
        _check_name(benchmark)
    files = _files([paths] if isinstance(paths, str | Path) else paths)
    if not files:
        raise UsageError("no file of items was given")
    parts = [read_part(file, name=format, benchmark=benchmark) for file in files]
    source = parts[0].name if len(parts) == 1 else "items"
    with in_file_words({part.name: part.origins for part in parts}):
        return Items.from_frame(_joined(parts), source=source)


def _check_name(benchmark: str) -> None:
    if not benchmark.strip() or len(benchmark) > LONGEST_NAME or not benchmark.isprintable():
        raise UsageError(
            f"the benchmark {shorten(benchmark)} is no name: it must not be blank, hold control "
            f"characters or exceed {LONGEST_NAME} characters"
        )


def _files(paths: Sequence[str | Path]) -> list[str | Path]:
    files: list[str | Path] = []
    for path in paths:
        if not _is_folder(path):
            files.append(path)
            continue
        inside = sorted(Path(path).expanduser().glob("*.csv"))
        if not inside:
            raise FormatError(f"{path}: a folder without a file *.csv", hint=HINT)
        files += inside
    return files


def _is_folder(path: str | Path) -> bool:
    try:
        return "://" not in str(path) and Path(path).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):
        return False  # the reader says what is wrong with it


def _joined(parts: Sequence[Part]) -> pl.DataFrame:
    """Put the files together, with null where one has no such column."""
    if len(parts) == 1:
        return parts[0].frame
    frames = [part.frame.with_columns(pl.col(FILE).cast(pl.String)) for part in parts]
    without = [part.name for part in parts if "subject" not in part.frame.columns]
    if without and len(without) < len(parts):
        raise InputError(
            f"{without[0]}: has no column subject, which other files have",
            hint="Load the files with subjects apart from those without.",
        )
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            types.setdefault(name, set()).add(dtype)
    unlike = [name for name, dtypes in types.items() if len(dtypes) > 1]
    nested = [name for name in unlike if any(dtype.is_nested() for dtype in types[name])]
    if nested:
        raise InputError(f"the files hold different types in the column {nested[0]}")
    if unlike:
        frames = [
            frame.with_columns(pl.col([c for c in unlike if c in frame.columns]).cast(pl.String))
            for frame in frames
        ]
    return pl.concat(frames, how="diagonal")
