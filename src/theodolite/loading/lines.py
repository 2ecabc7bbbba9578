"""Nested values of JSONL as the JSON text that they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["with_nested"]

LINE = "_line"


def with_nested(flat: pl.LazyFrame, where: str | bytes, nested: Sequence[str]) -> pl.LazyFrame:
    r"""Take the text of lists and objects in JSONL from the lines themselves.

    polars writes them without the second backslash of each pair: of ``["\\frac"]`` it makes
    another text, or one that is no JSON. What only polars can read (half a surrogate pair, a
    depth of 200) stays as it makes it.
    """
    # No path can name a key that holds a backslash.
    taken = {column: f"{LINE}{i}" for i, column in enumerate(nested) if "\\" not in column}
    if not taken:
        return flat
    lines = pl.scan_lines(where, name=LINE, glob=isinstance(where, str) and "://" in where).filter(
        pl.col(LINE).str.contains(r"[^ \t\r\n]")  # what polars takes for a record
    )
    values = lines.select(
        pl.col(LINE).str.json_path_match(_json_path(column)).alias(name)
        for column, name in taken.items()
    )
    return pl.concat([flat, values], how="horizontal").with_columns(
        pl.coalesce(name, column).alias(column) for column, name in taken.items()
    )


def _json_path(key: str) -> str:
    escaped = key.replace("'", "\\'")
    return f"$['{escaped}']"
