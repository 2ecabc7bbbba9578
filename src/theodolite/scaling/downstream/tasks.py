"""Tasks: which columns of the runs hold an accuracy, its loss, and what guessing scores."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, MissingColumnError, UsageError, shorten
from theodolite.tables.benchmarks import BENCHMARKS
from theodolite.tables.checks import Kind, only_given, problems_at, to_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["MMLU_WEIGHTS", "Task", "named_tasks", "task_of"]

MOST_TASKS = 200
# What a column of errors is called.
ERRORS = re.compile(r"(^|[_/.-])err(or)?s?([_/.-]|$)", re.IGNORECASE)
MOST_CHANCE = 0.9
MOST_COLUMNS = 100
# The ladder averages the four parts of MMLU so (WEIGHT_BY_KEY in allenai/OLMo-ladder).
MMLU_WEIGHTS = {"stem": 0.215, "humanities": 0.335, "social_sciences": 0.219, "other": 0.231}
# The ladder's accuracies, and the bits a byte of the right answer that belong to them.
LADDER = re.compile(r"eval/downstream/(?P<task>.+)_(?:len_norm|acc)")
LADDER_LOSS = "eval/downstream_bpb/{}_bpb"
# What surrounds the name of a benchmark in the columns of known files.
AROUND = re.compile(r"^eval/downstream/|^err_|_(?:val|test|rc|mc|[0-9]+shot|len_norm|acc)(?=_|$)")


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes
    ----------
    name
        What it is called.
    columns, losses
        Columns whose weighted mean is the accuracy, and those whose mean is the loss on the way.
    weights
        Of the columns, and of the losses where they are as many; they add up to 1.
    error
        Whether the columns hold 1 - accuracy.
    chance
        What guessing scores, or ``None``: it is then estimated.
    chance_from
        Where that comes from: ``given``, ``benchmark`` (:mod:`theodolite.tables.benchmarks`) or
        ``estimated``.
    """

    name: str
    columns: tuple[str, ...]
    losses: tuple[str, ...] = ("loss",)
    weights: tuple[float, ...] = ()
    error: bool = False
    chance: float | None = None
    chance_from: str = "estimated"

    def accuracy(self, runs: Runs) -> Array:
        """Return the accuracy of each run, a share, (n,).

        Raises
        ------
        InputError
            A cell is empty, no number, or no share between 0 and 1.
        """
        columns = [_column(runs, name, share=True) for name in self.columns]
        mean = np.average(columns, axis=0, weights=self.weights or None)
        out: Array = 1.0 - mean if self.error else mean
        return out

    def loss(self, runs: Runs) -> Array:
        """Return the loss on the way to the accuracy, (n,)."""
        columns = [_column(runs, name, share=False) for name in self.losses]
        weights = self.weights if len(self.weights) == len(self.losses) else None
        out: Array = np.average(columns, axis=0, weights=weights)
        return out


def task_of(
    runs: Runs,
    columns: Sequence[str],
    *,
    losses: Sequence[str] = (),
    weights: Sequence[float] = (),
    error: bool = False,
    chance: float | None = None,
) -> Task:
    """Describe one task by its columns.

    Parameters
    ----------
    runs
        The runs.
    columns
        Columns of accuracies (or errors), averaged.
    losses
        Columns of the task's loss, averaged. By default the ladder's bits a byte beside its
        accuracies, where the runs have them, or else ``loss``.
    weights
        Of the columns. By default equal, but those of the ladder where the columns are the four
        parts of MMLU.
    error
        Whether the columns hold 1 - accuracy.
    chance
        What guessing scores. By default that of the benchmark which the columns are named after,
        where it is known.

    Raises
    ------
    MissingColumnError, InputError, UsageError
        A column is absent; or weights or chance are out of range.
    """
    columns, losses = tuple(columns), tuple(losses)
    if not columns or len(columns) > MOST_COLUMNS:
        raise UsageError(f"a task has 1 to {MOST_COLUMNS} columns, not {len(columns)}")
    _require(runs, (*columns, *losses))
    wrong = [name for name in columns if ERRORS.search(name)]
    if wrong and not error:
        raise UsageError(f"{shorten(wrong[0])} holds errors by its name: say so with --error")
    if chance is not None and not 0.0 <= chance <= MOST_CHANCE:
        raise UsageError(f"chance is a share from 0 to 0.9, such as 0.25; not {chance:g}")
    found = _chance(columns) if chance is None else chance
    origin = "given" if chance is not None else "estimated" if found is None else "benchmark"
    task = Task(_name(columns), columns, losses or _losses(runs, columns), (), error, found, origin)
    return replace(task, weights=_weights(columns, weights))


