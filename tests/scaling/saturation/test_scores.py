"""Scores against tokens: against plain formulas, known worlds, the shipped facts, refusals."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, t

from tests.scaling.saturation.boards import ROOM, board, of_none_right
from theodolite.errors import TooFewError, UsageError
from theodolite.loading import load_models
from theodolite.scaling import score_saturation
from theodolite.scaling.saturation.trend import above_chance


@cache
def shipped(**settings):
    return score_saturation(load_models(), pair=("Llama-3-8B", "Llama-2-7B"), **settings)


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"slope": 0.5}, "rises"),
        ({"slope": -0.5}, "falls"),
        ({"slope": 0.0, "between": 0.4}, "cannot be told"),
        ({"slope": 0.6, "curve": -0.1, "noise": 0.02}, "rises, but flattens"),
    ],
)
def test_known_worlds(settings, verdict):
    got = score_saturation(board(**settings))
    assert got.scores["verdict"].to_list() == [verdict, verdict]
    assert got.verdict == verdict
    assert got.to_dict()["verdict"] == verdict


def test_a_plateau_is_foretold_best_by_a_plateau():
    models = board(slope=0.8, noise=0.01)
    flat = models.results.with_columns(value=pl.col("value").clip(upper_bound=65.0))
    got = score_saturation(type(models).from_frames(models.frame, flat), benchmarks=["MMLU"])
    row = got.scores.row(0, named=True)
    assert row["error_plateau"] < row["error_line"] < row["error_flat"]


def test_the_slope_is_the_weighted_one_of_logits():
    got = score_saturation(board(between=0.3, seed=3), benchmarks=["MMLU"])
    row, models = got.scores.row(0, named=True), got.models
    share = (models["score"].to_numpy() - 0.25) / ROOM
    y = np.log(share / (1 - share))
    v = (models["noise"].to_numpy() / ROOM / (share * (1 - share))) ** 2
    x = np.log2(models["tokens"].to_numpy())
    w = 1.0 / (v + row["between"] ** 2)
    kept_ones = [np.ones(10, bool), *(np.arange(10) != k for k in range(10))]
    fits = [np.polyfit(x[k], y[k], 1, w=np.sqrt(w[k]))[0] for k in kept_ones]
    error = np.sqrt(0.9 * sum((b - fits[0]) ** 2 for b in fits[1:]))
    assert row["slope"] == pytest.approx(fits[0], rel=1e-6)
    assert row["slope_high"] - row["slope"] == pytest.approx(t.ppf(0.975, 8) * error, rel=1e-6)


def test_measurements_are_repeats_and_not_models():
    """Nine more settings of one model make its score surer; they are no further models."""
    one = board(repeats=1)
    more = pl.concat(
        [
            one.results.filter(model="m0").with_columns(
                setting=pl.lit(f"other {k}"), value=pl.col("value") + (-1.0) ** k
            )
            for k in range(8)
        ]
    )
    many = type(one).from_frames(one.frame, pl.concat([one.results, more]))
    got = score_saturation(many, benchmarks=["MMLU"])
    assert got.scores["models"].item() == 10
    assert got.scores["measurements"].item() == 18
    first = got.models.filter(model="m0").row(0, named=True)
    assert (first["measured"], first["highest"] - first["lowest"]) == (9, pytest.approx(0.02))
    others = got.models.filter(pl.col("model") != "m0")
    assert others["noise"].min() > first["noise"]


def test_a_score_below_guessing_hardly_counts():
    logit, variance = above_chance(np.array([0.20, 0.26, 0.60]), np.full(3, 0.01), 0.25)
    assert np.isfinite(logit).all()
    assert logit[0] == pytest.approx(logit[1])
    assert variance[0] > 50 * variance[2]


def test_pairs_are_told_apart_by_their_noise_and_the_trend():
    got = score_saturation(board(seed=5), pair=("m9", "m3")).pair
    row = got.benchmarks.filter(benchmark="MMLU").row(0, named=True)
    scores = score_saturation(board(seed=5)).models.filter(benchmark="MMLU")
    a, b = (scores.filter(model=m).row(0, named=True) for m in ("m9", "m3"))
    assert row["difference"] == pytest.approx(a["score"] - b["score"])
    half = norm.ppf(0.975) * np.hypot(a["noise"], b["noise"])
    assert row["difference_high"] - row["difference"] == pytest.approx(half)
    assert row["relative"] == pytest.approx(a["score"] / b["score"] - 1)
    assert row["verdict"] == "within the trend"
    assert row["matched"] == 2
    assert row["matched_difference"] == pytest.approx(row["difference"])
    assert row["expected_low"] < row["expected"] < row["expected_high"]
    assert got.relative["estimate"] == pytest.approx(
        np.prod(1 + got.benchmarks["relative"].to_numpy()) ** 0.5 - 1
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("zero", [("m3",), ("m9",), ("m3", "m9")])
def test_a_score_of_0_has_no_ratio(zero):
    got = score_saturation(of_none_right(board(), *zero), pair=("m9", "m3")).pair
    row = got.benchmarks.filter(benchmark="MMLU").row(0, named=True)
    assert (row["relative"], row["relative_low"], row["relative_high"]) == (None, None, None)
    assert row["relative_reason"] == f"within its noise of 0: {' and '.join(sorted(zero)[::-1])}"
    assert row["difference"] is not None
    other = got.benchmarks.filter(benchmark="ARC-C").row(0, named=True)
    assert other["relative_reason"] is None
    assert got.relative == {"estimate": other["relative"], "low": None, "high": None}


@pytest.mark.filterwarnings("error")
def test_no_ratio_at_all_and_a_level_near_1():
    models = of_none_right(of_none_right(board(), "m3"), "m3", benchmark="ARC-C")
    assert set(score_saturation(models, pair=("m9", "m3")).pair.relative.values()) == {None}
    got = score_saturation(board(), pair=("m9", "m3"), level=0.9999999999).pair
    row = got.benchmarks.row(0, named=True)
    assert row["expected_low"] < row["expected"] < row["expected_high"]
    assert got.relative["high"] == np.inf


def test_two_models_of_one_trend_still_differ_by_their_own_kind():
    got = score_saturation(board(between=0.5, noise=0.01), pair=("m6", "m5")).pair
    row = got.benchmarks.filter(benchmark="MMLU").row(0, named=True)
    share = (
        np.array([row["score_b"] + row[f"expected_{e}"] for e in ("low", "high")]) - 0.25
    ) / ROOM
    width = np.ptp(np.log(share / (1 - share)))
    # Two deviations of 0.5 each, were they known exactly.
    assert width > 2 * 1.96 * 2**0.5 * 0.5 * 0.6


def test_a_model_far_above_its_tokens_is_more_than_they_say():
    models = board(noise=0.02)
    lifted = models.results.with_columns(
        value=pl.when(pl.col("model") == "m4").then(96.0).otherwise(pl.col("value"))
        + 0.01 * pl.int_range(pl.len()) / pl.len()
    )
    got = score_saturation(type(models).from_frames(models.frame, lifted), pair=("m4", "m2"))
    assert got.pair.benchmarks["verdict"].to_list() == ["above the trend"] * 2


def test_unknown_tokens_leave_the_expectation_open():
    models = board()
    hidden = models.frame.with_columns(
        tokens=pl.when(pl.col("model") == "m9").then(None).otherwise(pl.col("tokens"))
    )
    got = score_saturation(type(models).from_frames(hidden, models.results), pair=("m9", "m3"))
    assert got.pair.tokens is None
    assert got.pair.benchmarks["expected"].to_list() == [None, None]
    assert got.pair.benchmarks["difference"].null_count() == 0
    assert [r.count for r in got.removed] == [1]


def test_the_essays_question_on_the_shipped_facts():
    got = shipped()
    assert got.verdict == "rises"
    assert {"MMLU", "HellaSwag", "HumanEval"} <= set(got.scores["benchmark"])
    mmlu = got.pair.benchmarks.filter(benchmark="MMLU").row(0, named=True)
    # Meta's card: 66.6 against 45.7 at 5 shots.
    assert 0.35 < mmlu["relative_low"] < mmlu["relative"] < mmlu["relative_high"] < 0.6
    assert got.pair.tokens / got.pair.against_tokens == pytest.approx(7.5)
    assert got.pair.relative["low"] > 0.0
    assert {row["benchmark"] for row in got.without} >= {"BBH"}


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"params": (9e9, 6e9)}, UsageError, "from fewer to more"),
        ({"params": (1e12, 2e12)}, TooFewError, "widen --params"),
        ({"benchmarks": ["MMLUU"]}, UsageError, "MMLU"),
        ({"benchmarks": ["params"]}, UsageError, "not measured in percent"),
        ({"pair": ("m0", "m0")}, UsageError, "compared with itself"),
        ({"pair": ("m0", "nobody")}, UsageError, "nobody"),
        ({"level": 95}, UsageError, "level"),
    ],
)
def test_refusals(settings, error, words):
    with pytest.raises(error, match=words):
        score_saturation(board(), **settings)


def coverage(histories):
    """Return how often intervals of the slope hold it, over two benchmarks a history."""
    inside = 0
    for seed in range(histories):
        got = score_saturation(board(slope=0.3, between=0.3, noise=0.1, seed=seed))
        inside += sum(a <= 0.3 <= b for a, b in got.scores.select("slope_low", "slope_high").rows())
    return inside / (2 * histories)


def test_coverage_of_the_slope():
    # The jackknife is on the safe side; three Monte Carlo errors below is too little.
    assert coverage(30) > 0.95 - 3 * (0.95 * 0.05 / 60) ** 0.5


@pytest.mark.slow
def test_coverage_of_the_slope_in_many_histories():
    share = coverage(1000)
    print(f"slope of a doubling, 10 models: {share:.3f}")
    assert 0.94 < share < 0.99
