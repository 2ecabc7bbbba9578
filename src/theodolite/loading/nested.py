"""Single values out of nested columns, typed (Parquet) or as JSON text (the others)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PanicException, PolarsError

from theodolite.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["first_failing", "key_of"]

Path = tuple[str, ...]


def key_of(name: str, dtype: pl.DataType, example: object) -> pl.Expr | None:
    """Return an expression for ``COLUMN.KEY``, where that column has that key.

    Parameters
    ----------
    name
        A column and a key in it: the key's own name, or all keys on the way to it, joined by
        periods.
    dtype
        The type of the column: a struct, or text.
    example
        A value of the column, from which the keys are told where it is text.

    Raises
    ------
    UsageError
        More than one key has that name.

    Examples
    --------
    >>> example = {"math_v0.1": {"math": False}, "if_v0.1": {"if": True, "score": 4}}
    >>> print(key_of("category_tag.math", pl.String(), example))
    col("category_tag").str.json_path_match(["$['math_v0.1']['math']"])
    """
    column, _, key = name.partition(".")
    paths = list(_struct_paths(dtype)) if isinstance(dtype, pl.Struct) else list(_paths(example))
    hits = [path for path in paths if key == path[-1] or key == ".".join(path)]
    if len(hits) > 1:
        ways = ", ".join(f"{column}.{'.'.join(path)}" for path in hits)
        raise UsageError(f"{name} may mean {ways}: name one of them")
    if not hits:
        return None
    value = pl.col(column)
    if not isinstance(dtype, pl.Struct):
        return value.str.json_path_match("$" + "".join(f"['{step}']" for step in hits[0]))
    for step in hits[0]:
        value = value.struct.field(step)
    return value


def first_failing(frame: pl.DataFrame, make: Callable[[pl.DataFrame], object]) -> int | None:
    """Halve the rows until the one is left from which polars cannot make what ``make`` makes.

    Returns
    -------
    int or None
        The row, from 0; ``None`` where all of them can be made.
    """

    def fails(part: pl.DataFrame) -> bool:
        try:
            make(part)
        except (PolarsError, PanicException):
            return True
        return False

    low, high = 0, frame.height
    if not fails(frame):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if fails(frame.slice(low, middle - low)):
            high = middle
        else:
            low = middle
    return low


def _struct_paths(dtype: pl.Struct) -> Iterator[Path]:
    for field in dtype.fields:
        if isinstance(field.dtype, pl.Struct):
            yield from ((field.name, *path) for path in _struct_paths(field.dtype))
        else:
            yield (field.name,)


def _paths(example: object) -> Iterator[Path]:
    if isinstance(example, Mapping):
        for key, value in example.items():
            if isinstance(value, Mapping):
                yield from ((key, *path) for path in _paths(value))
            elif "'" not in key:
                yield (key,)
