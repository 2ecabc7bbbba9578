"""How models stand on one unit, or on the average of several: ranks and paired differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.claims.results import MACRO, MICRO
from theodolite.stats import (
    Gaps,
    Means,
    average_gaps,
    average_means,
    clustered_means,
    gap_p_values,
    mean_interval,
    paired_gaps,
    ranks,
    simultaneous_margins,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.claims.answers import Unit

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["N_DRAWS", "Standing", "average_standings", "standing_of"]

N_DRAWS = 4000


@dataclass(frozen=True)
class Standing:
    """One benchmark's part of a board; K models, best first.

    Attributes
    ----------
    name
        Of the unit or average.
    rows
        The models' positions among the board's, (K,).
    means, gaps
        Their scores and differences.
    ends
        Of the scores' intervals, two of (K,).
    margins
        Half-widths of the differences' simultaneous intervals, (K, K).
    n_draws
        Normal draws behind them.
    """

    name: str
    rows: Integers
    means: Means
    gaps: Gaps
    ends: tuple[Floats, Floats]
    margins: Floats
    n_draws: int = N_DRAWS

    def models(self, names: Sequence[str]) -> pl.DataFrame:
        """Give one row a model, best first."""
        mean = self.means.mean
        place = ranks(mean[:, None] > mean, self.gaps.difference > self.margins)
        return pl.DataFrame(
            {
                "model": [names[row] for row in self.rows],
                "benchmark": pl.Series([self.name]).new_from_index(0, len(mean)),
                "score": mean,
                "low": self.ends[0],
                "high": self.ends[1],
                "rank": place.rank,
                "rank_low": place.low,
                "rank_high": place.high,
                "n": self.means.items,
                "clusters": self.means.clusters,
            }
        )

    def pairs(self, names: Sequence[str]) -> pl.DataFrame:
        """Give one row a pair, the higher score first."""
        upper = np.triu_indices(len(self.rows), 1)
        own = pl.Series([names[row] for row in self.rows], dtype=pl.String)
        frame = pl.DataFrame(
            {
                "model_a": own.gather(upper[0]),
                "model_b": own.gather(upper[1]),
                "benchmark": pl.Series([self.name]).new_from_index(0, len(upper[0])),
                "difference": self.gaps.difference[upper],
                "margin": self.margins[upper],
                "p_adjusted": gap_p_values(self.gaps)[upper],
                "n": self.gaps.items[upper],
            }
        ).with_columns(pl.col("difference", "p_adjusted").fill_nan(None))
        gap, margin = pl.col("difference"), pl.col("margin")
        better = (
            pl.when(gap > margin)
            .then("model_a")
            .when(-gap > margin)
            .then("model_b")
            .otherwise(None)
        )
        return frame.select(
            "model_a",
            "model_b",
            "benchmark",
            "difference",
            low=gap - margin,
            high=gap + margin,
            better=better,
            p_adjusted="p_adjusted",
            n="n",
        )


def standing_of(unit: Unit, *, level: float, seed: int) -> Standing:
    """Estimate the scores and differences of one unit."""
    means = clustered_means(unit.values, unit.clusters)
    gaps = paired_gaps(unit.values, unit.clusters, reach=unit.reach, design=means.design)
    return _ordered(
        Standing(
            unit.name, unit.models, means, gaps, ends=(means.mean, means.mean), margins=gaps.df
        ),
        share=unit.share,
        level=level,
        seed=seed,
    )


def average_standings(
    units: Sequence[Unit], standings: Sequence[Standing], *, level: float, seed: int
) -> list[Standing]:
    """Give both averages of the models that have every unit; none where they say nothing."""
    share = [unit.share for unit in units]
    everywhere = set(units[0].models.tolist()).intersection(*(u.models.tolist() for u in units))
    if len(units) == 1 or not everywhere or len(set(share)) > 1:
        return []
    rows = np.array(sorted(everywhere), dtype=np.int64)
    takes = [_positions(standing.rows, rows) for standing in standings]
    means = [s.means.take(at) for s, at in zip(standings, takes, strict=True)]
    gaps = [s.gaps.take(at) for s, at in zip(standings, takes, strict=True)]
    items = np.array([mean.items for mean in means])
    equal = np.full(items.shape, 1.0 / len(units))
    shared = np.maximum(sum(gap.items for gap in gaps), 1)
    by_items: list[Floats | float] = [gap.items / shared for gap in gaps]
    out = []
    for name, own, paired in (
        (MACRO, equal, [1.0 / len(units)] * len(units)),
        (MICRO, items / items.sum(axis=0), by_items),
    ):
        average, apart = average_means(means, own), average_gaps(gaps, paired)
        plain = Standing(name, rows, average, apart, (average.mean, average.mean), apart.df)
        out.append(_ordered(plain, share=share[0], level=level, seed=seed))
    return out


def _ordered(plain: Standing, *, share: bool, level: float, seed: int) -> Standing:
    """Put the best first, and add intervals.

    The draws then depend on no model's name: another order of the models is the same board.
    """
    order = np.lexsort((plain.rows, -plain.means.mean))
    means, gaps = plain.means.take(order), plain.gaps.take(order)
    rng = np.random.default_rng(seed)
    return Standing(
        name=plain.name,
        rows=plain.rows[order],
        means=means,
        gaps=gaps,
        ends=mean_interval(means, level=level, share=share),
        margins=simultaneous_margins(gaps, level=level, n_draws=N_DRAWS, rng=rng),
    )


def _positions(inside: Integers, wanted: Integers) -> Integers:
    """Where each wanted value stands in an unordered array."""
    order = np.argsort(inside)
    out: Integers = order[np.searchsorted(inside, wanted, sorter=order)]
    return out
