"""Saturation of losses: against plain loops, in worlds of known truth, and refusals."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.optimize import curve_fit

from tests.scaling.saturation.worlds import runs_of, world
from theodolite.errors import NotIdentifiedError, TooFewError, TooLargeError, UsageError
from theodolite.scaling import Recipe, Resampling, fit, saturation
from theodolite.scaling.accounting import account
from theodolite.scaling.saturation.comparing import HYPOTHESES, compared
from theodolite.scaling.saturation.result import VERDICTS, verdict_of
from theodolite.scaling.saturation.sizes import sizes_of
from theodolite.scaling.saturation.slopes import slope_ratios
from theodolite.tables import Runs

FEW = Resampling(n=200)
SQUARES = Recipe(objective="least-squares")


@cache
def found(kind="law", seed=0, **settings):
    return saturation(runs_of(kind, seed=seed), recipe=SQUARES, resampling=FEW, **settings)


def law(x, e, a, b, p, q):
    return np.log(e + np.exp(a) / x[0] ** p + np.exp(b) / x[1] ** q)


def by_scipy(frame):
    """Fit the law by least squares of log losses from the truth."""
    start = [1.8, np.log(480.0), np.log(2100.0), 0.35, 0.37]
    x = frame["params"].to_numpy(), frame["tokens"].to_numpy()
    theta, _ = curve_fit(
        law, x, np.log(frame["loss"].to_numpy()), start, xtol=1e-13, ftol=1e-13, maxfev=20000
    )
    return lambda n, d: np.exp(law((n, d), *theta)), theta


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("law", "as the law says"), ("saturated", "saturated"), ("half", "slower")],
)
def test_known_worlds(kind, verdict):
    got = found(kind)
    assert got.verdict == verdict
    assert got.verdict in VERDICTS
    truth = {"law": 1.0, "saturated": 0.0, "half": 0.5}[kind]
    assert got.ratio.low <= max(truth, got.ratio.low) <= got.ratio.high
    # The law that has not seen the last stretch does not bend towards it.
    assert abs(got.ratio_early.estimate - truth) < 0.15
    assert got.to_dict()["verdict_words"] == got.verdict_words


def test_ratios_are_those_of_a_plain_loop():
    frame = world("half")
    predict, theta = by_scipy(frame)
    got = found("half").sizes
    for k, ((params,), rows) in enumerate(
        frame.sort("tokens").group_by("params", maintain_order=True)
    ):
        row = got.filter((pl.col("params") / params - 1).abs() < 1e-9).row(0, named=True)
        d, loss = rows["tokens"].to_numpy(), rows["loss"].to_numpy()
        last = d >= d[-1] / 8.0 * 0.999
        assert last.sum() == 4
        slope, _ = np.polyfit(predict(params, d[last]), loss[last], 1)
        assert row["ratio"] == pytest.approx(slope, rel=1e-4), k
        left = np.exp(theta[2]) / d[-1] ** theta[4]
        assert row["remaining"] == pytest.approx(left, rel=1e-4)
        assert row["law_slope"] == pytest.approx(theta[4] * left, rel=1e-4)
        assert row["slope"] == pytest.approx(slope * theta[4] * left, rel=1e-4)
        assert row["used"] == pytest.approx(1 - (d[0] / d[-1]) ** theta[4], rel=1e-4)
        half = row["half_tokens"]
        assert np.exp(theta[2]) / half ** theta[4] == pytest.approx(left / 2, rel=1e-4)


def test_a_forecast_is_made_from_the_runs_before_it():
    frame = world("law")
    table = found("law").forecasts
    assert table["hypothesis"].unique().sort().to_list() == sorted(HYPOTHESES)
    row = table.filter((pl.col("params") == pl.col("params").min()) & pl.col("last"))
    told = dict(row.select("hypothesis", "predicted").iter_rows())
    size, tokens = (
        frame["params"].min(),
        frame.filter(pl.col("params") == pl.col("params").min())["tokens"].max(),
    )
    own = frame.filter(pl.col("params") == size).sort("tokens")
    before = own.head(7)
    rest = frame.filter((pl.col("params") != size) | (pl.col("tokens") < tokens))
    assert told["law"] == pytest.approx(by_scipy(rest)[0](size, tokens), rel=1e-5)
    earlier = frame.filter(pl.col("tokens") < tokens * 0.99)
    assert told["law-earlier"] == pytest.approx(by_scipy(earlier)[0](size, tokens), rel=1e-4)
    assert told["saturated"] == pytest.approx(before["loss"][-1])
    x, y = np.log(before["tokens"].to_numpy()), before["loss"].to_numpy()
    line = np.polyfit(x, y, 1, w=1 / y)
    assert told["log-linear"] == pytest.approx(np.polyval(line, np.log(tokens)))
    floor, _ = curve_fit(
        lambda d, c, b, k: c + b * (d / d.max()) ** -k,
        before["tokens"],
        y,
        [2.0, 0.5, 0.4],
        sigma=y,
    )
    reach = floor[0] + floor[1] * (tokens / before["tokens"].max()) ** -floor[2]
    assert told["own-floor"] == pytest.approx(reach, rel=2e-4)


def test_later_losses_reach_no_forecast():
    frame = world("law")
    last = pl.col("tokens") == pl.col("tokens").max().over("params")
    moved = frame.with_columns(
        loss=pl.when(last & (pl.col("params") == pl.col("params").min()))
        .then(pl.col("loss") * 1.2)
        .otherwise(pl.col("loss"))
    )
    one, two = (
        saturation(Runs.from_frame(f), recipe=SQUARES, resampling=FEW).forecasts.filter(
            pl.col("params") == pl.col("params").min()
        )
        for f in (frame, moved)
    )
    assert one["predicted"].is_null().to_list() == two["predicted"].is_null().to_list()
    one, two = (f["predicted"].drop_nulls().to_list() for f in (one, two))
    assert one == pytest.approx(two, rel=1e-6)


def test_the_comparison_is_paired():
    got = found("law")
    rows = {row["hypothesis"]: row for row in got.comparison.iter_rows(named=True)}
    table = got.forecasts
    errors = {
        name: np.abs(table.filter(hypothesis=name)["error"].to_numpy()) for name in HYPOTHESES[:-1]
    }
    for name, error in errors.items():
        assert rows[name]["mae"] == pytest.approx(error.mean())
        assert rows[name]["difference"] == pytest.approx((error - errors["law"]).mean())
    assert rows["law"]["low"] is None
    assert rows["saturated"]["low"] > 0.0
    assert rows["log-linear"]["low"] > 0.0
    few = compared(table.filter(pl.col("size") == 0).filter("last"), level=0.95, seed=0)
    assert all(row["low"] is None for row in few)


def test_in_a_saturated_world_no_fall_foretells_the_last_loss_best():
    table = found("saturated").forecasts.filter("last")
    mean = table.group_by("hypothesis").agg(pl.col("error").abs().mean())
    errors = dict(mean.iter_rows())
    assert errors["saturated"] < errors["law"] < errors["log-linear"]


def test_more_runs_decide_with_fewer_tokens():
    one, many = found("law"), found("law", new_runs=16)
    first, second = (
        x.decisions.filter(pl.col("and") == "saturated")["multiple"].to_numpy() for x in (one, many)
    )
    assert (second <= first).all()
    assert second.mean() < first.mean()
    rows = one.decisions
    assert (rows["low"] <= rows["multiple"]).all()
    assert (rows["multiple"] <= rows["high"]).all()
    assert (rows["reason"].is_not_null() == rows["multiple"].is_infinite()).all()


def test_the_multiple_that_decides_is_where_intervals_part():
    """Noise so small that the curves alone count: the law's fall must exceed both half-widths."""
    got = found("law")
    row = got.decisions.filter(pl.col("and") == "saturated").row(0, named=True)
    size = got.sizes.row(0, named=True)
    beta = got.fit.estimate("beta").estimate
    level = got.observed.filter(pl.col("params") == size["params"])["loss"].min()
    fall = size["remaining"] * (1 - row["multiple"] ** -beta)
    # At least two half-widths of the noise alone; not ten.
    assert 2 * 1.96 * got.noise * level < fall * 1.05
    assert fall < 10 * 1.96 * got.noise * level


