r"""Fitting the forms, and drawing their uncertainty within the sets.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
n, n_k    runs in all, and of set k
P         parameters of a form
w         weights of the runs in each resample, (R, n)
========  ==================================================================================

Runs (or clusters) are drawn with replacement within each set, so that every resample has n_k runs
of set k. Draws of few runs are too narrow; they are spread about the estimate by
(n / (n - P))^(1/2), as far as residuals count as squares, and by Student's quantile over the
normal one. Where a set has less than ten
runs, or less than 95% of the resamples could hold the law, the noise is drawn instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError, NotConvergedError, NotIdentifiedError
from theodolite.scaling.datasets.forms import (
    FORMS,
    Form,
    SetRuns,
    fit_form,
    forms_of,
    members,
    single_sets,
)
from theodolite.scaling.fit import LEAST_CONVERGED, with_noise
from theodolite.scaling.identify import (
    WORST_CONDITION,
    condition_number,
    held_share,
    require_design,
)
from theodolite.scaling.laws import Centre
from theodolite.scaling.result import ENOUGH_HELD
from theodolite.stats.multistart import refit, resample_weights

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.datasets.forms import FormName
    from theodolite.scaling.laws import Law
    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.stats.log_sum import LogSum
    from theodolite.stats.newton import Bounds

    Array = NDArray[np.float64]

__all__ = ["FormFit", "Setting", "draw", "fit_forms", "setting_of"]

# A bootstrap of fewer runs than these in a set is too narrow: see the coverage in the tests.
FEWEST_DRAWN = 10
FEWEST_CLUSTERS = 5
# What a set's own term of tokens asks for.
TERM_RUNS, TERM_LEVELS = 3, 2


@dataclass(frozen=True)
class Setting:
    """What all forms are fitted to, and how.

    Attributes
    ----------
    law, recipe, resampling, level
        Law, objective, resamples, and the level of intervals.
    runs, centre
        The runs of all sets, and where their logs are centred.
    groups
        The cluster of each run, from 0 without gaps, (n,): every run its own where none are given.
    weights
        How often each run is in each resample, (R, n).
    held
        The share of resamples that could hold the law.
    of_noise
        Whether the noise is drawn instead of the runs.
    """

    law: Law
    recipe: Recipe
    resampling: Resampling
    level: float
    runs: SetRuns
    centre: Centre
    groups: NDArray[np.intp] = field(repr=False)
    weights: Array = field(repr=False)
    held: float
    of_noise: bool

    @property
    def clustered(self) -> bool:
        """Whether some runs share a cluster."""
        return int(self.groups.max()) + 1 < len(self.groups)


@dataclass(frozen=True)
class FormFit:
    """One form, fitted.

    Attributes
    ----------
    form
        Which.
    theta, objective
        Its parameters, and the objective summed over the runs.
    model, bounds
        What was minimised, and within which bounds.
    draws
        Of the parameters, (R, P); empty where none were asked for.
    """

    form: Form
    theta: Array
    objective: float
    model: LogSum = field(repr=False)
    bounds: Bounds = field(repr=False)
    draws: Array = field(repr=False)

    @property
    def name(self) -> FormName:
        """The name of the form."""
        return self.form.name


def setting_of(
    runs: SetRuns,
    groups: NDArray[np.intp],
    *,
    law: Law,
    recipe: Recipe,
    resampling: Resampling,
    level: float,
) -> Setting:
    """Draw the runs within each set, and say whether that can be done.

    ``groups`` are the clusters of the runs, from 0.
    """
    generator = np.random.default_rng([resampling.seed, 11])
    weights = np.empty((resampling.n, len(runs.loss)))
    clusters = []
    for part in members(runs.codes, runs.k):
        own = np.unique(groups[part], return_inverse=True)[1]
        clusters.append(int(own.max()) + 1)
        weights[:, part] = resample_weights(own, resampling.n, generator)
    held = held_share(law, runs.points, weights)
    groups = np.unique(groups, return_inverse=True)[1]
    clustered = int(groups.max()) + 1 < len(groups)
    few = min(clusters) < (FEWEST_CLUSTERS if clustered else FEWEST_DRAWN)
    of_noise = few or held < ENOUGH_HELD
    centre = Centre.of(runs.points)
    return Setting(law, recipe, resampling, level, runs, centre, groups, weights, held, of_noise)


def fit_forms(
    setting: Setting, only: Collection[FormName] | None = None
) -> tuple[dict[FormName, FormFit], dict[FormName, str]]:
    """Fit each form that the runs can hold, or ``only`` some; also return why not, for the others.

    A smaller form gives larger ones their starts.
    """
    found: dict[FormName, FormFit] = {}
    reasons: dict[FormName, str] = {}
    single = _single(setting) if only is None else None
    for form in forms_of(setting.law):
        if only is not None and form.name not in only:
            continue
        try:
            found[form.name] = _fit(form, setting, found, single)
        except CannotAnswerError as error:
            reasons[form.name] = str(error)
    return found, reasons


def _single(setting: Setting) -> Array | None:
    """Return the laws of the single sets, (K, P), where each can be fitted."""
    law, runs = setting.law, setting.runs
    try:
        _require(FORMS[-1], law, runs)
    except CannotAnswerError:
        return None
    found, converged = single_sets(law, runs, setting.centre, setting.recipe)
    return found if converged.all() else None


def _fit(
    form: Form, setting: Setting, smaller: Mapping[FormName, FormFit], single: Array | None
) -> FormFit:
    law, runs = setting.law, setting.runs
    _require(form, law, runs)
    near = [
        form.embed(other.form, law, other.theta[None], runs.k)[0]
        for other in smaller.values()
        if other.form.own <= form.own
    ]
    if near and single is not None:
        near.append(form.compose(law, single))
    best, model, bounds = fit_form(
        form, law, runs, centre=setting.centre, recipe=setting.recipe, near=near
    )
    if not best.converged:
        raise NotConvergedError(f"none of {best.starts} starts reached a minimum")
    at = _at_bound(form, law, runs.k, best.theta, bounds)
    if at:
        raise NotIdentifiedError(f"the fit drives {at} to the end of what it may be")
    if not condition_number(model, best.theta) < WORST_CONDITION:
        raise NotIdentifiedError("other parameters fit as well")
    none = np.empty((0, len(best.theta)))
    return FormFit(form, best.theta, best.value, model, bounds, none)


def _at_bound(form: Form, law: Law, k: int, theta: Array, bounds: Bounds) -> str | None:
    """Name a parameter other than a floor, or a coefficient that vanishes, at its bound."""
    for at, (name, columns) in enumerate(zip(law.parameters, form.columns(law, k), strict=True)):
        if at == law.floor:
            continue
        ends = (theta[columns] <= bounds.low[columns]) | (theta[columns] >= bounds.high[columns])
        if ends.any():
            return name
    return None


def _require(form: Form, law: Law, runs: SetRuns) -> None:
    """Raise where the runs of single sets could not hold what is their own in a form."""
    if form.name not in ("token-term", "own"):
        return
    for name, part in zip(runs.names, members(runs.codes, runs.k), strict=True):
        points = runs.points.at_rows(part)
        if form.name == "own":
            try:
                require_design(law, points)
            except CannotAnswerError as error:
                raise NotIdentifiedError(f"the runs of {name} alone: {error}") from None
        elif len(part) < TERM_RUNS or len(np.unique(np.round(points.tokens, 2))) < TERM_LEVELS:
            raise NotIdentifiedError(f"{name} has too few runs, or one token count only")


def draw(fitted: FormFit, setting: Setting) -> FormFit:
    """Add the draws of a form.

    Raises
    ------
    NotConvergedError
        Fewer than 90% of them reached a minimum.
    """
    model, weights = fitted.model, setting.weights
    if setting.of_noise:
        generator = np.random.default_rng([setting.resampling.seed, 12])
        model = with_noise(model, fitted.theta, setting.resampling.n, generator)
        weights = np.ones_like(weights)
    got = refit(model, fitted.theta, weights, setting.recipe.cost, fitted.bounds)
    share = float(got.converged.mean())
    if share < LEAST_CONVERGED:
        raise NotConvergedError(
            f"{1 - share:.0%} of the resamples of the form {fitted.name} reached no minimum: the "
            "runs are too few, or too much alike"
        )
    draws = got.theta[got.converged]
    return FormFit(fitted.form, fitted.theta, fitted.objective, fitted.model, fitted.bounds, draws)
