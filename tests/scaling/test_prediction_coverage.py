"""Whether stated intervals cover: of new runs, in range and beyond it, and of the gain."""

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import TRUE
from theodolite.scaling import Recipe, Resampling, fit, gain
from theodolite.scaling.laws import Points
from theodolite.tables import Runs

NOISE = 0.004
GRIDS = {
    side: [
        x.ravel() for x in np.meshgrid(np.geomspace(5e7, 1e10, side), np.geomspace(1e9, 5e11, side))
    ]
    for side in (4, 6)
}
PLACES = 4


def loss_of(n, d):
    return TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]


def runs_of(n, d, generator):
    loss = loss_of(n, d) * np.exp(NOISE * generator.standard_normal(len(n)))
    return Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": loss}))


def spread_over_the_range(generator, count):
    n = np.exp(generator.uniform(np.log(5e7), np.log(1e10), count))
    return n, np.exp(generator.uniform(np.log(1e9), np.log(5e11), count))


def covered_share(side, objective, histories):
    """Of new runs in the range, and at ten times the compute of the largest run."""
    inside = {"in range": [], "10x beyond": []}
    for history in range(histories):
        generator = np.random.default_rng([history, 20])
        found = fit(
            runs_of(*GRIDS[side], generator),
            recipe=Recipe(objective=objective),
            resampling=Resampling(n=400, seed=history),
        )
        beyond = np.full(PLACES, 1e10 * 10**0.5), np.full(PLACES, 5e11 * 10**0.5)
        for place, at in (
            ("in range", spread_over_the_range(generator, PLACES)),
            ("10x beyond", beyond),
        ):
            new = loss_of(*at) * np.exp(NOISE * generator.standard_normal(PLACES))
            got = found.predict_at(Points.at(*at), interval="prediction")
            ends = got["low"].to_numpy(), got["high"].to_numpy()
            inside[place].append(np.mean((new >= ends[0]) & (new <= ends[1])))
    return inside


@pytest.mark.slow
@pytest.mark.parametrize("side", [4, 6])
@pytest.mark.parametrize("objective", ["huber", "least-squares"])
def test_prediction_intervals_cover_new_runs(side, objective):
    histories = 1000
    for place, shares in covered_share(side, objective, histories).items():
        share, error = np.mean(shares), np.std(shares) / histories**0.5
        what = f"{side**2} runs, {objective}, {place}"
        print(f"{what}: {share:.4f} +- {error:.4f} of 95% ({histories} histories)")
        assert 0.93 <= share <= 0.97


def test_residuals_are_widened_to_what_left_out_runs_show():
    """Against a plain loop that leaves each run out: the root mean squares agree."""
    side, recipe, few = 4, Recipe(objective="least-squares"), Resampling(n=100)
    ratios = []
    for history in range(2):
        runs = runs_of(*GRIDS[side], np.random.default_rng([history, 22]))
        found = fit(runs, recipe=recipe, resampling=few)
        left = []
        for at in range(len(runs)):
            others = runs.keep(pl.int_range(len(runs), eager=True) != at, "left out")
            model = fit(others, recipe=recipe, resampling=few)
            row = runs.frame.row(at, named=True)
            predicted = model.predict(row["params"], row["tokens"])["loss"][0]
            left.append(np.log(row["loss"] / predicted))
        ratios.append(np.sqrt(np.mean(np.square(left)) / np.mean(np.square(found.scatter))))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.25)


def test_fewer_residuals_count_as_squares_and_less_is_widened():
    runs = runs_of(*GRIDS[6], np.random.default_rng(0))
    found = [
        fit(runs, recipe=recipe, resampling=Resampling(n=100))
        for recipe in (
            Recipe(objective="least-squares"),
            Recipe(objective="huber", delta=1.0),
            Recipe(objective="huber", delta=NOISE),
            Recipe(objective="least-absolute"),
        )
    ]
    factors = [float((one.scatter / one.residuals).mean()) for one in found]
    assert factors[0] == pytest.approx(36 / 31)
    assert factors[1] == pytest.approx(36 / 31)
    assert factors[3] == pytest.approx((36 / 31) ** 0.5)
    assert factors[3] < factors[2] < factors[1]


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 12])
def test_gain_intervals_cover_the_true_factor(count):
    histories, factor, hits = 1000, 2.0, 0
    for history in range(histories):
        generator = np.random.default_rng([history, 21])
        n, d = spread_over_the_range(generator, count)
        # Their law is that of the reference at so many times the compute.
        loss = loss_of(n * factor**0.5, d * factor**0.5)
        noisy = loss * np.exp(NOISE * generator.standard_normal(count))
        other = Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": noisy}))
        got = gain(
            runs_of(*GRIDS[6], generator),
            other,
            recipe=Recipe(objective="least-squares"),
            resampling=Resampling(n=400, seed=history),
        )
        hits += got.gain.low <= factor <= got.gain.high
    share = hits / histories
    error = (share * (1 - share) / histories) ** 0.5
    print(f"gain, {count} runs: {share:.4f} +- {error:.4f} of 95% ({histories} histories)")
    assert 0.93 <= share <= 0.97
