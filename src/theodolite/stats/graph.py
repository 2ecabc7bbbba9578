"""Which models are joined by votes, and which by wins in both directions.

An edge i -> j says that i took something from j: a win, or its part of a tie. Maximum-likelihood
strengths are finite if and only if every model reaches every other (the graph is strongly
connected): Zermelo (1929); Ford (1957), doi:10.2307/2308513.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairwise import PairCounts

__all__ = ["components", "is_strongly_connected"]


def is_strongly_connected(pairs: PairCounts) -> bool:
    """Whether every model reaches every other along wins."""
    wins = _wins(pairs)
    return _reaches_all(wins) and _reaches_all(wins.T)


def components(pairs: PairCounts, *, strong: bool) -> list[NDArray[np.int64]]:
    """Sort the models into components, largest first, then by their smallest member.

    Parameters
    ----------
    pairs
        The votes by pair.
    strong
        Whether wins must lead both ways (strongly connected), or any vote joins (weakly).
    """
    from scipy.sparse import coo_array  # noqa: PLC0415  (slow to import; for error texts only)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    up, down = pairs.won > 0, pairs.weight - pairs.won > 0
    tails = np.concatenate([pairs.first[up], pairs.second[down]])
    heads = np.concatenate([pairs.second[up], pairs.first[down]])
    shape = (pairs.n_models, pairs.n_models)
    graph = coo_array((np.ones(len(tails)), (tails, heads)), shape=shape)
    number, label = connected_components(graph, connection="strong" if strong else "weak")
    groups = [np.flatnonzero(label == c) for c in range(number)]
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _wins(pairs: PairCounts) -> NDArray[np.bool_]:
    wins = np.zeros((pairs.n_models, pairs.n_models), dtype=bool)
    wins[pairs.first, pairs.second] = pairs.won > 0
    wins[pairs.second, pairs.first] = pairs.weight - pairs.won > 0
    return wins


def _reaches_all(edges: NDArray[np.bool_]) -> bool:
    """Breadth-first search from model 0."""
    reached = np.zeros(len(edges), dtype=bool)
    frontier = reached.copy()
    frontier[0] = True
    while frontier.any():
        reached |= frontier
        frontier = edges[frontier].any(axis=0) & ~reached
    return bool(reached.all())
