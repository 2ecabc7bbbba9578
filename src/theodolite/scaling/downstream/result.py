"""What a forecast of accuracy found: of each task, and of all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from theodolite.scaling.downstream.tasks import Task
    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.tables import Removal

__all__ = ["Decides", "Downstream", "Movement", "TaskForecast", "Verdict"]

Verdict = Literal["predictable", "not predictable", "cannot be told"]
Overall = Literal["predictable", "not predictable", "cannot be told", "mixed"]
TRIPLES = {
    "accuracy": ("accuracy", "low", "high"),
    "loss": ("loss", "loss_low", "loss_high"),
}


# Predictable tasks that the verdict names.
MOST_NAMED = 6


@dataclass(frozen=True)
class Movement:
    """How far the accuracy moved over the fitted runs, and how much of that is noise.

    Attributes
    ----------
    lowest, highest
        Of the accuracies.
    slope, slope_low, slope_high
        Of accuracy by ten times the compute, with its interval (Student's t).
    noise, noise_low, noise_high
        Standard deviation of a run about the forecast fitted to it, with its interval.
    reruns, rerun_noise
        Runs that repeat another, and the standard deviation between such runs; ``None`` without.
    """

    lowest: float
    highest: float
    slope: float
    slope_low: float
    slope_high: float
    noise: float
    noise_low: float
    noise_high: float
    reruns: int
    rerun_noise: float | None

    @property
    def range_over_noise(self) -> float:
        """How many standard deviations of noise the accuracies span."""
        return (self.highest - self.lowest) / self.noise if self.noise > 0.0 else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {**vars(self), "range_over_noise": self.range_over_noise}


@dataclass(frozen=True)
class Decides:
    """What would bring the interval under two points either way.

    Attributes
    ----------
    reach
        How many times the compute of the largest run the forecast stays within that; ``None``
        where it does not even at that run.
    flops
        So large a run would have to be, by that reach, to forecast the farthest target so well.
    words
        The same in words.
    """

    reach: float | None
    flops: float | None
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class TaskForecast:
    """The forecast of one task.

    Attributes
    ----------
    task
        Its columns.
    verdict, verdict_words
        Whether it can be foretold, and why.
    chosen
        The ways that the forecast joins; empty where none could be fitted.
    points
        One row a target: ``run``, ``params``, ``tokens``, ``flops``, ``reach`` (over the largest
        fitted run's), ``observed``, ``accuracy`` with ``low`` and ``high`` (of one new run) and
        ``curve_low`` and ``curve_high`` (of the mean over runs), ``loss`` with ``loss_low`` and
        ``loss_high``, ``observed_loss``, ``error``, ``covered``. What was not observed is null.
    paths
        One row a way: ``path``, ``used``, ``validation_error``, ``error``, ``bias``,
        ``coverage``, ``half_width``, ``reason``.
    fitted
        The fitted runs: ``params``, ``tokens``, ``flops``, ``loss``, ``accuracy``.
    along
        The forecast from the smallest to beyond the farthest: ``flops``, ``params``, ``tokens``,
        ``accuracy``, ``low``, ``high``.
    link
        Accuracy by loss, where a way has two steps: ``loss``, ``accuracy``, ``low``, ``high``.
    movement, decides
        See there; ``None`` where nothing could be fitted.
    """

    task: Task
    verdict: Verdict
    verdict_words: str
    chosen: str = ""
    points: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    paths: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    fitted: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    along: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    link: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    movement: Movement | None = None
    decides: Decides | None = None

    @property
    def done(self) -> bool:
        """Whether there is a forecast."""
        return bool(self.chosen)

    @property
    def half_width(self) -> float | None:
        """Half the widest interval of a target."""
        if not self.done:
            return None
        return float(((self.points["high"] - self.points["low"]) / 2.0).to_numpy().max())

    @property
    def mean_absolute_error(self) -> float | None:
        """Of the targets whose accuracy is known, as a share."""
        return self._mean(pl.col("error").abs())

    @property
    def bias(self) -> float | None:
        """The mean error of the targets whose accuracy is known, as a share."""
        return self._mean(pl.col("error"))

    @property
    def coverage(self) -> float | None:
        """The share of known accuracies inside their intervals."""
        return self._mean(pl.col("covered").cast(pl.Float64))

    def _mean(self, what: pl.Expr) -> float | None:
        known = self.points.drop_nulls("observed") if self.done else self.points
        return None if known.is_empty() else float(known.select(what).to_series().to_numpy().mean())

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "task": self.task.name,
            "columns": list(self.task.columns),
            "losses": list(self.task.losses),
            "weights": list(self.task.weights),
            "error_columns": self.task.error,
            "chance": self.task.chance,
            "chance_from": self.task.chance_from,
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "chosen": self.chosen or None,
            "points": [_point(row) for row in self.points.to_dicts()],
            "mean_absolute_error": self.mean_absolute_error,
            "bias": self.bias,
            "coverage": self.coverage,
            "paths": self.paths.to_dicts(),
            "movement": None if self.movement is None else self.movement.to_dict(),
            "decides": None if self.decides is None else self.decides.to_dict(),
        }


def _point(row: dict[str, Any]) -> dict[str, Any]:
    """Write each number with its interval."""
    out = dict(row)
    for name, (estimate, low, high) in TRIPLES.items():
        three = {"estimate": out.pop(estimate), "low": out.pop(low), "high": out.pop(high)}
        out[name] = None if three["estimate"] is None else three
    out["curve"] = {"low": out.pop("curve_low"), "high": out.pop("curve_high")}
    return out


@dataclass(frozen=True)
class Downstream:
    """Accuracies foretold from training runs.

    Attributes
    ----------
    tasks
        The forecast of each.
    hold_out
        The conditions of the runs that were held out.
    within
        How wide an interval may be either way, for a task to count as predictable: a share.
    recipe, resampling, level, accounting
        How the law of loss was fitted, the bootstrap, level of the intervals, what FLOPs count.
    n
        Runs that were fitted.
    removed, notes
        What filters took away; what a reader must know.
    """

    tasks: tuple[TaskForecast, ...]
    hold_out: tuple[str, ...]
    within: float
    recipe: Recipe
    resampling: Resampling
    level: float
    accounting: str
    n: int
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Overall:
        """That of all tasks where they agree, or ``mixed``."""
        verdicts = {one.verdict for one in self.tasks}
        return verdicts.pop() if len(verdicts) == 1 else "mixed"

    @property
    def verdict_words(self) -> str:
        """The verdict in a sentence."""
        if len(self.tasks) == 1:
            return self.tasks[0].verdict_words
        count = {v: sum(one.verdict == v for one in self.tasks) for v in _order()}
        parts = [f"{number} {verdict}" for verdict, number in count.items() if number]
        sure = [one.task.name for one in self.tasks if one.verdict == "predictable"]
        more = f" and {len(sure) - MOST_NAMED} more" if len(sure) > MOST_NAMED else ""
        named = f" Predictable: {', '.join(sure[:MOST_NAMED])}{more}." if sure else ""
        return f"Of {len(self.tasks)} tasks: {', '.join(parts)}.{named}"

    @property
    def done(self) -> tuple[TaskForecast, ...]:
        """The tasks with a forecast."""
        return tuple(one for one in self.tasks if one.done)

    @property
    def mean_absolute_error(self) -> float | None:
        """The mean over tasks, as a share; ``None`` where no target's accuracy is known."""
        found = [e for one in self.done if (e := one.mean_absolute_error) is not None]
        return sum(found) / len(found) if found else None

    @property
    def coverage(self) -> float | None:
        """The share of all known accuracies inside their intervals."""
        known = [one.points.drop_nulls("observed")["covered"] for one in self.done]
        count = sum(map(len, known))
        return sum(int(c.sum()) for c in known) / count if count else None

    def to_frame(self) -> pl.DataFrame:
        """Return the points of all tasks, one row each, with ``task`` first."""
        frames = [
            one.points.select(pl.lit(one.task.name).alias("task"), pl.all()) for one in self.done
        ]
        return pl.concat(frames, how="diagonal_relaxed")

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        farthest = max(self.done, key=lambda one: one.half_width or 0.0)
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "tasks": [one.to_dict() for one in self.tasks],
            "mean_absolute_error": self.mean_absolute_error,
            "coverage": self.coverage,
            "decides": None if farthest.decides is None else farthest.decides.words,
            "within": self.within,
            "hold_out": list(self.hold_out),
            "n": self.n,
            **self.recipe.to_dict(),
            "accounting_words": self.accounting,
            "resamples": self.resampling.n,
            "level": self.level,
            "seed": self.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }


def _order() -> tuple[Verdict, ...]:
    return ("predictable", "not predictable", "cannot be told")
