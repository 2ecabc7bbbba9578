"""In which order votes came, and when somebody looks at the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from theodolite.errors import UsageError
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from theodolite.tables import Votes

    Indices = NDArray[np.int64]

__all__ = ["Looks", "Period", "Reading", "read_in_order"]

Period = Literal["votes", "hour", "day", "week", "month"]
EVERY: dict[str, str] = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}


@dataclass(frozen=True)
class Looks:
    """When the board is looked at.

    Attributes
    ----------
    by
        ``votes``: in the order of the table, at equal numbers of votes. ``hour``, ``day``,
        ``week``, ``month``: in the order of ``timestamp`` (UTC), at the end of each that has votes.
    at_most
        How many looks at most. Where there are more periods, several share one look.

    Examples
    --------
    >>> Looks(by="day").at_most
    100
    """

    by: Period = "votes"
    at_most: int = 100

    def __post_init__(self) -> None:
        if self.by not in get_args(Period):
            raise UsageError(f"looks are by {', '.join(get_args(Period))}, not {self.by!r}")
        if self.at_most < 1:
            raise UsageError(f"there must be at least one look, not {self.at_most}")


@dataclass(frozen=True)
class Reading:
    """Votes in order, with the look that first has each.

    Attributes
    ----------
    order
        Rows of the table, in the order of reading, (N,).
    look
        The look of each vote in that order, from 0 to T - 1, ascending, (N,).
    votes
        Votes by each look, (T,).
    times
        The time of the last vote of each look; ``None`` where the order is that of the table.
    """

    order: Indices
    look: Indices
    votes: Indices
    times: pl.Series | None


def read_in_order(votes: Votes, looks: Looks) -> Reading:
    """Put the votes in order and assign each to its look.

    Raises
    ------
    MissingColumnError, InputError
        The looks are by time, and the votes have no ``timestamp``, or one has none.
    """
    if looks.by == "votes":
        order = np.arange(len(votes))
        position, periods = order, len(votes)
    else:
        only_given(votes.frame, "timestamp", f"a look by {looks.by}")
        stamps = votes.frame.get_column("timestamp")
        order = np.argsort(stamps.to_physical().to_numpy(), kind="stable")
        stamps = stamps.gather(order)
        start = stamps.dt.truncate(EVERY[looks.by]).to_physical().to_numpy()
        position = np.cumsum(np.diff(start, prepend=start[:1]) != 0)
        periods = int(position[-1]) + 1
    look = position * min(looks.at_most, periods) // periods
    taken = np.searchsorted(look, np.arange(int(look[-1]) + 1), side="right")
    times = None if looks.by == "votes" else stamps.gather(taken - 1)
    return Reading(order, look, taken, times)
