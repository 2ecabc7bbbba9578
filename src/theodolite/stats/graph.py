"""Which models are joined by votes, and which by wins in both directions.

An edge i -> j says that i took something from j: a win, or its part of a tie. Strengths have a
finite maximum-likelihood estimate if and only if every model reaches every other (the graph is
strongly connected): Zermelo (1929), doi:10.1007/BF01180541; Ford (1957), doi:10.2307/2308513.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import OutcomeCounts, PairCounts

    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["WinGraph", "joined_groups"]


@dataclass(frozen=True)
class WinGraph:
    """Who took something from whom.

    Attributes
    ----------
    wins
        Whether model i took something from model j, (K, K).
    """

    wins: Flags

    @classmethod
    def of_shares(cls, pairs: PairCounts) -> WinGraph:
        """Take a tie, and any part of a soft vote, as a link both ways."""
        return cls._of(pairs, pairs.won > 0, pairs.weight - pairs.won > 0)

    @classmethod
    def of_outcomes(cls, outcomes: OutcomeCounts) -> WinGraph:
        """Take a tie as a link both ways; a both_bad vote compares nobody."""
        win, loss, tie, _ = outcomes.weight.T > 0
        return cls._of(outcomes, win | tie, loss | tie)

    @classmethod
    def _of(cls, pairs: PairCounts | OutcomeCounts, up: Flags, down: Flags) -> WinGraph:
        wins = np.zeros((pairs.n_models, pairs.n_models), dtype=bool)
        wins[pairs.first, pairs.second] = up
        wins[pairs.second, pairs.first] = down
        return cls(wins)

    @property
    def is_strongly_connected(self) -> bool:
        """Whether every model reaches every other."""
        return bool(self.reached_from(0).all() and self.reaching(0).all())

    def reached_from(self, model: int) -> Flags:
        """Which models wins lead to from one, itself included, (K,)."""
        return _search(self.wins, model)

    def reaching(self, model: int) -> Flags:
        """From which models wins lead to one, itself included, (K,)."""
        return _search(self.wins.T, model)

    def joined(self, one: int, two: int) -> WinGraph:
        """Return the graph with a link both ways between two models."""
        wins = self.wins.copy()
        wins[one, two] = wins[two, one] = True
        return WinGraph(wins)

    def component(self, model: int) -> Indices:
        """Models of the strong component of one, in order."""
        return np.flatnonzero(self.reached_from(model) & self.reaching(model))

    def components(self, *, strong: bool) -> list[Indices]:
        """Sort the models into components, largest first, then by their smallest member.

        Parameters
        ----------
        strong
            Whether wins must lead both ways (strongly connected), or any vote joins (weakly).
        """
        tails, heads = np.nonzero(self.wins)
        return _components(tails, heads, n_models=len(self.wins), strong=strong)


def joined_groups(first: Indices, second: Indices, *, n_models: int) -> list[Indices]:
    """Sort the models into groups that votes join, largest first, without a table of all pairs.

    Examples
    --------
    >>> joined_groups(np.array([3, 0]), np.array([1, 3]), n_models=4)
    [array([0, 1, 3]), array([2])]
    """
    return _components(first, second, n_models=n_models, strong=False)


def _components(tails: Indices, heads: Indices, *, n_models: int, strong: bool) -> list[Indices]:
    from scipy.sparse import coo_array  # noqa: PLC0415  (slow to import, and rarely needed)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    entries = (np.ones(len(tails)), (tails, heads))
    graph = coo_array(entries, shape=(n_models, n_models)).tocsr()
    _, label = connected_components(graph, connection="strong" if strong else "weak")
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _search(edges: Flags, start: int) -> Flags:
    """Breadth-first search."""
    reached = np.zeros(len(edges), dtype=bool)
    frontier = reached.copy()
    frontier[start] = True
    while frontier.any():
        reached |= frontier
        frontier = edges[frontier].any(axis=0) & ~reached
    return reached
