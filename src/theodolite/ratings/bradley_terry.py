"""Bradley-Terry ratings from pairwise votes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from theodolite.errors import (
    NotConnectedError,
    SeparatedError,
    TooFewError,
    TooLargeError,
    UsageError,
)
from theodolite.ratings.arrays import VoteArrays, cluster_codes, vote_arrays, vote_cells
from theodolite.ratings.board import Settings, make_board, require_spread
from theodolite.ratings.results import BradleyTerryFit, GoodnessOfFit
from theodolite.stats import (
    PairCounts,
    cluster_meat,
    components,
    count_pairs,
    inverse_laplacian,
    is_strongly_connected,
    laplacian,
    maximise,
    pairs_fit,
    sandwich,
    sigmoid,
    vote_meat,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats import PairsFit
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]

__all__ = ["MOST_MODELS", "PairWeights", "bradley_terry", "largest_component"]

MOST_MODELS = 5000
# Below this many votes a pair's weight grows no further, or single votes would rule the board.
LEAST_PAIR_COUNT = 50
FEW_VOTES = 5
PairWeights = Literal["equal", "inverse-count"]


def bradley_terry(
    votes: Votes,
    *,
    cluster: str | None = None,
    pair_weights: PairWeights = "equal",
    anchor: tuple[str, float] | None = None,
    level: float = 0.95,
    n_draws: int = 4000,
    seed: int = 0,
) -> BradleyTerryFit:
    r"""Rate models by maximum likelihood, with sandwich intervals and simultaneous rank sets.

    The model is :math:`P(a \text{ beats } b) = \sigma(\theta_a - \theta_b)`; a tie (and a
    both_bad) is half a win for each. There is no penalty. The covariance is the sandwich
    :math:`H^{-1} B H^{-1}`, so intervals stay right where ties, weights or clusters make votes
    other than independent coins.

    Parameters
    ----------
    votes
        The votes. Their ``weight`` and ``share_a``, where present, enter the likelihood.
    cluster
        A column whose equal values are votes that depend on each other: ``voter`` or
        ``prompt_id``, say. Left out, votes are independent.
    pair_weights
        ``inverse-count`` divides each vote by the votes of its pair (by 50 where there are
        fewer), so that a pair shown often does not count for more.
    anchor
        A model and the rating to give it; all ratings shift along. Left out, they average 1000.
    level
        Of the pointwise intervals, and jointly of all contrasts behind the rank sets.
    n_draws, seed
        Normal draws for the rank sets, at least 4,000, and their seed.

    Returns
    -------
    BradleyTerryFit
        The board, the pairs, a test of fit, settings and diagnostics.

    Raises
    ------
    NotConnectedError
        Some models never met the others, directly or through others.
    SeparatedError
        Some models only won, or only lost, against the rest: no finite estimate exists.
    TooFewError
        Fewer than two clusters, or votes without any spread.
    TooLargeError
        More than 5,000 models.
    NotConvergedError
        The maximum was not found.

    References
    ----------
    R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029;
    H. White (1982), Econometrica 50, 1-25. doi:10.2307/1912526

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 900.0}, n_votes=3000, seed=1)
    >>> fit = bradley_terry(votes)
    >>> fit.to_frame()["model"].to_list()
    ['a', 'b', 'c']
    >>> [len(fit.board.models), fit.n_votes, fit.goodness_of_fit.df]
    [3, 3000, 1]
    """
    settings = Settings(level=level, n_draws=n_draws, seed=seed, anchor=anchor)
    arrays = vote_cells(votes)
    pairs = _grouped(arrays)
    _require_connected(arrays.models, pairs)
    factor = _pair_factor(pairs, pair_weights)
    weighted = pairs if factor is None else pairs.scaled(factor)
    strengths = maximise(weighted)
    theta = strengths.theta
    codes = None if cluster is None else _clusters(votes, cluster)
    meat = (
        vote_meat(weighted, theta)
        if codes is None
        else _clustered_meat(vote_arrays(votes), pairs, theta, factor=factor, codes=codes)
    )
    covariance = sandwich(weighted, theta, meat)
    require_spread(arrays.models, covariance, _likelihood_covariance(weighted, theta))
    fit = pairs_fit(weighted, theta)
    return BradleyTerryFit(
        board=make_board(
            arrays.models, theta, covariance, votes=_votes_of(pairs), settings=settings
        ),
        pairs=_pair_frame(arrays.models, weighted, theta, fit),
        goodness_of_fit=_goodness(fit, pairs),
        n_votes=len(votes),
        removed=votes.removed,
        cluster=cluster,
        n_clusters=None if codes is None else int(codes.max()) + 1,
        pair_weights=pair_weights,
        anchor=anchor,
        seed=seed,
        n_draws=n_draws,
        log_likelihood=strengths.log_likelihood,
        iterations=strengths.iterations,
    )


def largest_component(votes: Votes) -> Votes:
    """Keep the votes within the largest group of models that votes join, and count the rest.

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.tables import Votes
    >>> frame = pl.DataFrame({"model_a": ["a", "b", "x"], "model_b": ["b", "c", "y"]})
    >>> votes = Votes.from_frame(frame.with_columns(winner=pl.lit("tie")))
    >>> largest_component(votes).models
    ('a', 'b', 'c')
    """
    arrays = vote_arrays(votes)
    groups = components(_grouped(vote_cells(votes)), strong=False)
    if len(groups) == 1:
        return votes
    inside = np.zeros(len(arrays.models), dtype=bool)
    inside[groups[0]] = True
    outside = [arrays.models[i] for i in np.flatnonzero(~inside)]
    reason = f"outside the largest connected group of models ({len(outside)} models)"
    return votes.keep(pl.Series(inside[arrays.first]), reason)


def _grouped(arrays: VoteArrays) -> PairCounts:
    if len(arrays.models) > MOST_MODELS:
        raise TooLargeError(
            f"{len(arrays.models):,} models are more than {MOST_MODELS:,}: their covariance alone "
            "would fill the memory. Rate a part of them (--where)."
        )
    return count_pairs(
        arrays.first,
        arrays.second,
        arrays.share,
        n_models=len(arrays.models),
        weight=arrays.weight,
        count=arrays.count,
    )


def _require_connected(models: tuple[str, ...], pairs: PairCounts) -> None:
    if is_strongly_connected(pairs):
        return
    for strong, error in ((False, NotConnectedError), (True, SeparatedError)):
        groups = components(pairs, strong=strong)
        if len(groups) > 1:
            raise error([[models[i] for i in group] for group in groups])


def _pair_factor(pairs: PairCounts, pair_weights: PairWeights) -> Floats | None:
    """What to multiply each pair's weights by, so that they still add up to the votes."""
    if pair_weights == "equal":
        return None
    if pair_weights != "inverse-count":
        raise UsageError(f"pair weights are equal or inverse-count, not {pair_weights!r}")
    factor = 1.0 / np.maximum(pairs.count, LEAST_PAIR_COUNT)
    scaled: Floats = factor * (pairs.weight.sum() / (pairs.weight @ factor))
    return scaled


