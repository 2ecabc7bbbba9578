"""The bootstrap: as the sandwich where both hold, as a loop of refits, the same for a seed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.ratings.simulations import coverage, half_win_votes, outcome_votes
from theodolite.errors import TooFewError, UsageError
from theodolite.ratings import bootstrap, bradley_terry, simulate_votes
from theodolite.stats import Cells, HalfWin, count_pairs, draw_votes, maximise, resample
from theodolite.stats import bootstrap as module
from theodolite.tables import Votes

STRENGTHS = np.array([0.9, 0.5, 0.5, 0.2, 0.0, -0.2, -0.6, -1.3])


def width(fit) -> np.ndarray:
    return fit.board.high - fit.board.low


def weighted(votes: Votes) -> Votes:
    n = pl.int_range(pl.len())
    more = {"weight": 1.0 + n % 3, "voter": n % 97, "share_a": (n % 5) / 4}
    frame = votes.frame.with_columns(**more)
    return Votes.from_frame(frame.select("model_a", "model_b", "winner", *more))


@pytest.mark.parametrize("cluster", [None, "voter"])
@pytest.mark.parametrize("weights", ["equal", "inverse-count"])
def test_as_wide_as_the_sandwich(cluster: str | None, weights: str) -> None:
    votes = weighted(half_win_votes(np.random.default_rng(2), STRENGTHS, 6000))
    fit = bradley_terry(votes, cluster=cluster, pair_weights=weights)
    again = bootstrap(votes, fit, n_resamples=2000)
    assert again.interval == "bootstrap"
    assert again.n_resamples == 2000
    np.testing.assert_allclose(again.board.rating, fit.board.rating, atol=1e-6)
    np.testing.assert_allclose(width(again) / width(fit), 1.0, atol=0.12)
    assert abs(np.mean(width(again) / width(fit)) - 1.0) < 0.04


@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
def test_ties_as_wide_as_the_sandwich(rule: str) -> None:
    rng = np.random.default_rng(3)
    votes = outcome_votes(rng, STRENGTHS, 3000, rule=rule, both_bad=(-1.5, 0.8))
    fit = bradley_terry(votes, ties=rule)
    again = bootstrap(votes, fit, n_resamples=300)
    assert abs(np.mean(width(again) / width(fit)) - 1.0) < 0.08


@pytest.mark.parametrize("dense", [4_000_000, 0])
def test_each_resample_is_at_its_own_optimum(dense: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_DENSE", dense)
    rng = np.random.default_rng(4)
    first, second = (m.ravel() for m in np.triu_indices(5, 1))
    pair, share = np.repeat(np.arange(10), 3), np.tile([0.0, 0.5, 1.0], 10)
    cells = Cells(pair, np.zeros(30, int), share, np.ones(30))
    drawn = rng.integers(1, 30, (7, 30)).astype(float)
    likelihood = HalfWin(count_pairs(first[pair], second[pair], share, n_models=5))
    everyone = [np.arange(5)]
    start = maximise(likelihood, groups=everyone)
    inverse = np.linalg.pinv(likelihood.derivatives(start.x).information)
    got = resample(
        likelihood,
        start.x,
        inverse,
        cells=cells,
        draw=lambda _, size: drawn[:size],
        n_resamples=7,
        seed=0,
    )
    for row, counts in zip(got, drawn, strict=True):
        pairs = count_pairs(first[pair], second[pair], share, n_models=5, count=counts.astype(int))
        want = maximise(HalfWin(pairs), groups=everyone).x
        np.testing.assert_allclose(row, want, atol=2e-6)


@pytest.mark.parametrize("votes", [40, 4000])
def test_draws_are_one_multinomial(votes: int) -> None:
    chance = np.array([0.1, 0.2, 0.3, 0.4])
    count = (votes * chance).astype(int)
    drawn = draw_votes(count)(np.random.default_rng(11), 20_000)
    assert (drawn.sum(axis=1) == votes).all()
    np.testing.assert_allclose(drawn.mean(axis=0), count, rtol=0.02)
    covariance = votes * (np.diag(chance) - np.outer(chance, chance))
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), covariance, rtol=0.06)


def test_the_same_for_a_seed_whatever_the_processors(monkeypatch) -> None:
    votes = simulate_votes({"x": 1000.0, "y": 1050.0, "z": 900.0}, n_votes=500)
    fit = bradley_terry(votes, seed=6)
    one = bootstrap(votes, fit, n_resamples=200)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 1)
    two = bootstrap(votes, fit, n_resamples=200)
    np.testing.assert_array_equal(one.board.low, two.board.low)
    other = bootstrap(votes, bradley_terry(votes, seed=7), n_resamples=200)
    assert (other.board.low != one.board.low).any()


def test_resamples_that_separate_leave_an_infinite_end() -> None:
    # x lost once: a third of the resamples leave it without a defeat.
    rows = [("x", "y", "model_a")] * 30 + [("x", "y", "model_b")]
    rows += [("y", "z", "model_a")] * 40 + [("z", "y", "model_a")] * 20
    frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
    votes = Votes.from_frame(frame)
    board = bootstrap(votes, bradley_terry(votes), n_resamples=400).board
    assert board.high[0] == np.inf
    assert np.isfinite(board.low).all()


def test_votes_too_few_to_resample() -> None:
    rows = [("x", "y", "model_a"), ("y", "z", "model_a"), ("z", "x", "model_a")]
    frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
    votes = Votes.from_frame(frame)
    fit = bradley_terry(votes)
    with pytest.raises(TooFewError, match="too few for a bootstrap"):
        bootstrap(votes, fit)
    with pytest.raises(UsageError, match="at least 100"):
        bootstrap(votes, fit, n_resamples=10)


@pytest.mark.slow
@pytest.mark.parametrize("votes", [400, 2000])
def test_coverage(votes: int) -> None:
    def history(rng):
        drawn = half_win_votes(rng, STRENGTHS, votes)
        return bootstrap(drawn, bradley_terry(drawn, seed=int(rng.integers(2**31))))

    found = coverage(history, STRENGTHS, histories=2000, seed=18)
    print(f"\nbootstrap, {votes} votes: {found}, Monte Carlo error {found.error:.4f}")
    assert 0.93 <= found.pointwise <= 0.97
    assert 0.93 <= found.joint <= 0.97
