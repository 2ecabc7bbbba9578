"""Tests on a grid against all permutations."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from theodolite.stats import flip_test, row_test, within_test

DRAWS = 20_000


def test_rows_against_every_order() -> None:
    rng = np.random.default_rng(0)
    y, row = rng.random(24), np.repeat(np.arange(6), 4)
    means = y.reshape(6, 4).mean(axis=1) - y.mean()
    x = np.arange(6.0)
    all_of = [abs(means @ np.array(order)) for order in permutations(x)]
    want = np.mean(np.array(all_of) >= abs(means @ x) - 1e-12)
    assert row_test(y, row, x, n_draws=DRAWS, rng=rng) == pytest.approx(want, abs=0.012)


def test_within_rows_against_every_order() -> None:
    rng = np.random.default_rng(1)
    y = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    row, b = np.repeat([0, 1], 3), rng.random((6, 1))
    orders = list(permutations(range(3)))
    u = {
        pair: abs(
            sum(
                float(
                    (b[3 * g : 3 * g + 3, 0] - b[3 * g : 3 * g + 3, 0].mean())
                    @ y[3 * g : 3 * g + 3][list(order)]
                )
                for g, order in enumerate(pair)
            )
        )
        for pair in product(orders, orders)
    }
    observed = u[(0, 1, 2), (0, 1, 2)]
    want = np.mean([value >= observed - 1e-12 for value in u.values()])
    both, alone = within_test(y, row, b, n_draws=DRAWS, rng=rng)
    assert both == pytest.approx(want, abs=0.012)
    assert alone[0] == pytest.approx(both, abs=1e-12)


def test_two_columns_are_weighed_by_their_spread() -> None:
    rng = np.random.default_rng(5)
    # On other scales, and correlated: the joint statistic knows neither.
    y, row, b = rng.random(8), np.repeat([0, 1], 4), rng.normal(0, 1, (8, 2))
    b[:, 1] = 30.0 * (b[:, 0] + b[:, 1])
    orders = list(permutations(range(4)))
    own = [b[4 * g : 4 * g + 4] - b[4 * g : 4 * g + 4].mean(axis=0) for g in (0, 1)]
    sums = np.array(
        [
            own[0].T @ y[:4][list(one)] + own[1].T @ y[4:][list(other)]
            for one, other in product(orders, orders)
        ]
    )
    inverse = np.linalg.inv(np.cov(sums.T, ddof=0))
    values = np.einsum("bi,ij,bj->b", sums, inverse, sums)
    want = np.mean(values >= values[0] - 1e-9)
    both, _ = within_test(y, row, b, n_draws=DRAWS, rng=rng)
    assert both == pytest.approx(want, abs=0.012)


def test_signs_against_every_pattern() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(0.4, 1.0, (8, 2))
    inverse = np.linalg.inv(scores.T @ scores)

    def value(signs: tuple[int, ...]) -> float:
        total = np.array(signs) @ scores
        return float(total @ inverse @ total)

    observed = value((1,) * 8)
    want = np.mean([value(s) >= observed - 1e-9 for s in product((-1, 1), repeat=8)])
    assert flip_test(scores, n_draws=DRAWS, rng=rng) == pytest.approx(want, abs=0.012)


def test_nothing_that_varies() -> None:
    rng = np.random.default_rng(3)
    both, alone = within_test(
        np.ones(6), np.repeat([0, 1], 3), rng.random((6, 2)), n_draws=99, rng=rng
    )
    assert np.isnan(both)
    assert np.isnan(alone).all()
    assert row_test(np.ones(6), np.repeat([0, 1], 3), np.arange(2.0), n_draws=99, rng=rng) == 1.0
