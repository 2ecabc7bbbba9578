"""Which runs are tested and left out together, and how the forms are compared."""

import numpy as np
import pytest
from scipy import stats

from tests.scaling.datasets.simulations import checkpoints, made, setting_for
from theodolite.scaling import Recipe, Resampling
from theodolite.scaling.datasets.choice import more_than_least
from theodolite.scaling.datasets.fits import fit_forms
from theodolite.scaling.datasets.trials import (
    PARTS,
    Errors,
    left_out_errors,
    parts_of,
    sign_tests,
)
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
