"""Fitting a law to runs, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import NotConvergedError, TooFewError
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import require_settings
from theodolite.scaling.identify import (
    condition_number,
    held_share,
    require_design,
    require_fit,
)
from theodolite.scaling.laws import Centre, Points, law_named
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import ENOUGH_HELD, Fitted, ScalingFit
from theodolite.scaling.same_budget import group_by_budget
from theodolite.stats.multistart import best_of, projected_starts, refit, resample_weights
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounting
    from theodolite.scaling.laws import Law, LawName
    from theodolite.stats.log_sum import LogSum
    from theodolite.stats.multistart import Best
    from theodolite.stats.newton import Bounds, Minimum
    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = [
    "Optimum",
    "fit",
    "fit_law",
    "groups_of",
    "optimum",
    "starts_of",
    "unique_of",
    "with_noise",
]

EXPONENT_GRID = tuple(float(x) for x in np.geomspace(0.05, 2.0, 8))
WORTH_GRID = (3.0, 30.0)
FEWEST_CLUSTERS, FEW_CLUSTERS = 5, 20
# Clusters of runs with about the same FLOPs, where the runs have no such column.
BUDGET, SAME_BUDGET = "budget", 0.1
LEAST_CONVERGED = 0.9


def fit(
    runs: Runs,
    *,
    law: LawName = "chinchilla",
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
) -> ScalingFit:
    r"""Fit a law of how loss falls with parameters and tokens.

    ``chinchilla`` is L = E + A / N^alpha + B / D^beta; the others stand in
    :mod:`theodolite.scaling.laws`. The objective is the sum over runs of Huber's function (or
    squares, or absolute values) of the residual, by default of the log of the loss.

    Parameters
    ----------
    runs
        The runs: parameters and tokens are counts, losses nats a token.
    law
        ``chinchilla``, ``over-training``, ``data-constrained``, ``compute`` or ``no-floor``.
    recipe
        Objective, its delta, the scale of the residuals and the accounting of FLOPs.
    resampling
        How many bootstrap resamples, of single runs or of clusters, and their seed. Each resample
        is fitted to its own optimum; intervals are bias-corrected percentiles, plain ones where
        draws with E = 0 are common. Where less than 95% of the resamples of runs could hold the
        law at all, the noise is drawn instead, about the same runs, as wide as n - P degrees of
        freedom leave it.
    level
        Confidence level of every interval.

    Returns
    -------
    ScalingFit
        See there.

    Raises
    ------
    UsageError
        ``law`` is unknown or ``level`` is not between 0 and 1.
    MissingColumnError
        The runs lack a column that the accounting, the law or the clusters need.
    InputError
        The file's own FLOPs contradict the accounting.
    TooFewError
        Not more distinct runs than parameters, or fewer than five clusters.
    NotIdentifiedError
        Other parameters fit as well; the message says which runs would help.
    NotConvergedError
        No start, or fewer than 90% of the resamples, reached a minimum.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556; T. Besiroglu, E. Erdil, M. Barnett and J. You
    (2024), arXiv:2404.10102; N. Muennighoff et al. (2023), arXiv:2305.16264 (repetition);
    S. Y. Gadre et al. (2024), arXiv:2403.08540 (over-training).

    Examples
    --------
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(losses.shape))
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * noise).ravel()})
    >>> got = fit(Runs.from_frame(frame), resampling=Resampling(n=500))
    >>> got.allocation_exponent.low < 0.37 / 0.72 < got.allocation_exponent.high
    True
    """
    chosen = law_named(law)
    recipe, resampling = recipe or Recipe(), resampling or Resampling()
    require_settings(level, resampling.n, resampling.seed)
    counted = account(runs, recipe.accounting)
    points = Points.of(counted, unique_of(runs, chosen))
    groups = groups_of(runs, resampling.cluster, counted.flops)
    require_design(chosen, points)
    fitted, condition = fit_law(
        chosen, points, counted.loss, recipe=recipe, groups=groups, resampling=resampling
    )
    return ScalingFit(
        law=chosen,
        recipe=recipe,
        resampling=resampling,
        fitted=fitted,
        points=points,
        loss=counted.loss,
        groups=groups,
        condition=condition,
        level=level,
        accounting=counted.words,
        removed=runs.removed,
        notes=(
            *_mixed(runs, recipe.accounting),
            *_clusters(groups),
            *_notes(fitted, counted.given_ratio),
        ),
    )


def fit_law(
    law: Law,
    points: Points,
    loss: Array,
    *,
    recipe: Recipe,
    groups: NDArray[np.intp],
    resampling: Resampling,
) -> tuple[Fitted, float]:
    """Fit a law to arrays, and its resamples; also return the condition number."""
    found = optimum(law, points, loss, recipe=recipe)
    best = found.best
    generator = np.random.default_rng(resampling.seed)
    weights = resample_weights(groups, resampling.n, generator)
    share = held_share(law, points, weights)
    model = found.model
    if share < ENOUGH_HELD:
        model, weights = (
            with_noise(model, best.theta, resampling.n, generator),
            np.ones_like(weights),
        )
    draws, count = _converged(refit(model, best.theta, weights, recipe.cost, found.bounds))
    fitted = Fitted(
        best.theta,
        draws,
        found.centre,
        best.value,
        best.starts,
        best.arrived,
        resampling.n,
        count,
        share,
    )
    return fitted, found.condition


def with_noise(model: LogSum, theta: Array, count: int, generator: np.random.Generator) -> LogSum:
    """Give the fitted losses new noise, its scale as uncertain as the runs leave it.

    Normal draws with the residuals' variance on n - P degrees of freedom, each divided by the root
    of a chi-square over these: what Student's t is to the normal.
    """
    spare = max(len(model.loss) - len(theta), 1)
    wide = np.sqrt(spare / generator.chisquare(spare, size=(count, 1)))
    draws = wide * generator.standard_normal((count, len(model.loss)))
    return model.with_residuals(theta, model.noise(theta) * draws)


@dataclass(frozen=True)
class Optimum:
    """The best minimum over all starts, with what it was found in."""

    best: Best
    model: LogSum
    centre: Centre
    bounds: Bounds
    condition: float


def optimum(law: Law, points: Points, loss: Array, *, recipe: Recipe) -> Optimum:
    """Fit a law to arrays, without resamples; raise where the optimum leaves it open."""
    centre = Centre.of(points)
    model = law.model(points, loss, centre, recipe.scale)
    bounds = law.bounds(loss)
    best = best_of(model, starts_of(law, model), np.ones((1, len(loss))), recipe.cost, bounds)
    if not best.converged:
        raise NotConvergedError(
            f"none of {best.starts} starts of the law {law.name} reached a minimum: look for "
            "outliers, or try another objective (--objective least-squares)"
        )
    condition = condition_number(model, best.theta)
    require_fit(law, points, best.theta, bounds=bounds, condition=condition)
    return Optimum(best, model, centre, bounds, condition)


def starts_of(law: Law, model: LogSum) -> Array:
    """Return starts: a grid over the exponents, the coefficients projected out."""
    grids: list[Sequence[float]] = []
    linear = [] if law.floor is None else [law.floor]
    linear += [at for at, _, _ in law.slopes]
    for at, name in enumerate(law.parameters):
        if at in linear:
            grids.append((0.0,))
        elif name.startswith("R_"):
            grids.append(tuple(float(np.log(x)) for x in WORTH_GRID))
        else:
            grids.append(EXPONENT_GRID)
    grid = np.array(list(product(*grids)))
    return projected_starts(model, grid, linear, constant=law.floor)


def _converged(found: Minimum) -> tuple[Array, int]:
    """Return the resamples that reached a minimum, and their count."""
    total, count = len(found.converged), int(found.converged.sum())
    if count < LEAST_CONVERGED * total:
        raise NotConvergedError(
            f"{total - count:,} of {total:,} resamples reached no minimum, which leaves no "
            "interval: the runs are too few, or too much alike, for this law"
        )
    return found.theta[found.converged], count


def groups_of(runs: Runs, cluster: str | None, flops: Array) -> NDArray[np.intp]:
    """Return the cluster of each run, from 0."""
    if cluster is None:
        return np.arange(len(runs))
    if cluster == BUDGET and BUDGET not in runs.frame.columns:
        codes = group_by_budget(flops, None, SAME_BUDGET).group
    else:
        only_given(runs.frame, cluster, "the bootstrap by cluster")
        codes = runs.frame.get_column(cluster).rank("dense").to_numpy().astype(np.intp) - 1
    count = int(codes.max()) + 1
    if count < FEWEST_CLUSTERS:
        raise TooFewError(
            f"{cluster} has {count} values, and a bootstrap of fewer than {FEWEST_CLUSTERS} "
            "clusters tells nothing: resample single runs, or add clusters"
        )
    return codes


def unique_of(runs: Runs, law: Law) -> Array | None:
    """Return the unique tokens of each run, where the law asks for them."""
    if not law.repeats:
        return None
    only_given(runs.frame, "unique_tokens", f"the law {law.name}")
    return runs.frame.get_column("unique_tokens").cast(pl.Float64).to_numpy()


def _mixed(runs: Runs, accounting: Accounting) -> list[str]:
    """Say what is not counted, and where one law was fitted to losses that may not compare."""
    notes = []
    if "active_params" in runs.frame.columns and accounting != "active":
        notes.append("The runs have active_params, which are not counted (--accounting active).")
    if accounting in ("given", "attention"):
        notes.append("Splits of compute count 6 N D, whatever the FLOPs of the runs count.")
    for column in ("dataset", "tokenizer"):
        if column in runs.frame.columns:
            count = runs.frame.get_column(column).n_unique()
            if count > 1:
                notes.append(f"One law for runs with {count} values of {column}: see --where.")
    return notes


def _clusters(groups: NDArray[np.intp]) -> list[str]:
    count = int(groups.max()) + 1
    if count == len(groups) or count >= FEW_CLUSTERS:
        return []
    return [f"With {count} clusters the intervals are too narrow: in simulation 5 gave 80 to 85%."]


def _notes(fitted: Fitted, ratio: float | None) -> tuple[str, ...]:
    notes = []
    if ratio is not None and abs(ratio - 1.0) > 0.01:  # noqa: PLR2004
        notes.append(f"The file's own FLOPs are {ratio:.2f} times these (median).")
    if fitted.of_noise:
        notes.append(
            f"So few runs that only {fitted.held_share:.0%} of resamples could hold the law: the "
            "intervals draw normal noise about the same runs instead."
        )
    lost = fitted.resamples - fitted.resamples_converged
    if lost:
        notes.append(f"{lost:,} of {fitted.resamples:,} resamples reached no minimum: left out.")
    return tuple(notes)
