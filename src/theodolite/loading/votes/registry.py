"""The formats of votes there are, and how one is told from the columns of a file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, MissingColumnError, UsageError, shorten
from theodolite.loading.source import listed
from theodolite.loading.votes import (
    alpaca_eval,
    arena_55k,
    arena_100k,
    arena_140k,
    arena_hard,
    crowd,
    fastchat,
    mt_bench_pairs,
    own,
)
from theodolite.loading.votes.shape import VoteFormat, has_marks

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FORMATS", "VOTE_FORMATS", "format_of", "providers"]

FORMATS: tuple[VoteFormat, ...] = (
    own.FORMAT,
    fastchat.FORMAT,
    arena_55k.FORMAT,
    arena_100k.FORMAT,
    arena_140k.FORMAT,
    alpaca_eval.FORMAT,
    arena_hard.FORMAT,
    mt_bench_pairs.FORMAT,
    crowd.FORMAT,
)
VOTE_FORMATS = MappingProxyType({fmt.name: fmt.summary for fmt in FORMATS})


def format_of(
    name: str | None, columns: Iterable[str], renamed: Iterable[str], source: str
) -> VoteFormat:
    """Return the named format, or the one whose marks the columns hold.

    Parameters
    ----------
    name
        What the caller asked for, if anything.
    columns
        The columns of the file.
    renamed
        The names that the caller gave other columns; they count as being there.
    source
        The file's name for an error.

    Raises
    ------
    UsageError
        There is no such format.
    MissingColumnError
        The named format needs a column that is not there.
    FormatError
        No format fits, or more than one.
    """
    columns, renamed = tuple(columns), frozenset(renamed)
    there = renamed.union(columns)
    if name is not None:
        return _named(name, there, columns, source)
    fitting = [fmt for fmt in FORMATS if has_marks(fmt.marks, there)]
    # A caller who renames model_a means a format that has model_a.
    most = max((len(fmt.mark_names & renamed) for fmt in fitting), default=0)
    fitting = [fmt for fmt in fitting if len(fmt.mark_names & renamed) == most]
    best = [fmt for fmt in fitting if not any(fmt.mark_names < o.mark_names for o in fitting)]
    if len(best) == 1:
        return best[0]
    if best:
        names = " and ".join(fmt.name for fmt in best)
        raise FormatError(
            f"{source}: the columns fit the formats {names}", hint="Choose one with --format."
        )
    raise FormatError(
        f"{source}: the columns fit no format of votes (columns: {listed(columns)})",
        hint="\n".join(
            [
                "Name the columns with --columns model_a=...,model_b=...,winner=... "
                "(and the labels with --winner-values), or bring one of the formats:",
                *(f"  {fmt.name}: {', '.join(fmt.marks).replace('|', ' or ')}" for fmt in FORMATS),
                *_separator_hint(columns),
            ]
        ),
    )


def providers(column: str) -> str:
    """Say which formats have a column of the table, as the end of an error."""
    names = [fmt.name for fmt in FORMATS if column in fmt.fields]
    return f"formats that bring it: {', '.join(names)}" if names else "no format brings it"


def _named(name: str, there: frozenset[str], columns: tuple[str, ...], source: str) -> VoteFormat:
    fmt = next((fmt for fmt in FORMATS if fmt.name == name), None)
    if fmt is None:
        raise UsageError(f"--format {shorten(name)} is not one of {', '.join(VOTE_FORMATS)}")
    missing = [mark for mark in fmt.marks if not has_marks((mark,), there)]
    if missing:
        raise MissingColumnError(
            f"{source}: no column {listed(missing).replace('|', ' or ')}, which the format {name} "
            f"needs (columns: {listed(columns)})",
            hint="Name other columns with --columns NAME=COLUMN, or leave --format out.",
        )
    return fmt


def _separator_hint(columns: tuple[str, ...]) -> list[str]:
    if len(columns) == 1 and any(mark in columns[0] for mark in (";", "\t", "|")):
        return ["Cells of CSV must be separated by commas."]
    return []
