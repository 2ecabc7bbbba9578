"""Which runs a backtest keeps from the fit: by condition, or each value of a column in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import MissingColumnError, UsageError
from theodolite.tables import Condition
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["Fold", "folds_of", "largest_part"]

MOST_FOLDS = 100


@dataclass(frozen=True)
class Fold:
    """One split of the runs.

    Attributes
    ----------
    name
        The conditions that a held-out run meets, in words.
    held
        Whether each run is held out, (n,).
    """

    name: str
    held: NDArray[np.bool_]


def folds_of(runs: Runs, flops: Array, hold_out: Sequence[str]) -> tuple[Fold, ...]:
    """Split the runs.

    Parameters
    ----------
    runs
        The runs.
    flops
        The FLOPs of each under the accounting of the fit: what ``flops=LOW..HIGH`` compares.
    hold_out
        Conditions in the words of ``--where``: a run that meets all of them is held out. Or one
        bare name of a column: each of its values is held out in turn.

    Raises
    ------
    UsageError
        Nothing, or everything, would be held out; or a bare name stands beside other conditions.
    MissingColumnError
        There is no such column.
    InputError
        The bare column has gaps.

    Examples
    --------
    >>> from theodolite.tables import Runs
    >>> frame = pl.DataFrame({"params": [1e8, 1e9], "tokens": [2e9, 2e10], "loss": [3.4, 2.6]})
    >>> fold, = folds_of(Runs.from_frame(frame), np.array([1.2e18, 1.2e20]), ["flops=1e19.."])
    >>> fold.name, fold.held.tolist()
    ('flops=1e19..', [False, True])
    """
    if not hold_out:
        raise UsageError("nothing is held out: --hold-out flops=1e21.., or --hold-out family")
    # The file's own FLOPs give way to those of the accounting, which the law is fitted to.
    frame = runs.frame.with_columns(pl.Series("flops", flops))
    bare = [text.strip() for text in hold_out if "=" not in text]
    if not bare:
        conditions = [Condition.parse(text) for text in hold_out]
        return (_by_conditions(frame, conditions),)
    if len(hold_out) > 1:
        raise UsageError(
            f"--hold-out {bare[0]} holds out each value of a column in turn, and stands alone: "
            "choose runs with --where instead"
        )
    return _by_column(frame, bare[0])


def largest_part(flops: Array, share: float) -> NDArray[np.bool_]:
    """Return which runs are the largest ``share`` by compute; runs of one budget stay together.

    Examples
    --------
    >>> largest_part(np.array([1.0, 2.0, 3.0, 3.0, 2.0]), 0.2).tolist()
    [False, False, True, True, False]
    """
    count = int(np.ceil(share * len(flops)))
    held: NDArray[np.bool_] = flops >= np.sort(flops)[len(flops) - count] * (1.0 - 1e-9)
    return held


def _by_conditions(frame: pl.DataFrame, conditions: Sequence[Condition]) -> Fold:
    name = ", ".join(map(str, conditions))
    held = np.ones(frame.height, dtype=bool)
    for condition in conditions:
        if condition.column in frame.columns:
            # A run of unknown date, say, would stay with those that are fitted.
            only_given(frame, condition.column, "holding out by it")
        held &= condition.mask(frame).to_numpy()
    if not held.any():
        raise UsageError(f"no run meets {name}, so none is held out{_ranges(frame, conditions)}")
    if held.all():
        raise UsageError(f"every run meets {name}: none is left to fit{_ranges(frame, conditions)}")
    return Fold(name, held)


def _by_column(frame: pl.DataFrame, column: str) -> tuple[Fold, ...]:
    if column not in frame.columns:
        have = ", ".join(c for c in frame.columns if not c.startswith("_"))
        raise MissingColumnError(
            f"no column {column} to hold out by (columns: {have}); a condition is "
            "COLUMN=VALUE or COLUMN=LOW..HIGH"
        )
    if frame.get_column(column).dtype.is_nested():
        raise UsageError(f"{column} holds nested values, which cannot be held out in turn")
    only_given(frame, column, "holding out its values in turn")
    values = frame.get_column(column)
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    distinct = values.unique().sort()
    if len(distinct) == 1:
        raise UsageError(f"every run has the same {column}: none would be left to fit")
    if len(distinct) > MOST_FOLDS:
        raise UsageError(
            f"{column} has {len(distinct):,} values, and at most {MOST_FOLDS} are held out in "
            f"turn: give a range, as --hold-out {column}=LOW..HIGH"
        )
    names = [_text(value) for value in distinct]
    if len(set(names)) < len(names):
        names = [repr(value) for value in distinct]
    return tuple(
        Fold(f"{column}={name}", (values == value).to_numpy())
        for name, value in zip(names, distinct, strict=True)
    )


def _text(value: object) -> str:
    """Write a value short, and harmless on a terminal."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if text.isprintable() else repr(text)


def _ranges(frame: pl.DataFrame, conditions: Sequence[Condition]) -> str:
    """Say between which values the columns lie, where they have an order."""
    parts = []
    for column in dict.fromkeys(condition.column for condition in conditions):
        values = frame.get_column(column)
        if values.dtype.is_numeric() or values.dtype.is_temporal():
            parts.append(f"{column} lies between {_text(values.min())} and {_text(values.max())}")
    return f" ({'; '.join(parts)})" if parts else ""
