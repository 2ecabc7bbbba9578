"""Backtests: against a plain loop with scipy, without leaks, with what cannot be fitted."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, minimize

from tests.scaling.conftest import simulated
from theodolite.errors import CannotAnswerError, MissingColumnError, UsageError
from theodolite.scaling import Recipe, Resampling, backtest, fit
from theodolite.scaling.forecast import differences
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = [Recipe(objective="least-squares")]
EDGE = 6e21


def by_scipy(n, d, loss, form):
    """Least squares of log losses in plain parameters, from a start near the truth."""
    forms = {
        "chinchilla": (
            lambda x, e, a, b, p, q: np.log(e + np.exp(a) / x[0] ** p + np.exp(b) / x[1] ** q),
            [1.8, np.log(480), np.log(2100), 0.35, 0.37],
        ),
        "compute": (
            lambda x, e, k, g: np.log(e + np.exp(k) / (6 * x[0] * x[1]) ** g),
            [1.8, np.log(2000), 0.17],
        ),
    }
    law, start = forms[form]
    found, _ = curve_fit(law, (n, d), np.log(loss), start, xtol=1e-14, ftol=1e-14, maxfev=20000)
    return lambda n, d: np.exp(law((n, d), *found))


@pytest.fixture
def frame():
    return simulated(n=6, noise=0.004, seed=3)


def test_a_plain_loop_gives_the_same_table(frame):
    got = backtest(
        Runs.from_frame(frame),
        f"flops={EDGE}..",
        laws=["chinchilla", "compute"],
        recipes=SQUARES,
        resampling=FEW,
    )
    n, d, loss = (frame[c].to_numpy() for c in ("params", "tokens", "loss"))
    held = 6 * n * d >= EDGE
    for law in ("chinchilla", "compute"):
        predict = by_scipy(n[~held], d[~held], loss[~held], law)
        errors = [predict(n[i], d[i]) / loss[i] - 1 for i in np.flatnonzero(held)]
        row = got.table.filter(law=law).row(0, named=True)
        assert row["n"] == held.sum()
        assert row["mape"] == pytest.approx(sum(abs(e) for e in errors) / len(errors), rel=1e-5)
        assert row["bias"] == pytest.approx(sum(errors) / len(errors), abs=1e-8)
        assert row["worst"] == pytest.approx(max(abs(e) for e in errors), rel=1e-5)
        logs = [np.log(1 + e) ** 2 for e in errors]
        assert row["rmse"] == pytest.approx((sum(logs) / len(logs)) ** 0.5, rel=1e-5)
        points = next(f.points for f in got.forecasts if f.law == law)
        inside = [
            low <= x <= high for low, x, high in points.select("low", "observed", "high").rows()
        ]
        assert row["coverage"] == sum(inside) / len(inside)
        p, m, z = row["coverage"], len(inside), 1.959963984540054
        half = z * np.sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m)
        assert row["high"] - row["low"] == pytest.approx(2 * half, rel=1e-9)


def test_the_choice_is_the_best_on_the_largest_fifth_of_the_training_runs(frame):
    got = backtest(
        Runs.from_frame(frame),
        f"flops={EDGE}..",
        laws=["compute", "chinchilla"],
        recipes=SQUARES,
        resampling=FEW,
    )
    n, d, loss = (frame[c].to_numpy() for c in ("params", "tokens", "loss"))
    training = [i for i in range(len(n)) if 6 * n[i] * d[i] < EDGE]
    order = sorted(training, key=lambda i: n[i] * d[i], reverse=True)
    cut = n[order[-(-len(order) // 5) - 1]] * d[order[-(-len(order) // 5) - 1]]
    inner = [i for i in training if n[i] * d[i] < cut * (1 - 1e-9)]
    outer = [i for i in training if i not in inner]
    errors = {}
    for law in ("chinchilla", "compute"):
        predict = by_scipy(n[inner], d[inner], loss[inner], law)
        errors[law] = float(np.mean(np.abs(predict(n[outer], d[outer]) / loss[outer] - 1)))
    best = min(errors, key=errors.get)
    assert got.recommended.law == best == "chinchilla"
    assert got.recommended.validation_mape == pytest.approx(errors[best], rel=1e-4)
    assert got.points.equals(next(f.points for f in got.forecasts if f.law == best))


@settings(deadline=None, max_examples=3)
@given(seed=st.integers(0, 1000), shift=st.floats(0.7, 1.4))
def test_held_out_losses_reach_neither_forecasts_nor_the_choice(seed, shift):
    frame = simulated(n=5, seed=seed)
    held = 6.0 * pl.col("params") * pl.col("tokens") >= EDGE
    moved = pl.when(held).then(pl.col("loss") * shift).otherwise(pl.col("loss")).alias("loss")
    one, two = (
        backtest(
            Runs.from_frame(table),
            f"flops={EDGE}..",
            laws=["chinchilla", "compute"],
            recipes=SQUARES,
            resampling=FEW,
        )
        for table in (frame, frame.with_columns(moved))
    )
    same = ("params", "tokens", "predicted", "low", "high")
    for a, b in zip(one.forecasts, two.forecasts, strict=True):
        assert a.points.select(same).equals(b.points.select(same))
    assert one.recommended.picks.equals(two.recommended.picks)


def test_each_value_in_turn_is_each_condition_alone(frame):
    table = frame.with_columns(g=pl.Series(["x", "y", "z"] * 12))
    runs = Runs.from_frame(table)
    laws = {"laws": ["chinchilla"], "recipes": SQUARES, "resampling": FEW}
    pooled = backtest(runs, "g", **laws)
    alone = [backtest(runs, f"g={value}", **laws) for value in "xyz"]
    assert pooled.points.equals(pl.concat([one.points for one in alone]))
    assert pooled.folds.equals(pl.concat([one.folds for one in alone]))
    assert len(pooled.recommended.picks) == 3
    score = pooled.recommended.score
    assert score.n == 36
    assert score.mape == pytest.approx(np.mean([one.shown.score.mape for one in alone]))


def test_the_forecast_is_the_fits_own_prediction(frame):
    runs = Runs.from_frame(frame)
    got = backtest(runs, "params=5e9..", laws=["chinchilla"], recipes=SQUARES, resampling=FEW)
    mask = runs.frame["params"] < 5e9
    alone = fit(runs.keep(mask, "x"), recipe=SQUARES[0], resampling=FEW)
    held = runs.frame.filter(~mask)
    want = alone.predict(held["params"], held["tokens"], interval="prediction")
    assert got.points["predicted"].to_list() == want["loss"].to_list()
    assert got.points["low"].to_list() == want["low"].to_list()
    assert got.folds.row(0, named=True)["reach"] == pytest.approx(
        (held["params"] * held["tokens"]).max()
        / (runs.frame["params"] * runs.frame["tokens"]).filter(mask).max()
    )


def test_what_cannot_be_fitted_stands_last_with_the_reason(frame):
    # Two sizes: no law with a floor and a power of the size is held by them.
    two = frame.filter(pl.col("params").rank("dense") <= 2)
    got = backtest(Runs.from_frame(two), "tokens=1e11..", recipes=SQUARES, resampling=FEW)
    reasons = dict(got.table.select("law", "reason").rows())
    assert reasons["data-constrained"] == "no column unique_tokens, which the law needs"
    assert "2 levels of parameters" in reasons["chinchilla"]
    assert reasons["compute"] is None
    assert got.table["reason"].is_null().to_list() == sorted(
        got.table["reason"].is_null(), reverse=True
    )
    assert got.recommended.law != "chinchilla"


def test_a_law_that_one_group_cannot_spare_is_not_fitted(frame):
    three = frame.filter(pl.col("params").rank("dense") <= 3)
    got = backtest(
        Runs.from_frame(three),
        "params",
        laws=["chinchilla", "over-training"],
        recipes=SQUARES,
        resampling=FEW,
    )
    reasons = dict(got.table.select("law", "reason").rows())
    assert reasons["over-training"] is None
    assert reasons["chinchilla"].startswith("params=5e+07 held out: all runs have 2 levels")


def test_where_nothing_can_be_chosen_the_first_law_is_shown(frame):
    seven = frame.sort(pl.col("params") * pl.col("tokens")).gather([0, 3, 8, 14, 20, 27, 35])
    laws = ["chinchilla", "over-training"]
    got = backtest(
        Runs.from_frame(seven), "flops=1e22..", laws=laws, recipes=SQUARES, resampling=FEW
    )
    assert got.recommended is None
    assert got.shown.law == next(f for f in got.forecasts if not f.reason).law
    assert any("no law can be chosen" in note for note in got.notes)
    assert got.to_dict()["law"] == got.shown.law


def test_differences_are_paired():
    generator = np.random.default_rng(0)
    shared, own = generator.normal(0, 1, 400), generator.normal(0, 0.1, 400)
    one, two = (
        pl.DataFrame({"fold": ["a"] * 400, "error": error})
        for error in (np.abs(shared) + 3, np.abs(shared) + 3.05 + own)
    )
    first, second = differences([one, two], level=0.95, seed=0)
    assert first == {"difference": 0.0, "difference_low": None, "difference_high": None}
    gap = 0.05 + own
    half = 1.96 * gap.std() / 20
    assert second["difference"] == pytest.approx(gap.mean())
    assert second["difference_low"] == pytest.approx(gap.mean() - half, abs=0.15 * half)
    assert second["difference_high"] == pytest.approx(gap.mean() + half, abs=0.15 * half)
    few = differences([one.head(9), two.head(9)], level=0.95, seed=0)[1]
    assert few["difference_low"] is None
    # Five folds or more are drawn whole: with all of one kind in each, far less is known.
    folds = pl.Series("fold", np.repeat(["a", "b", "c", "d", "e"], 80))
    wide = np.repeat([0.0, 0.0, 0.0, 0.0, 1.0], 80)
    pair = [
        pl.DataFrame([folds, pl.Series("error", error)]) for error in (np.full(400, 1.0), 1 + wide)
    ]
    clustered = differences(pair, level=0.95, seed=0)[1]
    assert clustered["difference_high"] - clustered["difference_low"] > 0.5


def test_several_data_sets_are_noted(frame):
    table = frame.with_columns(dataset=pl.Series(["x", "y"] * 18))
    got = backtest(
        Runs.from_frame(table), "params=5e9..", laws=["compute"], recipes=SQUARES, resampling=FEW
    )
    assert "differ in dataset" in got.notes[0]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"laws": ["kaplan"]}, UsageError, "a law is one of"),
        ({"recipes": []}, UsageError, "at least one recipe"),
        ({"recipes": [Recipe(), Recipe(delta=0.1)]}, UsageError, "each objective may stand once"),
        (
            {"recipes": [Recipe(), Recipe(objective="least-squares", accounting="active")]},
            UsageError,
            "count FLOPs in one way",
        ),
        ({"recipes": [Recipe(accounting="active")]}, MissingColumnError, "active_params"),
        ({"level": 95}, UsageError, "level"),
        (
            {"resampling": Resampling(n=100, cluster="colour")},
            MissingColumnError,
            "no column colour",
        ),
        (
            {"hold_out": "params=1e8..", "laws": ["chinchilla", "no-floor"]},
            CannotAnswerError,
            "none of the laws can be fitted: chinchilla: all runs have one level",
        ),
        ({"laws": ["data-constrained"]}, CannotAnswerError, "unique_tokens"),
    ],
)
def test_refusals(frame, change, error, words):
    arguments = {"hold_out": "params=5e9..", "recipes": SQUARES, "resampling": FEW} | change
    hold_out = arguments.pop("hold_out")
    with pytest.raises(error, match=words):
        backtest(Runs.from_frame(frame), hold_out, **arguments)


def test_the_largest_of_the_shared_points(hoffmann):
    """Chinchilla's law, fitted below 3e20 FLOPs, against the optimum of a slow search."""
    got = backtest(
        hoffmann, "flops=3e20..", laws=["chinchilla"], recipes=[Recipe()], resampling=FEW
    )
    n, d, loss = (hoffmann.frame[c].to_numpy() for c in ("params", "tokens", "loss"))
    low = 6 * n * d < 3e20

    def predicted(x, n, d):
        return np.exp(x[0]) + np.exp(x[1] - x[3] * np.log(n)) + np.exp(x[2] - x[4] * np.log(d))

    def objective(x):
        size = np.abs(np.log(loss[low]) - np.log(predicted(x, n[low], d[low])))
        return 1e6 * np.where(size < 1e-3, size**2 / 2, 1e-3 * (size - 5e-4)).sum()

    x = [np.log(1.85), np.log(377), np.log(5380), 0.333, 0.413]
    options = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-9, "fatol": 1e-9}
    for _ in range(2):
        x = minimize(objective, x, method="Nelder-Mead", options=options).x
    errors = np.abs(predicted(x, n[~low], d[~low]) / loss[~low] - 1)
    assert len(errors) == got.shown.score.n == 27
    assert got.shown.score.mape == pytest.approx(errors.mean(), rel=1e-3)
    assert 0.006 < got.shown.score.mape < 0.007
