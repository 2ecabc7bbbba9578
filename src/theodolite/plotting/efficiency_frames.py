"""What the charts of score against compute draw, as plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.plotting.text import amount, flops, number, percent, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling import Efficiency, ScoreCurve

    Array = NDArray[np.float64]

__all__ = [
    "LIMIT",
    "MEASURED",
    "MOST_ROWS",
    "curve_rows",
    "date_rows",
    "factor",
    "gain_rows",
    "gain_text",
    "main_benchmark",
    "points",
    "short_names",
]

CURVE_POINTS = 80
BEYOND = 1.5
# Gains farther than this are drawn at the edge.
LIMIT = 1e4
MOST_ROWS = 40
MEASURED = ("better than compute says", "in line, or worse")


def main_benchmark(found: Efficiency) -> str:
    """Name the benchmark with the most models, of those that rise and that noise does not cover."""

    def clear(curve: ScoreCurve) -> tuple[bool, bool, int, str]:
        known = not found.explained[curve.name].drowned
        return curve.rises(found.level), known, curve.frame.height, curve.name

    return max(found.curves, key=clear).name


def points(found: Efficiency, benchmark: str) -> pl.DataFrame:
    """One row a model: FLOPs, score in percent, its name, ``better`` and texts, by FLOPs."""
    rows = found.gains.filter(pl.col("benchmark") == benchmark).sort("flops", "model")
    better = (pl.col("p_adjusted") < 1.0 - found.level).fill_null(value=False)
    gains = [gain_text(*row) for row in rows.select("gain", "low", "high").iter_rows()]
    return rows.select(
        pl.Series("model", short_names(rows["model"].to_list()), dtype=pl.String),
        "flops",
        score=100.0 * pl.col("score"),
        low=100.0 * (pl.col("score") - pl.col("noise")),
        high=100.0 * (pl.col("score") + pl.col("noise")),
        group=pl.when(better).then(pl.lit(MEASURED[0])).otherwise(pl.lit(MEASURED[1])),
        full=pl.Series([printable(name) for name in rows["model"]], dtype=pl.String),
        flops_text=pl.Series([flops(value) for value in rows["flops"]], dtype=pl.String),
        score_text=pl.Series([percent(value) for value in rows["score"]], dtype=pl.String),
        expected_text=pl.Series([percent(value) for value in rows["expected"]], dtype=pl.String),
        gain_text=pl.Series(gains, dtype=pl.String),
    )


def curve_rows(found: Efficiency, curve: ScoreCurve) -> pl.DataFrame:
    """The curve, with its interval, and the frontier: ``flops``, ``score``, ``line``."""
    compute = curve.frame["flops"].to_numpy()
    at = np.geomspace(compute.min() / BEYOND, compute.max() * BEYOND, CURVE_POINTS)
    rows = np.stack([np.ones(len(at)), np.log(at) - curve.centre], axis=1)
    eta = rows @ curve.line.beta
    margin = curve.line.quantile(found.level) * np.sqrt(curve.line.variance(rows))
    frame = pl.DataFrame(
        {
            "flops": at,
            "score": 100.0 * curve.measured.curve(eta),
            "low": 100.0 * curve.measured.curve(eta - margin),
            "high": 100.0 * curve.measured.curve(eta + margin),
        }
    )
    offsets = [one.offset.estimate for one in found.frontiers if one.benchmark == curve.name]
    for offset in offsets:
        frame = frame.with_columns(frontier=100.0 * curve.measured.curve(eta + offset))
    return frame


def gain_rows(found: Efficiency) -> pl.DataFrame:
    """One row a model, the largest gain first, ends cut to the axis, with texts."""
    if found.combined is None:
        return pl.DataFrame()
    frame = found.combined.frame.head(MOST_ROWS)
    better = pl.col("p_adjusted") < 1.0 - found.level
    texts = [gain_text(*row) for row in frame.select("gain", "low", "high").iter_rows()]
    return frame.select(
        pl.Series("model", [printable(name) for name in frame["model"]], dtype=pl.String),
        pl.col("gain", "low", "high").clip(1.0 / LIMIT, LIMIT),
        group=pl.when(better).then(pl.lit(MEASURED[0])).otherwise(pl.lit(MEASURED[1])),
        text=pl.Series(texts, dtype=pl.String),
        flops_text=pl.Series([flops(value) for value in frame["flops"]], dtype=pl.String),
        params_text=pl.Series([amount(value) for value in frame["params"]], dtype=pl.String),
    )


def date_rows(found: Efficiency) -> pl.DataFrame:
    """One row a model with a release date: ``released``, gain and its ends, texts."""
    if found.combined is None:
        return pl.DataFrame()
    frame = found.combined.frame.filter(pl.col("released").is_not_null()).sort("released", "model")
    texts = [gain_text(*row) for row in frame.select("gain", "low", "high").iter_rows()]
    return frame.select(
        pl.Series("model", short_names(frame["model"].to_list()), dtype=pl.String),
        pl.col("released").cast(pl.String),
        pl.col("gain", "low", "high").clip(1.0 / LIMIT, LIMIT),
        day=pl.col("released").to_physical(),
        text=pl.Series(texts, dtype=pl.String),
    )


def gain_text(gain: float | None, low: float | None, high: float | None) -> str:
    """Write a gain with its interval.

    Examples
    --------
    >>> gain_text(2.04, 0.5, float("inf"))
    '2.0 [0.50, ∞]'
    """
    if gain is None:
        return number(None)
    return f"{factor(gain)} [{factor(low)}, {factor(high)}]"


def factor(value: float | None) -> str:
    """Write a factor with two digits.

    Examples
    --------
    >>> factor(118.2), factor(3.66), factor(0.0527), factor(0.0)
    ('118', '3.7', '0.053', '0')
    """
    if value is None or not np.isfinite(value) or value == 0.0:
        return number(value, 0)
    if value >= 10.0:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1.0 else f"{value:.2g}".ljust(4, "0")[:8]


def short_names(names: Sequence[str]) -> list[str]:
    """Leave out the organisation before a slash where that leaves names apart."""
    short = [printable(name.rsplit("/", 1)[-1]) for name in names]
    return short if len(set(short)) == len(short) else [printable(name) for name in names]
