"""Paired differences of controlled rates over shared instructions, and the ranks left open.

Each model's values (rate plus influence, an instruction each) have the rate for their mean, so
that a paired difference is that of two means over the instructions that both models have: the
maths of :mod:`theodolite.stats.paired`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import Gaps, Ranks, gap_p_values, paired_gaps, ranks, simultaneous_margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.stats.controlled_rate import Rates

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["N_DRAWS", "ranked", "standing"]

N_DRAWS = 4000


def ranked(
    frame: pl.DataFrame, rates: Rates, *, level: float, seed: int, unheld: Flags | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the best first, with ranks, and give all pairs.

    Parameters
    ----------
    frame, rates
        One row a model, and their rates in the same order; ``nan`` for a rate that is not known,
        which gets no rank and comes last.
    unheld
        Models whose rate no data bound: no difference to them is told.
    """
    names = frame.get_column("model").to_list()
    order = np.lexsort((np.arange(len(names)), -np.nan_to_num(rates.rate, nan=-1.0)))
    known = order[~np.isnan(rates.rate[order])]
    apart = None if unheld is None else unheld[known]
    pairs, place = standing(
        [names[k] for k in known], _take(rates, known), level=level, seed=seed, unheld=apart
    )
    ranks_of = pl.DataFrame(
        {
            "model": pl.Series([names[k] for k in known], dtype=pl.String),
            "rank": place.rank,
            "rank_low": place.low,
            "rank_high": place.high,
        }
    )
    last = ("n", "unbounded", "suspect")
    columns = [c for c in frame.columns if c not in last]
    models = frame[order].join(ranks_of, on="model", how="left", maintain_order="left")
    return models.select(*columns, "rank", "rank_low", "rank_high", *last), pairs


def _take(rates: Rates, models: NDArray[np.int64]) -> Rates:
    parts = {name: getattr(rates, name)[models] for name in rates.__dataclass_fields__}
    return replace(rates, **parts)


def standing(
    names: Sequence[str],
    rates: Rates,
    *,
    level: float,
    seed: int,
    unheld: Flags | None = None,
) -> tuple[pl.DataFrame, Ranks]:
    """Give all pairs, the higher rate first, and the ranks, (M,), in the order of ``names``.

    Models are best first; none is without a rate.
    """
    gaps = _gaps(rates, unheld)
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


def _gaps(rates: Rates, unheld: Flags | None) -> Gaps:
    """Give all differences; with the variance that comes from a prior, which no item shows."""
    gaps = paired_gaps(rates.values, np.arange(rates.values.shape[1]), reach=1.0, design=1.0)
    own = np.eye(len(rates.rate), dtype=bool)
    variance = gaps.variance + np.where(own, 0.0, rates.prior[:, None] + rates.prior)
    if unheld is None:
        return replace(gaps, variance=variance)
    # What a weak prior alone holds has no error to measure.
    some = (unheld[:, None] | unheld) & ~own
    return replace(gaps, variance=np.where(some, np.nan, variance), df=np.where(some, 0.0, gaps.df))
