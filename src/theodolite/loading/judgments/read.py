"""What the readers of judgments share: several files of one kind, put under each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from theodolite.errors import InputError, UsageError
from theodolite.tables.checks import FILE, ROW, Removal, problems_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from theodolite.loading.source import Source

__all__ = ["JUDGE", "OnRepeat", "columns_of", "judge_name", "once", "stacked"]

OnRepeat = Literal["error", "keep-first", "keep-last"]

JUDGE = "judge"


def stacked(
    paths: Sequence[str | Path] | str | Path, read: Callable[[str | Path], pl.DataFrame]
) -> pl.DataFrame:
    """Read each file, and keep the columns that all of them have.

    Raises
    ------
    UsageError
        There is no file.
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of judgments was given")
    frames = [read(file) for file in files]
    if len(frames) == 1:
        return frames[0]
    shared = [c for c in frames[0].columns if all(c in frame.columns for frame in frames)]
    unlike = {c for c in shared if len({frame.schema[c] for frame in frames}) > 1}
    text = sorted(unlike | {FILE})
    return pl.concat(
        frame.select(shared).with_columns(pl.col(text).cast(pl.String)) for frame in frames
    )


def columns_of(source: Source, *names: str) -> list[str]:
    """Name those columns that the file has."""
    return [name for name in names if name in source.schema and name not in (FILE, ROW)]


def judge_name(column: str, dtype: pl.DataType) -> pl.Expr:
    """Make the judge's name: the first of ``[model, template]``, its JSON text, or plain text."""
    if isinstance(dtype, pl.List):
        return pl.col(column).list.first().alias(JUDGE)
    text = pl.col(column).cast(pl.String)
    return pl.coalesce(text.str.json_path_match("$[0]"), text).alias(JUDGE)


def once(
    frame: pl.DataFrame, key: Sequence[pl.Expr], on_duplicate: OnRepeat, *, what: str
) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    """Keep one row of each key, and count the others; or raise where there are some.

    Parameters
    ----------
    frame
        Judgments in the order of the files, with ``item_id``.
    key
        What may stand once.
    on_duplicate
        Whether to raise, or to keep the first or the last of each.
    what
        What a row is: ``"grade"``, say.
    """
    same = pl.struct(*key)
    stays = same.is_last_distinct() if on_duplicate == "keep-last" else same.is_first_distinct()
    mask = frame.select(stays.alias("stays")).to_series()
    if mask.all():
        return frame, ()
    count = int((~mask).sum())
    if on_duplicate == "error":
        names = [one.meta.output_name() for one in key]
        allowed = f"there already for this {', '.join(n for n in names if n != 'item_id')}"
        raise InputError(
            problems_at(frame, "item_id", ~mask, allowed),
            total=count,
            hint="FastChat appends to its file when it is run again: choose with --on-duplicate "
            "keep-last or --on-duplicate keep-first.",
        )
    reason = (
        f"a {what} that the judge gave anew later"
        if on_duplicate == "keep-last"
        else f"a {what} of what the judge had judged before"
    )
    return frame.filter(mask), (Removal(reason, count),)
