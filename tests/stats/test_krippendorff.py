"""Krippendorff's alpha: the published example, a slow reference, its interval by simulation."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.errors import TooLargeError, UsageError
from theodolite.stats.krippendorff import METRICS, Metric, krippendorff

# Krippendorff (2011): four observers, twelve units; a dot is a value that is missing.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
PUBLISHED = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849}


def published() -> tuple[np.ndarray, np.ndarray]:
    cells = [(u, float(v)) for row in OBSERVERS for u, v in enumerate(row) if v != "."]
    return np.array([u for u, _ in cells]), np.array([v for _, v in cells])


def slowly(unit: np.ndarray, value: np.ndarray, metric: Metric) -> float:
    """Compute alpha from every ordered pair of values, by Krippendorff's own sums."""
    groups = [value[unit == u].tolist() for u in np.unique(unit)]
    groups = [group for group in groups if len(group) > 1]
    every = [v for group in groups for v in group]

    def apart(c: float, k: float) -> float:
        if metric == "nominal":
            return float(c != k)
        if metric == "interval":
            return (c - k) ** 2
        low, high = min(c, k), max(c, k)
        between = sum(low <= v <= high for v in every)
        return (between - (every.count(c) + every.count(k)) / 2) ** 2 if c != k else 0.0

    observed = sum(
        sum(apart(c, k) for c, k in permutations(group, 2)) / (len(group) - 1) for group in groups
    ) / len(every)
    expected = sum(apart(c, k) for c, k in permutations(every, 2)) / (len(every) * (len(every) - 1))
    return 1 - observed / expected


@pytest.mark.parametrize("metric", METRICS)
def test_published(metric: Metric) -> None:
    unit, value = published()
    got = krippendorff(unit, value, unit, metric=metric)
    assert round(got.estimate, 3) == PUBLISHED[metric]
    assert (got.units, got.values, got.clusters) == (11, 40, 11)
    assert got.low < got.estimate < got.high <= 1


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(0, 6), st.integers(-2, 2)), min_size=4, max_size=30),
    metric=st.sampled_from(METRICS),
)
def test_as_the_slow_reference(cells: list[tuple[int, int]], metric: Metric) -> None:
    unit, value = np.array([u for u, _ in cells]), np.array([float(v) for _, v in cells])
    got = krippendorff(unit, value, unit, metric=metric)
    paired = np.bincount(unit)[unit] > 1
    if len(np.unique(value[paired])) < 2:
        assert np.isnan(got.estimate)
        return
    assert got.estimate == pytest.approx(slowly(unit, value, metric), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_interval_is_that_of_leaving_out_clusters(metric: Metric) -> None:
    rng = np.random.default_rng(5)
    unit = np.repeat(np.arange(24), 3)
    value = np.round(rng.normal(size=24)[unit] + 0.7 * rng.normal(size=72))
    cluster = unit // 2
    got = krippendorff(unit, value, cluster, metric=metric)
    without = np.array([slowly(unit[cluster != g], value[cluster != g], metric) for g in range(12)])
    half = 2.200985 * np.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum())
    assert got.high - got.estimate == pytest.approx(half, rel=1e-5)
    assert got.estimate - got.low == pytest.approx(half, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), metric=st.sampled_from(METRICS))
def test_names_and_order_do_not_matter(seed: int, metric: Metric) -> None:
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, 8, 40)
    value = rng.integers(0, 4, 40).astype(float)
    cluster = unit // 2
    order = rng.permutation(40)
    one = krippendorff(unit, value, cluster, metric=metric)
    other = krippendorff(
        (100 - unit)[order], 5.0 - 2.0 * value[order], (7 * cluster + 3)[order], metric=metric
    )
    assert one.estimate == pytest.approx(other.estimate)
    assert one.low == pytest.approx(other.low)


@pytest.mark.parametrize("metric", METRICS)
def test_no_disagreement_has_an_honest_interval(metric: Metric) -> None:
    unit = np.repeat(np.arange(10), 2)
    value = (unit % 2).astype(float)
    got = krippendorff(unit, value, unit, metric=metric)
    assert got.estimate == got.high == 1.0
    assert 0.5 < got.low < 0.8


def test_alike_or_alone_tells_nothing() -> None:
    unit = np.repeat(np.arange(5), 2)
    alike = krippendorff(unit, np.ones(10), unit, metric="nominal")
    assert np.isnan([alike.estimate, alike.low, alike.high]).all()
    alone = krippendorff(np.arange(5), np.arange(5.0), np.arange(5), metric="interval")
    assert np.isnan(alone.estimate)
    assert alone.units == 0
    one_cluster = krippendorff(unit, unit % 3.0, np.zeros(10, dtype=int), metric="nominal")
    assert one_cluster.estimate == 1.0
    assert np.isnan(one_cluster.low)


def test_refuses() -> None:
    unit = np.array([0, 0])
    with pytest.raises(UsageError, match="'ratio' is not one of nominal"):
        krippendorff(unit, np.ones(2), unit, metric="ratio")  # type: ignore[arg-type]
    many = np.repeat(np.arange(400), 2)
    with pytest.raises(TooLargeError, match="800 distinct values in 400 clusters"):
        krippendorff(many, np.arange(800.0), many, metric="ordinal")


def covered(histories: int, *, seed: int, metric: Metric) -> float:
    """How often the interval holds the alpha of endless units: clusters of two, three judges."""
    rng = np.random.default_rng(seed)

    def drawn(clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        units = 2 * clusters
        truth = np.repeat(rng.normal(size=clusters), 2) * 0.5 + rng.normal(size=units)
        value = np.digitize(truth[:, None] + 0.7 * rng.normal(size=(units, 3)), [-1, -0.3, 0.3, 1])
        unit, judge = np.nonzero(rng.random((units, 3)) > 0.2)
        return unit, value[unit, judge].astype(float), unit // 2

    unit, value, cluster = drawn(30_000)
    if metric == "ordinal":
        ranks = np.searchsorted(np.sort(value), value, side="left") / 2
        value = ranks + np.searchsorted(np.sort(value), value, side="right") / 2
    truth = krippendorff(
        unit, value, cluster, metric="interval" if metric == "ordinal" else metric
    ).estimate
    hits = 0
    for _ in range(histories):
        got = krippendorff(*drawn(40), metric=metric)
        hits += got.low <= truth <= got.high
    return hits / histories


def test_coverage() -> None:
    assert 0.90 <= covered(200, seed=1, metric="ordinal") <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_coverage_of_many_histories(metric: Metric) -> None:
    assert 0.93 <= covered(2000, seed=2, metric=metric) <= 0.97
