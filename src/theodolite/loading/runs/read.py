"""One file of runs, from its columns to the table."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading.runs.options import SHORT
from theodolite.loading.runs.registry import format_of
from theodolite.loading.source import Source, listed
from theodolite.loading.words import in_file_words
from theodolite.tables import Runs
from theodolite.tables.checks import FILE, ROW, Kind, to_kind, with_origin
from theodolite.tables.runs import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from theodolite.loading.runs.options import RunOptions
    from theodolite.loading.runs.shape import RunFormat

__all__ = ["Part", "read_part"]

REQUIRED = tuple(column.name for column in COLUMNS if column.required)
TEXTS = tuple(column.name for column in COLUMNS if column.kind is Kind.TEXT)
LONG = {long: short for short, long in SHORT.items()}


@dataclass(frozen=True)
class Part:
    """What one file holds.

    Attributes
    ----------
    name
        What an error calls the file.
    runs
        Its runs, validated.
    origins
        Columns of the table -> the file's columns that they come from.
    """

    name: str
    runs: Runs
    origins: Mapping[str, str]


def read_part(path: str | Path, options: RunOptions) -> Part:
    """Read one file; see :func:`theodolite.loading.load_runs`."""
    source = Source.open(path)
    if not source.schema:
        raise FormatError(f"{source.name}: no runs in it")
    # A table of ours that was written out has these two; they are counted anew.
    columns = [column for column in source.schema if column not in (FILE, ROW)]
    fmt = format_of(options.format, columns, source.name)
    view, constants = _view(columns, fmt, options, source.name)
    frame = with_origin(source.collect(source.scan(columns)), source.name)
    texts = [view[name] for name in TEXTS if view.get(name) in source.schema]
    source.refuse_nested(frame, {column: column for column in texts})
    kept = view["loss"] if options.any_loss and options.loss is None else "loss"
    frame = _under_their_names(fmt.build(frame, source.name), view, constants, kept=kept)
    origins = {**view, **fmt.makes}
    factors = options.factors
    with in_file_words({source.name: origins}), _naming_factors(factors):
        frame = _multiplied(frame, factors)
        return Part(source.name, Runs.from_frame(frame, source=source.name), origins)


def _view(
    columns: list[str], fmt: RunFormat, options: RunOptions, source: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return columns of the table -> the file's columns, and -> constants."""
    view = {name: name for name in fmt.makes}
    for name, origins in fmt.fields.items():
        there = [origin for origin in origins if origin in columns]
        view |= {name: there[0]} if there else {}
    if fmt.marks:
        # Optional columns of the table that the format does not speak of.
        view.update({c.name: c.name for c in COLUMNS if c.name in columns and c.name not in view})
    constants = {}
    for name, origin in options.column_pairs:
        if name in fmt.fixed:
            raise UsageError(
                f"--columns {name}=...: the format {fmt.name} says itself what {name} is"
            )
        if name != "loss" and origin.startswith("="):
            view.pop(name, None)
            constants[name] = origin[1:]
        elif origin in columns:
            view[name] = origin
        else:
            option = "--loss" if name == "loss" and options.loss else "--columns"
            raise MissingColumnError(
                f"{source}: no column {listed([origin])}, which {option} names "
                f"(columns: {listed(columns)})"
            )
    if "loss" not in view:
        losses = fmt.losses(columns)
        view["loss"] = _only_loss(losses[:1] if options.any_loss else losses, columns, source)
    _refuse_lack({*view, *constants}, columns, source)
    _refuse_factors({*view, *constants}, fmt, options, source)
    return view, constants


def _only_loss(losses: list[str], columns: list[str], source: str) -> str:
    if len(losses) == 1:
        return losses[0]
    if losses:
        raise MissingColumnError(
            f"{source}: no column loss, but several that may be it: {listed(losses)}",
            hint="Choose one with --loss COLUMN.",
        )
    raise MissingColumnError(
        f"{source}: no column loss (columns: {listed(columns)})",
        hint="Name the file's own with --loss COLUMN.",
    )


def _refuse_lack(there: set[str], columns: list[str], source: str) -> None:
    lacking = [name for name in REQUIRED if name not in there]
    if not lacking:
        return
    hint = f"Name the file's own with --columns {lacking[0]}=COLUMN."
    if len(lacking) == 1 and "flops" in there:
        hint = (
            f"It is not derived from the flops: that would settle how they were counted. {hint} "
            f"Or write {LONG[lacking[0]]} into the file, if you know that C = 6 N D holds."
        )
    words = ", ".join(f"{name} (or {LONG[name]})" for name in lacking)
    raise MissingColumnError(f"{source}: no column {words} (columns: {listed(columns)})", hint=hint)


def _refuse_factors(there: set[str], fmt: RunFormat, options: RunOptions, source: str) -> None:
    for name in options.factors:
        if name in fmt.fixed:
            raise UsageError(f"--units {name}=...: the format {fmt.name} holds counts")
        if name not in there:
            raise MissingColumnError(f"{source}: no column {name}, which --units multiplies")


def _under_their_names(
    frame: pl.DataFrame, view: Mapping[str, str], constants: Mapping[str, str], *, kept: str
) -> pl.DataFrame:
    """Put the table's columns first, then those of the file that make none, as they came.

    ``kept`` is a column that stays under its own name too.
    """
    named = {*view.values(), *view, *constants, FILE, ROW} - ({kept} - {"loss"})
    rest = [name for name in frame.columns if name not in named]
    made = {
        **{name: pl.col(origin) for name, origin in view.items()},
        **{name: pl.lit(text) for name, text in constants.items()},
    }
    order = [c.name for c in COLUMNS if c.name in made]
    order += [name for name in made if name not in order]
    return frame.select(*(made[name].alias(name) for name in order), *rest, FILE, ROW)


def _multiplied(frame: pl.DataFrame, factors: Mapping[str, float]) -> pl.DataFrame:
    """Multiply columns; one with a cell that is no number stays, for the table to refuse."""
    for name, factor in factors.items():
        column = frame.get_column(name)
        numbers = to_kind(column, Kind.REAL)
        if numbers is not None and numbers.null_count() == column.null_count():
            frame = frame.with_columns((numbers * factor).alias(name))
    return frame


@contextmanager
def _naming_factors(factors: Mapping[str, float]) -> Iterator[None]:
    """Say of a number in an error that it was multiplied."""
    try:
        yield
    except InputError as error:
        if not error.problems:
            raise
        problems = [
            replace(p, allowed=f"{p.allowed} (after --units {p.column}={factor:g})")
            if (factor := factors.get(p.column or "")) and isinstance(p.value, float)
            else p
            for p in error.problems
        ]
        raise type(error)(problems, total=error.total, hint=error.hint) from None
