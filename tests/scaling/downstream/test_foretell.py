"""Forecasts of accuracy: recovery, what the runs leave open, verdicts, refusals."""

import dataclasses
import json

import numpy as np
import polars as pl
import pytest
from scipy.optimize import curve_fit, least_squares

from tests.scaling.downstream.worlds import World, grid, simulate
from theodolite.errors import CannotAnswerError, InputError, TooFewError, UsageError
from theodolite.scaling import DownstreamSettings, Recipe, Resampling, account, downstream, task_of
from theodolite.scaling.downstream.curves import Evidence
from theodolite.scaling.downstream.measure import decides_of, movement_of, verdict_of
from theodolite.scaling.downstream.paths import fit_path
from theodolite.scaling.laws import Points
from theodolite.tables import Runs

FAST = DownstreamSettings(resampling=Resampling(n=100))
TWO = dataclasses.replace(FAST, paths=("sigmoid",))


def made(world=None, n=25, seed=0, **options):
    world = world or World()
    runs = simulate(world, n, np.random.default_rng(seed), **options)
    return runs, task_of(runs, ["quiz"], chance=world.chance)


def forecast(world=None, *, settings=FAST, at=(), hold_out=(), **options):
    runs, task = made(world, **options)
    return downstream(runs, [task], at=at, hold_out=hold_out, settings=settings)


def evidence_of(runs, chance=0.25):
    return Evidence(
        Points.of(account(runs)),
        runs.frame["loss"].to_numpy(),
        runs.frame["quiz"].to_numpy(),
        chance,
    )


@pytest.mark.parametrize("paths", [("sigmoid",), ("direct",), ("sigmoid", "direct")])
def test_the_accuracy_of_a_larger_run_is_recovered(paths):
    quiet = World(loss_noise=0.001, accuracy_noise=0.001)
    settings = dataclasses.replace(FAST, paths=paths)
    found = forecast(quiet, settings=settings, at=[(7e9, 1e12)]).tasks[0]
    true = quiet.accuracy(quiet.loss(7e9, 1e12))
    row = found.points.row(0, named=True)
    assert row["accuracy"] == pytest.approx(true, abs=0.02)
    assert row["low"] <= true <= row["high"]
    assert row["curve_low"] >= row["low"]
    assert found.verdict == "predictable"
    assert found.chosen == " + ".join(paths)


def test_both_steps_are_those_of_a_slow_reference():
    """scipy fits the law of loss, then a logistic with the same priors, one after the other."""
    runs, _ = made(World(), n=25)
    evidence = evidence_of(runs)
    path = fit_path("sigmoid", evidence, recipe=Recipe(objective="least-squares"), resamples=0,
                    seed=0)  # fmt: skip
    n, d, loss = (runs.frame[c].to_numpy() for c in ("params", "tokens", "loss"))

    def law(p, n, d):
        return np.exp(p[0]) + np.exp(p[1]) / (n / 1e9) ** p[3] + np.exp(p[2]) / (d / 1e10) ** p[4]

    first = least_squares(lambda p: np.log(loss / law(p, n, d)), [-1, -1, -1, 0.3, 0.3], xtol=1e-14)
    centre, spread = loss.mean(), loss.std()

    def curve(t, x):
        return t[2] + (t[3] - t[2]) / (1 + np.exp(-t[0] - t[1] * (centre - x) / spread))

    residual = evidence.accuracy - path.at_loss(loss).estimate
    mean, sd = np.array([0.0, 1.0, 0.25, 1.0]), np.array([4.0, 2.0, 0.03, 0.25])
    # The variance that weighs priors against runs: degrees of freedom between 1 and 4 are taken.
    for taken in (1.0, 4.0):
        root = np.sqrt(residual @ residual / (25 - taken))

        def both(t, root=root):
            return np.concatenate([evidence.accuracy - curve(t, loss), root * (t - mean) / sd])

        second = least_squares(
            both, [0.0, 1.0, 0.25, 0.95], bounds=([-12, 0, 0, 0.3], [12, 12, 0.95, 1.0]), xtol=1e-14
        )
        slow = curve(second.x, law(first.x, np.array([7e9]), np.array([1e12])))[0]
        got = path.predict(Points.at(np.array([7e9]), np.array([1e12])))[0].estimate[0]
        assert got == pytest.approx(slow, abs=2e-3)


