"""Runs by size: which sizes have enough token counts to show how their loss falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError, TooLargeError
from theodolite.scaling.same_budget import group_by_budget
from theodolite.stats.floor_curves import Grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["FEWEST_LEVELS", "STRETCH", "Sizes", "sizes_of"]

FEWEST_LEVELS = 3
# Token counts whose logs are closer than this are one.
SAME_TOKENS = 0.01
# The slope at the end is that over the last factor of so many tokens.
STRETCH = 8.0
MOST_RUNS = 3000


@dataclass(frozen=True)
class Sizes:
    """The runs of the sizes that have three token counts or more, by size and tokens.

    Attributes
    ----------
    rows
        Where each stands among all runs, (m,).
    runs
        Logs of their tokens, and their size, 0 to S - 1.
    loss
        Their losses, (m,).
    level
        Which of its size's token counts each run has, from 0 for the fewest, (m,).
    params, spread
        Geometric mean of the parameters of each size, and the largest over the smallest, (S,).
    left_sizes, left_runs
        How many sizes have fewer token counts, and the runs of these.
    """

    rows: Index
    runs: Grouped
    loss: Array
    level: Index
    params: Array
    spread: Array
    left_sizes: int
    left_runs: int

    def __len__(self) -> int:
        return len(self.params)

    @property
    def group(self) -> Index:
        """The size of each run, (m,)."""
        return self.runs.group

    @property
    def levels(self) -> Index:
        """How many token counts each size has, (S,)."""
        out = np.zeros(len(self), dtype=np.intp)
        np.maximum.at(out, self.group, self.level + 1)
        return out

    @property
    def log_params(self) -> Array:
        """Logs of the size of each run, (m,)."""
        return np.log(self.params)[self.group]

    @property
    def first(self) -> Array:
        """Log of the fewest tokens of each size, (S,)."""
        out = np.full(len(self), np.inf)
        np.minimum.at(out, self.group, self.runs.log_tokens)
        return out

    def late(self) -> tuple[Mask, Mask]:
        """Return which runs are the last stretch of their size, and which of these begin it.

        The stretch is the last factor of 8 of tokens, and three token counts at least.
        """
        within = self.runs.ahead >= -np.log(STRETCH) - SAME_TOKENS
        begins = np.full(len(self), np.iinfo(np.intp).max)
        np.minimum.at(begins, self.group[within], self.level[within])
        begins = np.minimum(begins, self.levels - FEWEST_LEVELS)[self.group]
        return self.level >= begins, self.level == begins


def sizes_of(counted: Accounted, tolerance: float) -> Sizes:
    """Group runs by parameters.

    Parameters
    ----------
    counted
        The runs.
    tolerance
        Neighbours within a factor of ``1 + tolerance`` are one size.

    Raises
    ------
    UsageError
        ``tolerance`` is not between 0 and 1.
    TooFewError
        No size has three token counts.
    TooLargeError
        There are too many runs: each is foretold from the others.
    """
    if len(counted.loss) > MOST_RUNS:
        raise TooLargeError(
            f"{len(counted.loss):,} runs are more than {MOST_RUNS:,}, each to be foretold from the "
            "others: choose some (--where)"
        )
    found = group_by_budget(counted.params, None, tolerance)
    log = np.log(counted.tokens)
    order = np.lexsort((log, found.group))
    group, log = found.group[order], log[order]
    new = np.diff(group, prepend=-1) != 0
    step = (np.diff(log, prepend=-np.inf) > SAME_TOKENS) & ~new
    running = np.cumsum(step)
    level = running - np.repeat(running[new], np.bincount(group))
    levels = np.zeros(len(found.flops), dtype=np.intp)
    np.maximum.at(levels, group, level + 1)
    enough = levels >= FEWEST_LEVELS
    if not enough.any():
        raise TooFewError(
            f"none of {len(levels)} sizes has {FEWEST_LEVELS} token counts, which it takes to see "
            "how a loss falls: add runs of one size on more and fewer tokens, or let sizes be "
            "further apart (--same-size 0.05)"
        )
    kept = enough[group]
    codes = (np.cumsum(enough) - 1)[group[kept]].astype(np.intp)
    rows = order[kept]
    return Sizes(
        rows=rows,
        runs=Grouped(log[kept], codes),
        loss=counted.loss[rows],
        level=level[kept].astype(np.intp),
        params=found.flops[enough],
        spread=found.spread[enough],
        left_sizes=int((~enough).sum()),
        left_runs=int((~kept).sum()),
    )
