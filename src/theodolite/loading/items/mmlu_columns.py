"""``mmlu-columns``: one column a choice.

``A``, ``B`` and on, as far as there are such columns without a gap; ``answer`` is a letter or a
position from 0. Cells beyond D that are empty to the end of the row are no choices: the item has
fewer. Any other empty cell is a choice without a text (in CSV; elsewhere null is refused).
"""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.loading.items.cells import as_text, filled
from theodolite.loading.items.keys import as_letters, as_positions, keyed
from theodolite.loading.items.shape import ItemFormat
from theodolite.loading.source import Container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.loading.source import Source

__all__ = ["FORMAT", "with_choices"]

ALWAYS = "ABCD"
RESERVED = "ABCDEFGHIJ"


def _letters(columns: Sequence[str], name: str) -> list[str]:
    found = []
    for letter in ascii_uppercase:
        if letter not in columns:
            break
        found.append(letter)
    beyond = [letter for letter in RESERVED if letter in columns and letter not in found]
    if beyond:
        gap = ascii_uppercase[len(found)]
        raise FormatError(f"{name}: has a column {beyond[0]} but no column {gap}")
    return found


def with_choices(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Make one list of the columns that hold a choice each, in their place."""
    columns = _letters(frame.columns, source.name)
    frame = as_text(frame, source, ["question", *columns])
    always = [column for column in columns if column in ALWAYS]
    frame = filled(frame, source, ["question", *always])
    ends = [pl.when(pl.col(c).is_not_null()).then(at) for at, c in enumerate(columns, 1)]
    count = pl.max_horizontal(*ends[len(always) :], pl.lit(len(always)))
    choices = pl.concat_list(columns).list.head(count)
    if source.container is Container.CSV:
        choices = choices.list.eval(pl.element().fill_null(""))
    return frame.with_columns(choices.alias("choices")).drop(columns)


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = with_choices(frame, source)
    at = keyed(frame, source, "answer", [as_letters, as_positions])
    return frame.with_columns(at.alias("answer"))


FORMAT = ItemFormat(
    name="mmlu-columns",
    summary="a column a choice: question, A, B, ... and answer, a letter or a position",
    marks=("question", "A", "B", "answer"),
    build=_build,
    texts=tuple(ascii_uppercase),
)
