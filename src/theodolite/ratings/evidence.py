"""What votes say, in the form that a likelihood needs: grouped, weighted, connected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.errors import (
    NotConnectedError,
    SeparatedError,
    TooLargeError,
    UsageError,
)
from theodolite.ratings.arrays import VoteArrays, vote_arrays, vote_cells
from theodolite.ratings.style import covariates
from theodolite.stats import (
    HalfWin,
    OutcomeCounts,
    PairCounts,
    TieModel,
    VoteModel,
    VoteRows,
    WinGraph,
    count_outcomes,
    count_pairs,
    joined_groups,
    rated_together,
    separate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.style import Style
    from theodolite.stats import Separation
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "MOST_MODELS",
    "Evidence",
    "PairWeights",
    "Specification",
    "Ties",
    "connected_groups",
    "gather",
    "vote_model",
]

MOST_MODELS = 5000
# Below this many votes a pair's weight grows no further, or single votes would rule the board.
LEAST_PAIR_COUNT = 50
PairWeights = Literal["equal", "inverse-count"]
Ties = Literal["half-win", "davidson", "rao-kupper"]


@dataclass(frozen=True)
class Specification:
    """How a board is rated; the parts are those of :func:`theodolite.ratings.bradley_terry`.

    Attributes
    ----------
    ties
        ``half-win``, ``davidson`` or ``rao-kupper``.
    style
        The style covariates; ``None`` for none.
    cluster
        The column whose equal values are votes that depend on each other; ``None`` for none.
    pair_weights
        ``equal`` or ``inverse-count``.
    """

    ties: Ties = "half-win"
    style: Style | None = None
    cluster: str | None = None
    pair_weights: PairWeights = "equal"


@dataclass(frozen=True)
class Evidence:
    """The votes by pair, as a likelihood and as a graph.

    Attributes
    ----------
    models
        K names.
    likelihood
        Of all votes, pair weights included: by pair, or vote by vote where style is held fixed.
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
    likelihood: HalfWin | TieModel | VoteModel
    graph: WinGraph
    separation: Separation
    factor: Floats | None
    votes: Indices

    @property
    def base(self) -> HalfWin | TieModel:
        """The likelihood by pair, which knows no style."""
        likelihood = self.likelihood
        return likelihood.base if isinstance(likelihood, VoteModel) else likelihood

    def numbered(self, models: Indices) -> Indices:
        """Number models within the core, -1 outside it."""
        number = np.full(len(self.models), -1)
        number[self.separation.core] = np.arange(len(self.separation.core))
        numbers: Indices = number[models]
        return numbers

    def sides(self, votes: Votes) -> tuple[Indices, Indices]:
        """Return the two models of each vote, (N,) each."""
        arrays = vote_arrays(votes)
        return arrays.first, arrays.second

    def weights(self, arrays: VoteArrays) -> Floats:
        """Weigh each vote as the likelihood does, pair weights included, (N,)."""
        weight = arrays.weight
        if self.factor is None:
            return np.ones(len(arrays.first)) if weight is None else weight
        factor: Floats = self.factor[self.base.table.locate(arrays.first, arrays.second)]
        return factor if weight is None else weight * factor


def gather(votes: Votes, spec: Specification, *, finite: bool = False) -> Evidence:
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
    table, graph = _table(votes, cells, spec.ties)
    count = table.count if isinstance(table, PairCounts) else table.count.sum(axis=1)
    weight = table.weight if isinstance(table, PairCounts) else table.weight.sum(axis=1)
    factor = _pair_factor(count, weight, spec.pair_weights)
    if factor is not None:
        table = table.scaled(factor)
    k = len(cells.models)
    sums = np.bincount(table.first, count, k) + np.bincount(table.second, count, k)
    evidence = Evidence(
        models=cells.models,
        likelihood=_likelihood(table, spec.ties),
        graph=graph,
        separation=rated_together(k) if finite else _separation(cells.models, graph),
        factor=factor,
        votes=sums.astype(np.int64),
    )
    if spec.style is None:
        return evidence
    return replace(evidence, likelihood=vote_model(votes, evidence, spec.style))


def vote_model(votes: Votes, evidence: Evidence, style: Style | None = None) -> VoteModel:
    """Return the likelihood vote by vote, with covariates or without.

    Parameters
    ----------
    votes
        What the evidence was gathered from.
    evidence
        Its pairs, and the weights of these.
    style
        The covariates; without them it is the likelihood by pair in another form.
    """
    arrays = vote_arrays(votes)
    plain = arrays.weight is None and evidence.factor is None
    rows = VoteRows.of(
        evidence.base.table,
        (arrays.first, arrays.second),
        (arrays.outcome, arrays.share),
        weight=None if plain else evidence.weights(arrays),
        style=() if style is None else covariates(votes, style),
    )
    return VoteModel(evidence.base, rows)


def connected_groups(votes: Votes) -> list[Indices]:
    """Sort the models into groups that votes join, largest first."""
    cells = vote_cells(votes)
    return joined_groups(cells.first, cells.second, n_models=len(cells.models))


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
