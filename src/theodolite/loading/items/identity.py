"""Which item a record is: benchmark, id, subject and row."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.items.cells import as_text, renamed
from theodolite.tables.checks import Column, Kind, conform

if TYPE_CHECKING:
    from theodolite.loading.items.shape import ItemFormat
    from theodolite.loading.source import Source

__all__ = ["identified", "stem"]

PLACE = (
    Column("subject", complete=True),
    Column("row", Kind.INTEGER, complete=True, low=0),
)
PACKED = (".gz", ".zst", ".zstd")


def stem(path: str) -> str:
    """Return a file's name without its folder and endings.

    Examples
    --------
    >>> stem("data/anatomy_test.csv.gz"), stem("v1.2.jsonl")
    ('anatomy_test', 'v1.2')
    """
    name = PurePosixPath(path)
    name = PurePosixPath(name.stem) if name.suffix in PACKED else name
    return name.stem


def identified(
    frame: pl.DataFrame, source: Source, fmt: ItemFormat, benchmark: str | None
) -> pl.DataFrame:
    """Add ``benchmark``, ``item_id`` and ``row`` where the file does not have them.

    Rows count from 0 in the file; where the file has a column ``subject``, from 0 in each
    subject, as in MMLU's files. The id is subject/row, or the row where there is no subject.
    """
    subject = fmt.origin("subject", frame.columns)
    frame = renamed(frame, source, subject, "subject") if subject else frame
    row = fmt.origin("row", frame.columns)
    counted = pl.int_range(pl.len())
    if subject == "subject":
        counted = counted.over("subject")
    frame = frame.with_columns((pl.col(row) if row else counted).alias("row"))
    read = {"subject": subject, "row": row}
    places = [place for place in PLACE if read[place.name] in source.schema]
    frame = conform(frame, places, source=source.name)
    if "subject" in frame.columns:
        frame = frame.with_columns(pl.col("subject").cast(pl.String))
    own = fmt.origin("item_id", frame.columns)
    if own:
        frame = as_text(renamed(frame, source, own, "item_id"), source, ["item_id"])
    else:
        parts = [name for name in ("subject", "row") if name in frame.columns]
        frame = frame.with_columns(pl.concat_str(parts, separator="/").alias("item_id"))
    if benchmark is not None or "benchmark" not in frame.columns:
        named = stem(source.file.path) if benchmark is None else benchmark
        return frame.with_columns(pl.lit(named).alias("benchmark"))
    return as_text(frame, source, ["benchmark"])
