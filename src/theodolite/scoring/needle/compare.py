r"""Models, or versions of the test, on the cells that both have.

The difference is over cells (a length and a depth), the trials of a cell averaged. Its interval has
the variance of :mod:`theodolite.stats.paired`: that of the cells' differences and what two further
cells would add, so that it has width also where no cell differs. The p-value is exact where a cell
went well for one and badly for the other or was alike (the binomial test of the former, McNemar's);
otherwise the signs of the cells' differences are drawn anew.

Cells of one length share a text. Where whole lengths go well or badly for one of the two, the
variance is that of the lengths' sums, if it is the larger one and there are at least three lengths;
Student's quantile then has one degree of freedom less than there are lengths, and the p-value is
the larger of the two: of cells, and of Student's test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import TooLargeError
from theodolite.stats import Gaps, flip_test, holm, paired_gaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["compare"]

MOST_PAIRS = 50_000
FEWEST_CELLS = 2
# Fewer lengths than this say nothing of how far lengths spread.
FEWEST_LENGTHS = 3
SCHEMA = {
    "model_a": pl.String,
    "version_a": pl.String,
    "model_b": pl.String,
    "version_b": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p_value": pl.Float64,
    "n": pl.Int64,
    "only_a": pl.Int64,
    "only_b": pl.Int64,
}


def compare(
    cells: pl.DataFrame,
    settings: Sequence[tuple[str, str]],
    *,
    level: float,
    n_draws: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Compare every two models or versions that share at least two cells.

    Parameters
    ----------
    cells
        ``model``, ``version``, ``context_length``, ``depth_percent``, ``share`` (null without a
        trial that has a score).
    settings
        Models and versions, in the order of the pairs.
    level, n_draws, rng
        Confidence level; draws behind a p-value that is not exact, and their source.

    Raises
    ------
    TooLargeError
        There are more than 50,000 pairs.
    """
    pairs = len(settings) * (len(settings) - 1) // 2
    if pairs > MOST_PAIRS:
        raise TooLargeError(
            f"{pairs:,} pairs of models are more than {MOST_PAIRS:,}: choose models (--where)"
        )
    place = ["context_length", "depth_percent"]
    # Cells without a score are no cells that both have.
    scored = cells.filter(pl.col("share").is_not_null())
    keys = scored.select(place).unique(maintain_order=True).with_row_index("c")
    own = pl.DataFrame(settings, schema=["model", "version"], orient="row").with_row_index("r")
    at = scored.join(keys, on=place).join(own, on=["model", "version"])
    values = np.full((len(settings), len(keys)), np.nan)
    values[at["r"].to_numpy(), at["c"].to_numpy()] = at["share"].to_numpy()
    names = pl.DataFrame(settings, schema=["model", "version"], orient="row")
    lengths = keys["context_length"].rank("dense").to_numpy().astype(np.int64)
    first, second, numbers = _pairs(values, lengths, level=level, n_draws=n_draws, rng=rng)
    frame = pl.DataFrame(
        {
            "model_a": names["model"].gather(first),
            "version_a": names["version"].gather(first),
            "model_b": names["model"].gather(second),
            "version_b": names["version"].gather(second),
            **numbers,
        },
        schema=SCHEMA,
    )
    adjusted = holm(frame["p_value"].to_numpy())
    return frame.with_columns(pl.Series("p_adjusted", adjusted, dtype=pl.Float64)).select(
        *list(SCHEMA)[:8], "p_adjusted", *list(SCHEMA)[8:]
    )


def _pairs(
    values: Floats,
    lengths: NDArray[np.int64],
    *,
    level: float,
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[Integers, Integers, dict[str, NDArray[Any]]]:
    """Compare all pairs of rows that share enough cells: their places and their numbers."""
    from scipy.special import bdtr, stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    gaps = _wider(values, lengths)
    first, second = np.triu_indices(len(values), 1)
    enough = gaps.items[first, second] >= FEWEST_CELLS
    first, second = first[enough], second[enough]
    n, difference = gaps.items[first, second], gaps.difference[first, second] + 0.0  # never -0
    df, error = gaps.df[first, second], np.sqrt(gaps.variance[first, second])
    half = np.asarray(stdtrit(df, 0.5 + level / 2.0)) * error
    only_a, only_b = np.zeros(len(n), dtype=np.int64), np.zeros(len(n), dtype=np.int64)
    whole = np.zeros(len(n), dtype=bool)
    for i in np.unique(first):
        at = first == i
        own = values[i] - values[second[at]]
        only_a[at], only_b[at] = (own > 0).sum(axis=1), (own < 0).sum(axis=1)
        whole[at] = (np.isnan(own) | (own == 0) | (np.abs(own) == 1)).all(axis=1)
    both = only_a + only_b
    exact = np.minimum(1.0, 2.0 * bdtr(np.minimum(only_a, only_b).astype(float), both, 0.5))
    p = np.where(only_a == only_b, 1.0, exact)
    for k in np.flatnonzero(~whole):
        own = values[first[k]] - values[second[k]]
        p[k] = flip_test(own[~np.isnan(own)][:, None], n_draws=n_draws, rng=rng)
    shared = df < n - 1.0
    p[shared] = np.maximum(p, 2.0 * stdtr(df, -np.abs(difference) / error))[shared]
    numbers = {
        "difference": difference,
        "low": np.maximum(difference - half, -1.0),
        "high": np.minimum(difference + half, 1.0),
        "p_value": p,
        "n": n,
        "only_a": only_a,
        "only_b": only_b,
    }
    return first, second, numbers


def _wider(values: Floats, lengths: NDArray[np.int64]) -> Gaps:
    """Take cells as independent, or cells of one length together where these vary more."""
    alone = paired_gaps(values, np.arange(values.shape[1]), reach=1.0)
    together = paired_gaps(values, lengths, reach=1.0)
    enough = together.df >= FEWEST_LENGTHS - 1.0
    wider = enough & (np.nan_to_num(together.variance) > alone.variance)
    return Gaps(
        alone.difference,
        np.where(wider, together.variance, alone.variance),
        np.where(wider, together.df, alone.df),
        alone.items,
    )
