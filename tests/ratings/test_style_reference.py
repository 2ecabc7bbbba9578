"""Style against a slow reference: estimates, sandwiches, premiums, styles of the models."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.ratings.style_simulations import styled_frame, votes_of
from tests.style_reference import POINTS, SlowVotes, summed
from theodolite.ratings import Style, bradley_terry

RULES = ("half-win", "davidson", "rao-kupper")
FEATURES = ("tokens", "lists")
Z = 1.959963984540054


@cache
def both(rule: str, weighted: bool) -> tuple:
    frame = styled_frame(rule)
    if not weighted:
        frame = frame.drop("weight")
    return frame, SlowVotes(frame, rule, FEATURES), SlowVotes(frame, rule)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cluster", [None, "voter"])
def test_against_the_reference(rule: str, weighted: bool, cluster: str | None) -> None:
    frame, want, plain = both(rule, weighted)
    labels = frame[cluster].to_numpy() if cluster else None
    fit = bradley_terry(votes_of(frame), ties=rule, style=Style(FEATURES), cluster=cluster)
    got = fit.style
    np.testing.assert_allclose(fit.board.theta, want.theta, atol=1e-6)
    np.testing.assert_allclose([p.estimate for p in fit.parameters], want.ties, atol=2e-6)
    np.testing.assert_allclose(got.gamma, want.gamma, atol=1e-6)
    covariance = summed(want.influence, labels)
    np.testing.assert_allclose(fit.board.covariance, covariance[:4, :4], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(got.covariance, covariance[-2:, -2:], rtol=1e-5, atol=1e-8)
    table = got.coefficients
    error = (table["high"] - table["low"]) / 2 / Z
    np.testing.assert_allclose(error, np.sqrt(np.diag(covariance)[-2:]), rtol=1e-5)
    np.testing.assert_allclose(table["coefficient"], want.gamma, atol=1e-6)
    np.testing.assert_allclose(table["points"], want.gamma * POINTS, atol=2e-4)
    for at, parameter in enumerate(fit.parameters):
        variance = covariance[4 + at, 4 + at]
        if at:
            width = (parameter.high - parameter.low) / 2 / Z
        else:  # made on the log scale
            width = np.log(parameter.high / parameter.low) / 2 / Z * want.ties[0]
        assert width == pytest.approx(np.sqrt(variance), rel=1e-5)
    # The premium: both fits in one stack of influence functions.
    premium = POINTS * (plain.theta - want.theta)
    spread = summed(plain.influence[:, :4] - want.influence[:, :4], labels)
    models = got.models.sort("model")
    np.testing.assert_allclose(models["premium"], premium, atol=5e-4)
    error = (models["high"] - models["low"]) / 2 / Z
    np.testing.assert_allclose(error, POINTS * np.sqrt(np.diag(spread)), rtol=1e-5)
    np.testing.assert_allclose(got.profile, want.profile(), atol=1e-9)
    np.testing.assert_allclose(models["style"], POINTS * want.profile() @ want.gamma, atol=5e-4)


def test_soft_votes_and_pair_weights() -> None:
    frame = styled_frame("half-win", 300)
    share = np.random.default_rng(1).random(300)
    frame = frame.with_columns(share_a=share)
    keys = [tuple(sorted(pair)) for pair in frame.select("model_a", "model_b").iter_rows()]
    factor = np.array([1.0 / max(keys.count(key), 50) for key in keys])
    given = frame["weight"].to_numpy()
    weight = given * factor * given.sum() / (given * factor).sum()
    want = SlowVotes(frame, "half-win", FEATURES, weight=weight)
    fit = bradley_terry(votes_of(frame), style=Style(FEATURES), pair_weights="inverse-count")
    np.testing.assert_allclose(fit.board.theta, want.theta, atol=1e-6)
    np.testing.assert_allclose(fit.style.gamma, want.gamma, atol=1e-6)
    covariance = summed(want.influence)
    np.testing.assert_allclose(fit.board.covariance, covariance[:4, :4], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(fit.style.profile, want.profile(), atol=1e-9)


def test_vif_and_condition_by_least_squares() -> None:
    frame = styled_frame("half-win").drop("weight")
    want = SlowVotes(frame, "half-win", FEATURES)
    got = bradley_terry(votes_of(frame), style=Style(FEATURES)).style
    # Each vote a row, weighted by p (1 - p): regress a covariate on models, and on the other.
    lead = want.theta[want.a] - want.theta[want.b] + want.z @ want.gamma
    root = np.sqrt(np.exp(lead)) / (1 + np.exp(lead))
    design = np.zeros((len(lead), 4))
    design[np.arange(len(lead)), want.a] += 1
    design[np.arange(len(lead)), want.b] -= 1

    def rest(y, x):
        return y - x @ np.linalg.lstsq(x, y, rcond=None)[0]

    left = rest(want.z * root[:, None], design * root[:, None])
    r = left[:, 0] @ left[:, 1] / np.sqrt((left[:, 0] ** 2).sum() * (left[:, 1] ** 2).sum())
    np.testing.assert_allclose(got.coefficients["vif"], 1 / (1 - r**2), rtol=1e-6)
    assert got.condition == pytest.approx(np.sqrt((1 + abs(r)) / (1 - abs(r))), rel=1e-6)
