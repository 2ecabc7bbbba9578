"""Lists of texts: typed (Parquet), or as JSON text (the other containers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PanicException, PolarsError

from theodolite.errors import InputError
from theodolite.loading.items.cells import refuse
from theodolite.loading.nested import first_failing
from theodolite.tables.checks import FILE, ROW, problems_at

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_lists", "key_lists", "labelled", "text_lists"]

POSITIONS = pl.List(pl.Int64)
TEXTS = pl.List(pl.String)
NO_LIST = 'not a list of texts, such as ["3", "4"]'
NO_KEYS = "not a position, from 0, nor a list of them, such as [0]"
# A string of JSON, and a list of which each string has been made empty.
TEXT = r'(?s)"(?:[^"\\]|\\.)*"'
SHAPE = r'^\s*\[\s*(?:(?:""|-?\d{1,18})\s*(?:,\s*(?:""|-?\d{1,18})\s*)*)?\]\s*$'
KEYS = r"^\s*(?:\[\s*(?:-?\d{1,9}\s*(?:,\s*-?\d{1,9}\s*)*)?\]|-?\d{1,9})\s*$"


def text_lists(frame: pl.DataFrame, column: str, texts: pl.Expr | None = None) -> pl.Series:
    """Return lists of texts; a whole number stands as its text.

    Parameters
    ----------
    frame, column
        Where the lists are, and what an error shows.
    texts
        Where they are inside of the column, if they are not the column itself.

    Raises
    ------
    InputError
        A cell is no JSON, no list, or a list of anything else.
    """
    made = frame.select(pl.col(column) if texts is None else texts).to_series()
    if isinstance(made.dtype, pl.Array):
        made = made.arr.to_list()
    inner = made.dtype.inner if isinstance(made.dtype, pl.List) else None
    if inner in (pl.String, pl.Null, pl.Categorical, pl.Enum) or (inner and inner.is_integer()):
        return made.cast(TEXTS)
    if made.dtype != pl.String:
        refuse(frame, column, made.is_not_null(), f"{NO_LIST} (type {made.dtype})")
        return pl.repeat(None, len(made), dtype=TEXTS, eager=True)
    # The decoder takes one text for a list of it, passes over an empty cell, and makes 1 of 1.0.
    shape = made.str.replace_all(TEXT, '""')
    refuse(frame, column, ~shape.str.contains(SHAPE).fill_null(value=True), NO_LIST)
    return _decoded(frame, column, made)


def _decoded(frame: pl.DataFrame, column: str, made: pl.Series) -> pl.Series:
    def decode(part: pl.DataFrame) -> pl.Series:
        return part.to_series().str.json_decode(TEXTS)

    try:
        return decode(made.to_frame())
    except (PolarsError, PanicException):
        row = first_failing(made.to_frame(), decode)
        if row is None:
            raise
        at = frame.select(FILE, ROW, column).slice(row, 1)
        problems = problems_at(at, column, pl.Series([True]), NO_LIST)
    raise InputError(problems)


def key_lists(frame: pl.DataFrame, column: str) -> pl.Series:
    """Return positions: one, or a list of them, a cell; as JSON text in the text containers.

    Raises
    ------
    InputError
        A cell is neither.
    """
    keys = frame.get_column(column)
    if isinstance(keys.dtype, pl.Array):
        keys = keys.arr.to_list()
    if isinstance(keys.dtype, pl.List):
        bad = not keys.dtype.inner.is_integer() and keys.dtype.inner != pl.Null
        refuse(frame, column, keys.is_not_null() & bad, f"{NO_KEYS} (type {keys.dtype})")
        return keys.cast(POSITIONS)
    if keys.dtype != pl.String:
        bad = not keys.dtype.is_integer() and keys.dtype != pl.Null
        refuse(frame, column, keys.is_not_null() & bad, f"{NO_KEYS} (type {keys.dtype})")
        return as_lists(keys)
    refuse(frame, column, ~keys.str.contains(KEYS).fill_null(value=True), NO_KEYS)
    return keys.str.extract_all(r"-?\d+").cast(POSITIONS)


def as_lists(positions: pl.Series) -> pl.Series:
    """Make a list of each position; null stays null."""
    one = pl.when(pl.first().is_not_null()).then(pl.concat_list(pl.first()))
    return positions.cast(pl.Int64).to_frame().select(one).to_series()


def labelled(frame: pl.DataFrame, column: str) -> tuple[pl.Series, pl.Series] | None:
    """Return texts and labels of choices such as ``{"text": [...], "label": [...]}``.

    Returns
    -------
    tuple of polars.Series, or None
        ``None`` where the column does not hold objects.

    Raises
    ------
    InputError
        A cell has no text or no label, not as many of both, or a label twice.
    """
    dtype = frame.schema[column]
    if isinstance(dtype, pl.Struct):
        names = {field.name for field in dtype.fields}
        if not {"text", "label"} <= names:
            allowed = "not an object with text and label"
            refuse(frame, column, pl.repeat(True, frame.height, eager=True), allowed)  # noqa: FBT003
        parts: Callable[[str], pl.Expr] = pl.col(column).struct.field
    elif dtype == pl.String and frame.get_column(column).str.contains(r"^\s*\{").any():
        parts = lambda name: pl.col(column).str.json_path_match(f"$.{name}")  # noqa: E731
    else:
        return None
    texts, labels = (text_lists(frame, column, parts(name)) for name in ("text", "label"))
    unlike = (texts.list.len() != labels.list.len()).fill_null(value=True)
    refuse(frame, column, unlike, "not an object with as many of text as of label")
    twice = labels.list.n_unique() < labels.list.len()
    refuse(frame, column, twice, "an object with a label twice")
    return texts, labels
