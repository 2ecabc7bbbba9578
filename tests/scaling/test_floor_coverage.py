"""Coverage of E and of differences from it, false verdicts and power, by simulation."""

import numpy as np
import pytest

from tests.scaling.floor_simulations import WORLDS, tally

LEVEL = 0.95


def gaps_at(world, *wanted):
    return [world.gaps.index(gap) for gap in wanted]


@pytest.mark.slow
def test_coverage_and_verdicts_in_a_short_simulation():
    world, histories = WORLDS["25 runs"], 40
    got = tally(world, histories, objective="least-squares", resamples=200)
    error = np.sqrt(LEVEL * (1 - LEVEL) / histories)
    assert got.floor >= LEVEL - 4 * error
    assert (got.differences >= LEVEL - 4 * error).all()
    assert got.wrong <= (1 - LEVEL) + 3 * error
    far, at, over = gaps_at(world, -0.15, 0.0, 0.15)
    assert got.below[far] >= 0.9
    assert got.above[over] >= 0.9
    assert got.above[at] <= (1 - LEVEL) + 3 * error


@pytest.mark.slow
@pytest.mark.parametrize("name", list(WORLDS))
@pytest.mark.parametrize("objective", ["least-squares", "huber"])
def test_one_law_covers(name, objective):
    world, histories = WORLDS[name], 500
    got = tally(world, histories, objective=objective)
    print(f"{name}, {objective}, {histories} histories:", got)
    error = np.sqrt(LEVEL * (1 - LEVEL) / histories)
    assert got.floor >= 0.93 - 2 * error
    assert (got.differences >= 0.93 - 2 * error).all()
    assert got.wrong <= (1 - LEVEL) + 2 * error


@pytest.mark.slow
@pytest.mark.parametrize("name", ["25 runs", "64 runs, no floor"])
def test_all_forms_are_wrong_no_more_often(name):
    """Their union is wider than one form: a verdict is wrong at most as often."""
    world, histories = WORLDS[name], 500
    got = tally(world, histories, alone=False, objective="least-squares", resamples=200)
    print(f"{name}, all forms, {histories} histories:", got)
    error = np.sqrt(LEVEL * (1 - LEVEL) / histories)
    assert got.floor >= LEVEL - 2 * error
    assert (got.differences >= LEVEL - 2 * error).all()
    assert got.wrong <= (1 - LEVEL) + 2 * error
