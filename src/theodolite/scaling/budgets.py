"""A fitted law's split of training compute at several budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.allocation import Split
    from theodolite.scaling.result import ScalingFit

    Array = NDArray[np.float64]
__all__ = ["splits_at", "usual_budgets"]


# Budgets this near a power of ten, in decades, are meant to be it.
NEAR = 0.1


def usual_budgets(fit: ScalingFit) -> list[float]:
    """Return powers of ten of FLOPs about the runs, and two beyond the largest."""
    low = int(np.ceil(fit.points.flops.min() / np.log(10.0) - NEAR))
    high = int(np.floor(fit.points.flops.max() / np.log(10.0) + NEAR)) + 2
    return [10.0**power for power in range(low, high + 1)]


def splits_at(fit: ScalingFit, flops: Sequence[float] = ()) -> pl.DataFrame:
    """Return the compute-optimal run at each budget.

    Parameters
    ----------
    fit
        A law that splits compute.
    flops
        Training FLOPs (C = 6 N D); powers of ten about the runs are added.

    Returns
    -------
    polars.DataFrame
        ``flops``; ``params``, ``tokens``, ``tokens_per_param`` and ``loss``, each with ``_low``
        and ``_high``; ``beyond``, by what factor the budget is beyond the largest run's (below 1
        where it is within).

    Raises
    ------
    CannotAnswerError
        The law does not split compute.
    """
    budgets = np.log(np.unique([*usual_budgets(fit), *flops]))[None, :]
    point, draws = (_numbers(split, budgets) for split in fit.splits())
    columns: dict[str, Array] = {"flops": np.exp(budgets[0])}
    for name, value in point.items():
        low, high = fit.ends(value[0], draws[name])
        columns |= {name: value[0], f"{name}_low": low, f"{name}_high": high}
    largest = np.log(6.0) + (fit.points.params + fit.points.tokens).max()
    columns["beyond"] = np.exp(budgets[0] - largest)
    return pl.DataFrame(columns)


def _numbers(split: Split, flops: Array) -> dict[str, Array]:
    params = split.optimal_params(flops)
    tokens = flops - np.log(6.0) - params
    return {
        "params": np.exp(params),
        "tokens": np.exp(tokens),
        "tokens_per_param": np.exp(tokens - params),
        "loss": split.loss(params, tokens),
    }
