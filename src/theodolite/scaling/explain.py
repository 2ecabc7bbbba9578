r"""Why a published law is not the optimum of runs: rounding, optimiser, objective, outliers.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
p, f, o   the set as printed; in full precision; the optimum of the runs
s         where the published optimiser stops on these runs, from f
V         covariance of the inner parameters over the bootstrap resamples
W         (f - o)' V^-1 (f - o): chi-square with as many degrees of freedom as parameters, were
          f the law that the runs scatter about
========  ==================================================================================

The chain p -> f -> s -> ... -> o: rounding; the remainder, which none of the links is; then the
published optimiser, objective and outliers, each changed to one's own. Its changes add up to the
whole difference. They depend on the order, which is said. s is where the published optimiser stops
when it starts at f: near f, if f is such a stop itself. From other starts it stops elsewhere, and
their range is the interval of its step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import UsageError
from theodolite.scaling.chain import (
    add_orders,
    alternatives_frame,
    box_frame,
    descent,
    ends_frame,
    estimates,
    inside_frame,
    link_intervals,
    nearest_in_box,
    remainder_intervals,
    stages_frame,
    steps_frame,
    stop_ranges,
)
from theodolite.scaling.fit import fit as fit_runs
from theodolite.scaling.influence import distance, highest_losses, loss_words
from theodolite.scaling.measure import Aim
from theodolite.scaling.printed import Printed
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.steps import origin_of, states, stops
from theodolite.scaling.variants import MOST_PAIRED, Variant
from theodolite.scaling.verdict import verdict_of
from theodolite.stats.tails import chi_square_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.published import PublishedLaw
    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.steps import Origin, State
    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True)
class Explanation:
    """Why a published set is not the optimum of runs.

    Attributes
    ----------
    printed, runs, fit, aim
        The set, the runs (outliers left out), their law, and where the two are compared.
    verdict
        The answer in a few sentences.
    stages
        One row a stage of the chain: ``stage``, E, A, B, alpha, beta, and the quantities:
        ``objective_per_run`` and ``mean_residual`` (observed less predicted) on the runs of the
        fit, ``allocation_exponent``, ``tokens_per_param`` at the budget, ``loss`` of the far run.
    steps
        One row a step and quantity: ``step``, ``quantity``, ``before``, ``after``, ``change``,
        ``low``, ``high`` (of the change, where it has an interval), ``interval_of`` (what moves
        it: the ``digits`` that rounding took, ``resamples`` of the runs, or the ``starts`` of the
        published optimiser), ``share`` of the whole difference (of the log, for tokens a
        parameter), ``least`` and ``most`` (of the change, over all orders of the links).
    box
        ``quantity``, ``low``, ``high``: what the rounding of the printed digits leaves open.
    stopped
        Where the published optimiser stops, averaging (``of`` is ``mean``) and summing the cost:
        the best ends of its starts. No rows where it is not supposed to have stopped.
    alternatives
        ``objective``, ``quantity``, ``value``, ``change``, ``low``, ``high``: other optima of the
        same runs against that of the fit.
    inside
        ``quantity``, ``printed``, ``full``, ``estimate``, ``low``, ``high``, ``inside``: whether
        the set in full precision lies within the interval of the fit.
    wald, df, p_value
        W, and how likely one as large would be.
    descent
        The objective per run of the set in full precision, where going downhill from it ends, and
        whether that is the optimum.
    """

    printed: Printed
    runs: Runs = field(repr=False)
    fit: ScalingFit = field(repr=False)
    aim: Aim
    verdict: str
    stages: pl.DataFrame
    steps: pl.DataFrame
    box: pl.DataFrame
    stopped: pl.DataFrame
    alternatives: pl.DataFrame
    inside: pl.DataFrame
    wald: float
    df: int
    p_value: float
    descent: tuple[float, float, bool]

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "law_of": self.printed.law.name,
            "source": self.printed.law.source,
            "flops": self.aim.flops,
            "far_params": self.aim.params,
            "far_tokens": self.aim.tokens,
            "n": self.fit.n,
            "steps": self.steps.to_dicts(),
            "stages": self.stages.to_dicts(),
            "rounding": self.box.to_dicts(),
            "stopped": self.stopped.to_dicts(),
            "alternatives": self.alternatives.to_dicts(),
            "inside": self.inside.to_dicts(),
            "wald": {"statistic": self.wald, "df": self.df, "p_value": self.p_value},
            "descent": dict(zip(("before", "after", "is_optimum"), self.descent, strict=True)),
            "fit": self.fit.to_dict(),
        }


def explain(
    published: Printed | PublishedLaw | str,
    runs: Runs,
    *,
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
    outliers: int = 0,
    aim: Aim | None = None,
) -> Explanation:
    r"""Take the difference between a published law and the optimum of runs apart.

    Parameters
    ----------
    published
        A law of :data:`PUBLISHED` with E, A, B, alpha and beta, its name, or one's own
        :class:`Printed`.
    runs
        The runs.
    recipe, resampling, level
        How they are fitted: see :func:`theodolite.scaling.fit`.
    outliers
        How many of the highest losses to leave out of one's own fit.
    aim
        Where laws are compared; ten times the largest budget where left out.

    Raises
    ------
    UsageError
        ``outliers`` is below 0 or not below the number of runs, or no published law has the name.
    CannotAnswerError
        The published law has another form.
    InputError, TooFewError, NotIdentifiedError, NotConvergedError
        The runs give no law: see :func:`theodolite.scaling.fit`.

    References
    ----------
    T. Besiroglu, E. Erdil, M. Barnett and J. You (2024), arXiv:2404.10102

    Examples
    --------
    >>> from theodolite.scaling import Resampling
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(losses.shape))
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * noise).ravel()})
    >>> found = explain("hoffmann", Runs.from_frame(frame), resampling=Resampling(n=200))
    >>> found.p_value < 1e-6
    True
    """
    printed = published if isinstance(published, Printed) else Printed.of(published)
    recipe = recipe or Recipe()
    if outliers < 0:
        raise UsageError(f"--outliers must be 0 or more, not {outliers}")
    resampling = resampling or Resampling()
    # All runs are only resampled for differences where it is not they that are fitted.
    paired = replace(resampling, n=min(resampling.n, MOST_PAIRED)) if outliers else resampling
    whole = fit_runs(runs, recipe=recipe, resampling=paired, level=level)
    origin = origin_of(printed.law.name, recipe)
    fit, kept, keep = whole, runs, np.ones(whole.n, dtype=bool)
    if outliers:
        keep = ~highest_losses(whole, outliers)
        kept = runs.keep(pl.Series(keep), loss_words(outliers))
        fit = fit_runs(kept, recipe=recipe, resampling=resampling, level=level)
        if not origin.outliers:  # they were left out by both
            whole, keep = fit, np.ones(fit.n, dtype=bool)
    return _explained(printed, kept, whole, fit, origin, keep, aim or Aim.beyond(whole.points))


def _explained(
    printed: Printed,
    runs: Runs,
    whole: ScalingFit,
    fit: ScalingFit,
    origin: Origin,
    keep: NDArray[np.bool_],
    aim: Aim,
) -> Explanation:
    """Put the parts together: ``whole`` is the law of all runs, ``fit`` of those that are kept."""
    best = nearest_in_box(printed, fit)
    box = box_frame(printed, fit, aim, best)
    full = np.array(printed.fuller.values) if printed.fuller else best
    links, ends, now = _links(origin, fit, keep), {}, estimates(fit, aim)
    if origin.stopped:
        ends = {of: stops(whole, full, origin.recipe, mean=of == "mean") for of in ("mean", "sum")}
    start = full if origin.stopped else None
    found = states(whole, origin, fit.recipe, keep=keep, links=links, published=start)
    path = [found[frozenset(links[:count])] for count in range(len(links) + 1)]
    stages = stages_frame(fit, aim, _values(printed, full, path, whole, fit, links))
    intervals = link_intervals(whole, path, links, aim)
    intervals["remainder"] = remainder_intervals(stages, now)
    if ends:
        intervals["optimiser"] = stop_ranges(fit, stages, aim, ends["mean"])
    if printed.fuller is None:
        intervals["rounding"] = _of_box(box, stages)
    steps = add_orders(steps_frame(stages, intervals), fit, _at(fit, whole, found), links, aim)
    inside = inside_frame(stages, now)
    wald, p_value = _wald(fit, full)
    return Explanation(
        printed=printed,
        runs=runs,
        fit=fit,
        aim=aim,
        verdict=verdict_of(printed, fit, aim, steps, inside, p_value),
        stages=stages,
        steps=steps,
        box=box,
        stopped=ends_frame(fit, aim, ends),
        alternatives=alternatives_frame(fit, aim),
        inside=inside,
        wald=wald,
        df=len(full),
        p_value=p_value,
        descent=descent(fit, full),
    )


def _links(origin: Origin, fit: ScalingFit, keep: NDArray[np.bool_]) -> tuple[str, ...]:
    """Name what was done in another way, in the order of the chain."""
    there = {
        "optimiser": origin.stopped,
        "objective": origin.recipe.words != fit.recipe.words,
        "outliers": not keep.all(),
    }
    return tuple(link for link, changed in there.items() if changed)


def _values(
    printed: Printed,
    full: Array,
    path: list[Variant],
    whole: ScalingFit,
    fit: ScalingFit,
    links: tuple[str, ...],
) -> dict[str, Array]:
    """Return the parameters of each stage; the last is the fit itself."""
    out = {"printed": np.array(printed.law.values), "rounding": full}
    for name, one in zip(("remainder", *links), path, strict=True):
        out[name] = whole.law.natural(one.theta[None], whole.fitted.centre)[0]
    last = fit.law.natural(fit.fitted.theta[None], fit.fitted.centre)[0]
    return out | {list(out)[-1]: last}


def _at(fit: ScalingFit, whole: ScalingFit, found: dict[State, Variant]) -> dict[State, Variant]:
    """Move states from the centre of all runs to that of the fit."""
    moved = {}
    for state, one in found.items():
        natural = whole.law.natural(one.theta[None], whole.fitted.centre)
        moved[state] = Variant(fit.law.inner(natural, fit.fitted.centre)[0], one.draws)
    return moved


def _of_box(box: pl.DataFrame, stages: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the range of the change from the printed set to one that rounds to it."""
    return {
        row["quantity"]: tuple(row[end] - stages[row["quantity"]][0] for end in ("low", "high"))
        for row in box.iter_rows(named=True)
    }


def _wald(fit: ScalingFit, full: Array) -> tuple[float, float]:
    """Return W of a set, and the chance of one as large."""
    theta = fit.law.inner(full[None], fit.fitted.centre)
    statistic = float(distance(fit, theta - fit.fitted.theta)[0] ** 2)
    return statistic, chi_square_tail(statistic, len(full))
