"""Deciding, before a file is read, which of its columns make which column of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MissingColumnError, UsageError, shorten
from theodolite.loading.files import polars_failures
from theodolite.loading.language import LONGEST
from theodolite.loading.nested import key_of
from theodolite.loading.source import listed
from theodolite.loading.votes.registry import providers
from theodolite.loading.votes.shape import PROMPT, column
from theodolite.tables.checks import FILE, ROW, Kind
from theodolite.tables.votes import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from theodolite.loading.source import Source
    from theodolite.loading.votes.options import VoteOptions
    from theodolite.loading.votes.shape import Schema, VoteFormat

__all__ = ["Plan"]

REQUIRED = ("model_a", "model_b", "winner")
ALWAYS = (*REQUIRED, "vote_id", "weight", "share_a")
# Few different values: kept once each, which is what makes millions of rows small.
FEW_VALUES = (*REQUIRED, "judge", "language", "category")
CANONICAL = frozenset(column.name for column in COLUMNS)
PLAIN = frozenset(c.name for c in COLUMNS if c.kind is Kind.TEXT) | {"model", "baseline", PROMPT}


@dataclass(frozen=True)
class Plan:
    """What to read from one file, and what to make of it.

    Attributes
    ----------
    view
        The format's name of each column that is used -> an expression over the file's columns.
    made
        Each column to make -> an expression over the view.
    wanted
        The columns that stay in the end, where they are made.
    hashed_ids
        Whether vote ids are read as numbers that differ where the ids do (but may, rarely, where
        they do not): as many numbers as rows prove that no id stands twice.
    """

    view: Mapping[str, pl.Expr]
    made: Mapping[str, pl.Expr]
    wanted: tuple[str, ...]
    hashed_ids: bool = False

    @classmethod
    def of(cls, source: Source, fmt: VoteFormat, options: VoteOptions) -> Plan:
        """Find an expression for every column that is required or asked for.

        Raises
        ------
        UsageError
            ``options.columns`` names what the file or the format does not have.
        MissingColumnError
            A column that is needed cannot be made.
        """
        view = _view(source, fmt, options)
        schema = _types(source, view)
        renamed = {name for name, _ in options.column_pairs}
        made: dict[str, pl.Expr] = {}
        for name, make in fmt.evidence.items():
            expression = make(schema)
            if expression is None:
                raise _missing(name, fmt, source)
            made[name] = expression
        asked = options.asked
        if options.detect_language:
            asked = asked | {"language"}
            made[PROMPT] = _prompt(fmt, schema, source, renamed)
        wanted = (*ALWAYS, *sorted(asked.difference(ALWAYS)))
        for name in wanted:
            detected = name == "language" and options.detect_language
            if detected or name in fmt.computed or name in made:
                continue
            overridden = name in renamed and name not in fmt.mark_names
            expression = pl.col(name) if overridden else _made(name, fmt, schema, source)
            if expression is not None:
                made[name] = expression
            elif name in REQUIRED or name in options.need:
                raise _missing(name, fmt, source)
        used = {root for expression in made.values() for root in expression.meta.root_names()}
        for name in renamed - used:
            raise UsageError(
                f"--columns {name}=...: the format {fmt.name} has no column of that name, or "
                "nothing that was asked for needs it"
            )
        return cls({name: view[name] for name in view if name in used}, made, wanted)

    @property
    def file_columns(self) -> list[str]:
        """The columns of the file to read."""
        roots = [root for expression in self.view.values() for root in expression.meta.root_names()]
        return list(dict.fromkeys(roots))

    def query(self, lazy: pl.LazyFrame) -> pl.LazyFrame:
        """Make the columns, with ``_row`` first, from a scan of the file's columns."""
        lazy = lazy.select(ROW, *(e.alias(name) for name, e in self.view.items()))
        lazy = lazy.select(ROW, *(e.alias(name) for name, e in self.made.items()))
        types = lazy.collect_schema()
        if PROMPT in types:
            lazy = lazy.with_columns(pl.col(PROMPT).str.slice(0, LONGEST))
        if self.hashed_ids:
            ids = pl.col("vote_id")
            lazy = lazy.with_columns(vote_id=pl.when(ids.str.len_bytes() > 0).then(ids.hash()))
        return lazy.with_columns(
            _compact(pl.col(name), types[name]) for name in FEW_VALUES if name in types
        )

    @property
    def names(self) -> dict[str, str]:
        """The columns of names and labels that are columns of the file -> those columns."""
        return {
            name: root
            for name, expression in self.made.items()
            if name in PLAIN and expression.meta.is_column()
            for root in self.view[expression.meta.output_name()].meta.root_names()
        }

    def in_file(self, name: str | None) -> str | None:
        """Return what the file calls a column of the table, where it is made from one column."""
        made = self.made.get(name or "")
        roots = set() if made is None else set(made.meta.root_names())
        if len(roots) != 1:
            return name
        origin = self.view[roots.pop()].meta.root_names()
        return origin[0] if origin else name


def _compact(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean or dtype.is_integer() or isinstance(dtype, pl.Enum):
        column = column.cast(pl.String)
    elif dtype != pl.String:
        return column
    return column.cast(pl.Categorical)


def _view(source: Source, fmt: VoteFormat, options: VoteOptions) -> dict[str, pl.Expr]:
    view = {name: pl.col(name) for name in source.schema if name not in (ROW, FILE)}
    for name, origin in options.column_pairs:
        if name in fmt.computed:
            raise UsageError(f"--columns {name}=...: the format {fmt.name} makes {name} itself")
        if origin.startswith("="):
            view[name] = pl.lit(origin[1:])
        elif origin in source.schema:
            view[name] = pl.col(origin)
        else:
            raise MissingColumnError(
                f"{source.name}: no column {listed([origin])}, which --columns names "
                f"(columns: {listed(source.schema)})"
            )
    return view


def _types(source: Source, view: Mapping[str, pl.Expr]) -> Schema:
    with polars_failures(source.name):
        empty = pl.LazyFrame(schema=dict(source.schema))
        return dict(empty.select(e.alias(name) for name, e in view.items()).collect_schema())


def _made(name: str, fmt: VoteFormat, schema: Schema, source: Source) -> pl.Expr | None:
    if name in fmt.fields:
        return fmt.fields[name](schema)
    if name in schema:
        return pl.col(name)
    column = name.partition(".")[0]
    return key_of(name, schema[column], source.examples.get(column)) if column in schema else None


def _prompt(fmt: VoteFormat, schema: Schema, source: Source, renamed: Collection[str]) -> pl.Expr:
    make = column("prompt") if "prompt" in renamed else fmt.fields.get(PROMPT)
    expression = None if make is None else make(schema)
    if expression is None:
        raise MissingColumnError(
            f"{source.name}: no text of the prompt, from which the language is detected, in this "
            f"file of the format {fmt.name} (columns: {listed(source.schema)}; "
            f"{providers(PROMPT)})",
            hint="Name the column that holds it with --columns prompt=COLUMN.",
        )
    return expression


def _missing(name: str, fmt: VoteFormat, source: Source) -> MissingColumnError:
    brings = f"; {providers(name)}" if name in CANONICAL else ""
    return MissingColumnError(
        f"{source.name}: no column {shorten(name)[1:-1]} in this file of the format {fmt.name} "
        f"(columns: {listed(source.schema)}{brings})",
        hint=f"Name a column of the file with --columns {name}=COLUMN, "
        f"or one value for all rows with --columns {name}==VALUE.",
    )
