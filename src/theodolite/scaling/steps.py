r"""The states between how a published set came about and a fit of one's own.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
link      one thing that was done in another way: the optimiser, the objective, the outliers
state     which links have been changed to one's own way: a set of them
========  ==================================================================================

Every state has its own optimum on the same runs, or, where the optimiser is the published one, the
place where it stops when it starts at the published set. What a link changes depends on which
others were changed before it: all orders are gone through.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scaling.laws import Centre
from theodolite.scaling.recipe import Recipe
from theodolite.scaling.variants import Variant, variant
from theodolite.stats.log_sum import LinearTerm, LogSum
from theodolite.stats.stopped import stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.laws import Law
    from theodolite.scaling.result import ScalingFit

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Ends", "Origin", "State", "changes_by_order", "origin_of", "states", "stops"]

State = frozenset[str]
# The starts of Hoffmann et al.: log E, log A, log B, alpha, beta.
GRID = (
    (-1.0, -0.5, 0.0, 0.5, 1.0),
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    (0.0, 0.5, 1.0, 1.5, 2.0),
    (0.0, 0.5, 1.0, 1.5, 2.0),
)
# An end of the published optimiser might have been reported up to this many of the lowest.
MIGHT = 2.0


@dataclass(frozen=True)
class Origin:
    """How a published set came about.

    Attributes
    ----------
    recipe
        What was minimised.
    stopped
        Whether the average cost was minimised with loose tolerances, or may have been.
    outliers
        Whether the highest losses were in.
    """

    recipe: Recipe
    stopped: bool
    outliers: bool


@dataclass(frozen=True)
class Ends:
    """Where the published optimiser stops: parameters and starts, (S, 5), best first."""

    values: Array
    starts: Array
    objective: Array

    @property
    def might(self) -> NDArray[np.intp]:
        """Which might have been reported, (M,): those of at most twice the lowest objective."""
        return np.flatnonzero(self.objective <= MIGHT * self.objective[0])


def origin_of(name: str, recipe: Recipe) -> Origin:
    """Say what is known; an unknown set is taken for one made as Hoffmann et al. made theirs.

    Hoffmann et al. averaged Huber's function over the runs, which their optimiser left early, and
    kept all runs (Besiroglu et al., section 3). Besiroglu et al. left the five highest losses out,
    and the scale of their cost free, which makes it least absolute deviations.
    """
    if name.startswith("hoffmann"):
        return Origin(Recipe(accounting=recipe.accounting), stopped=True, outliers=True)
    if name == "besiroglu":
        absolute = Recipe("least-absolute", accounting=recipe.accounting)
        return Origin(absolute, stopped=False, outliers=False)
    return Origin(recipe, stopped=True, outliers=True)


def stops(fit: ScalingFit, published: Array, recipe: Recipe, *, mean: bool) -> Ends:
    """Run the published optimiser from the points of its grid that are nearest to where it ended.

    Parameters
    ----------
    fit
        Whose runs are fitted.
    published
        E, A, B, alpha, beta.
    recipe
        What is minimised.
    mean
        The average over the runs, as published, rather than the sum.
    """
    axes = [_around(*pair) for pair in zip(GRID, _logs(published), strict=True)]
    starts = np.array(list(product(*axes)))
    return _run(fit, starts, recipe, np.ones(fit.n, dtype=bool), mean=mean)


def states(
    fit: ScalingFit, origin: Origin, recipe: Recipe, *, keep: Mask, links: tuple[str, ...],
    published: Array | None,
) -> dict[State, Variant]:  # fmt: skip
    """Return the end of every state; those where the optimiser stopped have no draws.

    Parameters
    ----------
    fit
        The law on all runs.
    origin, recipe
        The published way and one's own.
    keep
        The runs that are kept where the link ``outliers`` is changed.
    links
        Which links there are.
    published
        Where the published optimiser starts, (5,); ``None`` where it converged.
    """
    out: dict[State, Variant] = {}
    for flags in product((False, True), repeat=len(links)):
        done = frozenset(link for link, flag in zip(links, flags, strict=True) if flag)
        chosen = recipe if "objective" in done or "objective" not in links else origin.recipe
        kept = keep if "outliers" in done else np.ones(fit.n, dtype=bool)
        if published is None or "optimiser" in done:
            out[done] = variant(fit, recipe=chosen, keep=kept)
            continue
        values = _run(fit, _logs(published)[None], chosen, kept, mean=True).values[0]
        theta = fit.law.inner(values[None], fit.fitted.centre)[0]
        out[done] = Variant(theta, np.empty((0, len(theta))))
    return out


def changes_by_order(
    at: Mapping[State, float], links: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Return the least and the most that each link changes a quantity, over all orders.

    Parameters
    ----------
    at
        The quantity in each state.
    links
        The links.

    Examples
    --------
    >>> at = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 4.0}
    >>> changes_by_order(at, ("a", "b"))
    {'a': (1.0, 2.0), 'b': (2.0, 3.0)}
    """
    changes: dict[str, list[float]] = {link: [] for link in links}
    for order in permutations(links):
        done: State = frozenset()
        for link in order:
            then = done | {link}
            changes[link].append(at[then] - at[done])
            done = then
    return {link: (min(values), max(values)) for link, values in changes.items()}


def _run(fit: ScalingFit, starts: Array, recipe: Recipe, keep: Mask, *, mean: bool) -> Ends:
    """Minimise in log E, log A, log B, alpha, beta without centring, as was done."""
    model = _as_published(fit, recipe)
    found = stopped(model, starts, recipe.cost, keep=keep, mean=mean)
    order = np.argsort(found.value, kind="stable")
    theta = found.theta[order]
    with np.errstate(over="ignore"):
        values = np.concatenate([np.exp(theta[:, :3]), theta[:, 3:]], axis=1)
    return Ends(values, starts[order], found.value[order])


def _logs(values: Array) -> Array:
    out: Array = np.concatenate([np.log(values[:3]), values[3:]])
    return out


def _as_published(fit: ScalingFit, recipe: Recipe) -> LogSum:
    law: Law = fit.law
    _, *slopes = law.terms(fit.points, Centre())
    floor = LinearTerm((0,), np.ones((1, fit.n)))
    return LogSum([floor, *slopes], fit.loss, recipe.scale)


def _around(grid: tuple[float, ...], value: float) -> list[float]:
    """Return the two points of a grid that are nearest."""
    return sorted(grid, key=lambda point: abs(point - value))[:2]
