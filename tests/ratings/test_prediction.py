"""Held-out prediction picks the model that is true; circles are found where there are any."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest

from tests.ratings.simulations import outcome_votes
from theodolite.errors import NotConvergedError, TooFewError, UsageError
from theodolite.ratings import (
    METHODS,
    bradley_terry,
    intransitivity,
    predictive_check,
    simulate_votes,
)
from theodolite.stats import calibration_slope, count_pairs, strongest_circle
from theodolite.tables import Votes

STRENGTHS = np.array([1.8, 0.9, 0.2, -0.4, -1.0, -1.5])
RATINGS = {"a": 1120.0, "b": 1060.0, "c": 1000.0, "d": 820.0}


def scores_of(votes: Votes, **options) -> dict:
    return {score.method: score for score in predictive_check(votes, **options).scores}


@pytest.mark.parametrize("true", ["davidson", "rao-kupper"])
def test_the_true_tie_model_predicts_outcomes_best(true: str) -> None:
    rng = np.random.default_rng(1)
    votes = outcome_votes(rng, 1.5 * STRENGTHS, 30_000, rule=true, both_bad=(-2.0, 0.8))
    scores = scores_of(votes, methods=["davidson", "rao-kupper"])
    other = next(method for method in scores if method != true)
    assert scores[true].outcome_log_loss < scores[other].outcome_log_loss
    assert scores[true].slope_low < 1.0 < scores[true].slope_high


def test_the_first_method_is_the_yardstick() -> None:
    scores = scores_of(simulate_votes(RATINGS, n_votes=2000, seed=3))
    assert tuple(scores) == METHODS
    first = scores["bradley-terry"]
    assert (first.difference, first.low, first.high) == (0.0, 0.0, 0.0)
    assert first.outcome_log_loss is None
    for score in scores.values():
        assert score.low <= score.difference <= score.high
        assert score.log_loss == pytest.approx(first.log_loss + score.difference)
        assert score.log_loss < np.log(2)


def test_held_out_loss_equals_a_loop_over_folds() -> None:
    votes = simulate_votes(RATINGS, n_votes=600, seed=4)
    got = scores_of(votes, methods=["bradley-terry"], n_folds=3, seed=8)["bradley-terry"]
    fold = np.random.default_rng(8).integers(0, 3, 600)
    loss = []
    for held_out in range(3):
        training = votes.frame.filter(pl.Series(fold != held_out))
        board = bradley_terry(Votes(training)).board
        theta = dict(zip(board.models, board.theta, strict=True))
        for row in votes.frame.filter(pl.Series(fold == held_out)).to_dicts():
            p = 1 / (1 + np.exp(theta[row["model_b"]] - theta[row["model_a"]]))
            y = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5}[row["winner"]]
            loss.append(-(y * np.log(p) + (1 - y) * np.log(1 - p)))
    assert got.log_loss == pytest.approx(np.mean(loss), abs=1e-9)


def test_calibration_bins_hold_all_votes_and_are_near_the_diagonal() -> None:
    check = predictive_check(simulate_votes(RATINGS, n_votes=20_000, seed=5))
    for bins in check.calibration.partition_by("method"):
        assert bins["votes"].sum() == check.n_votes
        assert (bins["predicted"] - bins["observed"]).abs().max() < 0.04


def test_votes_that_no_fold_predicts_are_counted() -> None:
    frame = simulate_votes(RATINGS, n_votes=2000, seed=6).frame
    once = pl.DataFrame({"model_a": ["new"], "model_b": ["a"], "winner": ["model_a"]})
    names = [pl.col(c).cast(pl.String) for c in once.columns]
    votes = Votes.from_frame(pl.concat([frame.select(names), once]))
    check = predictive_check(votes, methods=["bradley-terry"])
    assert check.n_skipped == 1
    assert check.n_votes == 2000


def test_options() -> None:
    votes = simulate_votes(RATINGS, n_votes=50)
    with pytest.raises(UsageError, match="among bradley-terry"):
        predictive_check(votes, methods=["trueskill"])
    with pytest.raises(UsageError, match="at least 2"):
        predictive_check(votes, n_folds=1)


def test_nothing_left_to_predict() -> None:
    bad = [("x", "y", "both_bad"), ("y", "x", "both_bad")] * 20
    frame = pl.DataFrame(bad, schema=["model_a", "model_b", "winner"], orient="row")
    with pytest.raises(TooFewError, match="no vote could be predicted"):
        predictive_check(Votes.from_frame(frame), methods=["bradley-terry"])


def test_slope_of_bold_predictions_is_below_one() -> None:
    rng = np.random.default_rng(7)
    logit = rng.normal(0, 1, 50_000)
    y = (rng.random(50_000) < 1 / (1 + np.exp(-logit))).astype(float)
    slope, error = calibration_slope(1 / (1 + np.exp(-2 * logit)), y)
    assert slope == pytest.approx(0.5, abs=4 * error)
    with pytest.raises(NotConvergedError):
        calibration_slope(np.full(5, 0.5), np.ones(5))


def test_a_circle_is_found_among_many_models() -> None:
    plain = simulate_votes({f"m{i}": 1000.0 - 30 * i for i in range(8)}, n_votes=8000, seed=8)
    rows = [("r", "p", "model_a"), ("p", "s", "model_a"), ("s", "r", "model_a")] * 40
    rows += [("r", "m0", "model_a"), ("m0", "r", "model_a")] * 10
    circle = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
    names = [pl.col(c).cast(pl.String) for c in circle.columns]
    votes = Votes.from_frame(pl.concat([plain.frame.select(names), circle]))
    found = intransitivity(votes)
    assert set(found.models) == {"r", "p", "s"}
    assert found.p_value < 1e-6
    # Each beats the next.
    assert found.models in {("r", "p", "s"), ("p", "s", "r"), ("s", "r", "p")}


def test_the_search_equals_trying_all_triples() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        first = rng.integers(0, 7, 60)
        second = (first + rng.integers(1, 7, 60)) % 7
        pairs = count_pairs(first, second, rng.choice([0, 0.5, 1], 60), n_models=7)
        z = np.full((7, 7), -np.inf)
        decisive = pairs.won_sq_sq - pairs.won_sq + pairs.weight_sq / 4
        z[pairs.first, pairs.second] = (pairs.won - pairs.weight / 2) / np.sqrt(
            np.where(decisive > 0, decisive, np.inf)
        )
        z[pairs.second, pairs.first] = -z[pairs.first, pairs.second]
        circles = [t for t in permutations(range(7), 3) if t[0] == min(t)]
        strength = {t: min(z[t[0], t[1]], z[t[1], t[2]], z[t[2], t[0]]) for t in circles}
        seen = {t: s for t, s in strength.items() if np.isfinite(s)}
        found = strongest_circle(pairs)
        assert found.circles == len(seen)
        assert found.strength == pytest.approx(max(seen.values()), abs=1e-5)
        assert strength[found.models] == pytest.approx(found.strength, abs=1e-5)


def test_no_triple_no_circle() -> None:
    one, two = np.array([0, 1]), np.array([1, 2])
    assert strongest_circle(count_pairs(one, two, np.ones(2), n_models=3)) is None


@pytest.mark.slow
def test_circles_of_chance_are_rarely_called_real() -> None:
    rng = np.random.default_rng(10)
    hits = 0
    for _ in range(2000):
        first = rng.integers(0, 8, 1500)
        second = (first + rng.integers(1, 8, 1500)) % 8
        pairs = count_pairs(first, second, rng.choice([0, 0.5, 1], 1500), n_models=8)
        hits += strongest_circle(pairs).p_value < 0.05
    print(f"\nequal models: a circle at 5% in {hits} of 2000 histories")
    assert hits <= 100
