"""Curves of each size from its fewest tokens to beyond its most: what a chart shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scaling.saturation.slopes import law_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.saturation.deciding import Curves
    from theodolite.scaling.saturation.sizes import Sizes

    Array = NDArray[np.float64]

__all__ = ["BEYOND", "extrapolated"]

# How far beyond the most tokens curves go, and in how many steps.
BEYOND = 10.0
STEPS = 40


def extrapolated(
    sizes: Sizes, fit: ScalingFit, curves: Curves, which: Sequence[int]
) -> pl.DataFrame:
    """Return the curves of some sizes.

    Returns
    -------
    polars.DataFrame
        ``params``, ``tokens``, ``hypothesis`` (``law``, ``own-floor``, ``log-linear``), ``loss``,
        ``low`` and ``high`` (of the curve, not of a run).
    """
    parts = []
    for size in which:
        ends = sizes.first[size], sizes.runs.last[size] + np.log(BEYOND)
        logs = np.linspace(*ends, STEPS)
        ahead, codes = logs - sizes.runs.last[size], np.full(STEPS, size)
        params = np.full(STEPS, np.log(sizes.params[size]))
        for name, at, draws in (
            ("law", *law_losses(fit, params, logs)),
            ("own-floor", curves.floors.at(codes, ahead)[0], curves.floor_draws.at(codes, ahead)),
            ("log-linear", curves.lines.at(codes, ahead)[0], curves.line_draws.at(codes, ahead)),
        ):
            tail = (1.0 - fit.level) / 2.0
            low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
            parts.append(
                pl.DataFrame(
                    {
                        "params": np.exp(params),
                        "tokens": np.exp(logs),
                        "hypothesis": [name] * STEPS,
                        "loss": at,
                        "low": np.minimum(low, at),
                        "high": np.maximum(high, at),
                    }
                )
            )
    return pl.concat(parts)
