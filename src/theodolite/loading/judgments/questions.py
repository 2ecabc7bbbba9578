"""The questions that were asked: they bring the category of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading.judgments.read import columns_of
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, already_there, conform, problems_at, with_origin

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.tables import Gradings, Judgments

    AnyAsked = TypeVar("AnyAsked", Gradings, Judgments)

__all__ = ["with_questions"]


def with_questions(table: AnyAsked, path: str | Path) -> AnyAsked:
    """Give every judgment the category of its question.

    Parameters
    ----------
    table
        Gradings or judgments.
    path
        A file with ``question_id`` (or ``item_id``) and ``category``, a row a question: MT-Bench's
        ``question.jsonl``, say.

    Raises
    ------
    MissingColumnError
        The file lacks one of the two.
    FormatError
        It cannot be read, or is empty.
    InputError
        A question stands twice, was judged and is not in the file, or has another category in the
        judgments; the message names file, row and column.
    """
    asked = _categories(path)
    frame, own = table.frame, "category" in table.frame.columns
    found = frame.select(pl.col("item_id").cast(pl.String)).join(
        asked, on="item_id", how="left", maintain_order="left"
    )
    category = found.get_column("category")
    unknown = category.is_null()
    if unknown.any():
        raise InputError(
            problems_at(frame, "item_id", unknown, f"not among the questions of {path}"),
            total=int(unknown.sum()),
        )
    if own:
        other = frame.get_column("category").cast(pl.String) != category
        if other.any():
            raise InputError(
                problems_at(frame, "category", other, f"not the category that {path} has"),
                total=int(other.sum()),
            )
    return replace(table, frame=frame.with_columns(category))


def _categories(path: str | Path) -> pl.DataFrame:
    source = Source.open(path)
    item = columns_of(source, "item_id", "question_id")[:1]
    if not item or "category" not in source.schema:
        raise MissingColumnError(
            f"{source.name}: no column {'category' if item else 'question_id'} (columns: "
            f"{listed(source.schema)})"
        )
    frame = with_origin(source.collect(source.scan([*item, "category"])), source.name)
    if frame.is_empty():
        raise FormatError(f"{source.name}: no question in it")
    columns = [Column(name, required=True) for name in (*item, "category")]
    frame = conform(frame, columns, source=source.name)
    first = frame.select(pl.col(item[0]).is_first_distinct()).to_series()
    if not first.all():
        raise already_there(frame, item[0], first)
    return frame.select(
        pl.col(item[0]).cast(pl.String).alias("item_id"), pl.col("category").cast(pl.String)
    )
