"""Size, power and coverage of breaks in simulated histories of families."""

import numpy as np
import pytest

from tests.scaling.trend_simulations import BREAK, World, history
from theodolite.scaling import Measure
from theodolite.scaling.trends.breaks import breaks_at
from theodolite.scaling.trends.optimum import past_optimum
from theodolite.scaling.trends.unknown import unknown_break


def figures(world: World, *, histories: int, n: int, seed: int = 0) -> dict[str, float]:
    """Share of histories in which the break is found, and in which each interval covers."""
    rng = np.random.default_rng(seed)
    truth = {
        "jump": world.jump,
        "slope_before": world.slope,
        "slope_after": world.slope + world.turn,
        "turn": world.turn,
    }
    found: dict[str, list[bool]] = {name: [] for name in ("found", "fixed", *truth)}
    for k in range(histories):
        data = history(world, rng)
        one = breaks_at(data, [BREAK], measure=Measure(), level=0.95, n=n, seed=k)[0]
        found["found"].append(one.plain.p_value <= 0.05)
        found["fixed"].append(one.at_fixed_params.p_value <= 0.05)
        for name, value in truth.items():
            interval = getattr(one.plain, name)
            found[name].append(interval.low <= np.exp(value) <= interval.high)
    return {name: float(np.mean(values)) for name, values in found.items()}


@pytest.mark.slow
def test_size_and_coverage_quickly() -> None:
    """Four Monte Carlo errors of 40 histories either way of 5% and 95%."""
    got = figures(World(before=8, after=12), histories=40, n=199)
    error = np.sqrt(0.05 * 0.95 / 40)
    assert got["found"] <= 0.05 + 4 * error
    assert all(got[name] >= 0.95 - 4 * error for name in ("jump", "slope_before", "turn"))


WORLDS = {
    "5 and 5 families": World(5, 5),
    "5 and 20": World(5, 20),
    "11 and 28, as the shipped facts": World(),
    "11 and 28, twice the scatter after": World(uneven=True),
    "5 and 20, twice the scatter after": World(5, 20, uneven=True),
    "one model each": World(most=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_size(name: str) -> None:
    got = figures(WORLDS[name], histories=500, n=399)
    print(name, got)
    assert got["found"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert got["fixed"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    for interval in ("jump", "slope_before", "slope_after", "turn"):
        assert got[interval] >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 500)


@pytest.mark.slow
@pytest.mark.parametrize("jump", [3.0, 10.0])
def test_power(jump: float) -> None:
    got = figures(World(jump=np.log(jump)), histories=500, n=399)
    print(jump, got)
    assert got["found"] > (0.95 if jump > 5 else 0.3)
    assert got["jump"] >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("jump", [0.0, np.log(3.0)])
def test_the_set_of_dates(jump: float) -> None:
    rng = np.random.default_rng(1)
    sure, inside, count = [], [], []
    for k in range(500):
        data = history(World(jump=jump), rng)
        one = unknown_break(data, "plain", Measure(), level=0.95, n=399, seed=k)
        first = min(day for day in data.frame["released"] if day >= BREAK)
        sure.append(one.p_value <= 0.05)
        inside.append(first in one.dates)
        count.append(len(one.dates) / one.searched)
    print(f"jump {np.exp(jump):.0f}", np.mean(sure), np.mean(inside), np.mean(count))
    error = np.sqrt(0.05 * 0.95 / 500)
    if jump:
        assert np.mean(inside) >= 0.95 - 3 * error
    else:
        assert np.mean(sure) <= 0.05 + 3 * error


@pytest.mark.slow
def test_the_crossing() -> None:
    """Log of tokens per parameter passes log 20 where 2 + 0.3 t does, t from the break."""
    rng = np.random.default_rng(2)
    world = World(before=12, after=12, slope=1.2, scatter=0.5)
    truth = 2.0 + (np.log(20.0) - 2.0) / 1.2
    inside = []
    for _ in range(500):
        data = history(world, rng)
        one = past_optimum(data, [BREAK], law="ratio-20", level=0.95).shown.crossing
        ends = [-np.inf if one.low is None else data.years(one.low)]
        ends.append(np.inf if one.high is None else data.years(one.high))
        inside.append(ends[0] - 1 / 365 <= truth <= ends[1] + 1 / 365)
    print("crossing", np.mean(inside))
    assert np.mean(inside) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 500)
