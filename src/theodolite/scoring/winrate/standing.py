"""Paired differences of controlled rates over shared instructions, and the ranks left open.

Each model's values (rate plus influence, an instruction each) have the rate for their mean, so
that a paired difference is that of two means over the instructions that both models have: the
maths of :mod:`theodolite.stats.paired`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import Ranks, gap_p_values, paired_gaps, ranks, simultaneous_margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.stats.controlled_rate import Rates

    Floats = NDArray[np.float64]

__all__ = ["N_DRAWS", "standing"]

N_DRAWS = 4000


def standing(
    names: Sequence[str], rates: Rates, *, level: float, seed: int
) -> tuple[pl.DataFrame, Ranks]:
    """Give all pairs, the higher rate first, and the ranks, (M,), in the order of ``names``.

    Models are best first; none is without a rate.
    """
    gaps = paired_gaps(rates.values, np.arange(rates.values.shape[1]), reach=1.0, design=1.0)
    margins = simultaneous_margins(
        gaps, level=level, n_draws=N_DRAWS, rng=np.random.default_rng(seed)
    )
    upper = np.triu_indices(len(names), 1)
    own = pl.Series(names, dtype=pl.String)
    frame = pl.DataFrame(
        {
            "model_a": own.gather(upper[0]),
            "model_b": own.gather(upper[1]),
            "difference": 100.0 * gaps.difference[upper],
            "margin": 100.0 * margins[upper],
            "p_adjusted": gap_p_values(gaps)[upper],
            "n": gaps.items[upper],
        }
    ).with_columns(pl.col("difference", "p_adjusted").fill_nan(None))
    gap, margin = pl.col("difference"), pl.col("margin")
    pairs = frame.select(
        "model_a",
        "model_b",
        "difference",
        low=pl.when(margin.is_finite()).then(gap - margin),
        high=pl.when(margin.is_finite()).then(gap + margin),
        better=pl.when(gap > margin)
        .then("model_a")
        .when(-gap > margin)
        .then("model_b")
        .otherwise(None),
        p_adjusted="p_adjusted",
        n="n",
    )
    rate = rates.rate
    return pairs, ranks(rate[:, None] > rate, gaps.difference > margins)
