r"""Models, or versions of the test, on the cells that both have.

The difference is over cells (a length and a depth), the trials of a cell averaged. Its interval has
the variance of :mod:`theodolite.stats.paired`: that of the cells' differences and what two further
cells would add, so that it has width also where no cell differs. The p-value is exact where a cell
went well for one and badly for the other or was alike (the binomial test of the former, McNemar's);
otherwise the signs of the cells' differences are drawn anew.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooLargeError
from theodolite.stats import flip_test, holm, paired_gaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["compare"]

MOST_PAIRS = 50_000
FEWEST_CELLS = 2
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
    rows = []
    for i, j in combinations(range(len(settings)), 2):
        both = ~np.isnan(values[i]) & ~np.isnan(values[j])
        if both.sum() >= FEWEST_CELLS:
            numbers = _pair(values[[i, j]][:, both], level=level, n_draws=n_draws, rng=rng)
            rows.append((*settings[i], *settings[j], *numbers))
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    adjusted = holm(frame["p_value"].to_numpy())
    return frame.with_columns(pl.Series("p_adjusted", adjusted, dtype=pl.Float64)).select(
        *list(SCHEMA)[:8], "p_adjusted", *list(SCHEMA)[8:]
    )


def _pair(
    values: Floats, *, level: float, n_draws: int, rng: np.random.Generator
) -> tuple[float | int, ...]:
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    n = values.shape[1]
    gaps = paired_gaps(values, np.arange(n), reach=1.0)
    gap = float(gaps.difference[0, 1]) + 0.0  # never -0
    half = float(stdtrit(n - 1.0, 0.5 + level / 2.0)) * float(np.sqrt(gaps.variance[0, 1]))
    own = values[0] - values[1]
    a, b = int((own > 0).sum()), int((own < 0).sum())
    if np.isin(own, (-1.0, 0.0, 1.0)).all():
        p = _exact(a, b)
    else:
        p = flip_test(own[:, None], n_draws=n_draws, rng=rng)
    return gap, max(gap - half, -1.0), min(gap + half, 1.0), p, n, a, b


def _exact(a: int, b: int) -> float:
    """Give the two-sided p-value of a against b, both equally likely."""
    from scipy.special import bdtr  # noqa: PLC0415  (slow to import)

    return 1.0 if a == b else float(min(1.0, 2.0 * bdtr(min(a, b), a + b, 0.5)))
