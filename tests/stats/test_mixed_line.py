"""Lines in groups, against dense generalised least squares and a restricted likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from theodolite.stats.mixed_line import (
    COARSE,
    Grouped,
    fit_mixed_line,
    leave_out_covariance,
    weighted_lines,
)


def made(seed: int, groups: int = 9, between: float = 0.6, within: float = 0.4) -> Grouped:
    rng = np.random.default_rng(seed)
    group = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, 2 * groups)]))
    n = len(group)
    x = np.stack([np.ones(n), rng.normal(0, 2, n)], axis=1)
    variance = rng.uniform(0.01, 0.3, n)
    effect = between * rng.normal(size=groups)[group] + within * rng.normal(size=n)
    z = x @ np.array([-1.0, 0.6]) + effect + np.sqrt(variance) * rng.normal(size=n)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return Grouped(x, z, variance, rng.uniform(0.5, 1.0, n), starts)


def covariance(data: Grouped, between: float, within: float) -> np.ndarray:
    same = data.group[:, None] == data.group[None, :]
    return np.diag((data.variance + within) / data.weight) + between * same


def restricted(data: Grouped, between: float, within: float) -> float:
    inverse = np.linalg.inv(covariance(data, between, within))
    xx = data.x.T @ inverse @ data.x
    rest = data.z - data.x @ np.linalg.solve(xx, data.x.T @ inverse @ data.z)
    logs = np.linalg.slogdet(xx)[1] - np.linalg.slogdet(inverse)[1]
    return -0.5 * float(logs + rest @ inverse @ rest)


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_and_the_line(seed: int) -> None:
    data = made(seed)
    found = fit_mixed_line(data)
    best = min(
        (
            minimize(lambda t: -restricted(data, *np.exp(t)), start, method="Nelder-Mead")
            for start in ([-1.0, -2.0], [-3.0, -1.0], [-8.0, -1.0], [-1.0, -8.0])
        ),
        key=lambda result: result.fun,
    )
    assert restricted(data, found.between, found.within) == pytest.approx(-best.fun, abs=2e-3)
    inverse = np.linalg.inv(covariance(data, found.between, found.within))
    information = data.x.T @ inverse @ data.x
    beta = np.linalg.solve(information, data.x.T @ inverse @ data.z)
    assert found.beta == pytest.approx(beta)
    assert found.information.sum(axis=0) == pytest.approx(information)
    kept = data.group != 3
    part = np.linalg.inv(covariance(data, found.between, found.within)[np.ix_(kept, kept)])
    x, z = data.x[kept], data.z[kept]
    assert found.without[3] == pytest.approx(np.linalg.solve(x.T @ part @ x, x.T @ part @ z))


def test_the_variance_is_the_larger_of_two() -> None:
    found = fit_mixed_line(made(1))
    rows = np.array([[1.0, 0.0], [1.0, 5.0], [0.0, 1.0]])
    gap = found.without - found.without.mean(axis=0)
    jackknife = 8 / 9 * sum(np.outer(row, row) for row in gap)
    model = np.linalg.inv(found.information.sum(axis=0))
    want = [max(row @ c @ row for c in (jackknife, model)) for row in rows]
    assert found.variance(rows) == pytest.approx(want)
    assert leave_out_covariance(found.without) == pytest.approx(jackknife)
    assert (found.variance_without(2, rows) > 0).all()
    assert found.df == 7


def test_weights_count_groups() -> None:
    data = made(2)
    weights = np.ones((2, 9))
    weights[1, 4] = 0.0
    beta, between, within = weighted_lines(data, weights)
    kept = data.group != 4
    grid = [(restricted(data, b**2, w**2), b**2, w**2) for b in COARSE for w in COARSE]
    assert (between[0], within[0]) == pytest.approx(max(grid)[1:])
    inverse = np.linalg.inv(covariance(data, between[1], within[1])[np.ix_(kept, kept)])
    x, z = data.x[kept], data.z[kept]
    assert beta[1] == pytest.approx(np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ z))
