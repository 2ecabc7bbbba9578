"""Histories whose truth is known: how often a pair is decided wrongly at some look, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tests.ratings.simulations import POINTS, pairs_of
from theodolite.ratings.watching import Rules, Watched, watch
from theodolite.stats import LooksFit, OrderedVotes, fit_looks, simulate_shares

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Errors:
    """Shares of histories with a wrong decision at some look, and of pairs decided by the end."""

    sequence: float
    ordinary: float
    models: float
    decided: float
    after: np.ndarray
    ordinary_after: np.ndarray
    information: np.ndarray
    histories: int

    @property
    def error(self) -> float:
        """Monte Carlo standard error of a share of 5%."""
        return float(np.sqrt(0.05 * 0.95 / self.histories))


def draw(
    rng: np.random.Generator, theta: np.ndarray, *, n_votes: int, n_looks: int, each: int = 0
) -> OrderedVotes:
    """Votes among random pairs; with ``each``, of voters with tastes who come again and again."""
    first, second = pairs_of(rng, len(theta), n_votes)
    gap, cluster = theta[first] - theta[second], None
    if each:
        voter = rng.permutation(np.repeat(np.arange(n_votes // each), each))
        taste = rng.normal(0.0, 0.7, (n_votes // each, len(theta)))
        gap = gap + taste[voter, first] - taste[voter, second]
        _, at, number = np.unique(voter, return_index=True, return_inverse=True)
        cluster = np.argsort(np.argsort(at))[number]
    share = simulate_shares(gap, even_tie_share=0.25, rng=rng)
    look = np.arange(n_votes) * n_looks // n_votes
    return OrderedVotes(first, second, share, np.ones(n_votes), look, cluster)


@dataclass
class Misses:
    """Passes fits on, and notes whether a model's sequence ever missed its true strength."""

    truth: np.ndarray
    rules: Rules
    missed: bool = False
    claimed: np.ndarray | None = None
    information: np.ndarray | None = None

    def watched(self, fits: Iterator[LooksFit]) -> Iterator[LooksFit]:
        for fit in fits:
            ready = fit.core.all(axis=1, keepdims=True) & (fit.votes >= self.rules.burn_in)
            variance = np.diagonal(fit.covariance, axis1=1, axis2=2)
            width = self.rules.models.half_width(
                np.where(ready, 1.0 / np.maximum(variance, 1e-300), 0)
            )
            self.missed |= bool((np.abs(fit.theta - self.truth) > width).any())
            i, j = np.triu_indices(len(self.truth), 1)
            spread = variance[:, i] + variance[:, j] - 2 * fit.covariance[:, i, j]
            ok = (ready[:, i] & ready[:, j]) & (spread > 0)
            t = np.where(ok, np.abs(fit.theta[:, i] - fit.theta[:, j]), 0) / np.sqrt(
                np.where(ok, spread, 1.0)
            )
            apart = t > self.rules.quantile
            self.claimed = np.where(apart.any(axis=0), apart.argmax(axis=0), -1)
            self.information = 1.0 / spread[-1]
            yield fit


def run(
    points: np.ndarray,
    *,
    histories: int,
    seed: int,
    n_votes: int = 10_000,
    n_looks: int = 40,
    burn_in: int = 50,
    target: float = 10.0,
    each: int = 0,
    clustered: bool = True,
) -> Errors:
    """Watch many histories of models with these ratings, at 95%."""
    rng = np.random.default_rng(seed)
    theta = (points - points.mean()) / POINTS
    k = len(theta)
    rules = Rules.of(k, target=target / POINTS, level=0.95, burn_in=burn_in)
    reference = np.sign(np.round(theta[:, None] - theta, 12))[np.triu_indices(k, 1)].astype(int)
    wrong, found = [], []
    for _ in range(histories):
        votes = draw(rng, theta, n_votes=n_votes, n_looks=n_looks, each=each)
        if not clustered:
            votes = replace(votes, cluster=None)
        misses = Misses(theta, rules)
        fits = misses.watched(fit_looks(votes, n_looks=n_looks, start=theta))
        seen = watch(fits, rules, reference=reference, k=k)
        wrong.append((is_wrong(seen, reference), (seen.reversed_at >= 0).any(), misses.missed))
        found.append((seen.decided, misses.claimed, misses.information))
    sequence, ordinary, models = np.mean(wrong, axis=0).tolist()
    decided, claimed, information = (np.stack(x) for x in zip(*found, strict=True))
    per = n_votes / n_looks
    return Errors(
        sequence=sequence,
        ordinary=ordinary,
        models=models,
        decided=float((decided >= 0).mean()),
        after=np.median(np.where(decided < 0, np.inf, (decided + 1) * per), axis=0),
        ordinary_after=np.median(np.where(claimed < 0, np.inf, (claimed + 1) * per), axis=0),
        information=np.median(information, axis=0) / n_votes,
        histories=histories,
    )


def is_wrong(seen: Watched, reference: np.ndarray) -> bool:
    """Whether some pair was ever decided against the truth, or decided though it is a tie."""
    decided = seen.decided >= 0
    return bool((decided & (seen.side != reference)).any() or seen.contradicted.any())
