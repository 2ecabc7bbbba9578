"""A break at an unknown place: every fit written out, and breaks that are there or not."""

import numpy as np
import pytest

from theodolite.stats.change_point import Rows, broken, find_change, places


def drawn(jump, seed=0, clusters=24, most=4):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, most, clusters, endpoint=True)
    cluster = np.repeat(np.arange(clusters), size)
    t = (np.sort(rng.uniform(0, 10, clusters)).round(1))[cluster]
    y = 0.2 * t + jump * (t >= 5.0) + 0.3 * rng.normal(size=clusters)[cluster]
    y += 0.2 * rng.normal(size=len(t))
    root = np.sqrt(1.0 / size[cluster])
    x = np.column_stack([np.ones_like(t), t])
    return Rows(t, x * root[:, None], y * root, root, cluster)


def search(rows, n=199, level=0.95):
    at = places(rows.t, rows.cluster, fewest=5)
    return find_change(rows, at, level=level, n=n, rng=np.random.default_rng(0))


def test_places_as_counted_one_by_one():
    rows = drawn(0.0, seed=3)
    rng = np.random.default_rng(1)
    t = rows.t + rng.integers(0, 2, len(rows.t))  # clusters on both sides of a place
    got = places(t, rows.cluster, fewest=5)
    every = np.unique(t)
    want = [
        at
        for k, at in enumerate(every)
        if 3 <= k <= len(every) - 3
        and len(set(rows.cluster[t < at])) >= 5
        and len(set(rows.cluster[t >= at])) >= 5
    ]
    assert got.tolist() == want
    assert len(want) < len(every)


def test_the_statistic_is_that_of_separate_fits():
    rows = drawn(0.5)
    found = search(rows, n=99)
    none = np.linalg.lstsq(rows.x, rows.y, rcond=None)[1][0]
    for at, got in zip(found.places, found.statistic, strict=True):
        x = np.column_stack([rows.x, rows.root[:, None] * broken(rows.t, at)])
        squares = np.linalg.lstsq(x, rows.y, rcond=None)[1][0]
        assert got == pytest.approx((len(rows.y) - 4) * (none - squares) / squares, rel=1e-8)
    assert found.best == found.statistic.argmax()
    assert found.inside[found.best]


def test_a_large_break_is_found_and_dated():
    rows = drawn(3.0)
    found = search(rows)
    at = found.places[found.best]
    assert found.p_value == pytest.approx(1 / 200)
    assert at == rows.t[rows.t >= 5.0].min()
    assert found.inside.sum() <= 2


def test_no_break_is_not_found_and_any_place_will_do():
    found = [search(drawn(0.0, seed=seed)) for seed in range(6)]
    assert np.mean([one.p_value for one in found]) > 0.2
    assert np.mean([one.inside.mean() for one in found]) > 0.3


def test_scale_and_time_unit_change_nothing():
    rows = drawn(0.4, seed=2)
    one = search(rows)
    days = Rows(rows.t * 365.0, rows.x * [1.0, 365.0], rows.y * 7.0, rows.root, rows.cluster)
    other = search(days)
    assert (one.p_value, one.best) == (other.p_value, other.best)
    assert (one.inside == other.inside).all()
