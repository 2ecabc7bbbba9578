"""Floors: differences worked out slowly, forms, boundary, units, published laws, real runs."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tests.scaling.conftest import TRUE, simulated
from theodolite.errors import CannotAnswerError, InputError, UsageError
from theodolite.loading import RunOptions, load_runs
from theodolite.scaling import (
    Comparison,
    Forms,
    Recipe,
    Resampling,
    fit,
    floor,
    published_law,
)
from theodolite.scaling.floor.decide import goal_of
from theodolite.scaling.floor.differences import (
    Observation,
    compared,
    of_fit,
    verdicts,
)
from theodolite.scaling.floor.draws import floor_draws
from theodolite.scaling.floor.forms import _other_laws, default_outliers, forms_of
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = Recipe(objective="least-squares")
SAME = Comparison(same_evaluation=True)


def reference(**more):
    return Runs.from_frame(simulated(n=6, **more))


@cache
def fitted(n=2000):
    return fit(reference(), recipe=SQUARES, resampling=Resampling(n=n))


@cache
def answered(*losses, law=None):
    return floor(
        reference(), list(losses), forms=Forms(law), recipe=SQUARES, resampling=FEW, comparison=SAME
    )


def made(frame, **columns):
    return Runs.from_frame(frame.with_columns(**{k: pl.lit(v) for k, v in columns.items()}))


def test_an_interval_is_that_of_a_slow_loop():
    found = fitted()
    side = of_fit(found)
    loss, error = 1.9, 0.01
    got = compared(side, Observation(np.array([loss]), np.array([error])), 0.9)
    estimate = found.fitted.theta[0]
    wide = [max(estimate + found.widening * (e - estimate), 0.0) for e in found.fitted.draws[:, 0]]
    normal = np.random.default_rng(11).standard_normal((len(wide), 1))[:, 0]
    drawn = sorted(loss + error * z - e for z, e in zip(normal, wide, strict=True))
    below = sum(x < loss - estimate for x in drawn) / len(drawn)
    z0 = norm.ppf(below)
    ends = [np.quantile(drawn, norm.cdf(2 * z0 + side_ * norm.ppf(0.95))) for side_ in (-1.0, 1.0)]
    assert (got.low[0], got.high[0]) == pytest.approx(ends, abs=1e-9)
    assert got.share[0] == sum(x < 0 for x in drawn) / len(drawn)
    assert got.difference[0] == pytest.approx(loss - estimate)


@settings(deadline=None, max_examples=60)
@given(loss=st.floats(1.6, 2.0), level=st.floats(0.6, 0.98), error=st.floats(1e-4, 0.05))
def test_the_p_value_is_that_of_the_interval(loss, level, error):
    seen = Observation(np.array([loss]), np.array([error]))
    got = compared(of_fit(fitted()), seen, level)
    outside = got.low[0] > 0 or got.high[0] < 0
    # Between order statistics the two may differ by a draw.
    assert outside == (got.p_value[0] <= 1 - level) or abs(got.p_value[0] - (1 - level)) < 0.03


@settings(deadline=None, max_examples=40)
@given(shift=st.floats(0.001, 0.4), loss=st.floats(1.5, 2.2))
def test_a_lower_loss_is_never_less_surely_below(shift, loss):
    seen = Observation(np.array([loss - shift, loss]), np.array([0.01, 0.01]))
    got = compared(of_fit(fitted()), seen, 0.95)
    assert got.share[0] >= got.share[1]
    assert got.difference[0] < got.difference[1]
    assert got.high[0] <= got.high[1] + 1e-12


def test_the_scatter_of_the_runs_stands_for_a_missing_error():
    found = fitted()
    loss = np.array([1.5])
    exact = compared(of_fit(found), Observation(loss, np.zeros(1)), 0.95)
    noisy = compared(of_fit(found), Observation(loss), 0.95)
    width = noisy.high[0] - noisy.low[0]
    assert width > exact.high[0] - exact.low[0]
    alone = 2 * 1.96 * 0.004 * 1.5
    assert width == pytest.approx(np.hypot(exact.high[0] - exact.low[0], alone), rel=0.03)


def test_floors_of_sizes_are_those_of_the_law():
    found = fitted()
    n = np.array([1e8, 7e9])
    got = compared(of_fit(found), Observation(np.array([2.5, 2.0]), None, np.log(n)), 0.95,
                   at_size=True)  # fmt: skip
    e, a, _, alpha, _ = found.parameters["estimate"]
    assert got.floor == pytest.approx([e + a / x**alpha for x in n])
    assert got.floor == pytest.approx(found.predict(n, [1e30, 1e30])["loss"].to_list(), rel=1e-6)
    compute = fit(reference(), law="compute", recipe=SQUARES, resampling=FEW)
    seen = Observation(np.array([2.5]), None, np.log(n[:1]))
    assert compared(of_fit(compute), seen, 0.95, at_size=True) is None


def test_a_loss_is_below_only_by_every_form():
    sure = compared(of_fit(fitted()), Observation(np.array([1.5])), 0.95)
    other = replace(sure, difference=np.array([0.1]), p_value=np.array([1e-9]))
    assert verdicts([sure], 0.95)[0] == ["below the floor"]
    assert verdicts([sure, sure], 0.95)[0] == ["below the floor"]
    assert verdicts([sure, other], 0.95)[0] == ["cannot be told"]
    unsure = replace(sure, p_value=np.array([0.06]))
    assert verdicts([sure, unsure], 0.95)[0] == ["cannot be told"]


def test_losses_are_adjusted_for_their_number():
    one = compared(of_fit(fitted()), Observation(np.array([1.78])), 0.95)
    some = replace(
        one,
        difference=np.full(3, -0.1),
        p_value=np.array([0.02, 0.03, 0.04]),
    )
    words, adjusted = verdicts([some], 0.95)
    assert adjusted == pytest.approx([0.06, 0.06, 0.06])
    assert set(words) == {"cannot be told"}


def test_hundreds_of_losses_can_still_be_told():
    losses = np.append(np.full(300, 2.5), 1.2)
    one = compared(of_fit(fitted()), Observation(losses), 0.95)
    words = verdicts([one], 0.95)[0]
    assert words[-1] == "below the floor"
    assert set(words[:-1]) == {"above the floor"}


def test_verdicts_on_known_losses():
    found = answered(1.5, 1.8, 2.2)
    assert found.observed["verdict"].to_list() == [
        "below the floor",
        "cannot be told",
        "above the floor",
    ]
    assert found.verdict == "below the floor"
    assert found.verdict_words.startswith("1 of 3 observed losses lies below the floor")
    assert answered(2.2).verdict == "above the floor"
    assert answered(1.8).verdict == "cannot be told"
    assert found.observed["size_verdict"].to_list() == [None] * 3


def test_the_floor_joins_the_forms_that_count():
    found = answered(1.5, 1.8, 2.2)
    ends = [form.floor for form in found.counted]
    assert found.floor.low == min(e.low for e in ends)
    assert found.floor.high == max(e.high for e in ends)
    assert found.interval_of == "forms"
    assert found.sampling == ends[0]
    assert {form.objective for form in found.counted} >= {
        "least-squares",
        "huber",
        "least-absolute",
    }
    assert {form.left_out for form in found.counted} == {0, 1}
    refused = [form for form in found.forms if not form.counted]
    assert [form.law for form in refused] == ["compute"]
    assert "times as much as the law" in refused[0].reason
    assert found.counted[0].law == "chinchilla"


def test_a_law_that_was_asked_for_answers_alone():
    found = answered(1.5, law="over-training")
    assert found.interval_of == "sampling"
    assert found.floor == found.sampling
    assert [form.law for form in found.counted] == ["over-training"]
    assert all(form.reason for form in found.forms[1:])
    wrong = answered(1.5, law="compute")
    assert "speak against the law that was asked for" in " ".join(wrong.notes)


def test_a_law_the_runs_speak_against_does_not_answer():
    """With one exponent for compute alone the law compute holds, and others do too."""
    n = np.geomspace(1e8, 1e10, 9)
    d = 20 * n * np.exp(0.3 * np.random.default_rng(1).standard_normal(9))
    loss = 1.7 + 2000.0 / (6 * n * d) ** 0.17 * np.exp(
        0.001 * np.random.default_rng(0).standard_normal(9)
    )
    runs = Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": loss}))
    found = floor(runs, 1.0, recipe=SQUARES, resampling=FEW, comparison=SAME)
    assert "compute" in {form.law for form in found.counted}
    assert found.verdict in ("below the floor", "cannot be told")


def test_repeated_text_has_a_form_of_its_own():
    rng = np.random.default_rng(0)
    n, d = (x.ravel() for x in np.meshgrid(np.geomspace(5e7, 1e10, 7), np.geomspace(1e9, 5e11, 7)))
    unique = d / np.tile([1.0, 1.0, 4.0, 1.0, 12.0, 1.0, 40.0], 7)
    loss = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]
    frame = pl.DataFrame({"params": n, "tokens": d, "unique_tokens": unique,
                          "loss": loss * np.exp(0.003 * rng.standard_normal(len(n)))})  # fmt: skip
    runs = Runs.from_frame(frame)
    first = fit(runs, recipe=SQUARES, resampling=FEW)
    assert "data-constrained" in _other_laws(first, runs)
    assert "data-constrained" not in _other_laws(first, None)


def test_no_floor_is_said_and_nothing_is_below_it():
    truth = {"E": 0.0, "A": 30.0, "B": 60.0, "alpha": 0.14, "beta": 0.15}
    runs = Runs.from_frame(simulated(n=6, truth=truth))
    found = floor(runs, [0.2, 1.9], recipe=SQUARES, resampling=FEW, comparison=SAME)
    assert found.floor.low == 0.0
    assert found.count("below the floor") == 0
    assert any("E = 0" in note for note in found.notes)
    assert found.forms[0].zero_share > 0.01
    json.dumps(found.to_dict(), allow_nan=False)


def test_draws_of_few_runs_are_wider_and_never_below_zero():
    found = fitted()
    n, p = found.n, 5
    assert found.widening == pytest.approx(np.sqrt(n / (n - p)))
    middle = found.fitted.theta[0]
    assert floor_draws(found) - middle == pytest.approx(
        found.widening * (found.fitted.draws[:, 0] - middle)
    )
    low = replace(found, fitted=replace(found.fitted, draws=found.fitted.draws * [0, 1, 1, 1, 1]))
    assert (floor_draws(low) == 0.0).all()


def test_where_e_may_be_zero_a_difference_reaches_as_far_as_the_loss():
    found = fitted()
    draws = found.fitted.draws.copy()
    draws[: len(draws) // 10, 0] = 0.0
    some = of_fit(replace(found, fitted=replace(found.fitted, draws=draws)))
    got = compared(some, Observation(np.array([2.0]), np.array([0.01])), 0.95)
    assert got.high[0] >= 2.0 + 1.9 * 0.01
    assert got.low[0] < 0.3


def test_further_runs_narrow_the_interval_as_a_simulation_says():
    """Add runs of the design at ten times the compute, fit again, and compare the widths."""
    found = answered(1.8)
    design = found.decides.designs[2]
    assert design.words == "at 10 times the largest"
    foretold = design.curve.filter(pl.col("runs") == 20)["half_width"][0] / found.decides.half_width
    n, d = (np.tile(np.array(x), 7)[:20] for x in (design.params, design.tokens))
    rng = np.random.default_rng(3)
    ratios = []
    for seed in range(6):
        before = simulated(n=6, seed=seed)
        loss = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]
        more = pl.DataFrame({"params": n * np.exp(1e-6 * np.arange(20)), "tokens": d,
                             "loss": loss * np.exp(0.004 * rng.standard_normal(20))})  # fmt: skip
        widths = []
        for frame in (before, pl.concat([before, more])):
            one = fit(Runs.from_frame(frame), recipe=SQUARES, resampling=Resampling(n=200))
            widths.append(one.fitted.draws[:, 0].std())
        ratios.append(widths[1] / widths[0])
    assert np.mean(ratios) == pytest.approx(foretold, rel=0.25)


def test_what_would_decide():
    found = answered(1.79)
    assert found.verdict == "cannot be told"
    decides = found.decides
    assert decides.run == "loss 1.79"
    assert decides.goal is not None
    for design in decides.designs:
        widths = design.curve["half_width"].to_list()
        assert widths == sorted(widths, reverse=True)
        assert widths[0] < decides.half_width
    far, near = decides.designs[3], decides.designs[1]
    assert far.runs is not None
    assert near.runs is None or far.runs <= near.runs
    assert "half its interval must shrink" in decides.words
    assert goal_of(-0.05, 0.03) == pytest.approx(0.04)
    assert answered(1.8).decides.goal is None
    assert "its own noise reaches" in answered(1.8).decides.words
    assert answered(2.2).decides.words.startswith("Nothing is open")


def test_outliers_default_to_two_in_a_hundred():
    assert [default_outliers(n) for n in (6, 25, 75, 245)] == [1, 1, 2, 5]
    none = forms_of(fitted(100), None, Forms(outliers=0), alone=True)
    assert {form.left_out for form in none} == {0}


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), []])
def test_losses_must_be_numbers_above_zero(value):
    with pytest.raises(UsageError):
        floor(reference(), value, comparison=SAME)


@pytest.mark.filterwarnings("error")
def test_losses_beyond_any_text_are_refused():
    """Also in tables, before their squares overflow."""
    law = published_law("hoffmann")
    assert floor(law, [1e3], comparison=SAME, resampling=FEW).verdict == "above the floor"
    with pytest.raises(UsageError, match=r"observed loss of 1000\.1: a loss is in nats"):
        floor(law, [2.0, 1000.1], comparison=SAME)
    with pytest.raises(UsageError, match=r"standard error of 1e\+308: a loss is in nats"):
        floor(law, [2.0], comparison=Comparison(same_evaluation=True, error=1e308))
    huge = simulated(n=6).with_columns(
        loss=pl.when(pl.int_range(pl.len()) == 3).then(1e308).otherwise("loss")
    )
    runs = Runs.from_frame(huge)
    with pytest.raises(InputError, match=r"the reference, row 4, column loss: 1e\+308: a loss"):
        floor(runs, [2.0], comparison=SAME)
    with pytest.raises(InputError, match=r"the observed runs, row 4, column loss: 1e\+308"):
        floor(law, runs, comparison=SAME)


def test_settings_that_cannot_be():
    with pytest.raises(UsageError, match="no-floor has no E"):
        Forms("no-floor")
    with pytest.raises(UsageError, match="0 or more"):
        Forms(outliers=-1)
    with pytest.raises(UsageError, match="to 100 bytes"):
        Comparison(bytes_per_token=4000.0)
    with pytest.raises(UsageError, match="2 standard errors for 1"):
        floor(reference(), 1.5, comparison=Comparison(same_evaluation=True, error=[0.1, 0.1]))
    with pytest.raises(UsageError, match="level"):
        floor(reference(), 1.5, level=95.0, comparison=SAME)
    with pytest.raises(CannotAnswerError, match="distinct runs"):
        floor(Runs.from_frame(simulated(n=6).head(3)), 1.5, comparison=SAME)


def test_hoffmanns_floor_depends_on_its_highest_losses(hoffmann):
    found = floor(hoffmann, [1.69, 1.75, 2.4], resampling=Resampling(n=200), comparison=SAME)
    assert found.forms[0].law == "chinchilla"
    assert found.floor.estimate == pytest.approx(1.8473915, abs=2e-4)
    assert found.observed["verdict"][0] == "below the floor"
    assert found.observed["verdict"][2] == "above the floor"
    assert "compute" not in {form.law for form in found.counted}
    assert found.floor.high - found.floor.low > 1.2 * (found.sampling.high - found.sampling.low)


def test_gadres_runs_show_no_sure_floor(data):
    path = str(data("overtraining/gadre_runs.csv"))
    runs = load_runs([path], RunOptions(loss="loss_c4_val"))
    c4 = runs.keep(runs.frame["dataset"] == "c4_original", "other texts")
    rpj = runs.keep(runs.frame["dataset"] == "rpj", "other texts")
    found = floor(c4, rpj, recipe=SQUARES, resampling=FEW, comparison=SAME)
    assert found.floor.low == 0.0
    assert found.count("below the floor") == 0
    with pytest.raises(InputError, match="trained on 'c4_original', 'rpj'"):
        floor(c4, rpj)