def test_sizes_may_differ_by_rounding_and_the_rest_is_counted():
    frame = world("law")
    rng = np.random.default_rng(0)
    rough = frame.with_columns(
        params=pl.col("params") * np.exp(rng.uniform(-0.002, 0.002, len(frame)))
    )
    odd = pl.DataFrame({"params": [3e8, 3e8], "tokens": [1e10, 1e11], "loss": [2.9, 2.6]})
    runs = Runs.from_frame(pl.concat([rough, odd]))
    got = sizes_of(account(runs), 0.01)
    assert (len(got), got.left_sizes, got.left_runs) == (5, 1, 2)
    assert got.levels.tolist() == [8] * 5
    late, begins = got.late()
    assert np.bincount(got.group[late]).tolist() == [4] * 5
    assert np.bincount(got.group[begins]).tolist() == [1] * 5
    note = saturation(runs, recipe=SQUARES, resampling=FEW).notes[0]
    assert note.startswith("2 runs of 1 sizes with fewer than three token counts")


def test_repeated_runs_of_one_size_and_tokens_are_one_count():
    frame = pl.concat([world("law"), world("law", seed=1)])
    got = sizes_of(account(Runs.from_frame(frame)), 0.01)
    assert got.levels.tolist() == [8] * 5
    assert np.bincount(got.group).tolist() == [16] * 5


