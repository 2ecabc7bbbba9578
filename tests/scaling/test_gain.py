"""Compute-equivalent gain: root finding one run at a time, exact factors, refusals."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from tests.scaling.conftest import TRUE, simulated
from theodolite.errors import CannotAnswerError, InputError, UsageError
from theodolite.scaling import (
    Recipe,
    Resampling,
    Yardstick,
    backtest,
    fit,
    gain,
    held_out_gains,
)
from theodolite.scaling.gain import log_gains
from theodolite.scaling.laws import Points
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = Recipe(objective="least-squares")


def loss_of(n, d):
    return TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]


def made(n, d, loss, **more):
    return Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": loss, **more}))


def reference(**settings):
    return Runs.from_frame(simulated(n=6, **settings))


def better(factor, *, m=8, noise=0.0, seed=1):
    """Runs as good as those of so many times their compute at their own ratio."""
    generator = np.random.default_rng(seed)
    n = np.exp(generator.uniform(np.log(1e8), np.log(5e9), m))
    d = np.exp(generator.uniform(np.log(2e9), np.log(2e11), m))
    scatter = np.exp(noise * generator.standard_normal(m))
    return made(n, d, loss_of(n * factor**0.5, d * factor**0.5) * scatter)


def slow_log_gain(values, n, d, loss, at):
    """Double or halve compute until the law passes the loss, then bisect."""
    e, a, b, alpha, beta = values

    def law(log_n, log_d):
        return e + a * np.exp(-alpha * log_n) + b * np.exp(-beta * log_d)

    def excess(x):
        if at == "same-ratio":
            return law(np.log(n) + x / 2, np.log(d) + x / 2) - loss
        total = np.log(n) + np.log(d) + x
        best = minimize_scalar(
            lambda size: law(size, total - size),
            bounds=(0.0, total),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return best.fun - loss

    return brentq(excess, -20.0, 40.0, xtol=1e-10)


@cache
def fitted(law):
    return fit(reference(), law=law, recipe=SQUARES, resampling=FEW)


@pytest.mark.parametrize("at", ["same-ratio", "optimal"])
def test_each_runs_gain_is_the_root_that_a_slow_search_finds(at):
    base, other = reference(), better(3.0, noise=0.01)
    got = gain(base, other, recipe=SQUARES, resampling=FEW, yardstick=Yardstick(at=at)).runs.rows(
        named=True
    )
    values = fit(base, recipe=SQUARES, resampling=FEW).parameters["estimate"].to_list()
    for row in got:
        slow = slow_log_gain(values, row["params"], row["tokens"], row["loss"], at)
        assert np.log(row["gain"]) == pytest.approx(slow, abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    factor=st.floats(1e-3, 1e4),
    n=st.floats(1e6, 1e12),
    ratio=st.floats(0.1, 1e4),
    law=st.sampled_from(["chinchilla", "over-training", "no-floor", "compute"]),
)
def test_a_factor_of_compute_is_found_again(factor, n, ratio, law):
    base = fitted(law)
    points = Points.at(np.array([n]), np.array([n * ratio]))
    scaled = Points.at(np.array([n * factor**0.5]), np.array([n * ratio * factor**0.5]))
    theta, centre = base.fitted.theta[None], base.fitted.centre
    loss = base.law.predict(theta, scaled, centre)
    found = log_gains(base, theta, points, loss, "same-ratio")
    # Near the floor the loss hardly tells one compute from another: compare the losses.
    again = np.exp(0.5 * found[0])
    back = Points.at(n * again, n * ratio * again)
    assert base.law.predict(theta, back, centre) == pytest.approx(loss, rel=1e-9)
    if law != "compute":
        optimal = log_gains(base, theta, points, loss, "optimal")
        assert optimal[0, 0] <= found[0, 0] + 1e-6


def test_a_group_gains_nothing_over_itself():
    got = gain(reference(), reference(seed=5), recipe=SQUARES, resampling=Resampling(n=500))
    assert got.gain.low < 1.0 < got.gain.high
    assert got.gain.estimate == pytest.approx(1.0, abs=0.05)
    assert np.log(got.gain.estimate) == pytest.approx(np.log(got.runs["gain"]).mean())
    assert got.below_floor == 0


def test_an_order_of_runs_or_a_unit_of_loss_does_not_matter():
    base, other = reference(), better(2.0, noise=0.004)
    one = gain(base, other, recipe=SQUARES, resampling=FEW)
    turned = Runs.from_frame(other.frame.reverse())
    assert gain(base, turned, recipe=SQUARES, resampling=FEW).gain.estimate == pytest.approx(
        one.gain.estimate
    )
    half = [Runs.from_frame(r.frame.with_columns(pl.col("loss") / 2)) for r in (base, other)]
    assert gain(*half, recipe=SQUARES, resampling=FEW).gain.estimate == pytest.approx(
        one.gain.estimate, rel=1e-6
    )


def test_a_loss_below_the_floor_has_no_upper_end():
    other = better(2.0, m=6).frame
    loss = pl.when(pl.int_range(pl.len()) == 2).then(1.2).otherwise(pl.col("loss"))
    got = gain(
        reference(), Runs.from_frame(other.with_columns(loss=loss)), recipe=SQUARES, resampling=FEW
    )
    assert got.below_floor == 1
    assert got.runs["gain"].is_infinite().to_list() == [False, False, True, False, False, False]
    assert (got.gain.estimate, got.gain.high) == (np.inf, np.inf)
    assert "1 of 6 runs ended below the loss that no compute reaches" in got.notes[0]
    data = got.to_dict()
    assert data["unbounded"] is True
    assert data["below_floor"] == 1


def test_few_runs_take_the_scatter_of_the_reference():
    one = gain(reference(), better(2.0, m=1), recipe=SQUARES, resampling=Resampling(n=1000))
    four = gain(reference(), better(2.0, m=4), recipe=SQUARES, resampling=Resampling(n=1000))
    assert "show no scatter of their own" in one.notes[-1]
    width = np.log(one.gain.high / one.gain.low)
    assert width > np.log(four.gain.high / four.gain.low) > 0.05
    # By how much log g moves with the log of the loss, at the one run.
    n, d = (better(2.0, m=1).frame[c][0] * 2.0**0.5 for c in ("params", "tokens"))
    slope = TRUE["alpha"] * TRUE["A"] / n ** TRUE["alpha"]
    slope += TRUE["beta"] * TRUE["B"] / d ** TRUE["beta"]
    of_noise = 2 * 1.96 * 0.004 * loss_of(n, d) / (slope / 2)
    assert 0.8 * of_noise < width < 2.0 * of_noise
    assert one.gain.low < 2.0 < one.gain.high


def test_matching_compute_beyond_the_reference_is_flagged():
    got = gain(reference(), better(1e6, m=5), recipe=SQUARES, resampling=FEW)
    assert got.runs["beyond"].all()
    assert "beyond the reference's runs" in got.notes[0]


def test_other_tokenizers_compare_in_bits_a_byte():
    base, other = reference(), better(2.0)
    plain = gain(base, other, recipe=SQUARES, resampling=FEW)
    same = Runs.from_frame(base.frame.with_columns(tokenizer=pl.lit("x"), bytes_per_token=4.0))
    # Twice the bytes a token, so twice the nats.
    longer = other.frame.with_columns(
        pl.col("loss") * 2, tokenizer=pl.lit("y"), bytes_per_token=8.0
    )
    got = gain(same, Runs.from_frame(longer), recipe=SQUARES, resampling=FEW)
    assert (got.unit, plain.unit) == ("bits a byte", "nats a token")
    assert got.gain.estimate == pytest.approx(plain.gain.estimate, rel=1e-6)
    assert got.runs["loss"].to_list() == pytest.approx(
        [x / (4 * np.log(2)) for x in other.frame["loss"]]
    )


def test_what_was_trained_on_may_differ_where_the_evaluation_does_not():
    base = Runs.from_frame(reference().frame.with_columns(dataset=pl.lit("C4")))
    other = Runs.from_frame(better(2.0).frame.with_columns(dataset=pl.lit("web")))
    with pytest.raises(InputError, match=r"'C4', 'web'.*\n.*--same-evaluation"):
        gain(base, other, resampling=FEW)
    told = gain(base, other, resampling=FEW, yardstick=Yardstick(same_evaluation=True))
    both = [Runs.from_frame(r.frame.with_columns(evaluation=pl.lit("C4"))) for r in (base, other)]
    assert gain(*both, resampling=FEW).gain == told.gain
    apart = Runs.from_frame(other.frame.with_columns(evaluation=pl.lit("pile")))
    with pytest.raises(InputError, match="different texts"):
        gain(both[0], apart, resampling=FEW, yardstick=Yardstick(same_evaluation=True))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (({"tokenizer": "x"}, {"tokenizer": "y"}), "different tokenizers"),
        (({"tokenizer": "x"}, {}), "different tokenizers .'not given', 'x'"),
        (
            ({"tokenizer": "x", "bytes_per_token": 4.0}, {"tokenizer": "y"}),
            "different tokenizers",
        ),
        (({"dataset": "x"}, {}), "different texts .dataset: 'not given', 'x'"),
    ],
)
def test_losses_that_do_not_compare_are_refused(columns, words):
    groups = [
        Runs.from_frame(runs.frame.with_columns(**{k: pl.lit(v) for k, v in extra.items()}))
        for runs, extra in zip((reference(), better(2.0)), columns, strict=True)
    ]
    with pytest.raises(InputError, match=words):
        gain(*groups, resampling=FEW)


def test_settings_that_cannot_be():
    with pytest.raises(UsageError, match="same-ratio or at optimal"):
        Yardstick(at="cheapest")
    with pytest.raises(UsageError, match="no compute-equivalent gain"):
        gain(reference(), better(2.0), law="data-constrained")
    with pytest.raises(CannotAnswerError):
        gain(better(2.0, m=4), better(2.0), resampling=FEW)


def test_gains_of_held_out_groups():
    parts = [
        made(*simulated(n=5, seed=k).with_columns(pl.col("params") * f, pl.col("tokens") * f))
        for k, f in ((0, 1.0), (1, 1.0), (2, 0.5))
    ]
    frame = pl.concat(
        [
            part.frame.drop("_row", "_file").with_columns(recipe=pl.lit(name))
            for part, name in zip(parts, "abc", strict=True)
        ]
    )
    runs = Runs.from_frame(frame)
    tested = backtest(runs, "recipe", laws=["chinchilla"], recipes=[SQUARES], resampling=FEW)
    gains = {one.fold: one for one in held_out_gains(runs, tested)}
    assert list(gains) == ["recipe=a", "recipe=b", "recipe=c"]
    # Those of c had a half of both, so a quarter of the compute, for the same losses.
    assert gains["recipe=c"].gain.gain.low < 4.0 < gains["recipe=c"].gain.gain.high
    assert gains["recipe=a"].gain.gain.high < 1.0
    alone = gain(
        runs.keep(runs.frame["recipe"] != "c", "x"),
        runs.keep(runs.frame["recipe"] == "c", "x"),
        recipe=SQUARES,
        resampling=FEW,
    )
    assert gains["recipe=c"].gain.gain == alone.gain
    json.dumps([one.to_dict() for one in gains.values()], allow_nan=False)


def test_a_group_without_which_no_law_holds_has_a_reason():
    frame = simulated(n=6).with_columns(g=pl.when(pl.col("params") < 1e8).then(1).otherwise(2))
    three = frame.filter(pl.col("params").rank("dense") <= 3)
    runs = Runs.from_frame(three)
    tested = backtest(runs, "tokens=4e11..", laws=["chinchilla"], recipes=[SQUARES], resampling=FEW)
    assert held_out_gains(runs, tested)[0].gain is not None
    with pytest.raises(CannotAnswerError, match="no gain can be measured"):
        held_out_gains(runs, replace(tested, hold_out=("params=1e8..",)))
