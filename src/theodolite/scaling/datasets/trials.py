r"""Which form describes the sets: tests of nested forms, and predictions of runs left out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
S_0, S_1  the objective at the optimum of a form, and of a larger one that it is a case of
T         log(S_0 / S_1)
r_i, s_c  mean of the residuals of run i by the smaller form fitted with and without its cluster
          c; a random sign of c
e_i       error of the log loss of run i when it was left out
========  ==================================================================================

The p-value is the share of draws whose T is at least the observed one. A draw gives every residual
of the smaller form the random sign of its cluster, s_c r_i about its prediction, and fits both
forms anew: that asks for residuals symmetric about 0, not for equal or normal ones, and lets those
of one cluster hang together. Whole clusters are left out for the same reason. A run without a
cluster is one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scaling.datasets.forms import members, predict_form
from theodolite.scaling.fit import LEAST_CONVERGED
from theodolite.scaling.holdout import largest_part
from theodolite.stats.multistart import refit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.datasets.fits import FormFit, Setting
    from theodolite.scaling.datasets.forms import FormName

    Array = NDArray[np.float64]

__all__ = ["PARTS", "Errors", "largest_errors", "left_out_errors", "parts_of", "sign_tests"]

SIGN_DRAWS = 199
# Up to so many runs, or clusters, each is left out alone; beyond, in so many parts.
MOST_ALONE, PARTS = 200, 20
LARGEST_SHARE = 0.2


@dataclass(frozen=True)
class Errors:
    """Errors of the log losses of runs that a form was not fitted to.

    Attributes
    ----------
    rows
        Which runs, (m,).
    by_form
        Observed over predicted, logs, (m,) each; nan where the fit without the run reached no
        minimum, or left its set no run.
    """

    rows: NDArray[np.intp]
    by_form: Mapping[FormName, Array]

    def mean(self, name: FormName) -> float:
        """Return the mean absolute error of a form."""
        return float(np.abs(self.by_form[name]).mean())

    def complete(self) -> Errors:
        """Return the runs that all forms foretell, without forms that fail on too many."""
        forms = {
            name: own
            for name, own in self.by_form.items()
            if np.isfinite(own).mean() >= LEAST_CONVERGED
        }
        known = np.ones(len(self.rows), dtype=bool)
        for own in forms.values():
            known &= np.isfinite(own)
        return Errors(self.rows[known], {name: own[known] for name, own in forms.items()})


def sign_tests(small: FormFit, large: Sequence[FormFit], setting: Setting) -> dict[FormName, float]:
    """Test a form against larger ones that it is a case of, all on the same draws.

    Returns
    -------
    dict
        The p-value against each.
    """
    if not large:
        return {}
    generator = np.random.default_rng([setting.resampling.seed, 13])
    count = int(setting.groups.max()) + 1
    draws = min(SIGN_DRAWS, setting.resampling.n)
    signs = generator.choice([-1.0, 1.0], size=(draws, count))[:, setting.groups]
    drawn = signs * _residuals(small, setting)
    losses = small.model.with_residuals(small.theta, drawn).loss
    cost, weights = setting.recipe.cost, np.ones_like(signs)
    under = refit(replace(small.model, loss=losses), small.theta, weights, cost, small.bounds)
    out: dict[FormName, float] = {}
    for other in large:
        start = other.form.embed(small.form, setting.law, under.theta, setting.runs.k)
        over = refit(replace(other.model, loss=losses), start, weights, cost, other.bounds)
        drawn = np.log(under.value) - np.log(np.minimum(over.value, under.value))
        seen = np.log(small.objective) - np.log(min(other.objective, small.objective))
        good = under.converged & over.converged
        above = int((drawn[good] >= seen - 1e-12).sum())
        out[other.name] = (1 + above) / (1 + int(good.sum()))
    return out


def _residuals(small: FormFit, setting: Setting) -> Array:
    """Return the mean of each run's residuals by the fits with and without its cluster.

    A fit runs nearer to its own runs than the truth does, by absolute values even through as many
    as it has parameters: signs of those residuals would draw less noise than the runs have. By
    squares the mean is r (1 + 1 / (1 - h)) / 2, h the leverage: to the first order in h that has
    the variance of the noise, which r / (1 - h), the residual by the fit without, is beyond.
    """
    error = _errors(small, setting, *_parted(setting))
    loss = setting.runs.loss
    left_out = error if small.model.scale == "log" else loss - loss * np.exp(-error)
    own = small.model.residuals(small.theta[None])[0]
    out: Array = np.where(np.isfinite(left_out), (left_out + own) / 2.0, own)
    return out


def left_out_errors(fits: Mapping[FormName, FormFit], setting: Setting) -> Errors:
    """Predict every run from those of other clusters: one by one, or in parts where many."""
    n, (weights, parts) = len(setting.runs.loss), _parted(setting)
    errors = {name: _errors(fitted, setting, weights, parts) for name, fitted in fits.items()}
    return Errors(np.arange(n), errors)


def _parted(setting: Setting) -> tuple[Array, NDArray[np.intp]]:
    """Return the weights without each part, (parts, n), and the part of each run."""
    parts = parts_of(setting)
    return (parts != np.arange(int(parts.max()) + 1)[:, None]).astype(float), parts


def parts_of(setting: Setting) -> NDArray[np.intp]:
    """Return with which part each run is left out, (n,).

    Many clusters are dealt to the parts within each set, shuffled from an order that is of the runs
    and not of the file's rows: rows that follow a grid would leave out one of its lines together.
    """
    runs, groups = setting.runs, setting.groups
    count = int(groups.max()) + 1
    if count <= MOST_ALONE:
        return groups
    order = np.lexsort((runs.loss, runs.points.tokens, runs.points.params, runs.codes))
    _, first = np.unique(groups[order], return_index=True)
    codes = runs.codes[order][first]
    generator = np.random.default_rng([setting.resampling.seed, 14])
    parts = np.empty(count, dtype=np.intp)
    for own in members(codes, runs.k):
        placed = own[np.argsort(first[own])]
        parts[generator.permutation(placed)] = np.arange(len(own)) % PARTS
    out: NDArray[np.intp] = parts[groups]
    return out


def largest_errors(fits: Mapping[FormName, FormFit], setting: Setting) -> Errors:
    """Predict the largest fifth of each set's runs, by compute, from all others."""
    runs = setting.runs
    held = np.zeros(len(runs.loss), dtype=bool)
    for own in members(runs.codes, runs.k):
        held[own] = largest_part(np.exp(runs.points.flops[own]), LARGEST_SHARE)
    weights = (~held).astype(float)[None]
    rows = np.flatnonzero(held)
    parts = np.zeros(len(held), dtype=np.intp)
    errors = {name: _errors(f, setting, weights, parts)[rows] for name, f in fits.items()}
    return Errors(rows, errors)


def _errors(fitted: FormFit, setting: Setting, weights: Array, parts: NDArray[np.intp]) -> Array:
    """Return log(observed / predicted) of each run by the fit without its part."""
    found = refit(fitted.model, fitted.theta, weights, setting.recipe.cost, fitted.bounds)
    logs = np.log(predict_form(fitted.form, setting.law, found.theta, setting.runs, setting.centre))
    out: Array = np.log(setting.runs.loss) - logs[parts, np.arange(len(parts))]
    # A fit that reached no minimum is no law, and nor is that of a set with no run left.
    told = found.converged[parts]
    if fitted.form.own:
        for own in members(setting.runs.codes, setting.runs.k):
            told[own] &= (weights[:, own].sum(axis=1) > 0.0)[parts[own]]
    return np.where(told, out, np.nan)
