"""The jury's strengths as a board: intervals, ranks left open, and ranks without each judge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError
from theodolite.scoring.judges.jury import sit
from theodolite.stats.half_win import HalfWin
from theodolite.stats.jury import STILL
from theodolite.stats.separation import one_sided_bounds
from theodolite.stats.simultaneous import contrast_errors, max_t_quantile, ranks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scoring.judges.jury import Jury
    from theodolite.scoring.judges.panel import Panel

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["MOST_LEFT_OUT", "board_of", "ranks_without"]

N_DRAWS = 4000
# Judges of more are not left out one by one.
MOST_LEFT_OUT = 30
TINY = 1e-12


def board_of(jury: Jury, *, level: float, seed: int) -> pl.DataFrame:
    """Give every model's strength, interval and ranks, best first.

    A model outside the core has no estimate and one finite end at most; its ranks are left open,
    and with it those of the models that it might be above or below.
    """
    k, core = len(jury.models), jury.core
    low, high = _ends(jury, level)
    higher, better = _compared(jury, level=level, seed=seed)
    place = ranks(higher, better)
    n = np.bincount(jury.verdicts.first, minlength=k) + np.bincount(
        jury.verdicts.second, minlength=k
    )
    inside = np.isin(np.arange(k), core)
    frame = pl.DataFrame(
        {
            "model": list(jury.models),
            "estimate": jury.fit.theta,
            "low": low,
            "high": high,
            "rank": place.rank,
            "rank_low": place.low,
            "rank_high": place.high,
            "unbounded": ~inside,
            "n": n,
        }
    )
    ends = pl.col("estimate", "low", "high")
    finite = pl.when(ends.is_finite()).then(ends)
    return frame.with_columns(finite).sort("rank", "model")


def ranks_without(
    panel: Panel, jury: Jury, families: Mapping[str, str], *, least: int
) -> pl.DataFrame:
    """Rank the models anew without each judge; nothing for one judge, or for very many.

    Where the other judges leave a model no finite strength, it has no rank.
    """
    schema = {"judge": pl.String, "model": pl.String, "rank": pl.Int64}
    names = [name for name in panel.judges if name in jury.judges]
    if len(jury.judges) < 2 or len(names) > MOST_LEFT_OUT:  # noqa: PLR2004
        return pl.DataFrame(schema=schema)
    rows = []
    for name in names:
        rest = replace(
            panel, frame=panel.frame.filter((pl.col("judge") != name) | pl.col("person"))
        )
        try:
            other = sit(rest, families, least=least, errors=False)
        except CannotAnswerError:
            continue
        theta = other.fit.theta
        for model, own in zip(other.models, theta, strict=True):
            rank = None if np.isnan(own) else 1 + int((theta > own + TINY).sum())
            rows.append((name, model, rank))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ends(jury: Jury, level: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415  (slow to import)

    k, core = len(jury.models), jury.core
    low, high = np.full(k, -np.inf), np.full(k, np.inf)
    part = jury.fit.covariance[: len(core), : len(core)]
    error = np.sqrt(np.diag(part))
    # Of a model that was judged on a single item no interval can be had.
    error = np.where((_items(jury)[core] > 1) & (error > 0), error, np.inf)
    t = float(stdtrit(jury.fit.clusters - 1, 0.5 + level / 2.0))
    theta = jury.fit.theta[core]
    low[core], high[core] = theta - t * error, theta + t * error
    if len(core) < k and np.array_equal(jury.separation.core, core):
        bounds = one_sided_bounds(
            HalfWin(jury.pairs), jury.graph, jury.separation, z=np.array([float(ndtri(level))])
        )[:, 0]
        side = jury.separation.side
        low[side > 0], high[side < 0] = bounds[side > 0], bounds[side < 0]
    return low, high


def _items(jury: Jury) -> Floats:
    """Count the items on which each model was judged, (K,)."""
    verdicts, k = jury.verdicts, len(jury.models)
    width = int(verdicts.cluster.max()) + 1
    cells = [side[jury.used] * width + verdicts.cluster[jury.used]
             for side in (verdicts.first, verdicts.second)]  # fmt: skip
    seen = np.unique(np.concatenate(cells)) // width
    return np.bincount(seen, minlength=k).astype(np.float64)


def _compared(jury: Jury, *, level: float, seed: int) -> tuple[Flags, Flags]:
    """Tell which estimate is higher, infinite ones included, and which is surely better."""
    k, core = len(jury.models), jury.core
    side = jury.separation.side
    theta = jury.fit.theta
    outside = np.where(side > 0, np.inf, np.where(side < 0, -np.inf, 0.0))
    full = np.where(np.isnan(theta), outside, theta)
    higher = full[:, None] > full[None, :]
    better = np.zeros((k, k), dtype=bool)
    part = jury.fit.covariance[: len(core), : len(core)]
    plain = jury.fit.plain[: len(core), : len(core)]
    error = contrast_errors(part)
    # Where no item moves a difference it is not known, whatever its error of nought.
    still = error < STILL * contrast_errors(plain)
    lone = _items(jury)[core] <= 1
    known = ~(lone[:, None] | lone[None, :] | still)
    firm = np.flatnonzero(~lone)
    if len(firm) < 2:  # noqa: PLR2004
        return higher, better
    rng = np.random.default_rng(seed)
    block = (
        (part + STILL**2 * plain)[np.ix_(firm, firm)] if still.any() else part[np.ix_(firm, firm)]
    )
    q = max_t_quantile(block, level=level, n_draws=N_DRAWS, rng=rng)
    q = _for_few(q, level, jury.fit.clusters)
    gap = theta[core][:, None] - theta[core]
    better[np.ix_(core, core)] = known & (gap > q * error)
    return higher, better


def _for_few(q: float, level: float, clusters: int) -> float:
    """Widen a normal quantile as Student's is wider at the same tail."""
    from scipy.special import ndtr, stdtrit  # noqa: PLC0415

    tail = float(ndtr(-q))
    return float(-stdtrit(clusters - 1, tail)) if 0.0 < tail < 1.0 - level else q