def named_tasks(
    runs: Runs,
    texts: Sequence[str],
    *,
    losses: Sequence[str] = (),
    error: bool = False,
    chance: float | None = None,
) -> tuple[Task, ...]:
    """Read tasks as the command line names them.

    ``COLUMN,COLUMN`` averages columns into one task; a pattern such as ``err_*`` names one task a
    column. ``losses`` are in the order of ``texts``, or one for all.
    """
    if losses and len(losses) not in (1, len(texts)):
        raise UsageError(f"{len(texts)} tasks and {len(losses)} losses: name one loss, or one each")
    tasks: list[Task] = []
    for at, text in enumerate(texts):
        loss = losses[at if len(losses) > 1 else 0] if losses else ""
        ways = [part.strip() for part in loss.split(",") if part.strip()]
        tasks += [
            task_of(runs, columns, losses=ways, error=error, chance=chance)
            for columns in _columns(runs, text)
        ]
    if len(tasks) > MOST_TASKS:
        raise UsageError(f"{len(tasks)} tasks, and at most {MOST_TASKS} are forecast at a time")
    distinct = {task.columns: task for task in tasks}
    return tuple(distinct.values())


def _columns(runs: Runs, text: str) -> list[list[str]]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1 and any(sign in text for sign in "*?["):
        found = [name for name in runs.frame.columns if fnmatchcase(name, parts[0])]
        if not found:
            raise MissingColumnError(f"no column of the runs is like {shorten(text)}")
        return [[name] for name in found]
    if not parts:
        raise UsageError("a task is a column of the runs, or several: COLUMN,COLUMN")
    return [parts]


def _require(runs: Runs, names: Sequence[str]) -> None:
    lacking = [name for name in names if name not in runs.frame.columns]
    if lacking:
        raise MissingColumnError(
            f"no column {shorten(lacking[0])} in the runs",
            hint="Name the column of an accuracy with --task, or several by a pattern, as err_*.",
        )


def _column(runs: Runs, name: str, *, share: bool) -> Array:
    frame = runs.frame
    only_given(frame, name, "the forecast of the task")
    series = frame.get_column(name)
    number = to_kind(series, Kind.REAL)
    if number is None:
        raise InputError(f"the column {shorten(name)} holds no numbers")
    bad = number.is_null() | ~number.is_finite()
    bad |= ~number.is_between(0.0, 1.0) if share else ~(number > 0.0)
    bad = bad.fill_null(value=True)
    if bad.any():
        allowed = "no share between 0 and 1" if share else "no loss above 0"
        hint = "Percentages are divided by 100 first." if share else None
        problems = problems_at(frame, name, bad, allowed)
        raise InputError(problems, total=int(bad.sum()), hint=hint)
    return number.cast(pl.Float64).to_numpy()


def _weights(columns: tuple[str, ...], given: Sequence[float]) -> tuple[float, ...]:
    if given:
        total = float(sum(given))
        good = all(np.isfinite(w) and w >= 0.0 for w in given) and total > 0.0
        if len(given) != len(columns) or not good:
            raise UsageError(f"{len(columns)} columns need as many weights, none below 0")
        return tuple(w / total for w in given)
    parts = _mmlu_parts(columns)
    if parts is not None:
        return tuple(parts)
    return tuple(1.0 / len(columns) for _ in columns)


def _mmlu_parts(columns: tuple[str, ...]) -> list[float] | None:
    """Return the ladder's weights where the columns are the four parts of MMLU."""
    if len(columns) != len(MMLU_WEIGHTS):
        return None
    found = [
        part
        for column in columns
        for part in MMLU_WEIGHTS
        if re.search(rf"(?:^|[/_])mmlu_{part}(?:_|$)", column)
    ]
    if len(set(found)) < len(MMLU_WEIGHTS) or len(found) > len(MMLU_WEIGHTS):
        return None
    return [MMLU_WEIGHTS[part] for part in found]


def _losses(runs: Runs, columns: tuple[str, ...]) -> tuple[str, ...]:
    matches = [LADDER.fullmatch(column) for column in columns]
    names = [LADDER_LOSS.format(match["task"]) for match in matches if match]
    there = len(names) == len(columns) and all(name in runs.frame.columns for name in names)
    return tuple(names) if there else ("loss",)


def _short(column: str) -> str:
    """Take what surrounds the name of a benchmark away."""
    before = None
    while before != column:
        before, column = column, AROUND.sub("", column)
    return column


def _name(columns: tuple[str, ...]) -> str:
    short = [_short(column) or column for column in columns]
    if len(short) == 1:
        # The split stays where both are there: arc_easy_val beside arc_easy_test.
        match = LADDER.fullmatch(columns[0])
        return re.sub(r"_rc_[0-9]+shot$", "", match["task"]) if match else columns[0]
    if _mmlu_parts(columns) is not None:
        return "mmlu"
    return f"mean of {', '.join(short[:2])}" + (f" and {len(short) - 2} more" if short[2:] else "")


def _chance(columns: tuple[str, ...]) -> float | None:
    """Return what guessing scores by the benchmarks' names, where it is one known number."""
    known = _by_plain_name()
    found = set()
    for column in columns:
        short = _short(column).lower()
        plain = re.sub(r"[^a-z0-9]", "", "mmlu" if short.startswith("mmlu_") else short)
        found.add(known.get(plain))
    return found.pop() if len(found) == 1 else None


def _by_plain_name() -> Mapping[str, float | None]:
    return {
        re.sub(r"[^a-z0-9]", "", name.lower()): one.chance
        for one in BENCHMARKS
        for name in (one.name, *one.names)
    }
