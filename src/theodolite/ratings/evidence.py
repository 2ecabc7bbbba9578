"""What votes say, in the form that a likelihood needs: grouped, weighted, connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.errors import (
    NotConnectedError,
    SeparatedError,
    TooFewError,
    TooLargeError,
    UsageError,
)
from theodolite.ratings.arrays import VoteArrays, cluster_codes, vote_arrays, vote_cells
from theodolite.stats import (
    HalfWin,
    OutcomeCounts,
    PairCounts,
    TieModel,
    WinGraph,
    cluster_meat,
    count_outcomes,
    count_pairs,
    joined_groups,
    rated_together,
    separate,
    sigmoid,
    turned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats import Separation
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "MOST_MODELS",
    "Evidence",
    "PairWeights",
    "Ties",
    "clustered_meat",
    "clusters_within",
    "connected_groups",
    "gather",
]

MOST_MODELS = 5000
# Below this many votes a pair's weight grows no further, or single votes would rule the board.
LEAST_PAIR_COUNT = 50
PairWeights = Literal["equal", "inverse-count"]
Ties = Literal["half-win", "davidson", "rao-kupper"]


@dataclass(frozen=True)
class Evidence:
    """The votes by pair, as a likelihood and as a graph.

    Attributes
    ----------
    models
        K names.
    likelihood
        Of all votes, pair weights included.
    separation
        The core of models with a finite estimate, and where the others stand to it.
    graph
        Who took something from whom.
    factor
        What the pair weights multiply each row of the pairs by, (P,); ``None`` for equal weights.
    votes
        Votes of each model, (K,).
    """

    models: tuple[str, ...]
    likelihood: HalfWin | TieModel
    graph: WinGraph
    separation: Separation
    factor: Floats | None
    votes: Indices

    @property
    def table(self) -> PairCounts | OutcomeCounts:
        """The pairs of the likelihood."""
        return table_of(self.likelihood)

    def numbered(self, models: Indices) -> Indices:
        """Number models within the core, -1 outside it."""
        number = np.full(len(self.models), -1)
        number[self.separation.core] = np.arange(len(self.separation.core))
        numbers: Indices = number[models]
        return numbers

    def weights(self, arrays: VoteArrays) -> Floats:
        """Weigh each vote as the likelihood does, pair weights included, (N,)."""
        weight = np.ones(len(arrays.first)) if arrays.weight is None else arrays.weight
        if self.factor is None:
            return weight
        factor: Floats = self.factor[self.table.locate(arrays.first, arrays.second)]
        return weight * factor


def table_of(likelihood: HalfWin | TieModel) -> PairCounts | OutcomeCounts:
    """Return the pairs that a likelihood is made of."""
    return likelihood.pairs if isinstance(likelihood, HalfWin) else likelihood.outcomes


def gather(
    votes: Votes, *, ties: Ties, pair_weights: PairWeights, finite: bool = False
) -> Evidence:
    """Group the votes, weigh the pairs, and find the core of models that can be rated.

    ``finite`` says that the method gives every model a finite rating, whatever its votes.

    Raises
    ------
    UsageError
        An option is unknown, or soft votes are to have ties as an outcome.
    TooLargeError, NotConnectedError, SeparatedError
        See :func:`theodolite.ratings.bradley_terry`.
    """
    cells = vote_cells(votes)
    if len(cells.models) > MOST_MODELS:
        raise TooLargeError(
            f"{len(cells.models):,} models are more than {MOST_MODELS:,}: their covariance alone "
            "would fill the memory. Rate a part of them (--where)."
        )
    table, graph = _table(votes, cells, ties)
    count = table.count if isinstance(table, PairCounts) else table.count.sum(axis=1)
    weight = table.weight if isinstance(table, PairCounts) else table.weight.sum(axis=1)
    factor = _pair_factor(count, weight, pair_weights)
    if factor is not None:
        table = table.scaled(factor)
    k = len(cells.models)
    sums = np.bincount(table.first, count, k) + np.bincount(table.second, count, k)
    return Evidence(
        models=cells.models,
        likelihood=_likelihood(table, ties),
        graph=graph,
        separation=rated_together(k) if finite else _separation(cells.models, graph),
        factor=factor,
        votes=sums.astype(np.int64),
    )


def connected_groups(votes: Votes) -> list[Indices]:
    """Sort the models into groups that votes join, largest first."""
    cells = vote_cells(votes)
    return joined_groups(cells.first, cells.second, n_models=len(cells.models))


def clustered_meat(
    votes: Votes, evidence: Evidence, x: Floats, *, cluster: str
) -> tuple[Floats, int]:
    """Sum the scores of the core's votes by cluster; return B and the number of clusters.

    Parameters
    ----------
    votes
        The votes that the evidence was gathered from.
    evidence
        Its core was fitted.
    x
        The core's parameters, (K + E,).
    cluster
        The column whose equal values make a cluster.
    """
    arrays = vote_arrays(votes)
    first, second = evidence.numbered(arrays.first), evidence.numbered(arrays.second)
    inside = (first >= 0) & (second >= 0)
    codes = clusters_within(votes, cluster, np.flatnonzero(inside))
    likelihood = evidence.likelihood.among(evidence.separation.core)
    verdict = (arrays.outcome[inside], arrays.share[inside])
    columns, scores = _vote_scores(likelihood, x, first[inside], second[inside], verdict)
    weight = evidence.weights(arrays)[inside, None]
    meat = cluster_meat(columns, scores * weight, cluster=codes, size=len(x))
    return meat, int(codes.max()) + 1


def clusters_within(votes: Votes, cluster: str, rows: Indices) -> Indices:
    """Number the clusters of some rows by first appearance among them; raise where it is one."""
    codes = cluster_codes(votes, cluster)[rows]
    _, first, number = np.unique(codes, return_index=True, return_inverse=True)
    if len(first) < 2:  # noqa: PLR2004
        raise TooFewError(f"all votes share one {cluster}: clustering needs at least two")
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    numbers: Indices = place[number]
    return numbers


def _likelihood(table: PairCounts | OutcomeCounts, ties: Ties) -> HalfWin | TieModel:
    if isinstance(table, PairCounts):
        return HalfWin(table)
    return TieModel(table, "davidson" if ties == "davidson" else "rao-kupper")


def _table(
    votes: Votes, cells: VoteArrays, ties: Ties
) -> tuple[PairCounts | OutcomeCounts, WinGraph]:
    k = len(cells.models)
    if ties == "half-win":
        pairs = count_pairs(
            cells.first,
            cells.second,
            cells.share,
            n_models=k,
            weight=cells.weight,
            count=cells.count,
        )
        return pairs, WinGraph.of_shares(pairs)
    if ties not in ("davidson", "rao-kupper"):
        raise UsageError(f"ties are half-win, davidson or rao-kupper, not {ties!r}")
    if "share_a" in votes.frame.columns:
        raise UsageError(
            f"{ties} has ties as an outcome, and soft votes (share_a) have none: "
            "rate them with bradley-terry"
        )
    outcomes = count_outcomes(
        cells.first,
        cells.second,
        cells.outcome,
        n_models=k,
        weight=cells.weight,
        count=cells.count,
    )
    return outcomes, WinGraph.of_outcomes(outcomes)


def _separation(models: tuple[str, ...], graph: WinGraph) -> Separation:
    separation = separate(graph)
    if len(separation.core) == len(models):
        return separation
    groups = graph.components(strong=False)
    if len(groups) > 1:
        raise NotConnectedError([[models[i] for i in group] for group in groups])
    if len(separation.core) == 1:
        raise SeparatedError([[models[i] for i in group] for group in separation.groups])
    return separation


def _pair_factor(count: Indices, weight: Floats, pair_weights: PairWeights) -> Floats | None:
    """Find what to multiply the weights of each pair by, so that they still add up to the same."""
    if pair_weights == "equal":
        return None
    if pair_weights != "inverse-count":
        raise UsageError(f"pair weights are equal or inverse-count, not {pair_weights!r}")
    factor = 1.0 / np.maximum(count, LEAST_PAIR_COUNT)
    scaled: Floats = factor * (weight.sum() / (weight @ factor))
    return scaled


def _vote_scores(
    likelihood: HalfWin | TieModel,
    x: Floats,
    first: Indices,
    second: Indices,
    verdict: tuple[Indices, Floats],
) -> tuple[Indices, Floats]:
    """Give the parameters that each vote touches, and its score by each of them."""
    outcome, share = verdict
    if isinstance(likelihood, HalfWin):
        score = share - sigmoid(x[first] - x[second])
        return np.column_stack([first, second]), np.column_stack([score, -score])
    scores = likelihood.scores(x)
    row = likelihood.outcomes.locate(first, second)
    cell = turned(outcome, first > second)
    low, high = np.minimum(first, second), np.maximum(first, second)
    e = len(likelihood.names)
    others = np.broadcast_to(likelihood.n_models + np.arange(e), (len(row), e))
    columns = np.column_stack([low, high, others])
    values = np.column_stack(
        [scores.first[row, cell], scores.second[row, cell], scores.extra[row, cell]]
    )
    return columns, values
