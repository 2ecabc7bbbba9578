"""The front door: files of votes -> one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, UsageError
from theodolite.loading.language import language_detector
from theodolite.loading.votes.options import VoteOptions
from theodolite.loading.votes.read import read_votes
from theodolite.loading.votes.registry import VOTE_FORMATS
from theodolite.tables import Votes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.tables import OnDuplicate

__all__ = ["VOTE_FORMATS", "load_votes"]

DEFAULTS = VoteOptions()


def load_votes(paths: Sequence[str | Path] | str | Path, options: VoteOptions = DEFAULTS) -> Votes:
    r"""Read one file of votes or several, each in a format of its own.

    Parameters
    ----------
    paths
        Local files, or addresses that polars reads (``hf://``, ``s3://``): CSV, JSONL, a JSON
        array or Parquet, plain or packed by gzip or zstd, told from the content.
    options
        The format where it cannot be told, other column names and labels, optional columns.

    Returns
    -------
    Votes
        The votes of all files. Of the optional columns, those that every file has. ``removed``
        counts the records without a verdict, and duplicates where they are to be left out.

    Raises
    ------
    UsageError
        An option is wrong.
    MissingExtraError
        ``options.detect_language`` is set, and the extra ``language`` is not installed.
    MissingColumnError
        A file lacks a column that its format or ``options.need`` calls for.
    FormatError
        A file cannot be read, or its format cannot be told.
    InputError
        A cell holds what it may not hold; the message names file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "votes.csv"
    ...     _ = path.write_text("left,right,winner\nx,y,left\ny,z,tie\n")
    ...     votes = load_votes(path)
    >>> votes.models, votes.frame["winner"].to_list()
    (('x', 'y', 'z'), ['model_a', 'tie'])
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of votes was given")
    if options.dedup_prompts is not None:
        options = replace(options, need=options.need | {"prompt_id"})
    if options.detect_language:
        language_detector()  # where it is not installed, nothing need be read
    parts = [read_votes(file, options, alone=len(files) == 1) for file in files]
    votes = _joined(parts, options.on_duplicate)
    if options.dedup_prompts is not None:
        votes = votes.at_most_per_prompt(options.dedup_prompts)
    # Ids have been compared; they stay only where somebody asks for them.
    idle = "vote_id" in votes.frame.columns and "vote_id" not in options.asked
    return replace(votes, frame=votes.frame.drop("vote_id")) if idle else votes


def _joined(parts: list[Votes], on_duplicate: OnDuplicate) -> Votes:
    parts = _alike(parts)
    with_id = [part for part in parts if "vote_id" in part.frame.columns]
    if with_id and len(with_id) < len(parts):
        # Joined with the others they lose their ids: those are compared first.
        rest = [part for part in parts if "vote_id" not in part.frame.columns]
        parts = [Votes.concat(with_id, on_duplicate=on_duplicate), *rest]
    return Votes.concat(parts, on_duplicate=on_duplicate)


def _alike(parts: list[Votes]) -> list[Votes]:
    """Give the parts the same counting columns and types, so that joining them loses nothing."""
    if len(parts) == 1:
        return parts
    for name, missing in (("weight", pl.lit(1.0)), ("share_a", _share())):
        if any(name in part.frame.columns for part in parts):
            parts = [
                part
                if name in part.frame.columns
                else replace(part, frame=part.frame.with_columns(missing.alias(name)))
                for part in parts
            ]
    schemas = [part.frame.schema for part in parts]
    unlike = [
        name
        for name in schemas[0]
        if name not in ("model_a", "model_b")
        and len({schema[name] for schema in schemas if name in schema}) > 1
    ]
    nested = [name for name in unlike if any(s[name].is_nested() for s in schemas if name in s)]
    if nested:
        raise InputError(f"the files hold different types in the column {nested[0]}")
    return [
        replace(part, frame=part.frame.with_columns(pl.col(*unlike).cast(pl.String)))
        if unlike
        else part
        for part in parts
    ]


def _share() -> pl.Expr:
    winner = pl.col("winner").cast(pl.String)
    return pl.when(winner == "model_a").then(1.0).when(winner == "model_b").then(0.0).otherwise(0.5)
