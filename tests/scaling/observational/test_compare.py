"""Means over families: those of the t test, copies that widen nothing, one family without ends."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from theodolite.scaling.observational.compare import mean_by_family


def test_clusters_of_one_are_the_t_test_and_copies_widen_nothing() -> None:
    values = np.random.default_rng(2).standard_normal(9)
    got = astuple(mean_by_family(values, [str(k) for k in range(9)], 0.9))
    ends = ttest_1samp(values, 0.0).confidence_interval(0.9)
    assert got == pytest.approx((values.mean(), ends.low, ends.high))
    twice = mean_by_family(np.repeat(values, 2), [str(k // 2) for k in range(18)], 0.9)
    assert astuple(twice) == pytest.approx(got)
    alone = mean_by_family(values, ["a"] * 9, 0.9)
    assert (alone.low, alone.high) == (-np.inf, np.inf)