def test_held_out_runs_are_scored_and_do_not_move_the_forecast():
    runs, task = made(World())
    found = downstream(runs, [task], hold_out=["params=3e9.."], settings=TWO)
    points = found.tasks[0].points
    held = runs.frame.filter(pl.col("params") >= 3e9)
    assert points["run"].to_list() == held["run"].to_list()
    assert points["observed"].to_list() == held["quiz"].to_list()
    assert found.n + len(points) == len(runs)
    assert found.mean_absolute_error == pytest.approx(points["error"].abs().mean())
    assert found.coverage == points["covered"].mean()
    other = runs.frame.with_columns(
        quiz=pl.when(pl.col("params") >= 3e9).then(0.9).otherwise(pl.col("quiz"))
    )
    moved = downstream(Runs.from_frame(other), [task], hold_out=["params=3e9.."], settings=TWO)
    assert moved.tasks[0].points["accuracy"].to_list() == points["accuracy"].to_list()
    assert moved.tasks[0].points["observed"].unique().to_list() == [0.9]


def test_an_error_is_one_less_the_accuracy():
    runs, task = made(World())
    turned = Runs.from_frame(runs.frame.with_columns(miss=1.0 - pl.col("quiz")))
    error = task_of(turned, ["miss"], error=True, chance=0.25)
    one, two = (
        downstream(turned, [t], settings=TWO).tasks[0].points["accuracy"][0] for t in (task, error)
    )
    assert one == pytest.approx(two, abs=1e-9)


def test_without_a_target_it_is_ten_times_the_largest():
    found = forecast(settings=TWO).tasks[0].points
    sizes, seen = grid(25)
    top = np.argmax(sizes * seen)
    assert found["reach"][0] == pytest.approx(10.0)
    assert found["tokens"][0] / found["params"][0] == pytest.approx(seen[top] / sizes[top], rel=0.2)


def test_accuracy_at_chance_cannot_be_told():
    flat = World(slope=8.0, middle=-0.5, accuracy_noise=0.01)
    found = forecast(flat, at=[(7e10, 2e12)]).tasks[0]
    assert found.verdict == "cannot be told"
    assert "does not rise" in found.verdict_words
    assert found.movement.slope_low <= 0.0


@pytest.mark.parametrize("ceiling", [0.75, 1.0])
def test_a_ceiling_out_of_sight_leaves_the_interval_wide(ceiling):
    world = World(ceiling=ceiling, middle=0.7)
    found = forecast(world, settings=TWO, at=[(2e11, 1e13)], n=15).tasks[0]
    row = found.points.row(0, named=True)
    assert row["low"] <= world.accuracy(world.loss(2e11, 1e13)) <= row["high"]
    assert found.half_width > 0.1


def test_the_exponential_is_left_out_where_it_cannot_bend():
    found = forecast(World(), at=[(7e9, 4e12)]).tasks[0]
    row = found.paths.filter(pl.col("path") == "exponential").row(0, named=True)
    assert not row["used"]
    assert "never bends" in row["reason"]
    assert found.chosen == "sigmoid + direct"
    assert set(found.paths["path"]) == {"sigmoid", "exponential", "ladder", "direct", "compute"}


def test_the_interval_of_the_pool_holds_how_far_the_ways_disagree():
    found = forecast(World(), at=[(7e10, 4e12)])
    one = found.tasks[0]
    used = one.paths.filter(pl.col("used"))
    assert one.half_width >= 0.9 * used["half_width"].to_numpy().mean()
    assert one.points["low"][0] <= one.points["curve_low"][0]


def test_one_task_that_fails_does_not_stop_the_others():
    runs, task = made(World())
    stuck = runs.frame.with_columns(
        bits=pl.Series(np.random.default_rng(3).uniform(0.5, 5.0, len(runs))),
        luck=pl.Series(np.random.default_rng(4).uniform(0.2, 0.3, len(runs))),
    )
    table = Runs.from_frame(stuck)
    luck = task_of(table, ["luck"], losses=["bits"], chance=0.25)
    found = downstream(table, [luck, task], settings=TWO)
    assert [one.done for one in found.tasks] == [False, True]
    assert found.tasks[0].verdict == "cannot be told"
    assert found.verdict == "mixed" or found.tasks[1].verdict == "cannot be told"
    json.dumps(found.to_dict())
    with pytest.raises(CannotAnswerError, match="no task can be foretold: luck"):
        downstream(table, [luck], settings=TWO)


def test_the_same_seed_gives_the_same_answer():
    one, two = (forecast(at=[(7e9, 1e12)]).to_dict() for _ in range(2))
    assert one == two


def test_few_runs_draw_noise():
    found = forecast(World(), settings=TWO, n=8).tasks[0]
    assert found.half_width > 0.0


