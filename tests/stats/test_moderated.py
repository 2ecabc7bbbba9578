"""Variances of groups, drawn towards each other as far as they agree."""

import numpy as np
import pytest

from theodolite.stats import moderate


def test_groups_that_agree_are_pooled():
    rng = np.random.default_rng(0)
    variance = rng.chisquare(5, 8) / 5
    got, df = moderate(variance, np.full(8, 5))
    assert got == pytest.approx(np.full(8, variance.mean()))
    assert df.tolist() == [40.0] * 8


def test_groups_that_differ_keep_most_of_their_own():
    variance = np.array([1.0, 100.0, 1e4, 1e6])
    got, df = moderate(variance, np.full(4, 20))
    assert np.log(got) == pytest.approx(np.log(variance), abs=0.25)
    assert (df < 30).all()


def test_the_prior_is_found():
    """True variances are scaled inverse chi-squares on 6 degrees of freedom about 2."""
    rng = np.random.default_rng(1)
    true = 2.0 * 6.0 / rng.chisquare(6, 20_000)
    got, df = moderate(true * rng.chisquare(4, 20_000) / 4, np.full(20_000, 4))
    assert df - 4 == pytest.approx(np.full(20_000, 6.0), rel=0.1)
    error, raw = np.log(got / true), np.log(rng.chisquare(4, 20_000) / 4)
    assert error.std() < 0.75 * raw.std()


def test_the_unit_does_not_matter():
    variance, d = np.array([1.0, 3.0, 40.0, 900.0]), np.array([3, 5, 8, 4])
    one, df = moderate(variance, d)
    other, same = moderate(1e-6 * variance, d)
    assert other == pytest.approx(1e-6 * one)
    assert same == pytest.approx(df)


def test_no_noise_and_one_group():
    assert moderate([0.0, 0.0, 1e-3], [2, 2, 2])[0] == pytest.approx(np.full(3, 1e-3 / 3))
    got, df = moderate([0.5], [3])
    assert (got.tolist(), df.tolist()) == ([0.5], [3.0])
