"""Profiles of the objective: against scipy, with known ends, and how often they cover."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq, least_squares
from scipy.stats import t as student

from tests.scaling.conftest import TRUE, simulated
from theodolite.scaling import Recipe, Resampling, fit, profiles
from theodolite.scaling.profile import ALLOCATION
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = Recipe("least-squares")
NAMES = ["E", "A", "B", "alpha", "beta"]


def residuals_by_hand(x, n, d, loss):
    e, a, b, alpha, beta = x
    terms = np.exp(e) + np.exp(a - alpha * np.log(n)) + np.exp(b - beta * np.log(d))
    return np.log(loss) - np.log(terms)


def half_rss(frame, start, hold):
    """The least half sum of squares with ``hold(free)`` giving all five parameters."""
    n, d, loss = (frame[c].to_numpy() for c in ("params", "tokens", "loss"))
    found = least_squares(
        lambda free: residuals_by_hand(hold(free), n, d, loss),
        start,
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    return found.cost


def logs(values):
    return np.concatenate([np.log(values[:3]), values[3:]])


def test_the_profiles_of_squares_are_scipys():
    frame = simulated(n=5)
    got = fit(Runs.from_frame(frame), recipe=SQUARES, resampling=FEW)
    found = profiles(got)
    best = logs(got.parameters["estimate"].to_numpy())
    variance = 2 * got.fitted.objective / (25 - 5)
    limit = student.ppf(0.975, got.n - len(got.law.parameters)) ** 2
    assert found.threshold == pytest.approx(limit)
    for at, name in enumerate(NAMES):
        one = found.of(name)

        def statistic(value, at=at):
            rest = np.delete(best, at)
            cost = half_rss(frame, rest, lambda free: np.insert(free, at, value))
            return 2 * (cost - got.fitted.objective) / variance

        for end in (one.low, one.high):
            held = np.log(end) if at < 3 else end
            assert statistic(held) == pytest.approx(limit, rel=1e-3), (name, end)
        assert one.low < one.estimate < one.high
        assert one.unbounded == ()


def test_the_profile_of_the_allocation_exponent_is_scipys():
    frame = simulated(n=5)
    got = fit(Runs.from_frame(frame), recipe=SQUARES, resampling=FEW)
    one = profiles(got).of(ALLOCATION)
    # In units of the middle run scipy does not overflow on its way.
    n, d = (float(np.exp(np.log(frame[c]).mean())) for c in ("params", "tokens"))
    best = logs(got.parameters["estimate"].to_numpy())
    best -= np.array([0.0, best[3] * np.log(n), best[4] * np.log(d), 0.0, 0.0])
    frame = frame.with_columns(pl.col("params") / n, pl.col("tokens") / d)
    variance = 2 * got.fitted.objective / 20

    def statistic(share):
        cost = half_rss(
            frame, best[:4], lambda free: np.append(free, free[3] * share / (1 - share))
        )
        return 2 * (cost - got.fitted.objective) / variance

    limit = student.ppf(0.975, got.n - len(got.law.parameters)) ** 2
    high = brentq(lambda v: statistic(v) - limit, one.estimate, one.estimate + 0.1, xtol=1e-6)
    low = brentq(lambda v: statistic(v) - limit, one.estimate - 0.1, one.estimate, xtol=1e-6)
    assert (one.low, one.high) == pytest.approx((low, high), abs=1e-4)
    assert one.estimate == pytest.approx(got.allocation_exponent.estimate)


def test_a_curve_rises_from_its_estimate_to_both_sides(runs):
    found = profiles(fit(runs, resampling=FEW))
    for one in found.profiles:
        value, rise = one.curve["value"].to_numpy(), one.curve["statistic"].to_numpy()
        assert (np.diff(value) > 0).all(), one.parameter
        middle = int(np.argmin(np.abs(value - one.estimate)))
        assert rise[middle] == 0.0
        assert (np.diff(rise[middle:]) > -1e-6).all(), one.parameter
        assert (np.diff(rise[: middle + 1]) < 1e-6).all(), one.parameter


def test_a_lower_level_is_narrower(runs):
    got = fit(runs, resampling=FEW)
    wide, narrow = profiles(got, level=0.99), profiles(got, level=0.5)
    for a, b in zip(wide.profiles, narrow.profiles, strict=True):
        assert a.low < b.low < b.high < a.high


def test_units_of_tokens_move_b_and_nothing_else():
    frame = simulated(n=5)
    one, two = (
        profiles(fit(Runs.from_frame(f), recipe=SQUARES, resampling=FEW))
        for f in (frame, frame.with_columns(pl.col("tokens") * 7.0))
    )
    for name in ("E", "A", "alpha", "beta", ALLOCATION):
        a, b = one.of(name), two.of(name)
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-4)
    assert two.of("B").low > one.of("B").low


def test_a_floor_that_runs_do_not_hold_has_no_lower_end():
    frame = simulated(n=5, noise=0.03, seed=3)
    few = frame.filter(pl.col("params") < 2e9, pl.col("tokens") < 5e10)
    got = fit(Runs.from_frame(few), recipe=SQUARES, resampling=FEW)
    found = profiles(got)
    floor, alpha = found.of("E"), found.of("alpha")
    assert floor.unbounded == ("low",)
    assert floor.low == 0.0
    assert floor.curve["value"][0] == 0.0
    assert floor.curve["statistic"][0] < found.threshold
    assert np.isfinite(floor.high)
    assert alpha.unbounded == ("high",)
    assert alpha.high == np.inf
    assert alpha.curve["statistic"][-1] < found.threshold
    assert found.to_frame().row(0, named=True)["unbounded"] == "low"


def test_laws_without_two_exponents_have_no_allocation_profile():
    frame = simulated(n=5, truth={"beta": 0.35})
    found = profiles(fit(Runs.from_frame(frame), law="over-training", resampling=FEW))
    assert [one.parameter for one in found.profiles] == ["E", "A", "B", "alpha"]
    floorless = simulated(n=5, truth={"E": 0.0, "A": 9.0, "alpha": 0.07})
    found = profiles(fit(Runs.from_frame(floorless), law="no-floor", resampling=FEW))
    assert found.profiles[-1].parameter == ALLOCATION


def covered(seed, recipe, draw, noise=0.004):
    """Whether each interval holds the truth."""
    frame = simulated(n=7, noise=0.0)
    errors = noise * draw(np.random.default_rng(seed), len(frame))
    table = Runs.from_frame(frame.with_columns(pl.col("loss") * np.exp(pl.Series(errors))))
    found = profiles(fit(table, recipe=recipe, resampling=FEW))
    truth = TRUE | {ALLOCATION: TRUE["beta"] / (TRUE["alpha"] + TRUE["beta"])}
    return [one.low <= truth[one.parameter] <= one.high for one in found.profiles]


def normal(rng, n):
    return rng.standard_normal(n)


def heavy(rng, n):
    return rng.standard_t(3, n)


@pytest.mark.slow
def test_intervals_cover_a_little():
    hits = np.array([covered(seed, SQUARES, normal) for seed in range(8)])
    assert hits.mean() > 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "draw"),
    [(SQUARES, normal), (Recipe(), normal), (Recipe(), heavy), (Recipe("least-absolute"), heavy)],
)
def test_intervals_cover(recipe, draw):
    hits = np.array([covered(seed, recipe, draw) for seed in range(200)])
    shares = hits.mean(axis=0)
    print(recipe.words, draw.__name__, dict(zip([*NAMES, ALLOCATION], shares, strict=True)))
    assert (np.abs(shares - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 200)).all()