def test_sizes_on_both_sides_differ():
    frame = world("law", noise=0.001)
    place = pl.col("params").rank("dense")
    start = pl.col("tokens").max().over("params") / 8.0
    late = (pl.col("tokens") / start).log().clip(0.0)
    turn = pl.when(place <= 2).then(0.02).when(place >= 4).then(-0.02).otherwise(0.0)
    frame = frame.with_columns(loss=pl.col("loss") + turn * late)
    got = saturation(Runs.from_frame(frame), recipe=SQUARES, resampling=FEW)
    assert got.verdict == "differs by size"
    assert {"slower", "faster"} <= set(got.sizes["together"])


def test_the_overall_ratio_is_the_weighted_mean():
    got = found("half")
    weights = []
    for row in got.sizes.iter_rows(named=True):
        mine = got.observed.filter(pl.col("late") & (pl.col("params") == row["params"]))
        law = got.fit.predict(mine["params"], mine["tokens"])["loss"].to_numpy()
        x, loss = law - law.mean(), mine["loss"].to_numpy()
        own = got.noise**2 * ((loss * x) ** 2).sum() / (x @ x) ** 2
        weights.append(1.0 / (own + got.apart**2))
    mean = np.average(got.sizes["ratio"], weights=weights)
    assert got.ratio.estimate == pytest.approx(mean, rel=1e-6)


def test_the_noise_is_that_about_each_stretch():
    got = found("law")
    squares, spare = 0.0, 0
    late = got.observed.filter("late")
    for (params,), rows in late.group_by("params", maintain_order=True):
        law = got.fit.predict(np.full(len(rows), params), rows["tokens"])["loss"].to_numpy()
        loss = rows["loss"].to_numpy()
        slope, height = np.polyfit(law, loss, 1)
        squares += (((loss - slope * law - height) / loss) ** 2).sum()
        spare += len(rows) - 2
    assert got.noise == pytest.approx((squares / spare) ** 0.5, rel=1e-6)


def drawn(got, fit):
    return slope_ratios(got.runs, fit, np.random.default_rng(7))


def test_resamples_are_widened_and_drawn_noise_is_not():
    got = found("law")
    wide = drawn(got, got.fit)
    plain = drawn(got, replace(got.fit, fitted=replace(got.fit.fitted, held_share=0.0)))
    assert np.allclose(plain.draws, plain.plain)
    assert np.allclose(plain.plain, wide.plain)
    share = (got.fit.n - 5) / got.fit.n
    # By the law's part alone: that of the noise stays as it is.
    no_noise = np.var(wide.draws - wide.plain, axis=0)
    by_law = no_noise / (share**-0.5 - 1) ** 2
    assert (by_law < wide.plain.var(axis=0)).all()
    assert (wide.draws.var(axis=0) > wide.plain.var(axis=0)).all()


def test_sizes_that_differ_widen_the_overall_ratio():
    frame = world("law", noise=0.001)
    late = (pl.col("tokens") / pl.col("tokens").max().over("params") * 8.0).log().clip(0.0)
    turn = 0.015 * (pl.col("params").rank("dense") - 3.0)
    runs = Runs.from_frame(frame.with_columns(loss=pl.col("loss") - turn * late))
    got = saturation(runs, recipe=SQUARES, resampling=FEW)
    ratios = drawn(got, got.fit)
    assert ratios.apart > 0.1
    # Five sizes, of about one weight: tau2 / 5, times the variance of Student's t on 4, 2.
    spread = (ratios.draws.mean(axis=1)).var()
    assert ratios.overall_draws.var() > spread + 0.7 * ratios.apart**2 / 5


