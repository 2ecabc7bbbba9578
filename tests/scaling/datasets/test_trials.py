"""Which runs are tested and left out together, and how the forms are compared."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.scaling.datasets.simulations import checkpoints, made, setting_for
from theodolite.errors import NotConvergedError
from theodolite.scaling import Recipe, Resampling, Sets, datasets
from theodolite.scaling.datasets import trials
from theodolite.scaling.datasets.choice import choose, more_than_least
from theodolite.scaling.datasets.fits import fit_forms
from theodolite.scaling.datasets.trials import (
    PARTS,
    Errors,
    left_out_errors,
    parts_of,
    sign_tests,
)
from theodolite.stats.newton import Minimum
from theodolite.tables import Runs

SQUARES = Recipe(objective="least-squares")
BY_RUN, BY_FAMILY = Resampling(n=100), Resampling(n=100, cluster="family")


def fitted(runs, resampling, forms=("shared", "tokens")):
    setting = setting_for(runs, recipe=SQUARES, resampling=resampling)
    return fit_forms(setting, forms)[0], setting


def p_value_of(runs, resampling):
    fits, setting = fitted(runs, resampling)
    return sign_tests(fits["shared"], [fits["tokens"]], setting)["tokens"]


def test_checkpoints_of_one_run_take_one_sign():
    # Sets that are alike, whose few runs differ: run by run that is a difference of the sets.
    by_run, by_family = zip(
        *(
            [p_value_of(checkpoints(12, 5, seed=[12, k]), how) for how in (BY_RUN, BY_FAMILY)]
            for k in (28, 44, 45)
        ),
        strict=True,
    )
    assert max(by_run) < 0.05
    assert min(by_family) > 0.1


def test_signs_are_of_residuals_that_are_not_nothing(monkeypatch):
    # Absolute values run through five runs, whose residuals would leave every draw the same.
    setting = setting_for(
        made((12, 12), (1.0, 1.0)), recipe=Recipe(objective="least-absolute"), resampling=BY_RUN
    )
    fits = fit_forms(setting, ("shared", "tokens"))[0]
    shared = fits["shared"]
    residual = shared.model.residuals(shared.theta[None])[0]
    assert (np.abs(residual) < 1e-4).sum() >= 5
    seen = []
    real = trials.refit

    def spy(model, *rest):
        seen.append(model.loss)
        return real(model, *rest)

    monkeypatch.setattr(trials, "refit", spy)
    sign_tests(shared, [fits["tokens"]], setting)
    drawn = np.log(next(loss for loss in seen if loss.ndim > 1))
    left_out = left_out_errors({"shared": shared}, setting).by_form["shared"]
    wanted = np.abs(left_out + residual)
    assert np.ptp(drawn, axis=0) == pytest.approx(wanted, rel=1e-9)
    assert wanted.min() > 1e-4


def test_signs_on_the_scale_of_the_loss(monkeypatch):
    recipe = Recipe(objective="least-squares", scale="loss")
    setting = setting_for(made((12, 12), (1.0, 1.0)), recipe=recipe, resampling=BY_RUN)
    fits = fit_forms(setting, ("shared", "tokens"))[0]
    seen = []
    real = trials.refit

    def spy(model, *rest):
        seen.append(model.loss)
        return real(model, *rest)

    monkeypatch.setattr(trials, "refit", spy)
    sign_tests(fits["shared"], [fits["tokens"]], setting)
    drawn = next(loss for loss in seen if loss.ndim > 1)
    error = left_out_errors({"shared": fits["shared"]}, setting).by_form["shared"]
    own = fits["shared"].model.residuals(fits["shared"].theta[None])[0]
    wanted = np.abs(setting.runs.loss * (1.0 - np.exp(-error)) + own)
    assert np.ptp(drawn, axis=0) == pytest.approx(wanted, rel=1e-9)


def sizes(objective, histories, *, cluster=None):
    """How often sets that are alike are said to differ at 5%, and a true multiplier not enough."""
    got = []
    for k in range(histories):
        runs = checkpoints(24, 5, seed=[9, k]) if cluster else made((16, 16), (1, 1), seed=[9, k])
        setting = setting_for(
            runs,
            recipe=Recipe(objective=objective),
            resampling=Resampling(n=100, cluster=cluster),
        )
        fits, reasons = fit_forms(setting, ("shared", "tokens"))
        if not reasons:
            got.append(sign_tests(fits["shared"], [fits["tokens"]], setting)["tokens"] <= 0.05)
    return float(np.mean(got)), len(got)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["huber", "least-squares"])
@pytest.mark.parametrize("cluster", [None, "family"])
def test_sets_that_are_alike_are_seldom_said_to_differ(objective, cluster):
    share, n = sizes(objective, 300, cluster=cluster)
    print(objective, cluster, share, n)
    assert share <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / n)


def test_checkpoints_of_one_run_are_left_out_together():
    runs = checkpoints(12, 5, seed=1)
    fits, setting = fitted(runs, BY_FAMILY)
    got = left_out_errors(fits, setting)
    family = np.unique(runs.frame["family"].to_numpy(), return_inverse=True)[1]
    parts = parts_of(setting)
    assert np.unique(np.stack([family, parts]), axis=1).shape[1] == 12
    # By hand: the fit without one run's five checkpoints.
    out = runs.frame["family"].to_numpy() == "run 3"  # of the set b
    rest, own = fitted(Runs.from_frame(runs.frame.filter(~out)), BY_RUN)
    inner = rest["tokens"].form.of_set(own.law, rest["tokens"].theta[None], 1, 2)
    e, a, b, alpha, beta = own.law.natural(inner, own.centre)[0]
    n, d, loss = (runs.frame[c].to_numpy()[out] for c in ("params", "tokens", "loss"))
    wanted = np.log(loss) - np.log(e + a / n**alpha + b / d**beta)
    assert got.by_form["tokens"][out] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("resampling", [BY_RUN, BY_FAMILY])
def test_the_interval_of_more_error_is_over_clusters(resampling):
    setting = setting_for(checkpoints(12, 5, seed=2), recipe=SQUARES, resampling=resampling)
    rng = np.random.default_rng(0)
    by_form = {"tokens": rng.normal(0.0, 0.1, 60), "own": rng.normal(0.0, 0.5, 60)}
    mean, low, high = more_than_least(Errors(np.arange(60), by_form), setting)["own"]
    more = np.abs(by_form["own"]) - np.abs(by_form["tokens"])
    # Clusters of one size: the interval of the mean of their means.
    own = more.reshape(12, 5).mean(axis=1) if resampling.cluster else more
    ends = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
    assert (mean, low, high) == pytest.approx((more.mean(), *ends))


def test_parts_do_not_depend_on_the_order_of_the_rows():
    runs = made((130, 130), (1.0, 1.6))
    turned = Runs.from_frame(runs.frame.sample(fraction=1.0, shuffle=True, seed=3))
    one, two = (parts_of(setting_for(x, recipe=SQUARES, resampling=BY_RUN)) for x in (runs, turned))
    at = dict(zip(turned.frame["run"], two, strict=True))
    assert [at[run] for run in runs.frame["run"]] == one.tolist()
    assert np.bincount(one).tolist() == [14] * 10 + [12] * 10
    assert len(np.bincount(one)) == PARTS


def test_many_clusters_are_dealt_whole():
    runs = checkpoints(240, 2, seed=4)
    setting = setting_for(runs, recipe=SQUARES, resampling=BY_FAMILY)
    both = np.unique(np.stack([setting.groups, parts_of(setting)]), axis=1)
    assert both.shape[1] == 240
    assert np.bincount(both[1]).tolist() == [12] * PARTS


def unconverged(monkeypatch, form, parts):
    """Let the fits of one form without these parts reach no minimum, and go far astray."""
    real = trials.refit

    def fake(model, start, weights, cost, bounds):
        found = real(model, start, weights, cost, bounds)
        # The largest runs are left out at once, in one fit.
        if len(weights) == 1 or not np.array_equal(start, form.theta):
            return found
        theta, converged = found.theta.copy(), found.converged.copy()
        theta[parts], converged[parts] = theta[parts] + 0.5, False
        return Minimum(theta, found.value, converged)

    monkeypatch.setattr(trials, "refit", fake)


def test_a_fit_without_a_minimum_foretells_nothing(monkeypatch):
    fits, setting = fitted(made((12, 12), (1.0, 1.6)), BY_RUN)
    before = choose(fits, {}, setting)
    unconverged(monkeypatch, fits["tokens"], [3, 20])
    errors = left_out_errors(fits, setting)
    assert np.flatnonzero(np.isnan(errors.by_form["tokens"])).tolist() == [3, 20]
    assert np.isfinite(errors.by_form["shared"]).all()
    after = choose(fits, {}, setting)
    assert (before.compared, after.compared, after.left_out) == (24, 22, 24)
    assert (before.form, after.form, after.failed) == ("tokens", "tokens", ())
    rest = np.delete(np.arange(24), [3, 20])
    row = after.table.row(by_predicate=pl.col("form") == "shared", named=True)
    assert row["error"] == pytest.approx(np.abs(errors.by_form["shared"][rest]).mean())


def test_a_form_whose_fits_fail_is_not_compared(monkeypatch):
    fits, setting = fitted(made((12, 12), (1.0, 1.6)), BY_RUN)
    unconverged(monkeypatch, fits["tokens"], np.arange(5))
    got = choose(fits, {}, setting)
    assert (got.form, got.failed, got.compared) == ("shared", ("tokens",), 24)
    row = got.table.row(by_predicate=pl.col("form") == "tokens", named=True)
    assert row["error"] is None
    assert row["more_low"] is None
    unconverged(monkeypatch, fits["shared"], np.arange(24))
    with pytest.raises(NotConvergedError, match="foretold by no form"):
        choose(fits, {}, setting)


def test_a_set_whose_runs_are_all_left_out_has_no_law_of_its_own():
    runs = made((24, 3), (1.0, 1.6))
    family = [*(f"run {k}" for k in range(24)), *["lone"] * 3]
    runs = Runs.from_frame(runs.frame.with_columns(family=pl.Series(family)))
    fits, setting = fitted(runs, BY_FAMILY)
    errors = left_out_errors(fits, setting)
    assert np.flatnonzero(np.isnan(errors.by_form["tokens"])).tolist() == [24, 25, 26]
    assert np.isfinite(errors.by_form["shared"]).all()


@pytest.mark.slow
def test_noise_that_knows_no_clusters_is_named():
    found = datasets(
        checkpoints(8, 3, seed=1),
        sets=Sets(same_evaluation=True),
        recipe=SQUARES,
        resampling=BY_FAMILY,
    )
    assert found.setting.of_noise
    assert any("whatever its family" in note for note in found.notes)


def test_runs_that_could_not_be_compared_are_counted(monkeypatch):
    runs = made((12, 12), (1.0, 1.6))
    shared = fitted(runs, BY_RUN)[0]["shared"]
    unconverged(monkeypatch, shared, [3])
    found = datasets(runs, sets=Sets(same_evaluation=True), recipe=SQUARES, resampling=BY_RUN)
    assert any("compared on 23 of 24 runs left out" in note for note in found.notes)
