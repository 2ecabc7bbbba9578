"""What a judge says of the same two answers in both orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.judges.results import Consistency, Interval
from theodolite.stats.means import clustered_means, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["consistency", "share_interval"]


def share_interval(values: Floats, clusters: Integers, level: float) -> Interval:
    """Give the mean of values in [0, 1] with the interval of a share, clustered by item.

    Of a single item there is no interval: its ends are ``None``.

    Examples
    --------
    >>> got = share_interval(np.array([1.0, 1.0, 0.0, 1.0]), np.array([0, 1, 2, 3]), 0.95)
    >>> got.estimate, round(got.low, 2), round(got.high, 2)
    (0.75, 0.16, 0.98)
    """
    mean = float(values.mean())
    if len(np.unique(clusters)) < 2:  # noqa: PLR2004
        return Interval(mean, None, None, len(values))
    low, high = mean_interval(clustered_means(values[None, :], clusters), level=level, share=True)
    return Interval(mean, float(low[0]), float(high[0]), len(values))


def consistency(rows: pl.DataFrame, *, level: float) -> Consistency | None:
    """Compare one judge's two verdicts on each pair of answers that it saw in both orders.

    With f, t, s the shares of its verdicts for the first answer, a tie and the second, verdicts
    that do not depend on the answers would be the same in 2 f s + t^2 of the pairs.

    Parameters
    ----------
    rows
        A panel's rows of one judge.
    level
        Confidence level.

    Returns
    -------
    Consistency or None
        ``None`` where no pair was seen in both orders.
    """
    one_first = pl.col("first") == pl.col("one")
    said = pl.col("graded")
    both = (
        rows.group_by("unit", maintain_order=True)
        .agg(
            pl.col("item_id").first(),
            said.filter(one_first).mean().sign().alias("straight"),
            said.filter(~one_first).mean().sign().alias("turned"),
        )
        .drop_nulls()
    )
    if both.is_empty():
        return None
    straight, turned = (both.get_column(c).to_numpy() for c in ("straight", "turned"))
    item = both.get_column("item_id").rank("dense").to_numpy().astype(np.int64)
    kept = (straight == -turned).astype(np.float64)
    same, alike = share_interval(kept, item, level), float(kept.mean())
    games = np.concatenate([straight, turned])
    f, t, s = (float((games == v).mean()) for v in (1.0, 0.0, -1.0))
    decided = games != 0.0
    first = None
    if decided.any():
        first = share_interval(
            (games[decided] > 0).astype(np.float64), np.concatenate([item, item])[decided], level
        )
    return Consistency(
        pairs=len(both),
        same=alike,
        low=0.0 if same.low is None else same.low,
        high=1.0 if same.high is None else same.high,
        chance=2.0 * f * s + t * t,
        first=float(((straight > 0) & (turned > 0)).mean()),
        second=float(((straight < 0) & (turned < 0)).mean()),
        mixed=float(((straight == 0) ^ (turned == 0)).mean()),
        first_share=None if first is None else first.estimate,
        first_low=None if first is None else first.low,
        first_high=None if first is None else first.high,
        decided=int(decided.sum()),
    )
