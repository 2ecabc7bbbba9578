r"""The parts of an explanation: what each stage says, and what each step changes.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
q         a quantity of a stage; its change over a step
c         an optimum's quantity, with its bootstrap interval c_low .. c_high
========  ==================================================================================

The remainder is the distance from the published set to what the published way gives on these runs,
q_s - q_f. These runs are one draw: with q_s moving as the optimum does, its interval is
q_s c_low / c - q_f .. q_s c_high / c - q_f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.laws import Centre
from theodolite.scaling.measure import quantities
from theodolite.scaling.recipe import Recipe
from theodolite.scaling.steps import changes_by_order
from theodolite.scaling.variants import difference, model_of, variant
from theodolite.stats.multistart import solve
from theodolite.stats.newton import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.measure import Aim
    from theodolite.scaling.printed import Printed
    from theodolite.scaling.result import Estimate, ScalingFit
    from theodolite.scaling.steps import Ends, State
    from theodolite.scaling.variants import Variant

    Array = NDArray[np.float64]

__all__ = [
    "DERIVED",
    "QUANTITIES",
    "add_orders",
    "alternatives_frame",
    "box_frame",
    "descent",
    "ends_frame",
    "estimates",
    "inside_frame",
    "link_intervals",
    "nearest_in_box",
    "remainder_intervals",
    "stages_frame",
    "steps_frame",
    "stop_ranges",
]

DERIVED = ("allocation_exponent", "tokens_per_param", "loss")
QUANTITIES = ("objective_per_run", "mean_residual", *DERIVED)
INTERVALS = {
    "rounding": "digits",
    "remainder": "resamples",
    "optimiser": "starts",
    "objective": "resamples",
    "outliers": "resamples",
}
ENDS_SHOWN = 6
SAME = 1e-6

# Of all that steps moved: a whole change smaller than this has no meaningful parts.
LEAST_WHOLE = 0.25


def measure(fit: ScalingFit, aim: Aim, values: Array) -> dict[str, Array]:
    """Return what (S, 5) parameter sets of the equation say of the runs and at the aim, (S,)."""
    centre = fit.fitted.centre
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        theta = fit.law.inner(values, centre)
        residuals = model_of(fit).residuals(theta)
        out = {
            "objective_per_run": fit.recipe.cost.total(residuals) / fit.n,
            "mean_residual": residuals.mean(axis=1),
        }
        return out | quantities(fit.law, theta, centre, aim)


def stages_frame(fit: ScalingFit, aim: Aim, values: Mapping[str, Array]) -> pl.DataFrame:
    """Return one row a stage: its parameters and quantities."""
    sets = np.stack(list(values.values()))
    columns: dict[str, Any] = {"stage": list(values)}
    columns |= {name: sets[:, at] for at, name in enumerate(fit.law.parameters)}
    return pl.DataFrame(columns | measure(fit, aim, sets))


def estimates(fit: ScalingFit, aim: Aim) -> dict[str, Estimate]:
    """Return the quantities of the fit at the aim, with intervals."""
    fitted = fit.fitted
    point = quantities(fit.law, fitted.theta[None], fitted.centre, aim)
    draws = quantities(fit.law, fitted.draws, fitted.centre, aim)
    return {name: fit.interval(point[name], draws[name]) for name in point}


def steps_frame(
    stages: pl.DataFrame,
    intervals: Mapping[str, Mapping[str, tuple[float, float]]],
) -> pl.DataFrame:
    """Return one row a step and quantity; ``intervals`` are of the changes, by step and quantity.

    The share is of the change from the first stage to the last; tokens a parameter count by logs.
    """
    rows = []
    for at, step in enumerate(stages["stage"].to_list()[1:]):
        for quantity in QUANTITIES:
            series = stages[quantity].to_list()
            before, after = series[at], series[at + 1]
            ends = intervals.get(step, {}).get(quantity)
            low, high = ends or (None, None)
            rows.append(
                {
                    "step": step,
                    "quantity": quantity,
                    "before": before,
                    "after": after,
                    "change": after - before,
                    "low": low,
                    "high": high,
                    "interval_of": None if ends is None else INTERVALS[step],
                    "share": _share(quantity, series, at),
                }
            )
    numbers = ("before", "after", "change", "low", "high", "share")
    schema: dict[str, Any] = {"step": pl.String, "quantity": pl.String} | dict.fromkeys(
        numbers, pl.Float64
    )
    schema |= {"interval_of": pl.String}
    return pl.DataFrame(rows, schema=schema)


def remainder_intervals(
    stages: pl.DataFrame, found: Mapping[str, Estimate]
) -> dict[str, tuple[float, float]]:
    """Return the interval of the remainder: see the head of this module."""
    out = {}
    for name, estimate in found.items():
        full, stop = (
            stages.filter(pl.col("stage") == stage)[name].item()
            for stage in ("rounding", "remainder")
        )
        low, high = (stop * end / estimate.estimate for end in (estimate.low, estimate.high))
        out[name] = (low - full, high - full)
    return out


def stop_ranges(
    fit: ScalingFit, stages: pl.DataFrame, aim: Aim, ends: Ends
) -> dict[str, tuple[float, float]]:
    """Return how much converging changes, over all ends that might have been reported.

    Those are the end of the chain, which started at the published set, and those from the grid.
    """
    at = measure(fit, aim, ends.values[ends.might])
    rows = {row["stage"]: row for row in stages.iter_rows(named=True)}
    out = {}
    for name, values in at.items():
        stops = np.append(values[np.isfinite(values)], rows["remainder"][name])
        changes = rows["optimiser"][name] - stops
        out[name] = (float(changes.min()), float(changes.max()))
    return out


def link_intervals(
    fit: ScalingFit, path: list[Variant], links: tuple[str, ...], aim: Aim
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the paired intervals of the links between two optima."""
    out = {}
    for link, before, after in zip(links, path[:-1], path[1:], strict=True):
        if len(before.draws) and len(after.draws):
            found = difference(fit, before, after, aim)
            out[link] = {name: (one.low, one.high) for name, one in found.items()}
    return out


