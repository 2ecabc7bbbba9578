"""The forecast of one task: its ways, their pool, targets, and what the runs leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError
from theodolite.scaling.downstream.curves import PATHS
from theodolite.scaling.downstream.measure import decides_of, movement_of, verdict_of
from theodolite.scaling.downstream.paths import TwoSteps
from theodolite.scaling.downstream.pool import pooled
from theodolite.scaling.downstream.result import TaskForecast
from theodolite.scaling.laws import Points
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.stats.draws import bias_corrected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.downstream.curves import Evidence, PathName
    from theodolite.scaling.downstream.paths import Drawn
    from theodolite.scaling.downstream.pool import Pool, Way
    from theodolite.scaling.downstream.tasks import Task

    Array = NDArray[np.float64]

__all__ = ["DownstreamSettings", "Targets", "forecast_task"]

STEPS = 25
FARTHEST = 100.0


@dataclass(frozen=True)
class DownstreamSettings:
    """How tasks are forecast: ways, fit of the loss, bootstrap, level, width that is allowed."""

    paths: tuple[PathName, ...] = PATHS
    recipe: Recipe = field(default_factory=lambda: Recipe(objective="least-squares"))
    resampling: Resampling = field(default_factory=lambda: Resampling(n=1000))
    level: float = 0.95
    within: float = 0.05


@dataclass(frozen=True)
class Targets:
    """Where accuracy is foretold: points (m,), names, and what is known there, or NaN."""

    points: Points
    names: tuple[str | None, ...]
    accuracy: Array
    loss: Array


def forecast_task(
    task: Task, evidence: Evidence, targets: Targets, settings: DownstreamSettings
) -> TaskForecast:
    """Forecast one task; where nothing can be fitted, the result says why."""
    resampling = settings.resampling
    try:
        pool = pooled(
            settings.paths,
            evidence,
            targets.points,
            recipe=settings.recipe,
            resamples=resampling.n,
            seed=resampling.seed,
        )
    except CannotAnswerError as error:
        return TaskForecast(task, "cannot be told", str(error))
    level = settings.level
    accuracy, loss = pool.predict(targets.points)
    largest = float(np.exp(evidence.points.flops.max()))
    points = _points(targets, accuracy, loss, largest=largest, level=level)
    half = float(((points["high"] - points["low"]) / 2.0).to_numpy().max())
    movement = movement_of(evidence, pool.predict(evidence.points)[0].estimate, level)
    verdict, words = verdict_of(movement, half, within=settings.within, level=level)
    reach, beyond = _beyond(evidence.points, targets.points)
    low, high = _ends(pool.predict(beyond)[0], level)
    return TaskForecast(
        task,
        verdict,
        words,
        chosen=pool.chosen,
        points=points,
        paths=pl.DataFrame([_row(way, targets, level) for way in pool.ways], schema=PATH_SCHEMA),
        fitted=_fitted(evidence),
        along=_along(pool, evidence.points, beyond, level),
        link=_link(pool, evidence, loss, level),
        movement=movement,
        decides=decides_of(
            reach,
            (high - low) / 2.0,
            largest=largest,
            target=float(np.exp(targets.points.flops.max())),
        ),
    )


def _ends(drawn: Drawn, level: float) -> tuple[Array, Array]:
    """Return the interval of one new run."""
    return bias_corrected(drawn.estimate, drawn.run, level, corrected=False)


def _points(
    targets: Targets, accuracy: Drawn, loss: Drawn | None, *, largest: float, level: float
) -> pl.DataFrame:
    low, high = _ends(accuracy, level)
    curve = bias_corrected(accuracy.estimate, accuracy.curve, level, corrected=False)
    none = np.full(len(low), np.nan)
    ends = (none, none) if loss is None else _ends(loss, level)
    flops = np.exp(targets.points.flops)
    frame = pl.DataFrame(
        {
            "run": pl.Series(targets.names, dtype=pl.String),
            "params": np.exp(targets.points.params),
            "tokens": np.exp(targets.points.tokens),
            "flops": flops,
            "reach": flops / largest,
            "observed": targets.accuracy,
            "accuracy": accuracy.estimate,
            "low": low,
            "high": high,
            "curve_low": curve[0],
            "curve_high": curve[1],
            "loss": none if loss is None else loss.estimate,
            "loss_low": ends[0],
            "loss_high": ends[1],
            "observed_loss": targets.loss,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return frame.with_columns(
        error=pl.col("accuracy") - pl.col("observed"),
        covered=pl.col("observed").is_between(pl.col("low") - 1e-12, pl.col("high") + 1e-12),
    )


PATH_SCHEMA = {
    "path": pl.String,
    "used": pl.Boolean,
    "validation_error": pl.Float64,
    "error": pl.Float64,
    "bias": pl.Float64,
    "coverage": pl.Float64,
    "half_width": pl.Float64,
    "reason": pl.String,
}


def _row(way: Way, targets: Targets, level: float) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(PATH_SCHEMA)
    row |= {"path": way.name, "used": way.weight > 0.0, "reason": way.reason}
    row["validation_error"] = way.validation_error
    if way.path is None:
        return row
    drawn = way.path.predict(targets.points)[0]
    low, high = _ends(drawn, level)
    row["half_width"] = float((high - low).max() / 2.0)
    known = np.isfinite(targets.accuracy)
    if known.any():
        seen = targets.accuracy[known]
        error = drawn.estimate[known] - seen
        inside = (seen >= low[known] - 1e-12) & (seen <= high[known] + 1e-12)
        row |= {
            "error": float(np.abs(error).mean()),
            "bias": float(error.mean()),
            "coverage": float(inside.mean()),
        }
    return row


def _fitted(evidence: Evidence) -> pl.DataFrame:
    counts = {name: np.exp(getattr(evidence.points, name)) for name in ("params", "tokens")}
    return pl.DataFrame(
        {
            **counts,
            "flops": np.exp(evidence.points.flops),
            "loss": evidence.loss,
            "accuracy": evidence.accuracy,
        }
    )


def _beyond(fitted: Points, targets: Points) -> tuple[Array, Points]:
    """Go from the largest run through the farthest target, to 100 times the run at least."""
    start, end = int(np.argmax(fitted.flops)), int(np.argmax(targets.flops))
    reach = float(targets.flops[end] - fitted.flops[start])
    far = max(reach, np.log(FARTHEST))
    share = np.linspace(0.0, 1.0, STEPS) * far
    # Along the way to the target where it lies ahead, else at the run's own tokens a parameter.
    ahead = reach > np.log(2.0)
    step_n = (targets.params[end] - fitted.params[start]) / reach if ahead else 0.5
    step_d = (targets.tokens[end] - fitted.tokens[start]) / reach if ahead else 0.5
    return np.exp(share), Points(
        fitted.params[start] + step_n * share,
        fitted.tokens[start] + step_d * share,
        fitted.flops[start] + share,
    )


def _along(pool: Pool, fitted: Points, beyond: Points, level: float) -> pl.DataFrame:
    """Forecast from the smallest run's compute on, then towards the target."""
    least, most = float(fitted.flops.min()), float(fitted.flops.max())
    back = np.linspace(0.0, most - least, STEPS)[1:][::-1]
    below = Points(beyond.params[0] - back / 2, beyond.tokens[0] - back / 2, most - back)
    points = Points(
        *(
            np.concatenate([getattr(below, name), getattr(beyond, name)])
            for name in ("params", "tokens", "flops")
        )
    )
    drawn = pool.predict(points)[0]
    low, high = _ends(drawn, level)
    return pl.DataFrame(
        {
            "flops": np.exp(points.flops),
            "params": np.exp(points.params),
            "tokens": np.exp(points.tokens),
            "accuracy": drawn.estimate,
            "low": low,
            "high": high,
        }
    )


def _link(pool: Pool, evidence: Evidence, loss: Drawn | None, level: float) -> pl.DataFrame:
    """Evaluate the link of the two-step way in use, from the largest loss to the targets'."""
    steps = [way.path for way in pool.used if isinstance(way.path, TwoSteps)]
    if not steps or loss is None:
        return pl.DataFrame()
    least = min(float(loss.estimate.min()), float(evidence.loss.min()))
    span = float(evidence.loss.max()) - least
    grid = np.linspace(max(least - 0.05 * span, 1e-6), float(evidence.loss.max()), 60)
    drawn = steps[0].at_loss(grid)
    low, high = _ends(drawn, level)
    return pl.DataFrame({"loss": grid, "accuracy": drawn.estimate, "low": low, "high": high})


def names_of(frame: pl.DataFrame, rows: list[int]) -> tuple[str | None, ...]:
    """Return the ids of runs, where they have some."""
    if "run" not in frame.columns:
        return (None,) * len(rows)
    return tuple(frame.get_column("run").cast(pl.String).gather(rows).to_list())
