"""A line over group estimates: by matrices, by linregress, by the equation of tau2."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import linregress
from scipy.stats import t as student

from theodolite.stats import fit_group_line

X = np.array([41.0, 43.5, 44.0, 46.2, 48.9, 50.0])


def estimates(between, seed=0):
    rng = np.random.default_rng(seed)
    variance = rng.uniform(1e-4, 4e-3, len(X))
    noise = rng.standard_normal(len(X)) * np.sqrt(variance + between)
    return 1.0 + 0.5 * X + noise, variance


def by_matrices(x, y, w):
    design = np.column_stack([np.ones_like(x), x])
    information = design.T @ np.diag(w) @ design
    coefficients = np.linalg.solve(information, design.T @ (w * y))
    q = w @ (y - design @ coefficients) ** 2
    return coefficients, q, np.linalg.inv(information)


@pytest.mark.parametrize("between", [0.0, 0.02])
def test_by_matrices(between):
    y, variance = estimates(between)

    def excess(tau2):
        return by_matrices(X, y, 1 / (variance + tau2))[1] - (len(X) - 2)

    tau2 = brentq(excess, 0, 10, xtol=1e-15) if excess(0.0) > 0 else 0.0
    coefficients, q, inverse = by_matrices(X, y, 1 / (variance + tau2))
    covariance = inverse * q / (len(X) - 2)
    got = fit_group_line(X, y, variance)
    assert got.between == pytest.approx(tau2, abs=1e-10)
    assert got.slope == pytest.approx(coefficients[1])
    assert got.slope_variance == pytest.approx(covariance[1, 1])
    line, low, high = got.at(60.0, 0.9)
    row = np.array([1.0, 60.0])
    margin = student.ppf(0.95, len(X) - 2) * np.sqrt(row @ covariance @ row)
    assert (line, high - line) == pytest.approx((row @ coefficients, margin), rel=1e-6)
    assert line - low == pytest.approx(high - line)


@pytest.mark.parametrize("variance", [0.0, 1e-3, 1e3])
def test_equal_variances_are_ordinary_least_squares(variance):
    y, _ = estimates(0.01)
    got, want = fit_group_line(X, y, np.full(len(X), variance)), linregress(X, y)
    assert got.slope == pytest.approx(want.slope)
    assert got.slope_variance == pytest.approx(want.stderr**2)
    margin = student.ppf(0.975, len(X) - 2) * want.stderr
    ends = (want.slope - margin, want.slope + margin)
    assert got.slope_interval(0.95) == pytest.approx(ends)


def test_a_group_of_huge_variance_does_not_count():
    y, variance = estimates(0.0)
    y[2], variance[2] = 1e3, 1e12
    rest = np.arange(len(X)) != 2
    assert fit_group_line(X, y, variance).slope == pytest.approx(
        fit_group_line(X[rest], y[rest], variance[rest]).slope, rel=1e-6
    )


def test_refusals():
    with pytest.raises(ValueError, match="three groups"):
        fit_group_line(X[:2], X[:2], X[:2])
    with pytest.raises(ValueError, match="two abscissas"):
        fit_group_line([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
