"""The shares of a population, from a file of two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from theodolite.loading.source import Source
from theodolite.tables.checks import Column, Kind, already_there, conform

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_shares"]


def load_shares(path: str | Path, column: str) -> dict[str, float]:
    r"""Read how large a share of a population each category has.

    Parameters
    ----------
    path
        CSV, JSONL, a JSON array or Parquet.
    column
        The column of the categories; their shares stand in ``share``, in any unit.

    Raises
    ------
    MissingColumnError
        One of the two columns is absent.
    FormatError
        The file cannot be read.
    InputError
        A cell is empty, a share is below 0 or no number, or a category stands twice.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "shares.csv"
    ...     _ = path.write_text("language,share\nEnglish,70\nChinese,30\n")
    ...     load_shares(path, "language")
    {'English': 70.0, 'Chinese': 30.0}
    """
    source = Source.open(path)
    columns = (Column(column, required=True), Column("share", Kind.REAL, required=True, low=0))
    frame = conform(source.flat(), columns, source=source.name)
    first = frame.get_column(column).is_first_distinct()
    if not first.all():
        raise already_there(frame, column, first)
    return dict(frame.select(column, "share").iter_rows())
