"""Elo ratings, with the spread that the order of the votes causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError, UsageError
from theodolite.ratings.arrays import vote_arrays
from theodolite.ratings.board import N_DRAWS, Settings, make_board
from theodolite.ratings.evidence import Evidence, Specification, gather
from theodolite.ratings.pair_table import plain_pairs
from theodolite.ratings.results import Order, RatingFit, Scale
from theodolite.stats import HalfWin, elo, sigmoid

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from theodolite.ratings.arrays import VoteArrays
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["elo_ratings"]

LEAST_RESAMPLES = 100


def elo_ratings(
    votes: Votes,
    *,
    k_factor: float = 4.0,
    n_orders: int = 20,
    n_resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> RatingFit:
    """Rate models by Elo's rule, averaged over random orders of the votes.

    Each vote moves the two ratings by ``k_factor * (y - p)``, so the result depends on the order.
    The board shows the mean over random orders; ``order`` beside it has the rating in the order of
    the file, and the standard deviation that the order alone causes.

    Parameters
    ----------
    votes
        The votes; a tie, and a both_bad, is half a win for each. Weights are not used.
    k_factor
        k. A small one averages over many votes, a large one follows the last ones.
    n_orders
        Random orders to average over.
    n_resamples
        Resamples of the votes, each in an order of its own, for the intervals, at least 100: they
        hold the noise of the votes and of one order.
    level, seed
        As in :func:`bradley_terry`.

    Raises
    ------
    UsageError
        An option has a value that it cannot have, or the votes have weights.
    TooFewError
        Votes without any spread.

    References
    ----------
    A. E. Elo (1978), The Rating of Chessplayers, Past and Present, Arco.

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 900.0}, n_votes=2000, seed=1)
    >>> elo_ratings(votes).to_frame()["model"].to_list()
    ['a', 'b', 'c']
    """
    settings = Settings(level=level, seed=seed)
    _check(votes, k_factor, n_orders, n_resamples)
    evidence = gather(votes, Specification(), finite=True)
    file, random, resampled = _runs(
        vote_arrays(votes), k_factor, (n_orders, n_resamples), np.random.default_rng(seed)
    )
    points = Scale().points
    covariance = np.cov(resampled, rowvar=False) / points**2
    if not np.diag(covariance).all():
        raise TooFewError("the resampled votes are all alike: collect more votes")
    tail = (1.0 - level) / 2.0
    mean = random.mean(axis=0)
    low, high = np.quantile(resampled, [tail, 1.0 - tail], axis=0) / points
    board = make_board(evidence, mean / points, covariance, settings=settings, ends=(low, high))
    shift = float(board.rating[0] - mean[0])
    return RatingFit(
        method="elo",
        interval="bootstrap",
        board=board,
        parameters=(),
        pairs=_pairs(evidence, mean / points),
        goodness_of_fit=None,
        n_votes=len(votes),
        removed=votes.removed,
        cluster=None,
        n_clusters=None,
        pair_weights="equal",
        anchor=None,
        seed=seed,
        n_draws=N_DRAWS,
        n_resamples=n_resamples,
        log_likelihood=None,
        iterations=None,
        order=Order(k_factor, n_orders, file + shift, random.std(axis=0, ddof=1)),
    )


def _check(votes: Votes, k_factor: float, n_orders: int, n_resamples: int) -> None:
    if not 0.0 < k_factor < np.inf:
        raise UsageError(f"Elo's K must be above 0, not {k_factor}")
    if n_orders < 2:  # noqa: PLR2004
        raise UsageError(f"the spread of orders needs at least 2 of them, not {n_orders}")
    if n_resamples < LEAST_RESAMPLES:
        raise UsageError(f"a bootstrap needs at least {LEAST_RESAMPLES} resamples")
    if "weight" in votes.frame.columns:
        raise UsageError("Elo has no weights, and these votes do: rate them with bradley-terry")


def _runs(
    arrays: VoteArrays, k_factor: float, sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Ratings around 0: in the order of the file, (K,); in random orders; of resamples, (R, K)."""
    n_orders, n_resamples = sizes
    n = len(arrays.first)
    whole = [np.arange(n, dtype=np.int32)]
    whole += [rng.permutation(n).astype(np.int32) for _ in range(n_orders)]

    def block(start: int, stop: int) -> Indices:
        # Draws with replacement need no memory of the earlier ones.
        drawn = rng.integers(0, n, (n_resamples, min(stop, n) - start))
        return np.concatenate([[order[start:stop] for order in whole], drawn])

    ratings = elo(
        arrays.first,
        arrays.second,
        arrays.share,
        block=block,
        n_models=len(arrays.models),
        k_factor=k_factor,
    )
    return ratings[0], ratings[1 : n_orders + 1], ratings[n_orders + 1 :]


def _pairs(evidence: Evidence, theta: Floats) -> pl.DataFrame:
    assert isinstance(evidence.likelihood, HalfWin)  # noqa: S101
    pairs = evidence.likelihood.pairs
    predicted = sigmoid(pairs.gap(theta))
    return plain_pairs(evidence.models, pairs, predicted, np.full_like(predicted, np.nan))
