"""Elo: as a plain loop, in the middle of its orders, with the spread that they cause."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from theodolite.errors import UsageError
from theodolite.ratings import bradley_terry, elo_ratings, simulate_votes
from theodolite.stats import elo
from theodolite.tables import Votes

RATINGS = {"a": 1120.0, "b": 1060.0, "c": 1000.0, "d": 820.0}


def plain_elo(first, second, share, order, k_factor):
    ratings = np.zeros(int(max(first.max(), second.max())) + 1)
    for n in order:
        a, b = first[n], second[n]
        expected = 1 / (1 + 10 ** ((ratings[b] - ratings[a]) / 400))
        ratings[a] += k_factor * (share[n] - expected)
        ratings[b] -= k_factor * (share[n] - expected)
    return ratings


def test_every_order_equals_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    n = 5000
    first = rng.integers(0, 4, n)
    second = (first + rng.integers(1, 4, n)) % 4
    share = rng.choice([0.0, 0.5, 1.0], n)
    orders = np.stack([np.arange(n), rng.permutation(n), rng.integers(0, n, n)])
    got = elo(first, second, share, block=lambda i, j: orders[:, i:j], n_models=4, k_factor=16.0)
    for row, order in zip(got, orders, strict=True):
        np.testing.assert_allclose(row, plain_elo(first, second, share, order, 16.0), atol=1e-9)
    np.testing.assert_allclose(got.sum(axis=1), 0.0, atol=1e-9)


def test_a_small_k_and_many_votes_come_near_bradley_terry() -> None:
    votes = simulate_votes(RATINGS, n_votes=20_000, seed=1)
    board = elo_ratings(votes, k_factor=2.0).board
    np.testing.assert_allclose(board.rating, bradley_terry(votes).board.rating, atol=6.0)
    assert (board.low < board.rating).all()
    assert (board.rating < board.high).all()


def test_the_order_matters_more_with_a_large_k() -> None:
    votes = simulate_votes(RATINGS, n_votes=2000, seed=2)
    small, large = (elo_ratings(votes, k_factor=k).order for k in (4.0, 32.0))
    assert (large.spread > 1.5 * small.spread).all()
    frame = elo_ratings(votes, k_factor=32.0).to_frame()
    assert {"online", "order_spread"} <= set(frame.columns)


def test_order_reaches_json_and_the_anchor_moves_all() -> None:
    votes = simulate_votes(RATINGS, n_votes=500, seed=3)
    fit = elo_ratings(votes).anchored("a", 1500.0)
    plain = elo_ratings(votes)
    answer = fit.to_dict()
    assert answer["settings"]["k_factor"] == 4.0
    top = next(row for row in answer["models"] if row["model"] == "a")
    assert top["rating"] == pytest.approx(1500.0)
    np.testing.assert_allclose(
        fit.order.online - plain.order.online, fit.board.rating - plain.board.rating
    )


def test_models_that_only_won_have_a_rating() -> None:
    rows = [("x", "y", "model_a")] * 30 + [("y", "z", "model_a")] * 20 + [("z", "y", "model_a")]
    frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
    board = elo_ratings(Votes.from_frame(frame)).board
    assert not board.unbounded.any()
    assert np.isfinite(board.rating).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k_factor": 0.0}, "above 0"),
        ({"n_orders": 1}, "at least 2"),
        ({"n_resamples": 5}, "at least 100"),
    ],
)
def test_options(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        elo_ratings(simulate_votes(RATINGS, n_votes=50), **options)


def test_weights_are_refused() -> None:
    votes = simulate_votes(RATINGS, n_votes=50)
    frame = votes.frame.with_columns(weight=pl.lit(2.0))
    with pytest.raises(UsageError, match="has no weights"):
        elo_ratings(Votes(frame))
