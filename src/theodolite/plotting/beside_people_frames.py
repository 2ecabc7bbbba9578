"""What the chart of agreement draws, as plain frames and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.plotting.labels import Box, place_labels
from theodolite.plotting.text import number, percent, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.plotting.labels import Label
    from theodolite.scoring.agreement import Agreement

__all__ = [
    "SIZE",
    "ScoreScale",
    "line_rows",
    "model_rows",
    "named_rows",
    "odds_rows",
    "scale_of",
    "written",
]

SIZE = (640.0, 420.0)
PAD = 0.04
# Pairs at odds that a reader can follow.
MOST_ODDS = 30
MOST_NAMES = 18
# Half the height of a bar, in pixels.
THIN = 1.5
LONGEST = 24


@dataclass(frozen=True)
class ScoreScale:
    """How the benchmark's axis is written."""

    title: str
    format: str

    def ends(self, rows: pl.DataFrame, name: str) -> tuple[float, float]:
        """Give the ends of an axis that holds all values and intervals."""
        columns = [rows[f"{name}{end}"] for end in ("", "_low", "_high")]
        low = min(float(c.min()) for c in columns)  # type: ignore[arg-type]
        high = max(float(c.max()) for c in columns)  # type: ignore[arg-type]
        pad = PAD * (high - low or 1.0)
        return low - pad, high + pad


def scale_of(found: Agreement) -> ScoreScale:
    """Say how scores are written on the axis."""
    unit = {"share": "", "%": " (%)"}.get(found.benchmark_unit, "")
    form = ".0%" if found.benchmark_unit == "share" else "~g"
    return ScoreScale(f"{printable(found.benchmark)}{unit}", form)


def written(value: float | None, unit: str) -> str:
    """Write a score in its unit.

    Examples
    --------
    >>> written(0.4567, "share"), written(45.67, "%"), written(7.251, "score")
    ('45.7%', '45.7%', '7.25')
    """
    if unit == "share":
        return percent(value)
    if unit == "%":
        return percent(None if value is None else value / 100.0)
    return number(value, 0 if unit == "rating" else 2)


def model_rows(found: Agreement, groups: Sequence[str]) -> pl.DataFrame:
    """Give a row a model with its group and the texts of the tooltip."""
    rows = found.models.to_dicts()
    mine, people = found.benchmark_unit, found.human_unit

    def text(row: dict[str, float], name: str, unit: str) -> str:
        ends = f"{written(row[f'{name}_low'], unit)} to {written(row[f'{name}_high'], unit)}"
        return f"{written(row[name], unit)} ({ends})"

    texts = {
        "score_text": [text(r, "score", mine) for r in rows],
        "rating_text": [text(r, "rating", people) for r in rows],
        "residual_text": [
            f"{number(r['residual'], 0)} ({number(r['low'], 0)} to {number(r['high'], 0)})"
            for r in rows
        ],
        "model": [printable(r["model"]) for r in rows],
    }
    group = (
        pl.when(pl.col("verdict") == "underrated")
        .then(pl.lit(groups[1]))
        .when(pl.col("verdict") == "overrated")
        .then(pl.lit(groups[2]))
        .otherwise(pl.lit(groups[0]))
    )
    return found.models.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()), group=group
    ).drop("verdict")


def line_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the rating that each score foretells, from the lowest score on."""
    return rows.select("score", "line").sort("score")


def odds_rows(found: Agreement, rows: pl.DataFrame) -> pl.DataFrame:
    """Give both ends of the surest pairs at odds."""
    names = found.models["model"]
    places = dict(zip(names, rows.select("score", "rating").rows(), strict=True))
    ends = [
        (pair, *places[name])
        for pair, both in enumerate(
            found.at_odds.head(MOST_ODDS).select("people_prefer", "benchmark_prefers").rows()
        )
        for name in both
    ]
    schema = {"pair": pl.Int64, "score": pl.Float64, "rating": pl.Float64}
    return pl.DataFrame(ends, schema=schema, orient="row")


def named_rows(
    rows: pl.DataFrame, across: tuple[float, float], up: tuple[float, float]
) -> list[Label]:
    """Choose the names that are shown, none on a point or on a bar."""

    def pixels(name: str) -> NDArray[np.float64]:
        ends, size = (across, SIZE[0]) if name.startswith("score") else (up, SIZE[1])
        return (rows[name].to_numpy() - ends[0]) / (ends[1] - ends[0]) * size

    x, y = pixels("score"), pixels("rating")
    bars = [
        Box(float(low), float(at) - THIN, float(high), float(at) + THIN)
        for low, high, at in zip(pixels("score_low"), pixels("score_high"), y, strict=True)
    ]
    # A chart cuts names at 150 pixels.
    names = [name[:LONGEST] for name in rows["model"]]
    return place_labels(np.stack([x, y], axis=1), names, SIZE, taken=bars, most=MOST_NAMES)
