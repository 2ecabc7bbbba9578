"""Ratings at equal style: invariances, recovery, refusals, models without a finite rating."""

from __future__ import annotations

import json
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from tests.ratings.style_simulations import (
    STRENGTHS,
    drawn,
    styled_frame,
    stylish_arena,
    voters_votes,
    votes_of,
)
from tests.style_reference import POINTS, SlowVotes
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotConvergedError,
    NotIdentifiedError,
    UsageError,
)
from theodolite.ratings import Style, bootstrap, bradley_terry
from theodolite.ratings.style import covariates

RULES = ("half-win", "davidson", "rao-kupper")
STYLE = Style(("tokens", "lists"))
SEEDS = st.integers(0, 10_000)
OTHER = {"model_a": "model_b", "model_b": "model_a"}


def fit(frame: pl.DataFrame, rule: str = "half-win", style: Style = STYLE, **options):
    try:
        return bradley_terry(votes_of(frame), ties=rule, style=style, **options)
    except NotConvergedError:
        # Few votes with three outcomes and style now and then have no finite maximum. Hypothesis
        # counts what is rejected, and fails where that is much.
        reject()


def same(one, two, *, rtol: float = 1e-6) -> None:
    """Ratings, coefficients and premiums agree, with their errors."""
    np.testing.assert_allclose(one.board.theta, two.board.theta, atol=1e-7)
    np.testing.assert_allclose(one.board.covariance, two.board.covariance, rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(one.style.gamma, two.style.gamma, atol=1e-7)
    np.testing.assert_allclose(one.style.covariance, two.style.covariance, rtol=rtol, atol=1e-9)
    same_models(one, two)


def same_models(one, two) -> None:
    left, right = (f.style.models.sort("model") for f in (one, two))
    for column in ("premium", "low", "high", "style", "style_low", "style_high"):
        np.testing.assert_allclose(left[column], right[column], atol=1e-4)


@pytest.mark.parametrize("rule", RULES)
class TestInvariances:
    @settings(max_examples=8, deadline=None)
    @given(seed=SEEDS)
    def test_swapping_sides(self, rule: str, seed: int) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        turn = np.random.default_rng(seed).random(frame.height) < 0.5
        names = [("model_a", "model_b"), ("tokens_a", "tokens_b"), ("lists_a", "lists_b")]
        turned = frame.with_columns(
            *(
                pl.when(turn).then(pl.col(two)).otherwise(pl.col(one)).alias(one)
                for pair in names
                for one, two in (pair, pair[::-1])
            ),
            winner=pl.when(turn).then(pl.col("winner").replace(OTHER)).otherwise("winner"),
        )
        same(fit(frame, rule), fit(turned, rule))

    @settings(max_examples=8, deadline=None)
    @given(seed=SEEDS)
    def test_relabelling_models(self, rule: str, seed: int) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        names = {"m000": "z", "m001": "y", "m002": "x", "m003": "w"}
        columns = pl.col("model_a", "model_b").replace(names)
        one, two = fit(frame, rule), fit(frame.with_columns(columns), rule)
        np.testing.assert_allclose(one.board.theta, two.board.theta[::-1], atol=1e-7)
        np.testing.assert_allclose(one.style.gamma, two.style.gamma, atol=1e-7)
        np.testing.assert_allclose(one.style.profile, two.style.profile[::-1], atol=1e-9)
        premium = dict(two.style.models.select("model", "premium").iter_rows())
        for model, value in one.style.models.select("model", "premium").iter_rows():
            assert premium[names[model]] == pytest.approx(value, abs=1e-4)

    @settings(max_examples=8, deadline=None)
    @given(seed=SEEDS)
    def test_the_order_of_the_votes(self, rule: str, seed: int) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        same(fit(frame, rule), fit(frame.sample(fraction=1.0, shuffle=True, seed=seed), rule))

    @settings(max_examples=8, deadline=None)
    @given(seed=SEEDS)
    def test_a_row_twice_is_weight_two(self, rule: str, seed: int) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        twice = np.random.default_rng(seed).random(frame.height) < 0.3
        heavy = frame.with_columns(weight=pl.col("weight") * (1.0 + twice))
        long = pl.concat([frame, frame.filter(twice)])
        # As one voter's, a vote twice adds up to one of twice the weight in the sandwich too.
        one = fit(long, rule, cluster="voter")
        same(one, fit(heavy, rule, cluster="voter"))

    @settings(max_examples=5, deadline=None)
    @given(seed=SEEDS, scale=st.floats(0.01, 1000))
    def test_a_unit_of_the_counts(self, rule: str, seed: int, scale: float) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        scaled = frame.with_columns(pl.col("tokens_a", "tokens_b") * scale)
        same(fit(frame, rule), fit(scaled, rule))

    @settings(max_examples=5, deadline=None)
    @given(seed=SEEDS)
    def test_standardized(self, rule: str, seed: int) -> None:
        frame = styled_frame(rule, 150, seed=seed)
        one, two = fit(frame, rule), fit(frame, rule, Style(STYLE.features, standardized=True))
        raw = SlowVotes(frame, "half-win", STYLE.features)
        spread = np.sqrt((raw.w[:, None] * raw.z**2).sum(axis=0) / raw.w.sum())
        np.testing.assert_allclose(two.style.gamma, one.style.gamma * spread, rtol=1e-6)
        np.testing.assert_allclose(one.board.theta, two.board.theta, atol=1e-7)
        np.testing.assert_allclose(one.board.covariance, two.board.covariance, rtol=1e-6, atol=1e-9)
        same_models(one, two)


def test_a_true_effect_lies_within_its_interval() -> None:
    votes = drawn(stylish_arena(), 8000, seed=1)
    found = bradley_terry(votes, style=Style(("tokens",))).style.coefficients.row(0, named=True)
    assert found["low"] < 0.30 < found["high"]
    assert found["low"] > 0.1


def test_an_effect_is_not_shrunk() -> None:
    style = Style(("tokens",))
    found = [
        bradley_terry(drawn(stylish_arena(), 4000, seed=seed), style=style).style
        for seed in range(30)
    ]
    values = np.array([s.gamma[0] for s in found])
    error = np.sqrt(np.mean([s.covariance[0, 0] for s in found]) / len(found))
    assert error < 0.015
    assert abs(values.mean() - 0.30) < 3 * error
    # Their scatter is what the intervals say.
    assert 0.65 < values.std(ddof=1) / error / np.sqrt(30) < 1.4


def short() -> pl.DataFrame:
    return styled_frame("half-win", 120).drop("weight")


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            (pl.lit(None), InputError, "tokens_a"),
            (
                pl.when(pl.int_range(pl.len()) == 6).then(None).otherwise("tokens_a"),
                InputError,
                "7",
            ),
            (-1.0 - pl.col("tokens_a"), InputError, "tokens_a"),
            (pl.lit(float("nan")), InputError, "tokens_a"),
            (pl.lit(float("inf")), InputError, "tokens_a"),
            (pl.lit("many"), InputError, "tokens_a"),
            (pl.col("tokens_b"), NotIdentifiedError, "tokens never differs"),
            (pl.lit(0), None, ""),
        ],
    )
    def test_counts(self, change: pl.Expr, error, message: str) -> None:
        frame = short().with_columns(tokens_a=change)
        if error is None:  # one side without any: (a - b) / (a + b) is -1 throughout
            assert (covariates(votes_of(frame), Style(("tokens",)))[0] <= 0).all()
            return
        with pytest.raises(error, match=message):
            fit(frame)

    @pytest.mark.parametrize(
        ("values", "error", "message"),
        [
            ([None, 1.0], InputError, "row 1, column words_a"),
            ([-2.0, 1.0], InputError, "row 1, column words_a.*from 0 up"),
            ([float("nan"), 1.0], InputError, "row 1, column words_a"),
            (["many", "few"], InputError, "row 1, column words_a: 'many' is not a count"),
        ],
    )
    def test_counts_of_another_name(self, values, error, message: str) -> None:
        series = pl.Series(values).extend_constant(values[1], 118)
        frame = short().with_columns(words_a=series, words_b=pl.lit(3.0))
        with pytest.raises(error, match=message):
            fit(frame, style=Style(("words",)))

    def test_a_missing_column(self) -> None:
        with pytest.raises(MissingColumnError, match="tokens_b"):
            fit(short().drop("tokens_b"))

    def test_no_features_or_the_same_twice(self) -> None:
        with pytest.raises(UsageError, match="at least one"):
            Style(())
        with pytest.raises(UsageError, match="twice"):
            Style(("tokens", "tokens"))

    def test_counts_that_are_the_models(self) -> None:
        # Models with lists and models without: z is a difference of two constants.
        has = {"m000": 5, "m001": 0, "m002": 5, "m003": 0}
        counts = (pl.col(f"model_{s}").replace_strict(has).alias(f"lists_{s}") for s in "ab")
        with pytest.raises(NotIdentifiedError, match="lists follows from the models alone"):
            fit(short().with_columns(*counts))

    def test_a_feature_twice_under_two_names(self) -> None:
        frame = short().with_columns(words_a=3 * pl.col("tokens_a"), words_b=3 * pl.col("tokens_b"))
        with pytest.raises(NotIdentifiedError, match="follows from the other features"):
            fit(frame, style=Style(("tokens", "words")))

    @pytest.mark.parametrize("rule", RULES)
    def test_style_that_tells_the_winner(self, rule: str) -> None:
        frame = short().filter(pl.col("winner").is_in(["model_a", "model_b"]))
        won = pl.col("winner") == "model_a"
        frame = frame.with_columns(
            tokens_a=pl.when(won).then(30).otherwise(10),
            tokens_b=pl.when(won).then(10).otherwise(30),
        )
        with pytest.raises(NotIdentifiedError, match="tell winners from losers"):
            fit(frame, rule, Style(("tokens",)))

    @pytest.mark.parametrize("kind", [pl.UInt8, pl.Int8, pl.Int16])
    def test_short_integers(self, kind) -> None:
        top = {pl.UInt8: 250, pl.Int8: 120, pl.Int16: 32_000}[kind]
        frame = short()
        a, b = (pl.col(f"tokens_{s}").clip(0, 100) * top // 100 for s in "ab")
        frame = frame.with_columns(words_a=a, words_b=b)
        want = fit(frame, style=Style(("words",)))
        got = fit(
            frame.with_columns(pl.col("words_a", "words_b").cast(kind)), style=Style(("words",))
        )
        np.testing.assert_allclose(got.style.gamma, want.style.gamma, atol=1e-9)


def with_hero(frame: pl.DataFrame, winner: str) -> pl.DataFrame:
    rng = np.random.default_rng(8)
    hero = pl.DataFrame(
        {
            "model_a": ["hero"] * 12,
            "model_b": [f"m{i % 4:03d}" for i in range(12)],
            "winner": [winner] * 12,
            **{f"{f}_{s}": rng.poisson(40, 12) for f in STYLE.features for s in "ab"},
        }
    )
    return pl.concat([frame.select(hero.columns), hero], how="vertical_relaxed")


@pytest.mark.parametrize("winner", ["model_a", "model_b"])
def test_a_model_that_only_won_has_a_bound_by_profile(winner: str) -> None:
    frame = with_hero(short(), winner)
    slow = SlowVotes(frame.filter(pl.col("model_a") != "hero"), "half-win", STYLE.features)
    found = fit(frame)
    at = found.board.models.index("hero")
    assert found.board.unbounded[at]
    inner = found.board.theta[[i for i in range(5) if i != at]]
    np.testing.assert_allclose(inner, slow.theta, atol=1e-6)
    np.testing.assert_allclose(found.style.gamma, slow.gamma, atol=1e-6)
    assert found.style.models.filter(model="hero")["premium"].item() is None
    supremum = slow.logs(slow.x).sum()
    hero = SlowVotes.__new__(SlowVotes)
    rows = frame.to_dicts()
    number = {"hero": 4} | {f"m{i:03d}": i for i in range(4)}
    hero.rule, hero.models = "half-win", list(number)
    hero.a, hero.b = (np.array([number[r[f"model_{s}"]] for r in rows]) for s in "ab")
    hero.z = np.column_stack(covariates(votes_of(frame), STYLE))
    credit = {"model_a": 1.0, "model_b": 0.0}
    hero.credit = np.array([credit.get(r["winner"], 0.5) for r in rows])
    hero.w = np.ones(len(rows))

    def root(t: float) -> float:
        def loss(v: np.ndarray) -> float:
            return -hero.logs(np.r_[v[:3], -v[:3].sum(), t, v[3:]]).sum()

        value = -minimize(loss, np.r_[slow.theta[:3], slow.gamma], options={"gtol": 1e-7}).fun
        return 2 * (supremum - value) - NormalDist().inv_cdf(0.95) ** 2

    sign = 1 if winner == "model_a" else -1
    bound = brentq(root, sign * -3.0, sign * 15.0, xtol=1e-6)
    ends = (found.board.low[at], found.board.high[at])
    finite, other = ends if sign > 0 else ends[::-1]
    assert other == sign * np.inf
    assert finite == pytest.approx(1000 + POINTS * bound, abs=0.05)


class TestBootstrap:
    @pytest.mark.parametrize("rule", ["half-win", "davidson"])
    def test_as_wide_as_the_sandwich(self, rule: str) -> None:
        votes = votes_of(styled_frame(rule, 1500))
        one = bradley_terry(votes, ties=rule, style=STYLE, seed=2)
        two = bootstrap(votes, one, n_resamples=300)
        self.compare(one, two)

    def test_of_clusters(self) -> None:
        rng = np.random.default_rng(5)
        votes = voters_votes(rng, STRENGTHS, voters=120, each=15, gamma=0.3)
        style = Style(("tokens",))
        one = bradley_terry(votes, style=style, cluster="voter", seed=2)
        plain = bradley_terry(votes, style=style, seed=2)
        assert one.style.covariance[0, 0] > 1.5 * plain.style.covariance[0, 0]
        self.compare(one, bootstrap(votes, one, n_resamples=300))

    def compare(self, one, two) -> None:
        widths = [
            np.r_[
                f.board.high - f.board.low,
                (f.style.coefficients["high"] - f.style.coefficients["low"]).to_numpy(),
            ]
            for f in (one, two)
        ]
        ratio = widths[1] / widths[0]
        assert abs(ratio.mean() - 1) < 0.1
        assert np.abs(ratio - 1).max() < 0.25
        np.testing.assert_allclose(one.board.rating, two.board.rating, atol=1e-6)
        np.testing.assert_array_equal(one.style.gamma, two.style.gamma)


def test_adopting_a_style() -> None:
    frame = styled_frame("half-win", 600)
    style = fit(frame).style
    there, back = style.adopting("m000", "m003"), style.adopting("m003", "m000")
    assert there.estimate == pytest.approx(-back.estimate)
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))
    assert style.adopting("m001", "m001").estimate == 0
    own = dict(style.models.select("model", "style").iter_rows())
    assert there.estimate == pytest.approx(own["m003"] - own["m000"])
    slow = SlowVotes(frame, "half-win", STYLE.features)
    gap = slow.profile()[3] - slow.profile()[0]
    half = 1.959963984540054 * POINTS * np.sqrt(gap @ style.covariance @ gap)
    assert there.high - there.estimate == pytest.approx(half, rel=1e-6)
    pairs = style.adoption()
    assert pairs.height == 12
    row = pairs.filter(model="m000", style_of="m003").row(0, named=True)
    assert (row["points"], row["low"], row["high"]) == pytest.approx(tuple(vars(there).values()))
    with pytest.raises(UsageError, match="nobody"):
        style.adopting("m000", "nobody")
    with pytest.raises(UsageError, match="hero"):
        fit(with_hero(short(), "model_a")).style.adopting("hero", "m000")


def test_the_answer_as_a_dictionary() -> None:
    answer = fit(styled_frame("half-win", 300)).to_dict()
    assert {"style", "style_models", "style_condition"} <= answer.keys()
    assert [row["feature"] for row in answer["style"]] == ["tokens", "lists"]
    keys = {"feature", "coefficient", "low", "high", "points", "vif"}
    assert all(row.keys() == keys for row in answer["style"])
    assert answer["style_models"][0].keys() >= {"model", "premium", "low", "high", "style"}
    json.dumps(answer, allow_nan=False)
    assert bradley_terry(votes_of(short())).to_dict()["style"] == []


def test_the_test_of_fit_pays_for_the_coefficients() -> None:
    frame = styled_frame("half-win", 600, k=5)
    one, two = fit(frame), bradley_terry(votes_of(frame))
    assert two.goodness_of_fit.df == 10 - 4
    assert one.goodness_of_fit.df == 10 - 4 - 2
