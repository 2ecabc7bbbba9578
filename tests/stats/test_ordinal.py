"""Ordered verdicts: against a naive likelihood, in the mirror, and where there is no maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theodolite.errors import NotIdentifiedError
from theodolite.stats import (
    HalfWin,
    OrdinalModel,
    count_pairs,
    expected_share,
    fit_ordinal,
    maximise,
)

MODELS = 4


def made(seed: int, verdicts: int, *, rows: int = 30, covariates: int = 1) -> OrdinalModel:
    """Rows of random pairs; everyone wins and loses somewhere."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, MODELS, rows)
    second = (first + rng.integers(1, MODELS, rows)) % MODELS
    weight = 0.2 + rng.integers(0, 6, (rows, verdicts))
    return OrdinalModel(MODELS, first, second, weight, rng.normal(size=(rows, covariates)))


def slow_value(model: OrdinalModel, x: np.ndarray) -> float:
    """The same log-likelihood, game by game, from differences of logistic functions."""
    theta, gamma, b = model.split(x)
    c = model.n_verdicts
    middle = [] if c % 2 else [0.0]
    cuts = [-np.inf, *(-b[::-1]), *middle, *b, np.inf]
    total = 0.0
    for row in range(len(model.first)):
        eta = theta[model.first[row]] - theta[model.second[row]]
        eta += sum(g * value for g, value in zip(gamma, model.covariates[row], strict=True))
        for verdict in range(c):
            upper = 1 / (1 + np.exp(-(eta - cuts[verdict])))
            lower = 1 / (1 + np.exp(-(eta - cuts[verdict + 1])))
            total += model.weight[row, verdict] * np.log(upper - lower)
    return float(total)


@pytest.mark.parametrize("verdicts", [2, 3, 4, 5])
class TestLikelihood:
    def test_is_the_naive_one(self, verdicts: int) -> None:
        model = made(1, verdicts)
        x = model.start() + 0.1 * np.arange(model.size)
        assert model.value(x) == pytest.approx(slow_value(model, x), rel=1e-12)
        assert np.exp(model.log_probabilities(x)).sum(axis=1) == pytest.approx(1.0)

    def test_derivatives_are_those_of_the_value(self, verdicts: int) -> None:
        model = made(2, verdicts)
        x = model.start() + 0.05 * np.arange(model.size)
        at, step = model.derivatives(x), 1e-5
        for unit, slope, curve in zip(np.eye(model.size), at.gradient, at.information, strict=True):
            up, down = x + step * unit, x - step * unit
            assert (model.value(up) - model.value(down)) / (2 * step) == pytest.approx(
                slope, abs=1e-5
            )
            bend = (model.derivatives(down).gradient - model.derivatives(up).gradient) / (2 * step)
            assert bend == pytest.approx(curve, abs=1e-5)

    def test_maximum_is_that_of_a_general_optimiser(self, verdicts: int) -> None:
        model = made(3, verdicts)
        fit = fit_ordinal(model, held=[0])
        slow = minimize(
            lambda free: -model.value(np.concatenate([[0.0], free])),
            model.start()[1:],
            method="Nelder-Mead",
            options={"maxiter": 40_000, "maxfev": 40_000, "xatol": 1e-8, "fatol": 1e-10},
        )
        assert fit.value == pytest.approx(-slow.fun, abs=1e-6)
        assert fit.x[1:] == pytest.approx(slow.x, abs=1e-3)

    def test_scores_add_up_to_nothing_at_the_maximum(self, verdicts: int) -> None:
        rng = np.random.default_rng(4)
        model = made(4, verdicts)
        row, verdict = rng.integers(0, 30, 400), rng.integers(0, verdicts, 400)
        counted = np.zeros((30, verdicts))
        np.add.at(counted, (row, verdict), 1.0)
        model = OrdinalModel(MODELS, model.first, model.second, counted, model.covariates)
        fit = fit_ordinal(model, held=[0])
        total = model.game_scores(fit.x, row, np.eye(verdicts)[verdict]).total()
        assert total[1:] == pytest.approx(0.0, abs=1e-8)

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_the_mirror_changes_nothing(self, verdicts: int, seed: int) -> None:
        model = made(seed, verdicts)
        mirror = OrdinalModel(
            MODELS, model.second, model.first, model.weight[:, ::-1], -model.covariates
        )
        assert fit_ordinal(mirror, held=[0]).x == pytest.approx(
            fit_ordinal(model, held=[0]).x, abs=1e-7
        )


class TestFit:
    def test_two_verdicts_are_bradley_terry(self) -> None:
        model = made(5, 2, covariates=0)
        rows = np.tile(np.arange(30), 2)
        won = np.repeat([1.0, 0.0], 30)
        counts = count_pairs(
            model.first[rows],
            model.second[rows],
            won,
            n_models=MODELS,
            weight=np.concatenate([model.weight[:, 1], model.weight[:, 0]]),
        )
        known = maximise(HalfWin(counts), groups=[np.arange(MODELS)]).x
        fit = fit_ordinal(model, held=[0])
        assert fit.theta == pytest.approx(known - known[0], abs=1e-7)

    def test_a_constant_shift_is_found(self) -> None:
        rng = np.random.default_rng(6)
        n = 40_000
        first, second = rng.integers(0, 2, n), np.full(n, 2)
        side = rng.choice([-1.0, 1.0], n)
        eta = np.array([0.8, -0.4])[first] + 0.5 * side + rng.logistic(size=n)
        verdict = np.digitize(eta, [-1.5, -0.3, 0.3, 1.5])
        weight = np.eye(5)[verdict]
        fit = fit_ordinal(OrdinalModel(3, first, second, weight, side[:, None]), held=[2])
        error = np.sqrt(np.diag(fit.inverse)[[0, 1, 3, 4, 5]])
        found = np.concatenate([fit.theta[:2], fit.gamma, fit.cuts])
        assert np.abs((found - [0.8, -0.4, 0.5, 0.3, 1.5]) / error).max() < 4.0

    def test_one_who_won_everything_has_no_finite_strength(self) -> None:
        weight = np.array([[0.0, 0.0, 9.0], [3.0, 3.0, 3.0]])
        model = OrdinalModel(3, np.array([0, 1]), np.array([2, 2]), weight, np.zeros((2, 0)))
        with pytest.raises(NotIdentifiedError, match="no finite estimate"):
            fit_ordinal(model, held=[2])

    def test_a_covariate_told_by_the_strengths_is_refused(self) -> None:
        weight = np.array([[2.0, 2.0, 3.0], [3.0, 3.0, 3.0]])
        model = OrdinalModel(3, np.array([0, 1]), np.array([2, 2]), weight, np.ones((2, 1)))
        with pytest.raises(NotIdentifiedError, match="cannot be told from another"):
            fit_ordinal(model, held=[2])

    def test_far_apart_neither_overflows_nor_cancels(self) -> None:
        model = made(7, 5)
        x = model.start()
        x[:MODELS] = [800.0, -800.0, 0.0, 5.0]
        assert np.isfinite(model.log_probabilities(x)).all()
        assert float(expected_share(800.0, 1.0)) == 1.0