def test_a_size_that_is_off_the_law_in_level_alone_decides_nothing():
    """The hypotheses start at the size's own loss: what counts is how it goes on."""
    frame = world("law", noise=0.002)
    middle = pl.col("params").rank("dense") == 3
    lifted = pl.when(middle).then(1.03 * pl.col("loss")).otherwise(pl.col("loss"))
    got = saturation(
        Runs.from_frame(frame.with_columns(loss=lifted)), recipe=SQUARES, resampling=FEW
    )
    row = got.decisions.filter(pl.col("and") == "saturated").row(2, named=True)
    assert row["multiple"] > 1.1


def test_too_many_runs_are_refused():
    frame = world("law", ratios=np.geomspace(1.0, 1e4, 700))
    with pytest.raises(TooLargeError, match="--where"):
        saturation(Runs.from_frame(frame))


def test_seeds_settle_every_number():
    one, two = (saturation(runs_of("law"), recipe=SQUARES, resampling=FEW) for _ in range(2))
    assert one.to_dict() == two.to_dict()


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.01, 2.0, "faster"),
        (0.7, 1.4, "as the law says"),
        (0.6, 1.2, "cannot be told"),
        (0.8, 1.6, "cannot be told"),
        (0.01, 0.4, "slower"),
        (-0.1, 0.6, "slower"),
        (-0.1, 0.4, "saturated"),
        (-0.5, -0.1, "saturated"),
    ],
)
def test_verdicts_come_from_the_interval(low, high, verdict):
    assert verdict_of(low, high) == verdict


def _one_size():
    return runs_of("law", sizes=np.array([1e9]))


@pytest.mark.parametrize(
    ("runs", "settings", "error", "words"),
    [
        (_one_size, {}, NotIdentifiedError, "one level of parameters"),
        (lambda: runs_of("law", ratios=np.array([4.0, 20.0])), {}, TooFewError, "--same-size"),
        (runs_of, {"law": "compute"}, UsageError, "at a fixed size"),
        (runs_of, {"law": "data-constrained"}, UsageError, "at a fixed size"),
        (runs_of, {"level": 95}, UsageError, "level"),
        (runs_of, {"same_size": -1.0}, UsageError, "tolerance"),
        (runs_of, {"new_runs": 0}, UsageError, "new runs"),
    ],
)
def test_refusals(runs, settings, error, words):
    with pytest.raises(error, match=words):
        saturation(runs(), recipe=SQUARES, resampling=FEW, **settings)


def test_without_the_last_stretch_there_may_be_no_law():
    runs = runs_of("law", sizes=np.geomspace(1e8, 1e9, 3), ratios=np.array([20.0, 60.0, 150.0]))
    got = saturation(runs, recipe=SQUARES, resampling=FEW)
    assert got.early is None
    assert got.ratio_early is None
    assert got.to_dict()["slope_ratio_early"] is None
    assert any("none foretells it" in note for note in got.notes)


def test_gadres_smallest_models_fall_more_slowly(data):
    from theodolite.loading import RunOptions, load_runs

    path = str(data("overtraining/gadre_runs.csv"))
    runs = load_runs([path], RunOptions(loss="loss_c4_val"))
    got = saturation(runs.keep(runs.frame["dataset"] == "rpj", "rpj"), resampling=FEW)
    assert got.sizes["token_counts"].to_list() == [8, 8, 8, 6]
    first = got.sizes.row(0, named=True)
    assert first["verdict"] == "slower"
    assert 0.3 < first["ratio_low"] < first["ratio_high"] < 1.0
    best = got.comparison.filter(pl.col("hypothesis") != "law-earlier").sort("mae")
    assert best["hypothesis"][0] == "law"


def test_the_ladders_sizes_have_floors_of_their_own(data):
    from theodolite.loading import RunOptions, load_runs

    path = str(data("ladder/olmo_ladder_final.csv"))
    loss = "eval/c4_en-validation/CrossEntropyLoss"
    got = saturation(load_runs([path], RunOptions(loss=loss)), resampling=FEW)
    rows = {row["hypothesis"]: row for row in got.comparison.iter_rows(named=True)}
    assert rows["own-floor"]["mae"] < 0.002
    assert rows["own-floor"]["high"] < 0.0
    first, last = got.sizes.row(0, named=True), got.sizes.row(-1, named=True)
    assert first["ratio_high"] < 1.0 < last["ratio_low"]


def test_the_settings_reach_the_fit():
    got = found("law", level=0.8)
    assert got.fit.level == 0.8
    wide = found("law")
    assert got.ratio.high - got.ratio.low < wide.ratio.high - wide.ratio.low
    alone = fit(runs_of("law"), recipe=SQUARES, resampling=FEW)
    assert wide.fit.fitted.theta.tolist() == alone.fitted.theta.tolist()
