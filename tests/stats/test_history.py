"""Fits at many looks: each equals a fit by itself to the votes so far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ratings.simulations import table
from theodolite.errors import SeparatedError
from theodolite.ratings import bradley_terry
from theodolite.stats import OrderedVotes, count_looks, fit_looks, history
from theodolite.tables import Votes

CLOSE = 1e-8
K = 5


def draw(seed: int, n: int = 300, looks: int = 9) -> OrderedVotes:
    """Votes of a few models, the last of which comes late."""
    rng = np.random.default_rng(seed)
    known = np.where(np.arange(n) < n // 3, K - 1, K)
    first = rng.integers(0, known)
    second = (first + rng.integers(1, known)) % known
    share = rng.choice([0.0, 0.5, 1.0, 0.8], n)
    voter = np.concatenate([np.arange(20), rng.integers(0, 20, n - 20)])
    look = np.sort(rng.integers(0, looks, n))
    return OrderedVotes(first, second, share, rng.choice([1.0, 2.5], n), look, voter)


def votes_until(votes: OrderedVotes, look: int) -> Votes:
    n = int(np.searchsorted(votes.look, look, side="right"))
    winner = np.where(votes.share[:n] > 0.5, 0, np.where(votes.share[:n] < 0.5, 1, 2))
    made = table(votes.first[:n], votes.second[:n], winner).frame
    more = {"share_a": votes.share, "weight": votes.weight, "voter": votes.cluster}
    return Votes.from_frame(made.with_columns(pl.Series(k, v[:n]) for k, v in more.items()))


def check(votes: OrderedVotes, looks: int, cluster: str | None) -> int:
    used = votes if cluster else replace(votes, cluster=None)
    fits = list(fit_looks(used, n_looks=looks, start=np.zeros(K)))
    theta, covariance, core = (
        np.concatenate([getattr(f, name) for f in fits]) for name in ("theta", "covariance", "core")
    )
    checked = 0
    for look in range(looks):
        part = votes_until(votes, look)
        try:
            board = bradley_terry(part, cluster=cluster).board
        except SeparatedError:
            assert core[look].sum() == 1
            continue
        models = [int(name[1:]) for name in board.models]
        inside = ~board.unbounded
        rated = np.zeros(K, dtype=bool)
        rated[[m for m, i in zip(models, inside, strict=True) if i]] = True
        np.testing.assert_array_equal(core[look], rated)
        np.testing.assert_allclose(theta[look][rated], board.theta[inside], atol=CLOSE)
        want = board.covariance[np.ix_(inside, inside)]
        np.testing.assert_allclose(covariance[look][np.ix_(rated, rated)], want, atol=CLOSE)
        assert (theta[look][~rated] == 0).all()
        checked += 1
    return checked


@pytest.mark.parametrize("cluster", [None, "voter"])
def test_every_look_is_the_fit_to_the_votes_so_far(cluster: str | None) -> None:
    assert check(draw(1), 9, cluster) == 9


@pytest.mark.parametrize("block", [1, 60, 120])
@pytest.mark.parametrize("cluster", [None, "voter"])
def test_blocks_change_nothing(monkeypatch, block: int, cluster: str | None) -> None:
    votes = draw(2) if cluster else replace(draw(2), cluster=None)
    [whole] = fit_looks(votes, n_looks=9, start=np.zeros(K))
    monkeypatch.setattr(history, "BLOCK", block)
    parts = list(fit_looks(votes, n_looks=9, start=np.zeros(K)))
    assert len(parts) > 1
    assert [p.start for p in parts] == list(range(0, 9, len(parts[0].core)))
    for name in ("core", "theta", "covariance", "inverse", "votes"):
        joined = np.concatenate([getattr(p, name) for p in parts])
        np.testing.assert_allclose(joined, getattr(whole, name), atol=CLOSE)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_small_histories(seed: int) -> None:
    votes = draw(seed, n=60, looks=5)
    fits = list(fit_looks(votes, n_looks=5, start=np.zeros(K)))
    if fits[-1].core[-1].all():
        order = np.random.default_rng(seed).permutation(K)
        turned = replace(votes, first=order[votes.first], second=order[votes.second])
        other = list(fit_looks(turned, n_looks=5, start=np.zeros(K)))
        np.testing.assert_allclose(other[-1].theta[-1][order], fits[-1].theta[-1], atol=1e-7)
        swapped = replace(votes, first=votes.second, second=votes.first, share=1.0 - votes.share)
        back = list(fit_looks(swapped, n_looks=5, start=np.zeros(K)))
        np.testing.assert_allclose(back[-1].covariance, fits[-1].covariance, atol=1e-7)


def test_a_look_without_new_votes_repeats_the_last() -> None:
    votes = replace(draw(3), look=np.sort(np.random.default_rng(3).choice([0, 1, 3], 300)))
    [fit] = fit_looks(votes, n_looks=5, start=np.zeros(K))
    np.testing.assert_allclose(fit.theta[2], fit.theta[1])
    np.testing.assert_allclose(fit.theta[4], fit.theta[3])


def test_counts_add_up() -> None:
    votes = draw(4)
    counts = count_looks(votes, n_looks=9, n_models=K)
    [(start, sums)] = counts.blocks()
    assert start == 0
    np.testing.assert_allclose(sums.weight[-1], counts.pairs.weight)
    np.testing.assert_allclose(
        sums.count.sum(axis=1), np.searchsorted(votes.look, range(9), "right")
    )


def test_the_inverse_is_that_of_the_information() -> None:
    votes = replace(draw(5), cluster=None)
    [fit] = fit_looks(votes, n_looks=9, start=np.zeros(K))
    for t in range(9):
        n = int(np.searchsorted(votes.look, t, side="right"))
        information = np.zeros((K, K))
        for a, b, w in zip(votes.first[:n], votes.second[:n], votes.weight[:n], strict=True):
            if fit.core[t, a] and fit.core[t, b]:
                p = 1 / (1 + np.exp(fit.theta[t, b] - fit.theta[t, a]))
                x = np.eye(K)[a] - np.eye(K)[b]
                information += w * p * (1 - p) * np.outer(x, x)
        want = np.linalg.pinv(information, rcond=1e-10, hermitian=True)
        np.testing.assert_allclose(fit.inverse[t], want, atol=CLOSE)
