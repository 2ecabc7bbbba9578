"""The lower envelope: point by point, and its line by polyfit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.stats import cost_steps, envelope_lines, envelope_order, on_envelope

costs = st.lists(st.sampled_from([1.0, 1.05, 1.2, 2.0, 2.1, 3.0, 8.0]), min_size=1, max_size=12)


def by_hand(step, y):
    """A point is beaten by a lower one at its cost or less, or by an equal one before it."""
    return [
        not any((step[j] <= step[i] and y[j] < y[i]) or (j < i and y[j] == y[i]) for j in range(n))
        for n in [len(y)]
        for i in range(n)
    ]


def steps_by_hand(x, tolerance):
    out, start, number = {}, None, -1
    for cost in sorted(x):
        if start is None or cost > start * (1 + tolerance):
            start, number = cost, number + 1
        out[cost] = number
    return [out[cost] for cost in x]


@given(x=costs, seed=st.integers(0, 1000), tolerance=st.sampled_from([1e-9, 0.1, 0.5]))
def test_point_by_point(x, seed, tolerance):
    rng = np.random.default_rng(seed)
    x = rng.permutation(x)
    step = cost_steps(x, tolerance)
    assert step.tolist() == steps_by_hand(x, tolerance)
    y = rng.integers(0, 6, len(x)) / 2.0
    order = envelope_order(step, y, np.arange(len(x), dtype=float))
    step, y = step[order], y[order]
    assert on_envelope(y).tolist() == by_hand(step, y)
    present = rng.random((5, len(x))) < 0.6
    got = on_envelope(y, present)
    for r, here in enumerate(present):
        assert got[r, here].tolist() == by_hand(step[here], y[here])
        assert not got[r, ~here].any()


def test_lines_are_polyfits():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 20)
    z = np.column_stack([0.5 * x + 0.1 * rng.standard_normal(20), 3.0 - x])
    on = rng.random((30, 20)) < 0.5
    on[0] = False
    on[1] = np.arange(20) == 4
    height, slope = envelope_lines(x, z, on)
    assert np.isnan(slope[:2]).all()
    for r in range(2, 30):
        for k in range(2):
            want = np.polyfit(x[on[r]], z[on[r], k], 1)
            assert (slope[r, k], height[r, k]) == pytest.approx(tuple(want), abs=1e-9)


def test_points_at_one_cost_leave_no_line():
    x = np.full(6, 0.7)
    _, slope = envelope_lines(x, np.ones((6, 1)), np.ones((1, 6), dtype=bool))
    assert np.isnan(slope).all()
