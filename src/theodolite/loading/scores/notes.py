"""What a reader of a table of answers must know: cells that were not asked, or not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.loading.scores.answers import ABSENT, UNREAD
from theodolite.loading.source import Container, Source, listed
from theodolite.tables.checks import Removal

__all__ = ["not_asked", "unread", "unread_subjects"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# In a subject of fewer items, that a model gave no answer may be chance.
FEWEST_ITEMS = 10
NOT_ASKED = "not asked"
MOST_NAMED = 5


def not_asked(count: int, source: Source) -> tuple[tuple[Removal, ...], tuple[str, ...]]:
    """Count the cells that hold nothing, and say how CSV tells them from an empty answer."""
    if not count:
        return (), ()
    note = (
        f'{source.name}: empty cells, taken as not asked: {count:,}; in CSV "" (with its quotes) '
        "is an answer that could not be read"
    )
    return (Removal(NOT_ASKED, count),), (note,) if source.container is Container.CSV else ()


def unread(codes: pl.DataFrame, source: str) -> tuple[str, ...]:
    """Say how many answers could not be read; ``codes`` has one column a model."""
    counts = codes.select((pl.all() == UNREAD).sum()).row(0)
    total = sum(counts)
    if not total:
        return ()
    worst = max(range(len(counts)), key=counts.__getitem__)
    asked = codes.height - codes.to_series(worst).null_count()
    return (
        f"{source}: answers that could not be read, and count as wrong: {total:,} (most of them "
        f"of {codes.columns[worst]}: {counts[worst]:,} of {asked:,})",
    )


def unread_subjects(
    subject: pl.Series, matrix: NDArray[np.uint8], models: Sequence[str], source: str
) -> tuple[str, ...]:
    """Say which models have no readable answer in a whole subject: perhaps they were not asked.

    Parameters
    ----------
    subject
        The subject of each item.
    matrix
        The code of each cell, items by models.
    models
        Their names.
    source
        What a note calls the file.
    """
    order = np.argsort(subject.rank("dense").to_numpy(), kind="stable")
    names = subject.gather(order)
    starts = np.flatnonzero(names.is_first_distinct().to_numpy())
    sorted_rows = matrix[order]
    asked = np.add.reduceat(sorted_rows != ABSENT, starts, axis=0, dtype=np.int64)
    empty = np.add.reduceat(sorted_rows == UNREAD, starts, axis=0, dtype=np.int64)
    silent = (asked == empty) & (asked >= FEWEST_ITEMS)
    if not silent.any():
        return ()
    those = [model for model, theirs in zip(models, silent.T, strict=True) if theirs.any()]
    first = names[int(starts[silent.any(axis=1)][0])]
    more = f" and {len(those) - MOST_NAMED} more" if len(those) > MOST_NAMED else ""
    return (
        f"{source}: in whole subjects ({first}, for one) no answer could be read of "
        f"{listed(those[:MOST_NAMED])}{more}, {asked[silent].sum():,} in all: cells that were not "
        "asked must be null",
    )
