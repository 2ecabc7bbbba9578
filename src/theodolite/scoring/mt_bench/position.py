"""What the order of two answers did to the judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.stats import clustered_means, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.matches import Matches

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Position", "Share", "position_of"]


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] with its interval, which is unknown of a single question.

    Attributes
    ----------
    share, low, high
        ``nan`` where there is nothing to count.
    n
        Of how many.
    """

    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Position:
    """Verdicts before and after the answers were swapped.

    Attributes
    ----------
    inconsistent
        Matches whose two games differ, of those with both verdicts.
    first_wins
        Games that the answer shown first won, of those with a winner.
    for_first, for_second
        Matches in which the answer shown first, or second, won both games.
    half
        Matches in which one game was a tie and the other was not.
    """

    inconsistent: Share
    first_wins: Share
    for_first: int
    for_second: int
    half: int

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return {
            "inconsistent": dict(vars(self.inconsistent)),
            "first_wins": dict(vars(self.first_wins)),
            "for_first": self.for_first,
            "for_second": self.for_second,
            "half": self.half,
        }


def position_of(matches: Matches, *, level: float) -> Position:
    """Count what swapping changed; intervals are clustered by question."""
    first, second = (
        matches.frame.get_column(name).cast(float).to_numpy() for name in ("first", "second")
    )
    both = ~np.isnan(first) & ~np.isnan(second)
    differ = np.where(both, (first != -second).astype(float), np.nan)
    says = np.concatenate([first, second])
    wins = np.where(np.isnan(says) | (says == 0), np.nan, (says > 0).astype(float))
    question = matches.question
    return Position(
        inconsistent=_share(differ, question, level),
        first_wins=_share(wins, np.concatenate([question, question]), level),
        for_first=int(((first == 1) & (second == 1)).sum()),
        for_second=int(((first == -1) & (second == -1)).sum()),
        half=int((both & ((first == 0) != (second == 0))).sum()),
    )


def _share(values: Floats, question: Integers, level: float) -> Share:
    given = ~np.isnan(values)
    if not given.any():
        return Share(np.nan, np.nan, np.nan, 0)
    means = clustered_means(values[None, given], question[given])
    low, high = mean_interval(means, level=level, share=True)
    return Share(float(means.mean[0]), float(low[0]), float(high[0]), int(given.sum()))
