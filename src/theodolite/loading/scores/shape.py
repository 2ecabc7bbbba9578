"""What a format of scores is: a name, a way to tell it, and a way to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from theodolite.loading.scores.options import ScoreOptions
    from theodolite.tables import Removal

__all__ = ["ScoreFormat", "ScoreFrame"]


@dataclass(frozen=True)
class ScoreFrame:
    """The scores of one file, not yet validated.

    Attributes
    ----------
    frame
        The columns ``model``, ``benchmark``, ``item_id`` and ``score``; ``subject``, ``cluster``,
        ``epoch`` and ``choice`` where the file tells them; ``_file`` and ``_row`` where a row of
        the frame is not a row of the file.
    notes
        What a reader of the scores must know, each a sentence.
    removed
        Cells of the file that gave no score, and why.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    removed: tuple[Removal, ...] = ()


class ScoreFormat(Protocol):
    """What the module of a format holds."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What ``--format`` calls it."""

    @property
    def SUMMARY(self) -> str:  # noqa: N802
        """One line about it."""

    def fits(self, path: Path, /) -> bool:
        """Whether a file is of this format; looks at no more than its name and its start."""

    def read(self, path: Path, options: ScoreOptions, /) -> ScoreFrame:
        """Read the scores of a file."""
