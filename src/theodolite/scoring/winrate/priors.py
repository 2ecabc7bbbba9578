"""What is known beforehand: the difficulty of instructions, and AlpacaEval's gamed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, UsageError
from theodolite.scoring.winrate.wide import LENGTH
from theodolite.stats.quasi_binomial import SharedRows
from theodolite.tables.checks import problems_at
from theodolite.tables.reference_recipe import difficulty_frame, gamed_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Preferences

    Floats = NDArray[np.float64]

__all__ = ["difficulty_of", "gamed_rows"]

GAMED_WEIGHT = 0.1
DIFFICULT = "instruction_difficulty"


def difficulty_of(frame: pl.DataFrame, items: Sequence[str], preferences: Preferences) -> Floats:
    """Give the difficulty of each instruction, (N,), in the order of ``items``.

    Raises
    ------
    InputError
        One is not a number, stands twice, or is missing for a judged instruction.
    """
    checked = difficulty_frame(frame)
    wanted = pl.DataFrame({"item_id": list(items)})
    found = wanted.join(checked, on="item_id", how="left", maintain_order="left")
    value = found.get_column(DIFFICULT)
    if value.null_count():
        lacking = found.filter(value.is_null()).get_column("item_id")
        rows = preferences.frame
        bad = rows.get_column("item_id").cast(pl.String).is_in(lacking.implode())
        raise InputError(
            problems_at(rows, "item_id", bad, "not one of the items whose difficulty is given"),
            total=int(bad.sum()),
            hint="Add them to the file of --difficulty, leave them out (--where), or estimate the "
            "difficulty (--difficulty estimated).",
        )
    return value.to_numpy()


def gamed_rows(frame: pl.DataFrame, covariates: Sequence[str], unit: float) -> SharedRows:
    """Turn the gamed rows into rows that every model's regression sees.

    ``std_delta_len`` is the baseline's length less the answer's; here length is the answer's less
    the baseline's. Difficulties are divided by ``unit``, as those of the instructions are.

    Raises
    ------
    UsageError
        Length is not held fixed.
    InputError
        A cell is empty or out of range.
    """
    if LENGTH not in covariates:
        raise UsageError("the gamed rows speak of length, which is not among the covariates")
    checked = gamed_frame(frame)
    x = np.zeros((checked.height, len(covariates) + 2))
    x[:, list(covariates).index(LENGTH)] = -np.tanh(checked.get_column("std_delta_len").to_numpy())
    x[:, -2] = checked.get_column(DIFFICULT).to_numpy() / unit
    weight = np.full(checked.height, GAMED_WEIGHT)
    return SharedRows(x, checked.get_column("pseudo_preference").to_numpy(), weight)
