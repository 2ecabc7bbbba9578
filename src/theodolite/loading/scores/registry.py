"""The formats of scores there are, and how one is told from a file."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, UsageError, shorten
from theodolite.loading.files import File
from theodolite.loading.scores import lm_eval, long, wide
from theodolite.loading.source import Source, listed

if TYPE_CHECKING:
    from theodolite.loading.scores.shape import ScoreFormat

__all__ = ["FORMATS", "SCORE_FORMATS", "format_of"]

FORMATS: tuple[ScoreFormat, ...] = (long, wide, lm_eval)
SCORE_FORMATS = MappingProxyType({fmt.NAME: fmt.SUMMARY for fmt in FORMATS})


def format_of(name: str | None, path: str | Path) -> ScoreFormat:
    """Return the named format, or the one that the file fits.

    Raises
    ------
    UsageError
        There is no such format.
    FormatError
        The file cannot be read, or fits no format, or more than one.
    """
    if name is not None:
        for fmt in FORMATS:
            if name == fmt.NAME:
                return fmt
        raise UsageError(f"--format {shorten(name)} is not one of {', '.join(SCORE_FORMATS)}")
    file = File.find(path)
    fitting = [fmt for fmt in FORMATS if fmt.fits(Path(file.path))]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(fmt.NAME for fmt in fitting)
        raise FormatError(
            f"{file.name}: fits the formats {names}", hint="Choose one with --format."
        )
    formats = "\n".join(f"  {fmt.NAME}: {fmt.SUMMARY}" for fmt in FORMATS)
    hint = f"The formats of scores are:\n{formats}"
    try:
        columns = listed(Source.open(path).schema)
    except FormatError as error:
        raise FormatError(str(error), hint=hint) from None
    raise FormatError(f"{file.name}: fits no format of scores (columns: {columns})", hint=hint)