def _clusters(votes: Votes, cluster: str) -> NDArray[np.int64]:
    codes = cluster_codes(votes, cluster)
    if codes.max() < 1:
        raise TooFewError(f"all votes share one {cluster}: clustering needs at least two")
    return codes


def _clustered_meat(
    arrays: VoteArrays,
    pairs: PairCounts,
    theta: Floats,
    *,
    factor: Floats | None,
    codes: NDArray[np.int64],
) -> Floats:
    score = arrays.share - sigmoid(theta[arrays.first] - theta[arrays.second])
    if arrays.weight is not None:
        score *= arrays.weight
    if factor is not None:
        table = np.zeros((pairs.n_models, pairs.n_models))
        table[pairs.first, pairs.second] = factor
        table[pairs.second, pairs.first] = factor
        score *= table[arrays.first, arrays.second]
    return cluster_meat(arrays.first, arrays.second, score, cluster=codes, n_models=pairs.n_models)


def _likelihood_covariance(pairs: PairCounts, theta: Floats) -> Floats:
    p = sigmoid(pairs.gap(theta))
    return inverse_laplacian(laplacian(pairs, pairs.weight * p * (1.0 - p)))


def _votes_of(pairs: PairCounts) -> NDArray[np.int64]:
    k = pairs.n_models
    sums = np.bincount(pairs.first, pairs.count, k) + np.bincount(pairs.second, pairs.count, k)
    return sums.astype(np.int64)


def _pair_frame(
    models: tuple[str, ...], pairs: PairCounts, theta: Floats, fit: PairsFit
) -> pl.DataFrame:
    names = pl.Series(models)
    return pl.DataFrame(
        {
            "model_a": names.gather(pairs.first),
            "model_b": names.gather(pairs.second),
            "votes": pairs.count,
            "share": pairs.won / pairs.weight,
            "predicted": sigmoid(pairs.gap(theta)),
            "z": pl.Series(fit.z).fill_nan(None),
        }
    )


def _goodness(fit: PairsFit, pairs: PairCounts) -> GoodnessOfFit | None:
    if fit.df < 1:
        return None
    return GoodnessOfFit(
        statistic=fit.statistic,
        df=fit.df,
        p_value=fit.p_value,
        pairs=len(pairs.count),
        sparse_pairs=int((pairs.count < FEW_VOTES).sum()),
    )
