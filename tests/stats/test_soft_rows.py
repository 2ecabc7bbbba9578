"""Slopes of a logistic loss against sums over the rows."""

from __future__ import annotations

import numpy as np
import pytest

from theodolite.stats.soft_rows import Slopes, SoftRows


@pytest.mark.parametrize("common", [True, False])
def test_slopes_are_the_sums_over_the_rows(common) -> None:
    rng = np.random.default_rng(0)
    own = SoftRows(rng.normal(size=(3, 7, 2)), rng.random((3, 7)), rng.random((3, 4, 7)))
    shared = SoftRows(rng.normal(size=(1, 5, 2)), rng.random((1, 5)), rng.random((1, 4, 5)))
    w = rng.normal(size=(3, 4, 2))
    gradient, curvature = Slopes.of(own, shared if common else None).at(w)
    for b, f in np.ndindex(3, 4):
        g, h = np.zeros(2), np.zeros((2, 2))
        lots = [(own.x[b], own.y[b], own.weights[b, f])]
        lots += [(shared.x[0], shared.y[0], shared.weights[0, f])] * common
        for x, y, s in lots:
            for i in range(len(y)):
                p = 1 / (1 + np.exp(-x[i] @ w[b, f]))
                g += s[i] * (p - y[i]) * x[i]
                h += s[i] * p * (1 - p) * np.outer(x[i], x[i])
        assert gradient[b, f] == pytest.approx(g)
        assert curvature[b, f] == pytest.approx(h)


def test_designs_that_are_not_asked_stay_out_where_a_block_holds_none() -> None:
    rng = np.random.default_rng(0)
    own = SoftRows(
        rng.normal(size=(5, 20_000, 1)), rng.random((5, 20_000)), np.ones((1, 1, 20_000))
    )
    asked = np.array([False, False, True, False, False])
    gradient, _ = Slopes.of(own, None).at(np.zeros((5, 1, 1)), asked)
    assert np.flatnonzero(gradient).tolist() == [2]
