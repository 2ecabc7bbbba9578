"""Controlled rates: influences against refits with one item's weight moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stats.test_quasi_binomial import slow
from theodolite.stats.controlled_rate import (
    Scaled,
    coefficient_errors,
    controlled_rates,
    plain_rates,
    rate_ends,
    rates_of,
)
from theodolite.stats.proportions import wilson
from theodolite.stats.quasi_binomial import quasi_binomial

FLAT = np.array([0.01, 0.01, 1e-6])


def made(n: int = 60, seed: int = 0):
    rng = np.random.default_rng(seed)
    raw, d = rng.normal(0.4, 1.5, n), rng.normal(size=n)
    y = rng.beta(*np.array([[0.4, 0.6]]).T * np.exp(0.3 * raw))
    return raw, d, y


def two_steps(raw, d, y, weight, chosen, scale=None):
    """The rate with a weight for every item, by a general optimiser: scale, fit, mean."""
    mean = weight @ raw / weight.sum()
    s = scale or np.sqrt(weight @ (raw - mean) ** 2 / (weight.sum() - 1.0))
    x = np.column_stack([np.tanh(raw / s), d, np.ones(len(d))])
    b = slow(x, y, weight, FLAT, np.zeros(3))
    r = 1.0 / (1.0 + np.exp(-(b[1] * d + b[2])))
    return (weight * chosen) @ r / (weight * chosen).sum()


def fitted(raw, d, y, chosen=None):
    s = raw.std(ddof=1)
    z = np.tanh(raw / s)
    x = np.stack([z, d, np.ones(len(d))], axis=1)[None]
    neutral = x.copy()
    neutral[:, :, 0] = 0.0
    there = np.ones((1, len(d)), dtype=bool)
    fit = quasi_binomial(x, y[None], there, precision=FLAT)
    scaled = Scaled(0, raw[None], np.array([s]), (-(1 - z**2) * raw / s**2)[None])
    over = None if chosen is None else chosen[None] > 0
    rates = controlled_rates(fit, x, neutral, there, scaled=(scaled,), over=over)
    return rates, fit, x, there


@pytest.mark.parametrize("part", [False, True])
def test_influence_is_the_derivative_in_the_items_weight(part: bool) -> None:
    raw, d, y = made()
    chosen = (np.arange(60) % 3 == 0).astype(float) if part else np.ones(60)
    got, fit, _, _ = fitted(raw, d, y, chosen if part else None)
    assert got.rate[0] == pytest.approx(two_steps(raw, d, y, np.ones(60), chosen), abs=1e-7)
    # What is not there of a leverage of 1 / (1 - h): the derivative has the plain residual.
    swollen = got.values[0] - got.rate[0]
    for i in (0, 7, 30, 59):
        step = np.zeros(60)
        step[i] = 1e-3
        up, down = (two_steps(raw, d, y, np.ones(60) + s, chosen) for s in (step, -step))
        slope = 60 * (up - down) / 2e-3
        lever = fit.leverage[0, i]
        # The residual's part alone is swollen, by less than the leverage's share.
        assert swollen[i] == pytest.approx(slope, rel=3 * lever + 0.05, abs=0.03)


def test_the_scales_own_part_of_the_influence() -> None:
    raw, d, y = made()
    raw, every = np.sinh(raw), np.ones(60)  # with a few long answers that make the scale
    with_scale, fit, x, there = fitted(raw, d, y)
    neutral = x.copy()
    neutral[:, :, 0] = 0.0
    without = controlled_rates(fit, x, neutral, there)
    part = with_scale.values[0] - without.values[0]
    scale = raw.std(ddof=1)
    for i in (*np.argsort(np.abs(raw))[-3:], 0):
        step = np.zeros(60)
        step[i] = 1e-2
        slope = {}
        for held in (None, scale):
            ends = [two_steps(raw, d, y, every + s, every, held) for s in (step, -step)]
            slope[held] = 60 * (ends[0] - ends[1]) / 2e-2
        assert part[i] == pytest.approx(slope[None] - slope[scale], rel=0.05, abs=2e-4)
    assert np.abs(part).max() > 0.01


def test_without_anything_held_fixed_it_is_the_mean() -> None:
    _, _, y = made()
    x = np.ones((1, 60, 1))
    there = np.ones((1, 60), dtype=bool)
    fit = quasi_binomial(x, y[None], there, precision=np.zeros(1))
    got, plain = controlled_rates(fit, x, x, there), plain_rates(y[None], there)
    assert got.rate == pytest.approx(plain.rate)
    assert got.variance == pytest.approx(plain.variance * (60 / 59) ** 2)
    assert got.known == pytest.approx([60.0])
    assert plain.variance == pytest.approx([y.var(ddof=1) / 60])


def test_it_agrees_with_a_bootstrap() -> None:
    raw, d, y = made(200, seed=3)
    got, *_ = fitted(raw, d, y)
    rng, draws = np.random.default_rng(5), []
    for _ in range(400):
        i = rng.integers(0, 200, 200)
        draws.append(fitted(raw[i], d[i], y[i])[0].rate[0])
    assert np.sqrt(got.variance[0]) == pytest.approx(np.std(draws), rel=0.12)


def test_errors_of_coefficients_agree_with_a_bootstrap() -> None:
    raw, d, y = made(200, seed=4)
    _, fit, x, there = fitted(raw, d, y)
    errors = coefficient_errors(fit, x, there)[0]
    rng, draws = np.random.default_rng(6), []
    for _ in range(400):
        i = rng.integers(0, 200, 200)
        draws.append(fitted(raw[i], d[i], y[i])[1].coefficients[0])
    assert errors == pytest.approx(np.std(draws, axis=0), rel=0.2)


class TestEnds:
    def test_all_alike_is_wilsons_interval_with_students_quantile(self) -> None:
        for value in (0.0, 0.5, 1.0):
            y = np.full((1, 50), value)
            low, high = rate_ends(plain_rates(y, y >= 0), level=0.95)
            a, b = wilson(np.array([value]), np.array([50.0]), 0.95)
            assert low[0] <= a[0] + 1e-12
            assert high[0] >= b[0] - 1e-12
            assert high[0] - low[0] < 1.1 * (b[0] - a[0])

    def test_nearly_all_alike_is_no_surer_than_alike(self) -> None:
        y = np.full((1, 50), 1e-5) * np.linspace(0, 1, 50)
        low, high = rate_ends(plain_rates(y, y >= 0), level=0.95)
        assert high[0] > 0.06
        assert low[0] < 1e-5

    def test_one_item_has_no_interval(self) -> None:
        low, high = rate_ends(plain_rates(np.ones((1, 1)), np.ones((1, 1)) > 0), level=0.95)
        assert np.isnan(low[0])
        assert np.isnan(high[0])

    @settings(max_examples=80, deadline=None)
    @given(
        y=st.lists(st.floats(0, 1), min_size=2, max_size=40),
        level=st.floats(0.5, 0.999),
    )
    def test_it_holds_the_rate_has_width_and_stays_within(self, y: list[float], level: float):
        values = np.array([y])
        rates = plain_rates(values, values >= 0)
        low, high = rate_ends(rates, level=level)
        assert 0 <= low[0] <= rates.rate[0] + 1e-9
        assert rates.rate[0] - 1e-9 <= high[0] <= 1
        assert high[0] - low[0] > 1e-3

    def test_a_rate_far_from_the_data_is_known_less(self) -> None:
        raw, d, y = made()
        near, far = (fitted(raw + shift, d, y)[0] for shift in (0.0, 6.0))
        assert far.known[0] < near.known[0] / 2


def test_influences_are_centred() -> None:
    got = rates_of(
        np.array([0.4]), np.array([[0.3, 0.1, 0.0]]), np.array([[True, True, False]]), parameters=1
    )
    assert np.nanmean(got.values) == pytest.approx(0.4)
    assert np.isnan(got.values[0, 2])