def add_orders(
    steps: pl.DataFrame,
    fit: ScalingFit,
    found: Mapping[State, Variant],
    links: tuple[str, ...],
    aim: Aim,
) -> pl.DataFrame:
    """Add the least and the most that each link changes a quantity, over all orders."""
    order = list(found)
    sets = np.stack([found[state].theta for state in order])
    natural = fit.law.natural(sets, fit.fitted.centre)
    at = measure(fit, aim, natural)
    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        values = dict(zip(order, at[quantity].tolist(), strict=True))
        for link, (least, most) in changes_by_order(values, links).items():
            rows.append({"step": link, "quantity": quantity, "least": least, "most": most})
    schema = {"step": pl.String, "quantity": pl.String, "least": pl.Float64, "most": pl.Float64}
    return steps.join(
        pl.DataFrame(rows, schema=schema),
        on=["step", "quantity"],
        how="left",
        maintain_order="left",
    )


def box_frame(printed: Printed, fit: ScalingFit, aim: Aim, best: Array) -> pl.DataFrame:
    """Return the range of each quantity over what rounds to the printed digits."""
    sets = np.vstack([printed.corners, best[None]])
    at = measure(fit, aim, sets)
    rows = [
        {"quantity": name, "low": float(at[name].min()), "high": float(at[name].max())}
        for name in QUANTITIES
    ]
    return pl.DataFrame(rows)


def nearest_in_box(printed: Printed, fit: ScalingFit) -> Array:
    """Return the set that rounds to the printed digits and fits the runs best, (5,)."""
    centre = Centre()
    low, high = (fit.law.inner(end[None], centre)[0] for end in printed.ends)
    start = fit.law.inner(np.array([printed.law.values]), centre)
    model = fit.law.model(fit.points, fit.loss, centre, fit.recipe.scale)
    ones = np.ones((1, fit.n))
    found = solve(model, start, ones, fit.recipe.cost, Bounds(low, high))
    before = float(fit.recipe.cost.total(model.residuals(start))[0])
    theta = found.theta if found.value[0] < before else start
    out: Array = fit.law.natural(theta, centre)[0]
    return out


def inside_frame(stages: pl.DataFrame, found: Mapping[str, Estimate]) -> pl.DataFrame:
    """Say whether the set in full precision lies within the intervals of the fit."""
    rows = []
    for name, one in found.items():
        printed, full = stages[name][0], stages[name][1]
        rows.append(
            {
                "quantity": name,
                "printed": printed,
                "full": full,
                **one.to_dict(),
                "inside": one.low <= full <= one.high,
            }
        )
    return pl.DataFrame(rows)


def alternatives_frame(fit: ScalingFit, aim: Aim) -> pl.DataFrame:
    """Return the optima of the same runs by least squares, least absolute and Huber's function."""
    scale = fit.recipe.scale
    others = [Recipe(scale=scale), Recipe("least-squares", scale=scale),
              Recipe("least-absolute", scale=scale)]  # fmt: skip
    own = variant(fit)
    rows: list[dict[str, Any]] = []
    for recipe in (fit.recipe, *(one for one in others if one.words != fit.recipe.words)):
        other = own if recipe is fit.recipe else variant(fit, recipe=recipe)
        at = quantities(fit.law, other.theta[None], fit.fitted.centre, aim)
        changes = difference(fit, own, other, aim)
        for name, values in at.items():
            change = changes[name]
            rows.append(
                {
                    "objective": recipe.words,
                    "quantity": name,
                    "value": float(values[0]),
                    "change": change.estimate,
                    "low": change.low,
                    "high": change.high,
                }
            )
    return pl.DataFrame(rows)


def ends_frame(fit: ScalingFit, aim: Aim, ends: Mapping[str, Ends]) -> pl.DataFrame:
    """Return where the published optimiser stops, the best ends of each way."""
    parts = []
    for of, one in ends.items():
        sets, starts = one.values[:ENDS_SHOWN], one.starts[:ENDS_SHOWN]
        columns: dict[str, Any] = {"of": [of] * len(sets)}
        names = fit.law.parameters
        columns |= {name: sets[:, at] for at, name in enumerate(names)}
        columns |= {f"start_{n}": starts[:, at] for at, n in enumerate(names)}
        parts.append(pl.DataFrame(columns | measure(fit, aim, sets)))
    return pl.concat(parts).fill_nan(None) if parts else pl.DataFrame()


def descent(fit: ScalingFit, values: Array) -> tuple[float, float, bool]:
    """Go downhill from a set; return the objective per run there and at the end, and if it is o."""
    theta = fit.law.inner(values[None], fit.fitted.centre)
    model, cost = model_of(fit), fit.recipe.cost
    before = float(cost.total(model.residuals(theta))[0])
    found = solve(model, theta, np.ones((1, fit.n)), cost, fit.law.bounds(fit.loss))
    after = float(found.value[0])
    return before / fit.n, after / fit.n, after <= fit.fitted.objective * (1.0 + SAME)


def _share(quantity: str, series: list[float], at: int) -> float | None:
    """Return a step's part of the whole change; none where steps all but cancel."""
    values = np.log(series) if quantity == "tokens_per_param" else np.array(series)
    moved = float(np.abs(np.diff(values)).sum())
    first, before, after, last = (float(values[k]) for k in (0, at, at + 1, -1))
    whole = last - first
    return (after - before) / whole if abs(whole) > LEAST_WHOLE * moved else None
