"""How often intervals hold what they promise, over many simulated histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.ratings import bradley_terry
from theodolite.stats import contrast_errors, simulate_shares
from theodolite.tables import Votes

if TYPE_CHECKING:
    from collections.abc import Callable

    from theodolite.ratings import RatingFit

LEVEL = 0.95
POINTS = 400 / np.log(10)


@dataclass(frozen=True)
class Coverage:
    """Shares of histories, or of models in them, in which a promise held."""

    pointwise: float
    joint: float
    rank_sets: float
    fit_rejected: float
    histories: int

    @property
    def error(self) -> float:
        """Monte Carlo standard error of a share near the level."""
        return float(np.sqrt(LEVEL * (1 - LEVEL) / self.histories))


def coverage(
    history: Callable[[np.random.Generator], RatingFit],
    theta: np.ndarray,
    *,
    histories: int,
    seed: int,
) -> Coverage:
    """Fit many histories of models whose strengths are known."""
    rng = np.random.default_rng(seed)
    held = [_held(history(rng), theta - theta.mean()) for _ in range(histories)]
    return Coverage(*np.mean(held, axis=0).tolist(), histories)


def names(k: int) -> pl.Series:
    return pl.Series([f"m{i:03d}" for i in range(k)])


def table(first: np.ndarray, second: np.ndarray, winner: np.ndarray, **more) -> Votes:
    """Votes of numbered models; ``winner`` is 0 or 1 for the side that won, 2 tie, 3 both bad."""
    labels = pl.Series(["model_a", "model_b", "tie", "both_bad"])
    k = int(max(first.max(), second.max())) + 1
    columns = {
        "model_a": names(k).gather(first),
        "model_b": names(k).gather(second),
        "winner": labels.gather(winner),
    }
    return Votes.from_frame(pl.DataFrame(columns | more))


def pairs_of(rng: np.random.Generator, k: int, votes: int) -> tuple[np.ndarray, np.ndarray]:
    first = rng.integers(0, k, votes)
    return first, (first + rng.integers(1, k, votes)) % k


def half_win_votes(rng: np.random.Generator, theta: np.ndarray, votes: int) -> Votes:
    """Independent votes among random pairs, a quarter of ties between equals."""
    first, second = pairs_of(rng, len(theta), votes)
    share = simulate_shares(theta[first] - theta[second], even_tie_share=0.25, rng=rng)
    return table(first, second, np.array([1, 2, 0])[(share * 2).astype(int)])


def outcome_votes(
    rng: np.random.Generator,
    theta: np.ndarray,
    votes: int,
    *,
    rule: str,
    both_bad: tuple[float, float],
) -> Votes:
    """Votes from a Davidson (nu = 0.8) or Rao-Kupper (eta = 1.6) model with both_bad."""
    first, second = pairs_of(rng, len(theta), votes)
    gap, mean = theta[first] - theta[second], (theta[first] + theta[second]) / 2
    if rule == "davidson":
        weights = np.column_stack([np.exp(gap / 2), np.exp(-gap / 2), np.full(votes, 0.8)])
        chances = weights / weights.sum(axis=1, keepdims=True)
    else:
        win, loss = (1 / (1 + 1.6 * np.exp(-side)) for side in (gap, -gap))
        chances = np.column_stack([win, loss, 1 - win - loss])
    bad = 1 / (1 + np.exp(-(both_bad[0] - both_bad[1] * mean)))
    chances = np.column_stack([chances * (1 - bad)[:, None], bad])
    winner = (rng.random((votes, 1)) > chances.cumsum(axis=1)[:, :3]).sum(axis=1)
    return table(first, second, winner)


def clustered_coverage(
    theta: np.ndarray,
    *,
    rate: Callable[[Votes, str | None], RatingFit],
    voters: int,
    each: int,
    histories: int,
    seed: int,
) -> tuple[float, float]:
    """Votes of voters who have tastes of their own: coverage with clusters, and without.

    A voter's taste is drawn for each model; the truth is what the whole population's votes
    converge to, found from two hundred times as many voters.
    """
    rng = np.random.default_rng(seed)
    truth = bradley_terry(_tasteful(rng, theta, voters=200 * voters, each=each)).board.theta
    inside = np.zeros(2)
    for _ in range(histories):
        votes = _tasteful(rng, theta, voters=voters, each=each)
        inside += [pointwise(rate(votes, cluster).board, truth) for cluster in ("voter", None)]
    clustered, plain = inside / histories
    return float(clustered), float(plain)


def pointwise(board, truth: np.ndarray) -> float:
    """Share of the models whose interval holds the truth, centred over those with an estimate."""
    finite = ~board.unbounded
    rating = 1000 + POINTS * (truth - truth[finite].mean())
    return float(((board.low <= rating) & (rating <= board.high)).mean())


def _tasteful(rng: np.random.Generator, theta: np.ndarray, *, voters: int, each: int) -> Votes:
    k = len(theta)
    voter = np.repeat(np.arange(voters), each)
    first, second = pairs_of(rng, k, len(voter))
    taste = theta + rng.normal(0.0, 1.0, (voters, k))
    gap = taste[voter, first] - taste[voter, second]
    share = simulate_shares(gap, even_tie_share=0.25, rng=rng)
    return table(first, second, np.array([1, 2, 0])[(share * 2).astype(int)], voter=voter)


def _held(fit: RatingFit, truth: np.ndarray) -> tuple[float, bool, bool, bool]:
    board = fit.board
    miss = (board.theta[:, None] - board.theta) - (truth[:, None] - truth)
    lowest = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    highest = len(truth) - (truth[None, :] < truth[:, None]).sum(axis=1)
    # A true tie's admissible ranks must all be in the set.
    ranked = (board.rank_low <= lowest) & (board.rank_high >= highest)
    test = fit.goodness_of_fit
    margin = board.quantile * contrast_errors(board.covariance)
    return (
        pointwise(board, truth),
        bool((np.abs(miss) <= margin).all()),
        bool(ranked.all()),
        test is not None and test.p_value < 1 - LEVEL,
    )