def test_reruns_measure_the_noise():
    world = World()
    runs, _ = made(world, n=25)
    frame = runs.frame.drop("_row", "_file", strict=False)
    noise = 0.01 * np.random.default_rng(5).standard_normal(25)
    twice = frame.with_columns(
        run=pl.col("run") + "-rerun",
        loss=pl.col("loss") * 1.0001,
        quiz=(pl.col("quiz") + pl.Series(noise)).clip(0, 1),
    )
    both = Runs.from_frame(pl.concat([frame, twice]))
    evidence = evidence_of(both)
    got = movement_of(evidence, evidence.accuracy, 0.95)
    assert got.reruns == 25
    assert got.rerun_noise == pytest.approx(np.sqrt(np.mean(noise**2) / 2), rel=0.05)


def test_verdicts():
    runs, _ = made(World())
    evidence = evidence_of(runs)
    still = movement_of(evidence, evidence.accuracy + 0.001, 0.95)
    loud = movement_of(evidence, evidence.accuracy + 0.08, 0.95)
    assert verdict_of(still, 0.03, within=0.05, level=0.95)[0] == "predictable"
    assert verdict_of(still, 0.07, within=0.05, level=0.95)[0] == "cannot be told"
    assert verdict_of(loud, 0.2, within=0.05, level=0.95)[0] == "not predictable"
    assert still.noise_low < still.noise < still.noise_high


def test_what_would_decide_it():
    reach = np.array([1.0, 2.0, 4.0, 8.0])
    near = decides_of(reach, np.array([0.01, 0.015, 0.02, 0.03]), largest=1e20, target=8e20)
    assert (near.reach, near.flops) == (4.0, 2e20)
    assert decides_of(reach, np.full(4, 0.01), largest=1e20, target=8e20).flops == 1e20
    assert decides_of(reach, np.full(4, 0.03), largest=1e20, target=8e20).reach is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": [(0.0, 1e9)]}, "counts above 0"),
        ({"hold_out": ["family"]}, "a condition is wanted"),
        ({"settings": dataclasses.replace(FAST, paths=("magic",))}, "a way to accuracy is one of"),
        ({"settings": dataclasses.replace(FAST, within=5.0)}, "a width is a share"),
        ({"settings": dataclasses.replace(FAST, level=95.0)}, "level"),
        (
            {"settings": dataclasses.replace(FAST, resampling=Resampling(n=100, cluster="run"))},
            "leave the cluster out",
        ),
    ],
)
def test_wrong_use_is_refused(options, words):
    runs, task = made()
    with pytest.raises(UsageError, match=words):
        downstream(runs, [task], **options)


def test_too_few_runs():
    runs, task = made(n=5)
    with pytest.raises(TooFewError, match="5 runs"):
        downstream(runs, [task], settings=FAST)
    with pytest.raises(UsageError, match="no task"):
        downstream(runs, [], settings=FAST)


def test_a_held_out_run_needs_no_loss_of_the_task():
    runs, _ = made()
    away = pl.col("params") >= 3e9
    frame = runs.frame.with_columns(bits=pl.when(away).then(None).otherwise(pl.col("loss")))
    table = Runs.from_frame(frame)
    task = task_of(table, ["quiz"], losses=["bits"], chance=0.25)
    points = downstream(table, [task], hold_out=["params=3e9.."], settings=TWO).tasks[0].points
    assert points["observed_loss"].is_null().all()
    assert points["accuracy"].is_not_null().all()
    with pytest.raises(InputError, match="column bits: the cell is empty"):
        downstream(table, [task], settings=TWO)


def test_the_ladder_s_link_is_that_of_scipy():
    """Four free parameters and the ideal run, as step 2 of allenai/OLMo-ladder."""
    runs, _ = made(World(), n=25)
    evidence = evidence_of(runs)
    path = fit_path("ladder", evidence, recipe=Recipe(objective="least-squares"), resamples=0,
                    seed=0)  # fmt: skip
    x, y = np.append(evidence.loss, 0.0), np.append(evidence.accuracy, 1.0)

    def sigmoid(x, a, x0, k, b):
        return a / (1 + np.exp(-k * (x - x0))) + b

    bounds = ([-1.0, 0.0, 0.0, 0.0], [0.0, np.inf, np.inf, 1.0])
    found, _ = curve_fit(sigmoid, x, y, p0=[-0.75, 0.9, 3.0, 1.0], bounds=bounds, maxfev=50_000)
    loss = np.linspace(0.7, 1.3, 7)
    assert path.at_loss(loss).estimate == pytest.approx(sigmoid(loss, *found), abs=1e-3)


def test_the_ladder_s_link_alone_makes_a_forecast():
    settings = dataclasses.replace(FAST, paths=("ladder",))
    found = forecast(World(), settings=settings, at=[(7e9, 1e12)]).tasks[0]
    assert found.chosen == "ladder"
    assert len(found.link)
