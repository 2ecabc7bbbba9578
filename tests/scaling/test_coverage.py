"""Recovery with interval coverage, for each law: 2,000 simulated histories."""

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import TRUE
from theodolite.scaling import Recipe, Resampling, fit
from theodolite.scaling.allocation import split_of
from theodolite.scaling.laws import Centre, Points, law_named
from theodolite.stats.draws import bias_corrected
from theodolite.stats.multistart import refit, resample_weights
from theodolite.stats.residual_loss import ResidualLoss
from theodolite.tables import Runs

VALUES = {
    "chinchilla": list(TRUE.values()),
    "over-training": [1.8, 480.0, 700.0, 0.36],
    "data-constrained": [1.8, 480.0, 2100.0, 0.35, 0.37, 5.0, 15.0],
    "compute": [1.7, 2000.0, 0.17],
    "no-floor": [9.0, 4000.0, 0.07, 0.4],
}
NOISE = 0.005
HUBER = ResidualLoss("huber", 1e-3)
SQUARES = ResidualLoss("least-squares", np.inf)


def design(law):
    """Make a 10 x 10 grid of runs; half of them saw their text 2 to 60 times."""
    n, d = np.meshgrid(np.geomspace(5e7, 1e10, 10), np.geomspace(1e9, 5e11, 10))
    unique = None
    if law.repeats:
        repeats = np.tile([1.0, 1.0, 2.0, 1.0, 4.0, 1.0, 10.0, 1.0, 25.0, 60.0], 10)
        unique = d.ravel() / repeats
    return Points.at(n.ravel(), d.ravel(), unique)


def numbers(law, theta, centre):
    """Return what is covered: a predicted loss far beyond the runs, and what the law is about."""
    unique = np.array([1.4e11]) if law.repeats else None
    far = Points.at(np.array([7e10]), np.array([1.4e12]), unique)
    out = [np.log(law.predict(theta, far, centre)[:, 0])]
    if law.allocates:
        split = split_of(law, theta, centre)
        budget = np.log(np.array([[5.76e23]]))
        out.append(split.optimal_params(budget)[:, 0])
    if law.name == "chinchilla":
        out.append(split.exponent)
    if law.repeats:
        out.append(theta[:, 6])
    return np.stack(out, axis=1)


def coverage(name, cost, histories, *, resamples=400, noise="normal", seed=0):
    """Return the share of histories in which each 95% interval covers the truth."""
    law = law_named(name)
    points = design(law)
    centre = Centre.of(points)
    true = law.inner(np.array([VALUES[name]]), centre)
    mean = law.predict(true, points, centre)[0]
    aim = numbers(law, true, centre)[0]
    rng = np.random.default_rng(seed)
    groups = np.arange(len(mean))
    hits = np.zeros(len(aim))
    for _ in range(histories):
        scatter = rng.normal(size=len(mean)) if noise == "normal" else rng.standard_t(3, len(mean))
        model = law.model(points, mean * np.exp(NOISE * scatter), centre, "log")
        bounds = law.bounds(model.loss)
        best = refit(model, true[0], np.ones((1, len(mean))), cost, bounds)
        weights = resample_weights(groups, resamples, rng)
        draws = refit(model, best.theta[0], weights, cost, bounds)
        kept = draws.theta[draws.converged]
        low, high = bias_corrected(
            numbers(law, best.theta, centre)[0], numbers(law, kept, centre), 0.95
        )
        hits += (low <= aim) & (aim <= high)
    return hits / histories


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chinchilla", "compute"])
def test_intervals_cover_in_a_short_simulation(name):
    share = coverage(name, HUBER, 60, resamples=200)
    assert (share >= 0.85).all()  # 0.95 less four Monte Carlo errors


@pytest.mark.slow
@pytest.mark.parametrize("name", list(VALUES))
@pytest.mark.parametrize("cost", [HUBER, SQUARES], ids=["huber", "squares"])
def test_intervals_cover(name, cost):
    histories = 2000 if name != "data-constrained" else 500
    share = coverage(name, cost, histories)
    error = np.sqrt(0.95 * 0.05 / histories)
    print(f"coverage of 95%, {name}, {cost.objective}, {histories} histories:", share.round(4))
    assert (share >= 0.93 - 2 * error).all()
    assert (share <= 0.97 + 2 * error).all()


@pytest.mark.slow
def test_intervals_cover_with_heavy_tails():
    share = coverage("chinchilla", HUBER, 2000, noise="t3")
    print("coverage of 95%, chinchilla, huber, t(3) noise:", share.round(4))
    assert (share >= 0.93 - 0.01).all()
    assert (share <= 0.97 + 0.01).all()


def few_runs():
    """Designs of 6 to 16 runs, most of whose resamples cannot hold five parameters."""
    sizes, seen = (
        x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 3), np.geomspace(2e9, 5e11, 3))
    )
    lone = np.append(np.repeat([1e8, 1e9], 6), 1e10)
    tokens = np.append(np.tile(np.geomspace(1e9, 5e11, 6), 2), 5e10)
    some = [0, 2, 4, 6, 8, 1, 5]
    return {
        "6 runs": (sizes[some[:6]], seen[some[:6]]),
        "7 runs": (sizes[some], seen[some]),
        "9 runs": (sizes, seen),
        "13 runs, one of the third size": (lone, tokens),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", list(few_runs()))
def test_intervals_of_few_runs_cover(name):
    n, d = few_runs()[name]
    mean = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]
    far = TRUE["E"] + TRUE["A"] / 7e10 ** TRUE["alpha"] + TRUE["B"] / 1.4e12 ** TRUE["beta"]
    exponent = TRUE["beta"] / (TRUE["alpha"] + TRUE["beta"])
    rng = np.random.default_rng(0)
    hits, histories = np.zeros(2), 400
    for seed in range(histories):
        loss = mean * np.exp(0.003 * rng.standard_normal(len(n)))
        runs = Runs.from_frame(pl.DataFrame({"params": n, "tokens": d, "loss": loss}))
        got = fit(runs, recipe=Recipe("least-squares"), resampling=Resampling(n=300, seed=seed))
        split, (low, high) = got.allocation_exponent, got.predict([7e10], [1.4e12]).row(0)[3:]
        hits += [split.low <= exponent <= split.high, low <= far <= high]
    share = hits / histories
    print(f"coverage of 95%, {name}, {histories} histories: exponent, far loss", share.round(3))
    assert (share >= 0.90 - 0.02).all()
