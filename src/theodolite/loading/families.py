"""The families of models: those of the shipped facts, and a file's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.models import load_models
from theodolite.loading.source import Source
from theodolite.tables.checks import Column, already_there, conform

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_families"]


def load_families(path: str | Path | None = None) -> dict[str, str]:
    r"""Give the family of every model that the shipped facts name, by its name and other names.

    Parameters
    ----------
    path
        A file with the columns ``model`` and ``family``, which come before the shipped facts.

    Raises
    ------
    MissingColumnError
        A column is absent.
    InputError
        A cell is empty, or a model stands twice.

    Examples
    --------
    >>> load_families()["gpt-4-1106-preview"]
    'GPT-4'
    """
    facts = load_models()
    known = facts.frame.filter(pl.col("family").is_not_null())
    out = dict(known.select(pl.col("model", "family").cast(pl.String)).iter_rows())
    for alias, model in facts.aliases.select("alias", "model").iter_rows():
        if model in out:
            out.setdefault(alias, out[model])
    if path is None:
        return out
    source = Source.open(path)
    columns = [Column("model", required=True), Column("family", required=True)]
    frame = conform(source.flat(), columns, source=source.name)
    first = frame.get_column("model").is_first_distinct()
    if not first.all():
        raise already_there(frame, "model", first)
    return out | dict(frame.select(pl.col("model", "family").cast(pl.String)).iter_rows())
