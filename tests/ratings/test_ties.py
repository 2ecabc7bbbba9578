"""Davidson and Rao-Kupper, with both_bad: a slow reference, symmetries, special cases."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from tests.ratings.simulations import outcome_votes
from tests.reference import SlowTies
from tests.strategies import vote_frames
from theodolite.errors import NotConvergedError
from theodolite.ratings import bradley_terry
from theodolite.tables import Votes

STRENGTHS = np.array([0.8, 0.3, -0.2, -0.9])
RULES = ("davidson", "rao-kupper")


def drawn(rule: str, n: int = 500) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    votes = outcome_votes(rng, STRENGTHS, n, rule=rule, both_bad=(-1.0, 0.9))
    frame = votes.frame.select(pl.col("model_a", "model_b", "winner").cast(pl.String))
    n_row = pl.int_range(pl.len())
    return frame.with_columns(voter=n_row % 31, weight=1.0 + n_row % 3)


def fit(frame: pl.DataFrame, rule: str, **options):
    return bradley_terry(Votes.from_frame(frame), ties=rule, **options)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cluster", [None, "voter"])
def test_against_the_reference(rule: str, weighted: bool, cluster: str | None) -> None:
    frame = drawn(rule) if weighted else drawn(rule).drop("weight")
    got, want = fit(frame, rule, cluster=cluster), SlowTies(frame, rule, cluster)
    np.testing.assert_allclose(got.board.theta, want.x[:4], atol=2e-5)
    estimates = [parameter.estimate for parameter in got.parameters]
    np.testing.assert_allclose(estimates, want.x[4:], atol=5e-5)
    covariance = want.covariance()
    np.testing.assert_allclose(got.board.covariance, covariance[:4, :4], rtol=2e-3, atol=2e-6)
    # The tie parameter's interval is made on the log scale.
    tie, *others = got.parameters
    width = np.log(tie.high / tie.low) / 2 / 1.959964
    assert width == pytest.approx(np.sqrt(covariance[4, 4]) / want.x[4], rel=5e-3)
    widths = [(p.high - p.low) / 2 / 1.959964 for p in others]
    np.testing.assert_allclose(widths, np.sqrt(np.diag(covariance)[5:]), rtol=5e-3)


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=20, deadline=None)
@given(frame=vote_frames())
def test_swapping_sides_and_doubling_rows(rule: str, frame: pl.DataFrame) -> None:
    # One both_bad vote a pair keeps kappa and lambda within reach.
    other = {"model_a": "model_b", "model_b": "model_a"}
    frame = frame.with_columns(pl.col("winner").replace({"both_bad": "tie"}))
    swapped = frame.select(
        model_a="model_b", model_b="model_a", winner=pl.col("winner").replace(other)
    )
    one, two = fit(frame, rule), fit(swapped, rule)
    np.testing.assert_allclose(one.board.theta, two.board.theta, atol=1e-7)
    np.testing.assert_allclose(one.board.covariance, two.board.covariance, atol=1e-6)
    twice, heavy = pl.concat([frame, frame]), frame.with_columns(weight=pl.lit(2.0))
    np.testing.assert_allclose(
        fit(twice, rule).board.theta, fit(heavy, rule).board.theta, atol=1e-7
    )


@pytest.mark.parametrize("rule", RULES)
def test_without_ties_it_is_bradley_terry(rule: str) -> None:
    frame = drawn(rule).drop("weight").filter(~pl.col("winner").is_in(["tie", "both_bad"]))
    got, want = fit(frame, rule), bradley_terry(Votes.from_frame(frame))
    assert got.parameters == ()
    np.testing.assert_allclose(got.board.theta, want.board.theta, atol=1e-8)
    np.testing.assert_allclose(got.board.covariance, want.board.covariance, atol=1e-8)
    assert got.goodness_of_fit.p_value == pytest.approx(want.goodness_of_fit.p_value)


@pytest.mark.parametrize("rule", RULES)
def test_two_models_have_no_slope(rule: str) -> None:
    frame = drawn(rule, 2000).filter(
        pl.col("model_a").is_in(["m000", "m001"]) & pl.col("model_b").is_in(["m000", "m001"])
    )
    names = [parameter.name for parameter in fit(frame, rule).parameters]
    assert names == ["nu" if rule == "davidson" else "eta", "kappa"]


def uneven(extra: int) -> pl.DataFrame:
    """Two strong and two weak models; duels of the weak ones are often both bad."""
    rows = []
    for a, b in [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d"), ("b", "d")]:
        lead = 5 + extra if (a in "ab") and (b in "cd") else 0
        rows += [(a, b, "model_a")] * (10 + lead) + [(a, b, "model_b"), (a, b, "tie")] * 10
        rows += [(a, b, "both_bad")] * (20 if {a, b} == {"c", "d"} else 2)
    return pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")


@pytest.mark.parametrize("rule", RULES)
def test_both_bad_says_that_models_are_weak(rule: str) -> None:
    frame = uneven(25)
    slope = fit(frame, rule).parameters[-1]
    assert slope.name == "lambda"
    assert 0 < slope.low < slope.estimate < slope.high


def test_both_bad_that_strengths_cannot_explain_has_no_maximum() -> None:
    # Equal in all duels, yet unequal in both_bad: lambda would have to be infinite.
    with pytest.raises(NotConvergedError):
        fit(uneven(-5), "davidson")
