"""Accuracies foretold from training runs, with the uncertainty of the whole way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError, InputError, TooFewError, UsageError
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import require_settings
from theodolite.scaling.downstream.curves import PATHS, Evidence
from theodolite.scaling.downstream.forecast import (
    DownstreamSettings,
    Targets,
    forecast_task,
    names_of,
)
from theodolite.scaling.downstream.result import Downstream
from theodolite.scaling.holdout import folds_of
from theodolite.scaling.laws import Points
from theodolite.tables import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted
    from theodolite.scaling.downstream.tasks import Task

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["downstream"]

DEFAULTS = DownstreamSettings()
MOST_TARGETS = 10_000
FEWEST = 6
# Without a target: ten times the compute of the largest run, at its tokens per parameter.
AHEAD = 10.0
# These count FLOPs by more than N and D, which is all that a target says.
OWN_FLOPS = ("given", "attention")


def downstream(
    runs: Runs,
    tasks: Sequence[Task],
    *,
    at: Sequence[tuple[float, float]] = (),
    hold_out: Sequence[str] = (),
    settings: DownstreamSettings = DEFAULTS,
) -> Downstream:
    r"""Foretell what runs will score on tasks, from runs through loss to accuracy.

    Two steps: the task's loss by L = E + A / N^alpha + B / D^beta, and accuracy by
    c + (u - c) / (1 + exp(k (L - L0))) or by c + k exp(-gamma L). One step: accuracy by a power law
    of N and D, or of C, within the same logistic. c is what guessing scores, u the most that
    training reaches.

    Parameters
    ----------
    runs
        The runs, with the columns of the tasks.
    tasks
        What is foretold: see :func:`theodolite.scaling.task_of`.
    at
        Parameters and tokens of the targets. Where there is no target and nothing is held out: ten
        times the compute of the largest run, at its tokens per parameter.
    hold_out
        Conditions of runs that are not fitted but foretold, such as ``flops=1e22..``.
    settings
        Which ways are tried, how the law of loss is fitted, the bootstrap of runs, the level of
        the intervals and how wide one may be for a task to count as predictable.

    Returns
    -------
    Downstream
        See there. An interval is of one new run. The runs are drawn once for both steps; ceiling,
        floor and exponents have priors, which are drawn too; and of the ways with two steps and
        those with one, the better on the largest fifth of the fitted runs are joined, so that the
        interval holds how far they disagree.

    Raises
    ------
    UsageError
        There is no task, too many targets, or the hold-out takes nothing or everything.
    MissingColumnError, InputError
        A column is absent, or a cell that is used is empty or out of range.
    TooFewError
        Fewer than six runs are fitted.
    CannotAnswerError
        No task can be foretold; the message says why.

    References
    ----------
    A. Bhagia et al. (2024), arXiv:2412.04403 (two steps by way of a task's loss);
    S. Y. Gadre et al. (2024), arXiv:2403.08540 (the exponential link).

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.scaling.downstream import task_of
    >>> from theodolite.tables import Runs
    >>> sizes, seen = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e9, 5),
    ...                                               np.geomspace(2e9, 2e11, 5)))
    >>> loss = 0.5 + 60.0 / sizes**0.3 + 200.0 / seen**0.3
    >>> accuracy = 0.25 + 0.75 / (1 + np.exp(5.0 * (loss - 0.7)))
    >>> runs = Runs.from_frame(pl.DataFrame({"params": sizes, "tokens": seen, "loss": loss,
    ...                                      "quiz": accuracy}))
    >>> quiz = task_of(runs, ["quiz"], chance=0.25)
    >>> got = downstream(runs, [quiz], at=[(3e9, 6e11)],
    ...                  settings=DownstreamSettings(paths=("sigmoid",))).tasks[0]
    >>> true = 0.25 + 0.75 / (1 + np.exp(5.0 * (0.5 + 60 / 3e9**0.3 + 200 / 6e11**0.3 - 0.7)))
    >>> bool(abs(got.points["accuracy"][0] - true) < 0.01), got.verdict
    (True, 'predictable')
    """
    _require(tasks, at, settings)
    counted = account(runs, settings.recipe.accounting)
    held = _held(runs, counted, hold_out)
    rows, ahead = np.flatnonzero(~held), np.flatnonzero(held)
    if len(rows) < FEWEST:
        raise TooFewError(f"{len(rows)} runs are fitted, and a forecast needs {FEWEST} at least")
    every = Points.of(counted)
    points = every.at_rows(rows)
    asked = _asked(points, at, none_held=not len(ahead), settings=settings)
    names = (*names_of(runs.frame, ahead.tolist()), *((None,) * len(asked.params)))
    where = _joined(every.at_rows(ahead), asked)
    done = []
    for task in tasks:
        accuracy = task.accuracy(runs)
        fitted, foretold = (Runs(runs.frame.filter(which)) for which in (~held, held))
        evidence = Evidence(points, task.loss(fitted), accuracy[rows], task.chance)
        blank = np.full(len(asked.params), np.nan)
        targets = Targets(
            where,
            names,
            np.concatenate([accuracy[ahead], blank]),
            np.concatenate([_known_loss(task, foretold), blank]),
        )
        done.append(forecast_task(task, evidence, targets, settings))
    if not any(one.done for one in done):
        reasons = "; ".join(f"{one.task.name}: {one.verdict_words}" for one in done)
        raise CannotAnswerError(f"no task can be foretold: {reasons}")
    return Downstream(
        tasks=tuple(done),
        hold_out=tuple(hold_out),
        within=settings.within,
        recipe=settings.recipe,
        resampling=settings.resampling,
        level=settings.level,
        accounting=counted.words,
        n=len(rows),
        removed=runs.removed,
        notes=_notes(runs),
    )


def _require(
    tasks: Sequence[Task], at: Sequence[tuple[float, float]], settings: DownstreamSettings
) -> None:
    require_settings(settings.level, settings.resampling.n, settings.resampling.seed)
    if not tasks:
        raise UsageError("no task was named")
    if len(at) > MOST_TARGETS:
        raise UsageError(f"at most {MOST_TARGETS:,} targets are foretold at a time")
    if any(not (np.isfinite(x) and x > 0) for pair in at for x in pair):
        raise UsageError("the parameters and tokens of a target are counts above 0")
    if not settings.paths or any(name not in PATHS for name in settings.paths):
        raise UsageError(f"a way to accuracy is one of {', '.join(PATHS)}")
    if not 0.0 < settings.within < 1.0:
        raise UsageError(f"a width is a share between 0 and 1, such as 0.05; not {settings.within}")
    if settings.resampling.cluster is not None:
        raise UsageError("forecasts of accuracy draw single runs: leave the cluster out")


def _known_loss(task: Task, runs: Runs) -> Array:
    """Return the loss of runs that are foretold, NaN where it is not known: nothing rests on it."""
    if not len(runs):
        return np.empty(0)
    try:
        return task.loss(runs)
    except InputError:
        return np.full(len(runs), np.nan)


def _held(runs: Runs, counted: Accounted, hold_out: Sequence[str]) -> Mask:
    if not hold_out:
        return np.zeros(len(runs), dtype=bool)
    bare = [text for text in hold_out if "=" not in text]
    if bare:
        raise UsageError(
            f"--hold-out {bare[0]}: a condition is wanted here, COLUMN=VALUE or COLUMN=LOW..HIGH"
        )
    return folds_of(runs, counted.flops, hold_out)[0].held


def _asked(
    points: Points,
    at: Sequence[tuple[float, float]],
    *,
    none_held: bool,
    settings: DownstreamSettings,
) -> Points:
    if not at and none_held:
        largest = int(np.argmax(points.flops))
        up = np.log(AHEAD) / 2.0
        return Points(
            points.params[[largest]] + up,
            points.tokens[[largest]] + up,
            points.flops[[largest]] + 2.0 * up,
        )
    if at and settings.recipe.accounting in OWN_FLOPS:
        raise UsageError(
            f"targets by parameters and tokens have no FLOPs {settings.recipe.accounting}: hold "
            "out runs instead, or choose the accounting 6nd"
        )
    counts = np.array(at, dtype=np.float64).reshape(-1, 2)
    return Points.at(counts[:, 0], counts[:, 1])


def _joined(first: Points, second: Points) -> Points:
    return Points(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("params", "tokens", "flops")
        )
    )


def _notes(runs: Runs) -> tuple[str, ...]:
    notes = []
    for column in ("dataset", "tokenizer"):
        if column in runs.frame.columns:
            count = runs.frame.get_column(column).n_unique()
            if count > 1:
                notes.append(f"One forecast for runs with {count} values of {column}: see --where.")
    if "tokens_from" in runs.frame.columns:
        count = int((runs.frame.get_column("tokens_from") == "steps").sum())
        notes.append(
            f"{count} runs log no tokens: these are their steps times the tokens of a batch, as "
            "the ladder's scripts state."
        )
    return tuple(notes)
