"""Leaving runs out: against a loop of full fits, and the outliers of Hoffmann's points."""

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.errors import UsageError
from theodolite.scaling import Aim, Recipe, Resampling, fit, influence, outliers
from theodolite.scaling.influence import distance
from theodolite.tables import Runs

FEW = Resampling(n=100)
AIM = Aim(1e23)


def ratio_by_hand(values, flops):
    _, a, b, alpha, beta = values
    params = (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (flops / 6) ** (
        beta / (alpha + beta)
    )
    return flops / 6 / params**2


@pytest.mark.parametrize("objective", ["huber", "least-squares"])
def test_each_run_left_out_is_a_full_fit_without_it(objective):
    frame, recipe = simulated(n=5), Recipe(objective)
    whole = fit(Runs.from_frame(frame), recipe=recipe, resampling=FEW)
    got = influence(whole, aim=AIM).frame.sort("run")
    old = whole.parameters["estimate"].to_numpy()
    for at in range(0, len(frame), 4):
        kept = frame.with_row_index().filter(pl.col("index") != at).drop("index")
        alone = fit(Runs.from_frame(kept), recipe=recipe, resampling=FEW)
        new = alone.parameters["estimate"].to_numpy()
        row = got.row(at, named=True)
        assert row["params"] == pytest.approx(frame["params"][at])
        assert row["loss"] == frame["loss"][at]
        assert row["change_E"] == pytest.approx(new[0] - old[0], abs=2e-6)
        assert row["change_alpha"] == pytest.approx(new[3] - old[3], abs=2e-6)
        assert row["change_beta"] == pytest.approx(new[4] - old[4], abs=2e-6)
        share = new[4] / (new[3] + new[4]) - old[4] / (old[3] + old[4])
        assert row["change_allocation_exponent"] == pytest.approx(share, abs=2e-6)
        ratio = ratio_by_hand(new, AIM.flops) - ratio_by_hand(old, AIM.flops)
        assert row["change_tokens_per_param"] == pytest.approx(ratio, rel=1e-3, abs=1e-4)
        far = [float(one.predict(AIM.params, AIM.tokens)["loss"][0]) for one in (whole, alone)]
        assert row["change_loss_far"] == pytest.approx(far[1] - far[0], abs=2e-6)


def test_influence_is_in_standard_errors_and_sorted(runs):
    got = fit(runs, resampling=Resampling(n=400))
    frame = influence(got).frame
    values = frame["influence"].to_numpy()
    assert (np.diff(values) <= 0).all()
    draws, theta = got.fitted.draws, got.fitted.theta
    inverse = np.linalg.inv(np.cov(draws.T))
    want = [np.sqrt((row - theta) @ inverse @ (row - theta)) for row in draws[:50]]
    assert distance(got, draws[:50] - theta) == pytest.approx(want, rel=1e-6)
    # A resample is about as far as chi with 5 degrees of freedom; one run moves far less.
    assert 1.5 < np.median(want) < 3.0
    assert values[0] < np.median(want)


def test_a_planted_run_is_found_and_named():
    frame = simulated(n=5).with_row_index("row")
    off = pl.when(pl.col("row") == 13).then(pl.col("loss") * 1.1).otherwise(pl.col("loss"))
    table = Runs.from_frame(frame.with_columns(loss=off).drop("row"))
    got = fit(table, recipe=Recipe("least-squares"), resampling=FEW)
    labels = [f"run-{i}" for i in range(25)]
    top = influence(got, labels=labels).frame.sort("residual_sd").row(-1, named=True)
    assert top["label"] == "run-13"
    assert top["residual_sd"] > 4
    with pytest.raises(UsageError, match="3 labels for 25 runs"):
        influence(got, labels=labels[:3])


def test_without_runs_is_a_fit_of_the_others():
    frame = simulated(n=5)
    whole = fit(Runs.from_frame(frame), resampling=FEW)
    highest, _ = outliers(whole, k=3, aim=AIM)
    order = np.argsort(-frame["loss"].to_numpy())[:3]
    assert highest.runs == tuple(sorted(int(i) + 1 for i in order))
    kept = frame.sort("loss", descending=True).slice(3)
    want = fit(Runs.from_frame(kept), resampling=FEW).parameters["estimate"].to_numpy()
    rows = {row["quantity"]: row for row in highest.changes.iter_rows(named=True)}
    for name, value in zip(("E", "alpha", "beta"), want[[0, 3, 4]], strict=True):
        assert rows[name]["without"] == pytest.approx(value, rel=1e-5)
        assert rows[name]["low"] is None
    for name in ("allocation_exponent", "tokens_per_param", "loss"):
        row = rows[name]
        assert row["low"] <= row["change"] <= row["high"]
        assert row["change"] == pytest.approx(row["without"] - row["with_all"])


def test_five_outliers_of_the_shared_points(data):
    path = data("chinchilla/hoffmann_points.csv")
    frame = pl.read_csv(path).rename({"N": "params", "D": "tokens"})
    whole = fit(Runs.from_frame(frame), resampling=Resampling(n=200))
    highest, most = outliers(whole, aim=Aim(5.76e23))
    out = frame.with_row_index("row", offset=1).filter(~pl.col("in_besiroglu_240"))
    assert highest.runs == tuple(out["row"])
    rows = {row["quantity"]: row for row in highest.changes.iter_rows(named=True)}
    assert rows["E"]["with_all"] == pytest.approx(1.931052, rel=1e-5)
    assert rows["E"]["without"] == pytest.approx(1.8473915, rel=1e-6)
    assert rows["beta"]["with_all"] == pytest.approx(0.517026, rel=1e-5)
    assert rows["beta"]["without"] == pytest.approx(0.4129907, rel=1e-6)
    assert rows["allocation_exponent"]["high"] < 0
    # One at a time they hide each other.
    assert set(most.runs) != set(highest.runs)


@pytest.mark.parametrize("k", [0, 64, -1])
def test_how_many_may_be_left_out(runs, k):
    with pytest.raises(UsageError, match="of 64 runs, 1 to 63 may be left out"):
        outliers(fit(runs, resampling=FEW), k=k)


def test_a_law_of_compute_alone_has_influence_too():
    base = simulated(n=6)
    flops = 6 * base["params"].to_numpy() * base["tokens"].to_numpy()
    noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(len(flops)))
    frame = base.with_columns(pl.Series("loss", (1.7 + 2000 / flops**0.17) * noise))
    got = influence(fit(Runs.from_frame(frame), law="compute", resampling=FEW))
    assert "change_gamma" in got.frame.columns
    assert "change_allocation_exponent" not in got.frame.columns
    assert got.not_converged == 0
    assert got.to_dict(3)["runs"][0]["influence"] == got.frame["influence"][0]


def test_aims_that_cannot_be():
    for flops, ratio in ((0.0, 20.0), (float("inf"), 20.0), (1e23, -1.0)):
        with pytest.raises(UsageError, match="above 0"):
            Aim(flops, ratio)
    assert 6 * Aim(1e24, 7.0).params * Aim(1e24, 7.0).tokens == pytest.approx(1e24)


def test_a_run_that_holds_the_law_up_alone_comes_first():
    """Of three sizes the third has one run: without it there is no law."""
    n = np.append(np.repeat([1e8, 1e9], 6), 1e10)
    d = np.append(np.tile(np.geomspace(1e9, 5e11, 6), 2), 5e10)
    loss = 1.8 + 480 / n**0.35 + 2100 / d**0.37
    noise = np.exp(np.random.default_rng(0).normal(0, 0.003, 13))
    runs = Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": loss * noise}))
    found = influence(fit(runs, resampling=Resampling(n=200)))
    top = found.frame.row(0, named=True)
    assert (top["run"], top["influence"]) == (13, np.inf)
    assert top["change_allocation_exponent"] is None
    assert found.frame["influence"].is_infinite().sum() == 1
