"""A pairing for few votes: against a general optimiser, and never without what was required."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from theodolite.stats import Requirement, fewest_votes


def problem(k: int, kind: str, seed: int = 1) -> tuple[np.ndarray, np.ndarray, Requirement, float]:
    """Covariance, information of a vote, what is required, and votes so far."""
    rng = np.random.default_rng(seed)
    theta, n = rng.normal(size=k), np.triu(rng.gamma(1, 200, (k, k)), 1)
    n = n + n.T
    p = 1 / (1 + np.exp(theta - theta[:, None]))
    u = p * (1 - p)
    covariance = np.linalg.pinv(np.diag((n * u).sum(axis=1)) - n * u)
    if kind == "models":
        contrasts, variances = np.eye(k) - 1 / k, np.full(k, np.diag(covariance).max() / 8)
    else:
        first, second = np.triu_indices(k, 1)
        contrasts = np.eye(k)[first] - np.eye(k)[second]
        variances = (theta[first] - theta[second]) ** 2 / 20
    return covariance, u, Requirement(contrasts, variances), n.sum() / 2


def after(covariance, u, votes) -> np.ndarray:
    edge = votes * u
    total = np.linalg.pinv(covariance) + np.diag(edge.sum(axis=1)) - edge
    return np.linalg.pinv(total)


@pytest.mark.parametrize("kind", ["models", "pairs"])
@pytest.mark.parametrize("k", [4, 6])
def test_against_a_general_optimiser(k: int, kind: str) -> None:
    covariance, u, required, so_far = problem(k, kind)
    got = fewest_votes(covariance, u, required)
    upper = np.triu_indices(k, 1)

    def spare(m: np.ndarray) -> np.ndarray:
        votes = np.zeros((k, k))
        votes[upper] = m * so_far
        return 1 - required.ratios(after(covariance, u, votes + votes.T))

    want = minimize(
        np.sum,
        got[upper] / so_far + 0.01,
        bounds=[(0, None)] * len(upper[0]),
        constraints={"type": "ineq", "fun": spare},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert want.success
    assert got[upper].sum() == pytest.approx(want.fun * so_far, rel=2e-3)
    assert got[upper].sum() >= want.fun * so_far * (1 - 1e-4)


@pytest.mark.parametrize("kind", ["models", "pairs"])
def test_what_was_required_is_reached_with_fewer_votes_than_as_it_is(kind: str) -> None:
    covariance, u, required, so_far = problem(20, kind)
    got = fewest_votes(covariance, u, required)
    np.testing.assert_allclose(got, got.T)
    assert (got >= 0).all()
    assert (np.diag(got) == 0).all()
    assert required.ratios(after(covariance, u, got)).max() == pytest.approx(1.0, abs=1e-6)
    assert got.sum() / 2 < so_far * (required.ratios(covariance).max() - 1)


def test_relabelled_models_get_the_same_pairing() -> None:
    covariance, u, required, _ = problem(7, "models")
    order = np.random.default_rng(0).permutation(7)
    turned = Requirement(required.contrasts[:, order], required.variances)
    at = np.ix_(order, order)
    got = fewest_votes(covariance[at], u[at], turned)
    np.testing.assert_allclose(got, fewest_votes(covariance, u, required)[at], rtol=1e-6, atol=1e-6)


def test_nothing_is_added_where_nothing_is_missing() -> None:
    covariance, u, required, _ = problem(5, "models")
    enough = Requirement(required.contrasts, required.variances * 100)
    assert (fewest_votes(covariance, u, enough) == 0).all()
    shown = np.zeros((5, 5))
    shown[0, 1] = shown[1, 0] = 30.0
    assert (fewest_votes(covariance, u, enough, shown=shown) == shown).all()
    some = fewest_votes(covariance, u, required, shown=shown)
    assert (some >= shown).all()


def test_a_singular_covariance() -> None:
    """Fewer clusters than models: some contrasts seem to be known without error."""
    covariance, u, _, _ = problem(5, "models")
    values, vectors = np.linalg.eigh(covariance)
    values[2] = 0.0
    flat = (vectors * values) @ vectors.T
    contrasts = np.eye(5) - 0.2
    required = Requirement(contrasts, np.full(5, np.diag(flat).max() / 4))
    assert 0 < fewest_votes(flat, u, required).sum() < np.inf
