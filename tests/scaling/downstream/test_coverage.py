"""How often intervals cover, over simulated histories of a known law and link."""

import numpy as np
import pytest

from tests.scaling.downstream.histories import coverage
from tests.scaling.downstream.worlds import World

FAR = (10.0, 100.0)


@pytest.mark.slow
def test_intervals_cover_in_a_few_histories():
    # Of 8 histories at most 2 may miss: at a coverage of 95% that happens in 99.4% of samples.
    covered, errors, _ = coverage(World(), 20, 8, far=(10.0,), resamples=100, paths=("sigmoid",))
    assert covered[0, 0] >= 0.75
    assert np.abs(errors).mean() < 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "world"),
    [
        (15, World()),
        (25, World()),
        (60, World()),
        (25, World(ceiling=0.8)),
        (25, World(chance=0.5, slope=5.0)),
    ],
)
def test_intervals_cover_at_ten_and_a_hundred_times_the_compute(n, world):
    covered, errors, half = coverage(world, n, 500, far=FAR)
    print(
        f"n={n} ceiling={world.ceiling} chance={world.chance}: new run "
        f"{covered[:, 0].round(3)}, curve {covered[:, 1].round(3)}, bias in points "
        f"{(100 * errors.mean(axis=0)).round(2)}, half width {(100 * half).round(1)}"
    )
    # Monte Carlo error of 500 histories: 1 point. Intervals hold two structures, and lie wide.
    assert (covered[:, 0] >= 0.93).all()
