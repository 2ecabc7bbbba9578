r"""Other optima of the same runs: by another objective, or with some runs left out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     inner parameters, (P,); of R bootstrap resamples, (R, P)
w         weights of the runs, (R, n): how often a resample holds each
========  ==================================================================================

All variants of a fit see the same resamples, so that the interval of a difference is that of the
paired draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.scaling.fit import LEAST_CONVERGED, starts_of
from theodolite.scaling.identify import require_design
from theodolite.scaling.laws import Points
from theodolite.scaling.measure import quantities
from theodolite.scaling.result import Estimate
from theodolite.stats.multistart import best_of, refit, resample_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.measure import Aim
    from theodolite.scaling.recipe import Recipe
    from theodolite.scaling.result import ScalingFit
    from theodolite.stats.log_sum import LogSum

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Variant", "difference", "model_of", "variant"]

MOST_PAIRED = 1000


@dataclass(frozen=True)
class Variant:
    """An optimum, and those of the resamples: (P,), and (R, P) with NaN where none was reached."""

    theta: Array
    draws: Array


def model_of(fit: ScalingFit, recipe: Recipe | None = None) -> LogSum:
    """Set the law of a fit against its runs."""
    scale = (recipe or fit.recipe).scale
    return fit.law.model(fit.points, fit.loss, fit.fitted.centre, scale)


def variant(fit: ScalingFit, *, recipe: Recipe | None = None, keep: Mask | None = None) -> Variant:
    """Fit the runs of a fit again, from all starts.

    Parameters
    ----------
    fit
        The fit.
    recipe
        Another objective; that of the fit where left out. Its accounting is not read.
    keep
        Which runs to fit, (n,); all where left out.

    Raises
    ------
    TooFewError, NotIdentifiedError
        The runs that are kept cannot identify the law.
    NotConvergedError
        No start, or fewer than 90% of the resamples, reached a minimum.
    """
    chosen = recipe or fit.recipe
    kept = np.ones(fit.n, dtype=bool) if keep is None else keep
    require_design(fit.law, _some(fit.points, kept))
    model, bounds = model_of(fit, chosen), fit.law.bounds(fit.loss)
    once = kept[None].astype(np.float64)
    best = best_of(model, starts_of(fit.law, model), once, chosen.cost, bounds)
    if not best.converged:
        raise NotConvergedError(f"no start reached a minimum of {chosen.words}")
    count = min(fit.resampling.n, MOST_PAIRED)
    weights = resample_weights(fit.groups, count, np.random.default_rng(fit.resampling.seed))
    found = refit(model, best.theta, weights * once, chosen.cost, bounds)
    if found.converged.sum() < LEAST_CONVERGED * count:
        raise NotConvergedError(
            f"{int((~found.converged).sum()):,} of {count:,} resamples reached no minimum of "
            f"{chosen.words}, which leaves no interval"
        )
    return Variant(best.theta, np.where(found.converged[:, None], found.theta, np.nan))


def difference(fit: ScalingFit, before: Variant, after: Variant, aim: Aim) -> dict[str, Estimate]:
    """Return how each quantity changes from one variant to another, by paired draws."""
    both = np.isfinite(before.draws[:, 0]) & np.isfinite(after.draws[:, 0])
    at = [
        quantities(fit.law, np.vstack([one.theta[None], one.draws[both]]), fit.fitted.centre, aim)
        for one in (before, after)
    ]
    out = {}
    for name in at[0]:
        change = at[1][name] - at[0][name]
        low, high = fit.ends(change[:1], change[1:, None])
        out[name] = Estimate(float(change[0]), float(low[0]), float(high[0]))
    return out


def _some(points: Points, keep: Mask) -> Points:
    unique = None if points.unique is None else points.unique[keep]
    return Points(points.params[keep], points.tokens[keep], points.flops[keep], unique)
