"""Parabolas of groups: against polyfit replicate by replicate, symmetries, draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from theodolite.stats import fit_parabolas

GROUPS = 3


def points(seed=0, n=30):
    rng = np.random.default_rng(seed)
    group = np.arange(n) % GROUPS
    x = 20.0 + group + rng.uniform(-1.5, 1.5, n)
    y = 2.0 + 0.3 * group + 0.05 * (x - 20.2 - group) ** 2 + 0.002 * rng.standard_normal(n)
    return x, y, group


def by_polyfit(x, y, w):
    """Minimum and value of one group's parabola, in the plain abscissa."""
    a, b, c = np.polyfit(x - 20.0, y, 2, w=np.sqrt(w))
    return 20.0 - b / (2 * a), c - b**2 / (4 * a)


def test_every_replicate_of_weights_is_polyfits():
    x, y, group = points(n=60)
    rng = np.random.default_rng(1)
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=40).astype(float)
    got = fit_parabolas(x, y, group, weights=weights)
    for r in range(40):
        for g in range(GROUPS):
            own = (group == g) & (weights[r] > 0)
            want = by_polyfit(x[own], y[own], weights[r, own])
            assert (got.minimum[r, g], got.value[r, g]) == pytest.approx(want, rel=1e-8)


def test_every_replicate_of_responses_is_polyfits():
    x, y, group = points()
    many = y + 0.001 * np.random.default_rng(2).standard_normal((20, 30))
    got = fit_parabolas(x, many, group)
    for r in range(20):
        for g in range(GROUPS):
            own = group == g
            want = by_polyfit(x[own], many[r, own], np.ones(own.sum()))
            assert (got.minimum[r, g], got.value[r, g]) == pytest.approx(want, rel=1e-8)


def test_a_point_twice_is_weight_two():
    x, y, group = points()
    weights = np.ones(30)
    weights[4] = 2.0
    twice = fit_parabolas(np.append(x, x[4]), np.append(y, y[4]), np.append(group, group[4]))
    got = fit_parabolas(x, y, group, weights=weights)
    assert got.minimum == pytest.approx(twice.minimum, rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(shift=st.floats(-50, 50), order=st.permutations(range(30)))
def test_order_does_not_matter_and_a_shift_moves_the_minimum(shift, order):
    x, y, group = points()
    at, order = fit_parabolas(x, y, group), list(order)
    moved = fit_parabolas(x[order] + shift, 3.0 * y[order], group[order])
    assert moved.minimum == pytest.approx(at.minimum + shift, abs=1e-8)
    assert moved.value == pytest.approx(3.0 * at.value, rel=1e-9)


def test_no_minimum_is_nan():
    x = np.tile([0.0, 1.0, 2.0, 3.0], 3)
    x[8:] = [0.0, 0.0, 1.0, 1.0]
    y = np.concatenate([-((x[:4] - 1) ** 2), x[4:8], [1.0, 2.0, 3.0, 4.0]])
    got = fit_parabolas(x, y, np.repeat([0, 1, 2], 4))
    assert np.isnan(got.minimum[[0, 2]]).all()  # bent downwards; two abscissas
    assert np.isnan(got.value[[0, 2]]).all()
    assert np.isnan(got.coefficients[2]).all()


def test_leverage_and_gradient_by_hand():
    x, y, group = points()
    fit = fit_parabolas(x, y, group)
    own = group == 1
    design = np.vander(x[own] - 21.0, 3)
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    assert fit.leverage(x, group)[own] == pytest.approx(np.diag(hat), rel=1e-8)
    # The minimum moves with a response as the gradient says.
    step = np.zeros(30)
    step[10] = 1e-6
    moved = (fit_parabolas(x, y + step, group).minimum - fit.minimum)[1] / 1e-6
    z = (x[10] - fit.centre[1]) / fit.scale[1]
    want = fit.vertex_gradient[1] @ fit.inverse[1] @ np.array([1.0, z, z * z])
    assert moved == pytest.approx(want, rel=1e-4)


def test_draws_have_students_percentiles():
    x, y, group = points()
    fit = fit_parabolas(x, y, group)
    variance, df = np.full(GROUPS, 4e-6), np.array([3.0, 7.0, 30.0])
    draws = fit.draw(np.random.default_rng(0), variance, df, 200_000)
    error = np.sqrt(variance[:, None] * np.diagonal(fit.inverse, axis1=1, axis2=2))
    margin = student.ppf(0.95, df)[:, None] * error
    high = np.quantile(draws.coefficients, 0.95, axis=0)
    assert (high - fit.coefficients) / margin == pytest.approx(np.ones((GROUPS, 3)), rel=0.02)


def test_some_groups_are_kept():
    x, y, group = points()
    fit = fit_parabolas(x, y, group)
    assert fit.of(np.array([2, 0])).minimum.tolist() == fit.minimum[[2, 0]].tolist()


def test_refusals():
    with pytest.raises(ValueError, match="agree in number"):
        fit_parabolas([1.0, 2.0], [1.0], [0, 0])
    with pytest.raises(ValueError, match="every group"):
        fit_parabolas([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0, 0, 2])
