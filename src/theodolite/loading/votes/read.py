"""One file of votes, from its columns to the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.loading.files import polars_failures
from theodolite.loading.language import detect_languages
from theodolite.loading.nested import first_failing
from theodolite.loading.source import Container, Source
from theodolite.loading.votes.plan import Plan
from theodolite.loading.votes.registry import format_of
from theodolite.loading.votes.shape import PROMPT
from theodolite.tables import Removal, Votes
from theodolite.tables.checks import ROW, problems_at, with_origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from theodolite.loading.votes.options import VoteOptions

__all__ = ["read_votes"]


def read_votes(path: str | Path, options: VoteOptions, *, alone: bool) -> Votes:
    """Read one file; see :func:`theodolite.loading.load_votes`.

    ``alone`` says that no other file's vote ids will be compared with this one's.
    """
    source = Source.open(path)
    if not source.schema:
        raise FormatError(f"{source.name}: no votes in it")
    renamed = dict(options.column_pairs)
    fmt = format_of(options.format, source.schema, renamed, source.name)
    if fmt.decide and options.label_pairs:
        raise UsageError(f"the format {fmt.name} has no labels that --winner-values could name")
    plan = Plan.of(source, fmt, options)
    frame = _without_ids(source, plan) if alone and "vote_id" not in options.asked else None
    frame = with_origin(_collect(source, plan) if frame is None else frame, source.name)
    source.refuse_nested(frame, plan.names)
    if options.detect_language:
        frame = frame.with_columns(detect_languages(frame.get_column(PROMPT))).drop(PROMPT)
    removed: tuple[Removal, ...] = ()
    try:
        if fmt.decide:
            frame, removed = _without_verdict(fmt.decide(frame, source.name), source.name)
        else:
            meanings = {label: winner for winner, label in options.label_pairs}
            frame = _name_winners(frame, {**fmt.labels, **meanings})
        keep = [name for name in frame.columns if name in plan.wanted or name.startswith("_")]
        return Votes.from_frame(
            frame.select(keep),
            source=source.name,
            on_duplicate=options.on_duplicate,
            removed=removed,
        )
    except InputError as error:
        raise _in_file_words(error, plan) from None


def _without_ids(source: Source, plan: Plan) -> pl.DataFrame | None:
    """Read all but the ids, which cost most of the memory; ``None`` unless they all differ."""
    if source.container is not Container.PARQUET or "vote_id" not in plan.made:
        return None
    if source.schema.get(plan.in_file("vote_id") or "") != pl.String:
        return None
    frame = _collect(source, replace(plan, hashed_ids=True))
    ids = frame.get_column("vote_id")
    unique = ids.null_count() == 0 and ids.n_unique() == len(ids)
    return frame.drop("vote_id") if unique else None


def _collect(source: Source, plan: Plan) -> pl.DataFrame:
    with polars_failures(source.name):
        query = plan.query(source.scan(plan.file_columns))
    try:
        return source.collect(query)
    except FormatError as error:
        raw = source.collect(source.scan(plan.file_columns))
        at = first_failing(raw, lambda part: plan.query(part.lazy()).collect())
        if at is None:
            raise
        where = f"{source.name}, row {raw.item(at, ROW)}"
        raise FormatError(str(error).replace(source.name, where, 1)) from None


def _without_verdict(frame: pl.DataFrame, name: str) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    given = frame.get_column("winner").is_not_null()
    count = len(given) - int(given.sum())
    if count == 0:
        return frame, ()
    if count == len(given):
        raise InputError(f"{name}: none of its {count:,} records holds a verdict")
    return frame.filter(given), (Removal("no verdict", count),)


def _name_winners(frame: pl.DataFrame, labels: Mapping[str, str]) -> pl.DataFrame:
    """Replace the file's labels by the table's; raise for one that has no meaning."""
    winner = frame.get_column("winner")
    if not isinstance(winner.dtype, pl.Categorical):
        return frame
    seen = winner.unique().drop_nulls().cast(pl.String).to_list()
    unknown = [label for label in seen if label not in labels]
    if unknown:
        bad = winner.cast(pl.String).is_in(unknown).fill_null(value=False)
        raise InputError(
            problems_at(frame, "winner", bad, f"not one of {', '.join(labels)}"),
            total=int(bad.sum()),
            hint="Name the file's own labels with --winner-values, such as a=left,b=right,tie=tie.",
        )
    if all(labels[label] == label for label in seen):
        return frame
    return frame.with_columns(winner.cast(pl.String).replace(labels).cast(pl.Categorical))


def _in_file_words(error: InputError, plan: Plan) -> InputError:
    """Name the columns in an error as the file does."""
    if not error.problems:
        return error
    problems = [replace(p, column=plan.in_file(p.column)) for p in error.problems]
    return type(error)(problems, total=error.total, hint=error.hint)
