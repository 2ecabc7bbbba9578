"""How a caller steers the reading of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theodolite.tables import Items

__all__ = ["ScoreOptions"]


@dataclass(frozen=True)
class ScoreOptions:
    """How to read the files of scores; every field may be left out.

    Attributes
    ----------
    format
        A name in :data:`~theodolite.loading.SCORE_FORMATS`; ``None`` tells it from the file.
    benchmark
        What to call the benchmark: needed where a table does not say, and in place of the task's
        own name in a log.
    metric
        Which of the metrics of a log is the score; needed where there is more than one.
    filter
        Which of the filters (the ways to read an answer out of a response) of a log to take;
        needed where there is more than one.
    items
        The items that were asked. They bring the key where a file holds letters, and every item
        of the file must be among them.
    model
        What to call the model, in place of the name in a log; needed where a file does not say.

    Examples
    --------
    >>> ScoreOptions(benchmark="mmlu").benchmark
    'mmlu'
    """

    format: str | None = None
    benchmark: str | None = None
    metric: str | None = None
    filter: str | None = None
    items: Items | None = None
    model: str | None = None
