"""The files of the reference recipe: difficulties of instructions, and gamed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.digest import digest
from theodolite.loading.source import Source
from theodolite.tables.reference_recipe import difficulty_frame, gamed_frame

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_difficulty", "load_gamed"]


def load_difficulty(path: str | Path) -> pl.DataFrame:
    r"""Read how hard each instruction is for the baseline.

    Parameters
    ----------
    path
        CSV, JSONL, a JSON array or Parquet with ``item_id`` (or ``index``) and
        ``instruction_difficulty``, in the order of the instructions. Where there is
        ``instruction`` instead of an id, its digest is the id, as in ``annotations.json``.

    Returns
    -------
    polars.DataFrame
        ``item_id`` and ``instruction_difficulty``, in the order of the file.

    Raises
    ------
    MissingColumnError
        A column is absent.
    FormatError
        The file cannot be read, or has no row.
    InputError
        A cell is empty or no number, or an instruction stands twice.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "items.csv"
    ...     _ = path.write_text("index,instruction_difficulty\n0,-0.5\n1,1.25")
    ...     load_difficulty(path).rows()
    [('0', -0.5), ('1', 1.25)]
    """
    source = Source.open(path)
    frame = source.flat()
    if "item_id" not in frame.columns:
        if "index" in frame.columns:
            frame = frame.rename({"index": "item_id"})
        elif frame.schema.get("instruction") == pl.String:
            frame = frame.with_columns(digest(pl.col("instruction")).alias("item_id"))
    frame = difficulty_frame(frame, source=source.name)
    return frame.select("item_id", "instruction_difficulty")


def load_gamed(path: str | Path) -> pl.DataFrame:
    r"""Read the rows of the baseline's own long and short answers.

    Parameters
    ----------
    path
        CSV, JSONL, a JSON array or Parquet with ``std_delta_len``, ``instruction_difficulty``
        and ``pseudo_preference`` (or ``preference``) from 0 to 1.

    Returns
    -------
    polars.DataFrame
        The three, in the order of the file, which the folds follow.

    Raises
    ------
    MissingColumnError
        A column is absent.
    FormatError
        The file cannot be read, or has no row.
    InputError
        A cell is empty, no number, or a preference outside 0..1.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> lines = ["std_delta_len,instruction_difficulty,preference", "1.5,-0.25,0.125"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "gamed.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     load_gamed(path).rows()
    [(1.5, -0.25, 0.125)]
    """
    source = Source.open(path)
    frame = source.flat()
    if "preference" in frame.columns and "pseudo_preference" not in frame.columns:
        frame = frame.rename({"preference": "pseudo_preference"})
    frame = gamed_frame(frame, source=source.name)
    return frame.select("std_delta_len", "instruction_difficulty", "pseudo_preference")
