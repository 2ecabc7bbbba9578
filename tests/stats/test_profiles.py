"""What turns a rise of the objective into chi-square, and the walk along a profile."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from theodolite.stats.newton import Minimum
from theodolite.stats.profiles import quasi_factor, trace
from theodolite.stats.residual_loss import ResidualLoss

SQUARES = ResidualLoss("least-squares", np.inf)


def test_the_factor_of_squares_is_one_over_the_variance():
    residual = np.random.default_rng(0).normal(0, 0.3, 50)
    assert quasi_factor(residual, SQUARES, 5) == pytest.approx(2 * 45 / (residual @ residual))


def test_a_wide_huber_is_least_squares():
    residual = np.random.default_rng(1).normal(0, 0.3, 400)
    wide = quasi_factor(residual, ResidualLoss("huber", 100.0), 5)
    assert wide == pytest.approx(quasi_factor(residual, SQUARES, 5), rel=1e-9)


@pytest.mark.parametrize("delta", [1e-3, 0.1, 0.5, 2.0])
def test_the_factor_of_huber_is_that_of_its_expectations(delta):
    from scipy.stats import norm

    residual = np.random.default_rng(2).normal(0, 1.0, 40_000)
    pull = 2 * norm.cdf(delta) - 1
    push = (
        (1 - 2 * norm.cdf(-delta)) - 2 * delta * norm.pdf(delta) + 2 * delta**2 * norm.cdf(-delta)
    )
    got = quasi_factor(residual, ResidualLoss("huber", delta), 5)
    assert got == pytest.approx(2 * pull / push, rel=0.04)


def test_the_factor_of_absolute_values_is_four_times_the_density_at_zero():
    residual = np.random.default_rng(3).normal(0, 2.0, 40_000)
    got = quasi_factor(residual, ResidualLoss("least-absolute", np.inf), 5)
    assert got == pytest.approx(4 * 0.3989 / 2.0, rel=0.04)


@example(scale=1.0, left=1.0, right=2.0, step=2.0)  # a step that ends on the end
@given(
    scale=st.floats(0.01, 100.0),
    left=st.floats(0.1, 3.0),
    right=st.floats(0.1, 3.0),
    step=st.floats(0.05, 5.0),
)
def test_the_ends_of_a_known_curve(scale, left, right, step):
    def held(values, start):
        slope = np.where(values < 1.0, left, right)
        return Minimum(start, 7.0 + scale * (slope * (values - 1.0)) ** 2, np.array([True]))

    got = trace(
        held, np.zeros(2), estimate=1.0, step=step, rise=scale, least=7.0, bounds=(-1e6, 1e6)
    )
    assert got.ends == pytest.approx((1.0 - 1.0 / left, 1.0 + 1.0 / right), rel=1e-4)
    assert (np.diff(got.values) > 0).all()
    assert got.converged
    assert got.lowest == 0.0


def test_a_side_that_never_rises_enough_has_no_end():
    def held(values, start):
        rise = np.where(values > 0, values**2, 0.5 * np.tanh(-values))
        return Minimum(start, rise, np.array([True]))

    got = trace(
        held, np.zeros(1), estimate=0.0, step=1.0, rise=1.0, least=0.0, bounds=(-50.0, 50.0)
    )
    assert got.ends[0] == -np.inf
    assert got.ends[1] == pytest.approx(1.0, rel=1e-6)
    assert got.values[0] == -50.0


def test_where_the_solver_sticks_it_begins_again_elsewhere():
    calls = []

    def held(values, start):
        calls.append(float(start[0, 0]))
        stuck = start[0, 0] > 0.5
        return Minimum(np.ones((1, 1)), values**2 + 3.0 * stuck, np.array([not stuck]))

    got = trace(held, np.zeros(1), estimate=0.0, step=1.0, rise=1.0, least=0.0, bounds=(-9.0, 9.0))
    assert got.converged
    assert got.ends == pytest.approx((-1.0, 1.0), rel=1e-6)
    assert max(calls) == 1.0


def test_a_kink_where_every_way_ends_is_a_minimum():
    def held(values, start):
        return Minimum(start, 1.0 + values**2, np.array([False]))

    got = trace(held, np.zeros(1), estimate=0.0, step=1.0, rise=1.0, least=1.0, bounds=(-9.0, 9.0))
    assert got.converged
    assert got.ends == pytest.approx((-1.0, 1.0), rel=1e-6)


def test_what_ends_elsewhere_each_time_is_no_minimum():
    ways = iter(range(10_000))

    def held(values, start):
        return Minimum(start, 1.0 + values**2 + 1e-3 / (1 + next(ways)), np.array([False]))

    got = trace(held, np.zeros(1), estimate=0.0, step=1.0, rise=1.0, least=1.0, bounds=(-9.0, 9.0))
    assert not got.converged


def test_a_lower_point_than_the_minimum_is_told():
    def held(values, start):
        return Minimum(start, (values - 0.5) ** 2, np.array([True]))

    got = trace(held, np.zeros(1), estimate=0.0, step=1.0, rise=1.0, least=0.25, bounds=(-9.0, 9.0))
    assert got.lowest < -0.2
