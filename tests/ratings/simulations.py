"""How often intervals hold what they promise, over many simulated histories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theodolite.stats import (
    cluster_meat,
    contrast_errors,
    count_pairs,
    is_strongly_connected,
    max_t_quantile,
    maximise,
    pairs_fit,
    ranks,
    sandwich,
    sigmoid,
    simulate_shares,
    vote_meat,
)

NORMAL = 1.959963984540054
LEVEL = 0.95


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


def board_coverage(theta: np.ndarray, *, votes: int, histories: int, seed: int) -> Coverage:
    """Independent votes among random pairs, a quarter of ties between equals."""
    rng = np.random.default_rng(seed)
    held: list[tuple[float, bool, bool, bool]] = []
    while len(held) < histories:
        first, second = _pairs(rng, len(theta), votes)
        share = simulate_shares(theta[first] - theta[second], even_tie_share=0.25, rng=rng)
        pairs = count_pairs(first, second, share, n_models=len(theta))
        assert is_strongly_connected(pairs)
        found = maximise(pairs).theta
        meat = vote_meat(pairs, found)
        held.append(_held(theta, found, sandwich(pairs, found, meat), rng=rng, pairs=pairs))
    return Coverage(*np.mean(held, axis=0).tolist(), histories)


def clustered_coverage(
    theta: np.ndarray, *, voters: int, each: int, histories: int, seed: int
) -> tuple[float, float]:
    """Votes of voters who have tastes of their own: coverage with clusters, and without.

    A voter's taste is drawn for each model; the truth is what the whole population's votes
    converge to, found from a hundred times as many voters.
    """
    rng = np.random.default_rng(seed)
    truth = _fit(*_tasteful(rng, theta, voters=200 * voters, each=each)[:3], len(theta))[1]
    inside = np.zeros(2)
    for _ in range(histories):
        first, second, share, voter = _tasteful(rng, theta, voters=voters, each=each)
        pairs, found = _fit(first, second, share, len(theta))
        score = share - sigmoid(found[first] - found[second])
        meat = cluster_meat(first, second, score, cluster=voter, n_models=len(theta))
        for i, b in enumerate((meat, vote_meat(pairs, found))):
            error = np.sqrt(np.diag(sandwich(pairs, found, b)))
            inside[i] += (np.abs(found - truth) <= NORMAL * error).mean()
    clustered, plain = inside / histories
    return float(clustered), float(plain)


def _pairs(rng: np.random.Generator, k: int, votes: int) -> tuple[np.ndarray, np.ndarray]:
    first = rng.integers(0, k, votes)
    return first, (first + rng.integers(1, k, votes)) % k


def _fit(first, second, share, k):
    pairs = count_pairs(first, second, share, n_models=k)
    return pairs, maximise(pairs).theta


def _tasteful(rng: np.random.Generator, theta: np.ndarray, *, voters: int, each: int):
    k = len(theta)
    voter = np.repeat(np.arange(voters), each)
    first, second = _pairs(rng, k, len(voter))
    taste = theta + rng.normal(0.0, 1.0, (voters, k))
    gap = taste[voter, first] - taste[voter, second]
    return first, second, simulate_shares(gap, even_tie_share=0.25, rng=rng), voter


def _held(theta, found, covariance, *, rng, pairs) -> tuple[float, bool, bool, bool]:
    truth = theta - theta.mean()
    pointwise = np.abs(found - truth) <= NORMAL * np.sqrt(np.diag(covariance))
    errors = contrast_errors(covariance)
    quantile = max_t_quantile(covariance, level=LEVEL, n_draws=4000, rng=rng)
    miss = (found[:, None] - found) - (truth[:, None] - truth)
    sets = ranks(found, errors, quantile)
    lowest = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    highest = len(truth) - (truth[None, :] < truth[:, None]).sum(axis=1)
    # A true tie's admissible ranks must all be in the set.
    ranked = (sets.low <= lowest) & (sets.high >= highest)
    return (
        float(pointwise.mean()),
        bool((np.abs(miss) <= quantile * errors).all()),
        bool(ranked.all()),
        pairs_fit(pairs, found).p_value < 1 - LEVEL,
    )
