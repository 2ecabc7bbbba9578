"""Helpers of the tests of items: files of each format, and a slow reader of them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.loading.files import written
from theodolite.errors import InputError
from theodolite.loading import load_items

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.tables import Items

Records = list[dict[str, Any]]
CONTAINERS = ("csv", "jsonl", "json", "parquet")


def saved(folder: Path, records: Records, container: str, name: str = "quiz") -> Path:
    """Write records down as other programs do: lists in CSV as JSON."""
    path = folder / f"{name}.{container}"
    if container == "parquet":
        pl.DataFrame(records, infer_schema_length=None).write_parquet(path)
        return path
    if container == "jsonl":
        text = "".join(json.dumps(record) + "\n" for record in records)
    elif container == "json":
        text = json.dumps(records)
    else:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(records[0]))
        writer.writeheader()
        for record in records:
            nested = {k: json.dumps(v) for k, v in record.items() if isinstance(v, list | dict)}
            writer.writerow(record | nested)
        text = stream.getvalue()
    return written(folder, text, path.name)


def headless(folder: Path, rows: list[list[str]], name: str = "anatomy_test.csv") -> Path:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return written(folder, stream.getvalue(), name)


def columns_of(items: Items, *names: str) -> list[tuple[Any, ...]]:
    return items.frame.select(names).rows()


def error_of(path: object, **options: str) -> str:
    """The message of the error that the file must raise."""
    with pytest.raises(InputError) as caught:
        load_items(path, **options)  # type: ignore[arg-type]
    return str(caught.value)
