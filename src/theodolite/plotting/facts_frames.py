"""What the chart of models draws, as plain frames: sizes, tokens, and where each name fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from theodolite.plotting.text import integer, number, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HEIGHT", "PER_PARAMETER", "PLACES", "amount", "log_ticks", "spot", "trained_rows"]

# Tokens a parameter that Hoffmann et al. (2022, arXiv 2203.15556) found best for a given compute.
PER_PARAMETER = 20.0
# The chart fills its page; names are placed as on one of this size, in pixels.
WIDTH, HEIGHT = 640, 440
MARGIN = 1.6
LETTER, LINE, POINT = 5.6, 12.0, 5.0
LONGEST = 24
# More names than this have no room, and to look for it takes time with the square of their number.
MOST_NAMED = 200
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


@dataclass(frozen=True)
class Place:
    """Where a name stands beside its point: offsets in pixels, and what it is aligned by."""

    name: str
    dx: float
    dy: float
    left: float


# Tried in this order; ``left`` is the part of the name that lies left of its anchor.
PLACES = (
    Place("left", dx=8, dy=0, left=0.0),
    Place("right", dx=-8, dy=0, left=1.0),
    Place("center-up", dx=0, dy=-11, left=0.5),
    Place("center-down", dx=0, dy=12, left=0.5),
)


def amount(value: float | None) -> str:
    """Write a count of parameters or tokens in three digits.

    Examples
    --------
    >>> amount(8.03e9), amount(1.5e13), amount(7e7)
    ('8.03B', '15T', '70M')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    for size, letter in UNITS:
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return integer(value)


def trained_rows(models: pl.DataFrame) -> pl.DataFrame:
    """Give the base models whose parameters and tokens are known, with texts and places of names.

    Parameters
    ----------
    models
        The ``frame`` of a table of models.

    Returns
    -------
    polars.DataFrame
        ``model``, ``at`` (the parameters that work on a token), ``all_params``, ``tokens``,
        ``ratio`` (tokens a parameter), ``more`` (whether above 20), ``place`` (empty where the
        name has no room), and texts for the tooltip.
    """
    size = pl.coalesce("active_params", "params")
    rows = (
        models.filter((pl.col("kind") == "base") & pl.col("tokens").is_not_null())
        .with_columns(at=size, all_params=pl.coalesce("params", "active_params"))
        .filter(pl.col("at").is_not_null())
        .with_columns(ratio=pl.col("tokens") / pl.col("at"))
        .sort("ratio", "model", descending=[True, False])
    )
    names = [printable(name) for name in rows["model"]]
    return rows.select(
        pl.Series("model", names, dtype=pl.String),
        *("at", "all_params", "tokens", "ratio"),
        more=pl.col("ratio") > PER_PARAMETER,
        place=pl.Series(_places(rows, names), dtype=pl.String),
        params_text=pl.Series([_size(row) for row in rows.to_dicts()], dtype=pl.String),
        tokens_text=pl.Series([amount(value) for value in rows["tokens"]], dtype=pl.String),
        ratio_text=pl.Series([integer(value) for value in rows["ratio"]], dtype=pl.String),
    )


def _size(row: dict[str, float]) -> str:
    if row["at"] == row["all_params"]:
        return amount(row["at"])
    return f"{amount(row['at'])} active of {amount(row['all_params'])}"


def spot(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of a logarithmic axis around some values."""
    return min(values) / MARGIN, max(values) * MARGIN


def log_ticks(low: float, high: float) -> list[float]:
    """Give ticks at 1 and 3 times the powers of ten.

    Examples
    --------
    >>> log_ticks(5e7, 2e9)
    [100000000.0, 300000000.0, 1000000000.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [v for p, m in product(powers, (1.0, 3.0)) if low <= (v := m * 10.0**p) <= high]


def _places(rows: pl.DataFrame, names: Sequence[str]) -> list[str | None]:
    """Find for each name a place where it covers no point and no other name, if there is one."""
    if rows.is_empty():
        return []
    across = spot([*rows["at"], *rows["all_params"]])
    x, far = (_pixels(rows[name].to_list(), across, WIDTH) for name in ("at", "all_params"))
    y = _pixels(rows["tokens"].to_list(), spot(rows["tokens"].to_list()), -HEIGHT)
    taken = [(a - POINT, a + POINT, b - POINT, b + POINT) for a, b in zip(x, y, strict=True)]
    # The lines of experts; they must not be taken for the points, which come first.
    taken += [(a, b, c - 1, c + 1) for a, b, c in zip(x, far, y, strict=True) if a < b]
    found: list[str | None] = []
    for i, name in enumerate(names[:MOST_NAMED]):
        fit = next((p for p in PLACES if _fits(box := _box(p, name, x[i], y[i]), taken, i)), None)
        if fit is not None:
            taken.append(box)
        found.append(None if fit is None else fit.name)
    return found + [None] * (len(names) - len(found))


def _pixels(values: Sequence[float], ends: tuple[float, float], length: float) -> list[float]:
    span = math.log(ends[1] / ends[0])
    start = 0.0 if length > 0 else -length
    return [start + length * math.log(value / ends[0]) / span for value in values]


def _box(place: Place, name: str, x: float, y: float) -> tuple[float, float, float, float]:
    width = LETTER * min(len(name), LONGEST)
    left = x + place.dx - place.left * width
    return left, left + width, y + place.dy - LINE / 2, y + place.dy + LINE / 2


def _fits(
    box: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    own: int,
) -> bool:
    inside = box[0] >= 0 and box[1] <= WIDTH and box[2] >= 0 and box[3] <= HEIGHT
    return inside and not any(
        box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3]
        for i, b in enumerate(taken)
        if i != own
    )
