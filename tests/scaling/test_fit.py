"""Fits of laws: published optima, properties, refusals."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.scaling.conftest import TRUE, simulated
from theodolite.errors import (
    MissingColumnError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
)
from theodolite.scaling import Recipe, Resampling, fit
from theodolite.tables import Runs

FEW = Resampling(n=100)


def huber(residual, delta):
    size = np.abs(residual)
    return np.where(size <= delta, residual**2 / 2, delta * (size - delta / 2)).sum()


def by_hand(frame, delta):
    """Minimise the same objective with scipy, in the plain parameters, from the truth."""
    n, d, loss = (frame[c].to_numpy() for c in ("params", "tokens", "loss"))

    def objective(x):
        e, a, b, alpha, beta = x
        predicted = np.exp(e) + np.exp(a - alpha * np.log(n)) + np.exp(b - beta * np.log(d))
        return 1e6 * huber(np.log(loss) - np.log(predicted), delta)

    start = [np.log(TRUE["E"]), np.log(TRUE["A"]), np.log(TRUE["B"]), TRUE["alpha"], TRUE["beta"]]
    options = {"maxiter": 40000, "maxfev": 40000, "xatol": 1e-10, "fatol": 1e-10}
    found = minimize(objective, start, method="Nelder-Mead", options=options)
    found = minimize(objective, found.x, method="Nelder-Mead", options=options)
    return found.fun / 1e6


def test_the_optimum_of_the_shared_points_is_reached(hoffmann):
    got = fit(hoffmann, resampling=FEW)
    assert got.fitted.objective <= 0.000754464 * (1 + 1e-6)
    values = got.parameters["estimate"].to_numpy()
    assert values == pytest.approx([1.8473915, 377.1059, 5379.698, 0.3328147, 0.4129907], rel=1e-6)
    assert got.n == 204
    assert got.converged_share > 0.5
    assert got.removed[0].count == 5


@pytest.mark.parametrize("delta", [1e-3, 1e-2, 1.0])
def test_no_slow_search_finds_a_lower_objective(delta):
    frame = simulated(n=6)
    got = fit(Runs.from_frame(frame), recipe=Recipe(delta=delta), resampling=FEW)
    assert got.fitted.objective <= by_hand(frame, delta) * (1 + 1e-7)
    assert got.fitted.objective == pytest.approx(huber(got.residuals, delta), rel=1e-12)


def test_least_absolute_is_near_the_lowest_sum_that_a_slow_search_finds(runs):
    got = fit(runs, recipe=Recipe(objective="least-absolute"), resampling=FEW)
    n, d, loss = (runs.frame[c].to_numpy() for c in ("params", "tokens", "loss"))

    def total(x):
        terms = np.exp(x[0]) + np.exp(x[1] - x[3] * np.log(n)) + np.exp(x[2] - x[4] * np.log(d))
        return np.abs(np.log(loss) - np.log(terms)).sum()

    v = got.parameters["estimate"].to_numpy()
    start = [*np.log(v[:3]), *v[3:]]
    options = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-10, "fatol": 1e-12}
    slow = minimize(total, start, method="Nelder-Mead", options=options).fun
    assert got.fitted.objective == pytest.approx(total(start), rel=1e-9)
    assert slow <= got.fitted.objective <= slow * 1.002


def test_least_squares_on_the_loss_is_scipys(runs):
    from scipy.optimize import curve_fit

    got = fit(runs, recipe=Recipe(objective="least-squares", scale="loss"), resampling=FEW)
    n, d, loss = (runs.frame[c].to_numpy() for c in ("params", "tokens", "loss"))

    def law(x, e, a, b, alpha, beta):
        return e + np.exp(a) / x[0] ** alpha + np.exp(b) / x[1] ** beta

    start = [TRUE["E"], np.log(TRUE["A"]), np.log(TRUE["B"]), TRUE["alpha"], TRUE["beta"]]
    theirs, _ = curve_fit(law, (n, d), loss, start, xtol=1e-14, ftol=1e-14)
    rss = ((loss - law((n, d), *theirs)) ** 2).sum()
    assert got.fitted.objective == pytest.approx(rss / 2, rel=1e-9)


@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 10_000), params=st.floats(0.1, 10), tokens=st.floats(0.1, 10))
def test_units_move_coefficients_and_no_exponent(seed, params, tokens):
    frame = simulated(n=5, seed=seed)
    one = fit(Runs.from_frame(frame), resampling=FEW)
    scaled = frame.with_columns(pl.col("params") * params, pl.col("tokens") * tokens)
    two = fit(Runs.from_frame(scaled), resampling=FEW)
    assert two.fitted.objective == pytest.approx(one.fitted.objective, rel=1e-8)
    a, b = (x.parameters["estimate"].to_numpy() for x in (one, two))
    assert b[[0, 3, 4]] == pytest.approx(a[[0, 3, 4]], rel=1e-5)
    assert b[1] == pytest.approx(a[1] * params ** a[3], rel=1e-3)


def test_the_order_of_the_runs_does_not_matter():
    frame = simulated(n=6)
    one = fit(Runs.from_frame(frame), resampling=FEW)
    two = fit(Runs.from_frame(frame.sample(fraction=1.0, shuffle=True, seed=1)), resampling=FEW)
    assert two.fitted.objective == pytest.approx(one.fitted.objective, rel=1e-10)


def test_a_run_twice_is_weight_two(runs):
    from theodolite.scaling.laws import Centre, Points, law_named
    from theodolite.stats.multistart import refit
    from theodolite.stats.residual_loss import ResidualLoss

    law, cost = law_named("chinchilla"), ResidualLoss("huber", 1e-3)
    n, d, loss = (runs.frame[c].to_numpy() for c in ("params", "tokens", "loss"))
    twice = np.concatenate([np.arange(len(n)), [3, 7]])
    weights = np.ones((1, len(n)))
    weights[0, [3, 7]] = 2.0
    centre = Centre.of(Points.at(n, d))
    start = fit(runs, resampling=FEW).fitted.theta
    ends = []
    for rows, weight in ((np.arange(len(n)), weights), (twice, np.ones((1, len(twice))))):
        model = law.model(Points.at(n[rows], d[rows]), loss[rows], centre, "log")
        ends.append(refit(model, start, weight, cost, law.bounds(loss)))
    assert ends[0].value == pytest.approx(ends[1].value, rel=1e-9)
    assert ends[0].theta == pytest.approx(ends[1].theta, rel=1e-6)


def test_a_law_without_noise_is_found_exactly():
    got = fit(Runs.from_frame(simulated(noise=0.0)), resampling=FEW)
    assert got.parameters["estimate"].to_numpy() == pytest.approx(list(TRUE.values()), rel=1e-4)


def test_each_law_finds_its_own_parameters():
    base = simulated(n=7, noise=0.0)
    n, d = base["params"].to_numpy(), base["tokens"].to_numpy()
    cases = {
        "over-training": (1.8 + 480 / n**0.36 + 900 / d**0.36, [1.8, 480, 900, 0.36]),
        "compute": (1.7 + 2000 / (6 * n * d) ** 0.17, [1.7, 2000, 0.17]),
        "no-floor": (9 / n**0.07 + 4000 / d**0.4, [9, 4000, 0.07, 0.4]),
    }
    for law, (loss, truth) in cases.items():
        frame = base.with_columns(pl.Series("loss", loss))
        got = fit(Runs.from_frame(frame), law=law, resampling=FEW)
        assert got.parameters["estimate"].to_numpy() == pytest.approx(truth, rel=1e-3), law


def test_clusters_are_drawn_together(runs):
    frame = runs.frame.with_columns(
        (pl.col("params").rank("dense")).cast(pl.Int64).cast(pl.String).alias("family")
    )
    many = Resampling(n=400, cluster="family")
    got = fit(Runs.from_frame(frame), resampling=many)
    assert len(np.unique(got.groups)) == 8
    alone = fit(runs, resampling=Resampling(n=400))
    assert got.allocation_exponent != alone.allocation_exponent
    with pytest.raises(MissingColumnError, match="no column colour"):
        fit(runs, resampling=Resampling(n=400, cluster="colour"))
    few = frame.with_columns(pl.when(pl.col("family") == "1").then(1).otherwise(2).alias("g"))
    with pytest.raises(TooFewError, match="fewer than 5"):
        fit(Runs.from_frame(few), resampling=Resampling(n=400, cluster="g"))


@pytest.mark.parametrize(
    ("keep", "law", "error", "words"),
    [
        (lambda f: f.head(3), "chinchilla", TooFewError, "5 parameters, and there are 3 distinct"),
        (
            lambda f: f.with_columns(params=pl.lit(1e9)),
            "chinchilla",
            NotIdentifiedError,
            "one level of parameters",
        ),
        (
            lambda f: f.filter(pl.col("tokens").rank("dense") <= 2),
            "chinchilla",
            NotIdentifiedError,
            "2 levels of tokens",
        ),
        (
            lambda f: f.filter(pl.col("tokens").rank("dense") == pl.col("params").rank("dense")),
            "chinchilla",
            NotIdentifiedError,
            "tokens follow from the parameters",
        ),
        (
            lambda f: f.with_columns(unique_tokens="tokens"),
            "data-constrained",
            NotIdentifiedError,
            "several times",
        ),
        (lambda f: f, "data-constrained", MissingColumnError, "unique_tokens"),
        (lambda f: f, "kaplan", UsageError, "chinchilla, over-training"),
    ],
)
def test_what_cannot_be_answered_says_what_would_help(keep, law, error, words):
    with pytest.raises(error, match=words) as raised:
        fit(Runs.from_frame(keep(simulated(n=8))), law=law, resampling=FEW)
    if error in (NotIdentifiedError, TooFewError) and law == "chinchilla":
        assert "Runs that would help" in str(raised.value)


def test_a_loss_that_does_not_fall_with_size_is_not_identified():
    frame = simulated(n=6)
    d = frame["tokens"].to_numpy()
    noise = np.random.default_rng(1).normal(0, 0.003, len(d))
    flat = frame.with_columns(pl.Series("loss", (1.8 + 2100 / d**0.37) * np.exp(noise)))
    with pytest.raises(NotIdentifiedError, match="Runs that would help"):
        fit(Runs.from_frame(flat), resampling=FEW)


def test_settings_that_cannot_be():
    for make in (
        lambda: Recipe(objective="median"),
        lambda: Recipe(delta=0.0),
        lambda: Recipe(scale="bits"),
        lambda: Resampling(n=3),
        lambda: Resampling(seed=-1),
    ):
        with pytest.raises(UsageError):
            make()
    with pytest.raises(UsageError, match="level"):
        fit(Runs.from_frame(simulated()), level=95)


def test_budgets_are_clusters_of_about_the_same_flops():
    flops, ratio = (
        x.ravel() for x in np.meshgrid(10.0 ** np.arange(18, 24), np.geomspace(2, 200, 6))
    )
    n = np.sqrt(flops / 6 / ratio)
    loss = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / (ratio * n) ** TRUE["beta"]
    noisy = loss * np.exp(np.random.default_rng(0).normal(0, 0.004, len(n)))
    runs = Runs.from_frame(pl.DataFrame({"params": n, "tokens": ratio * n, "loss": noisy}))
    got = fit(runs, resampling=Resampling(n=200, cluster="budget"))
    assert got.groups.max() == 5
    assert len(np.unique(got.groups[flops == 1e20])) == 1


def repeated(noise=0.0):
    """Runs of which half saw their text up to 60 times, by a law with repetition."""
    from theodolite.scaling.laws import Centre, Points, law_named

    sizes, seen = (
        x.ravel() for x in np.meshgrid(np.geomspace(5e7, 1e10, 8), np.geomspace(1e9, 5e11, 8))
    )
    unique = seen / np.tile([1.0, 2.0, 1.0, 4.0, 1.0, 10.0, 25.0, 60.0], 8)
    law = law_named("data-constrained")
    truth = np.array([[*TRUE.values(), 5.0, 15.0]])
    points = Points.at(sizes, seen, unique)
    loss = law.predict(law.inner(truth, Centre()), points, Centre())[0]
    scatter = np.exp(np.random.default_rng(0).normal(0, noise, len(loss)))
    return pl.DataFrame(
        {"params": sizes, "tokens": seen, "unique_tokens": unique, "loss": loss * scatter}
    )


def test_repetition_is_found_and_predicted():
    got = fit(Runs.from_frame(repeated()), law="data-constrained", resampling=FEW)
    assert got.estimate("R_D").estimate == pytest.approx(15.0, rel=1e-3)
    assert got.estimate("R_N").estimate == pytest.approx(5.0, rel=1e-3)
    once = got.predict([1e9], [1e11])["loss"][0]
    often = got.predict([1e9], [1e11], unique_tokens=[1e9])["loss"][0]
    never_so_many = got.predict([1e9], [1e9])["loss"][0]
    assert once < often < never_so_many


@pytest.mark.slow
def test_repetition_with_noise_is_covered():
    many = Resampling(n=400)
    got = fit(Runs.from_frame(repeated(0.003)), law="data-constrained", resampling=many)
    worth = got.estimate("R_D")
    assert worth.low < 15.0 < worth.high


def test_few_runs_get_wide_intervals_and_a_word():
    frame = simulated(n=3, noise=0.003)
    got = fit(Runs.from_frame(frame), resampling=Resampling(n=400))
    assert got.fitted.of_noise
    assert got.to_dict()["resamples_of"] == "noise"
    assert "So few runs" in got.notes[0]
    many = fit(Runs.from_frame(simulated(n=8, noise=0.003)), resampling=Resampling(n=400))
    assert not many.fitted.of_noise
    few, all_ = got.allocation_exponent, many.allocation_exponent
    assert few.high - few.low > 2 * (all_.high - all_.low)


def test_where_no_floor_is_seen_its_interval_starts_at_nought():
    frame = simulated(n=5, noise=0.01, truth={"E": 0.05, "alpha": 0.15, "A": 15.0})
    got = fit(Runs.from_frame(frame), recipe=Recipe("least-squares"), resampling=FEW)
    floor = got.estimate("E")
    assert floor.low == 0.0
    assert floor.low <= floor.estimate <= floor.high
    assert floor.high > 0.05
    assert not got.corrected


def test_what_cannot_be_predicted_is_refused(runs):
    got = fit(runs, resampling=FEW)
    for params, tokens in (([1e9, 2e9], [1e9, 2e9, 3e9]), (["8B"], [1e9]), ([0.0], [1e9])):
        with pytest.raises(UsageError):
            got.predict(params, tokens)
    repeats = fit(Runs.from_frame(repeated()), law="data-constrained", resampling=FEW)
    with pytest.raises(UsageError, match="more tokens are unique"):
        repeats.predict([1e9], [1e9], unique_tokens=[2e9])
    counted = runs.frame.with_columns(flops=9.0 * pl.col("params") * pl.col("tokens"))
    compute = fit(
        Runs.from_frame(counted), law="compute", recipe=Recipe(accounting="given"), resampling=FEW
    )
    with pytest.raises(UsageError, match="predict with flops="):
        compute.predict([1e9], [1e10])
    less, more = compute.predict([1e9], [1e10], flops=[6e19, 9e19])["loss"]
    assert less > more


def test_a_level_needs_resamples(runs):
    with pytest.raises(UsageError, match="at least 2,000 are needed"):
        fit(runs, level=0.999, resampling=FEW)
