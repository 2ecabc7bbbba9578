"""Draws of true values behind noisy ones: numerical integration as reference, and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from theodolite.stats import latent_draws
from theodolite.stats.latent_normal import PRIOR_SCALE


def integrated(y: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each true value by one measure, over a grid of mu and tau."""
    unit = np.sqrt(y.var() + (error**2).mean())
    mus = y.mean() + np.linspace(-6, 6, 241) * unit
    taus = np.geomspace(1e-3, 60.0, 400) * unit
    mu, tau = np.meshgrid(mus, taus, indexing="ij")
    total = error[:, None, None] ** 2 + tau**2
    log = -0.5 * (np.log(total) + (y[:, None, None] - mu) ** 2 / total).sum(axis=0)
    # Half-Cauchy tau; the grid is even in log tau.
    log += np.log(tau) - np.log1p((tau / unit / PRIOR_SCALE) ** 2)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    pull = tau**2 / total
    mean = pull * y[:, None, None] + (1.0 - pull) * mu
    variance = pull * error[:, None, None] ** 2
    first = (weight * mean).sum(axis=(1, 2))
    return first, (weight * (variance + mean**2)).sum(axis=(1, 2)) - first**2


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_one_measure_as_integrated(scale: float) -> None:
    rng = np.random.default_rng(8)
    error = scale * rng.uniform(0.5, 2.0, 8)
    y = rng.standard_normal(8) + error * rng.standard_normal(8)
    mean, variance = integrated(y, error)
    draws = latent_draws(y[:, None], [np.diag(error**2)], n_draws=24_000, rng=rng)
    got = draws.values[:, :, 0]
    spread = np.sqrt(variance)
    # 0.03 is the Monte Carlo error of the means where noise is as large as the spread.
    assert np.abs((got.mean(axis=0) - mean) / spread).max() < 0.1
    np.testing.assert_allclose(got.std(axis=0), spread, rtol=0.1)


def test_values_known_exactly_stay() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal((12, 2)) * (1.0, 300.0) + (0.0, 1000.0)
    draws = latent_draws(y, [np.zeros((12, 12))] * 2, n_draws=80, rng=rng)
    np.testing.assert_allclose(draws.values, np.broadcast_to(y, draws.values.shape), atol=1e-5)


def test_independent_errors_are_no_other_case() -> None:
    """The short way for independent errors and the long one draw from the same distribution."""
    rng = np.random.default_rng(5)
    y = rng.standard_normal((10, 2))
    plain = np.diag(rng.uniform(0.02, 0.08, 10))
    almost = plain + 1e-12
    short, long = (
        latent_draws(y, [v, v], n_draws=6_400, rng=np.random.default_rng(6)).values
        for v in (plain, almost)
    )
    spread = short.std(axis=0)
    assert np.abs((short.mean(axis=0) - long.mean(axis=0)) / spread).max() < 0.12
    np.testing.assert_allclose(long.std(axis=0), spread, rtol=0.1)


def test_centred_ratings_have_a_singular_covariance() -> None:
    rng = np.random.default_rng(2)
    k = 9
    centring = np.eye(k) - 1.0 / k
    covariance = centring @ np.diag(rng.uniform(0.01, 0.05, k)) @ centring
    y = centring @ rng.standard_normal((k, 2))
    draws = latent_draws(y, [covariance] * 2, n_draws=400, rng=rng)
    assert np.isfinite(draws.values).all()
    # Nothing is known to be wrong in the mean, so it stays.
    np.testing.assert_allclose(draws.values.mean(axis=1), 0.0, atol=1e-6)


def test_more_noise_moves_values_towards_what_the_other_measure_says() -> None:
    rng = np.random.default_rng(9)
    good = rng.standard_normal(40)
    bad = good + rng.standard_normal(40)
    draws = latent_draws(
        np.stack([good, bad], axis=1), [np.eye(40) * 1e-6, np.eye(40)], n_draws=1600, rng=rng
    )
    got = draws.values[:, :, 1].mean(axis=0)
    assert np.abs(got - good).mean() < 0.6 * np.abs(bad - good).mean()
    foretold = draws.foretold(0, 1).mean(axis=0)
    assert np.corrcoef(foretold, good)[0, 1] > 0.999
    at = draws.foretold(0, 1, at=good).mean(axis=0)
    np.testing.assert_allclose(at, foretold, atol=0.01)


def test_same_seed_same_draws_and_units_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    y = rng.standard_normal((7, 2))
    v = np.eye(7) * 0.05
    one, again = (
        latent_draws(y, [v, v], n_draws=40, rng=np.random.default_rng(4)).values for _ in range(2)
    )
    np.testing.assert_array_equal(one, again)
    wide = latent_draws(
        y * (1.0, 100.0) + (0.0, 7.0), [v, v * 1e4], n_draws=40, rng=np.random.default_rng(4)
    ).values
    np.testing.assert_allclose(wide, one * (1.0, 100.0) + (0.0, 7.0), atol=1e-7)


def test_no_spread_and_no_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="neither spread nor noise"):
        latent_draws(np.ones((5, 1)), [np.zeros((5, 5))], n_draws=8, rng=np.random.default_rng(0))
