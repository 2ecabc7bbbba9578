"""Ratings that somebody published, and known strengths, from files of plain columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from theodolite.loading.source import Source
from theodolite.tables import Ratings
from theodolite.tables.checks import Column, Kind, already_there, conform
from theodolite.tables.ratings import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

__all__ = ["is_ratings_file", "load_ratings", "load_strengths"]

STRENGTHS = (
    Column("model", required=True),
    Column("rating", Kind.REAL, required=True),
)


def is_ratings_file(path: str | Path) -> bool:
    """Whether the columns are those of ratings, and not of votes.

    Only the first records are looked at.

    Raises
    ------
    FormatError
        The file is absent, empty, or no CSV, JSON, JSONL or Parquet.
    """
    columns = Source.open(path).schema
    return all(column.name in columns for column in COLUMNS) and "model_a" not in columns


def load_ratings(path: str | Path) -> Ratings:
    r"""Read the ratings that a leaderboard published.

    Parameters
    ----------
    path
        CSV, JSONL, a JSON array or Parquet with the columns ``model``, ``rating``, ``low`` and
        ``high``. Its other columns that are not nested are kept, so that one of several boards in
        the file can be chosen by them.

    Raises
    ------
    MissingColumnError
        One of the four columns is absent.
    FormatError
        The file cannot be read, or has no row.
    InputError
        A cell holds what it may not hold; the message names file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from theodolite.tables import Condition, select
    >>> lines = ["model,board,rating,low,high", "x,chat,1010,990,1030", "x,code,980,950,1010"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ratings.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     ratings = load_ratings(path)
    >>> select(ratings, [Condition.parse("board=code")]).one_board().frame["rating"].to_list()
    [980.0]
    """
    source = Source.open(path)
    return Ratings.from_frame(_flat(source), source=source.name)


def load_strengths(path: str | Path) -> pl.DataFrame:
    """Read the known strengths of simulated models: ``model`` and ``rating``, one row a model.

    Raises
    ------
    MissingColumnError
        One of the two columns is absent.
    FormatError
        The file cannot be read.
    InputError
        A cell is empty or no number, or a model stands twice.
    """
    source = Source.open(path)
    frame = conform(_flat(source), STRENGTHS, source=source.name)
    first = frame.get_column("model").is_first_distinct()
    if not first.all():
        raise already_there(frame, "model", first)
    return frame.select("model", "rating")


def _flat(source: Source) -> pl.DataFrame:
    frame = source.flat()
    if "model" in frame.columns:
        source.refuse_nested(frame, {"model": "model"})
    return frame
