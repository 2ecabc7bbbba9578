"""Made-up needle tests with known chances."""

from __future__ import annotations

import numpy as np
import polars as pl

from theodolite.tables import Needles

LENGTHS = tuple(range(2000, 32_000, 2000))
DEPTHS = tuple(range(0, 101, 5))


def grid(
    rng: np.random.Generator,
    *,
    lengths: tuple[int, ...] = LENGTHS,
    depths: tuple[int, ...] = DEPTHS,
    centre: float = 16_000,
    slope: float = 0.0,
    ends: float = 0.0,
    row_sd: float = 0.0,
    base: float = 0.0,
) -> pl.DataFrame:
    """Cells with logit base - slope log2(length / centre) + ends (d^2 - 1/2) + a length's own."""
    length = np.repeat(np.array(lengths, dtype=float), len(depths))
    depth = np.tile(np.array(depths, dtype=float), len(lengths))
    own = np.repeat(
        rng.normal(0, row_sd, len(lengths)) if row_sd else np.zeros(len(lengths)), len(depths)
    )
    d = depth / 50 - 1
    logit = base - slope * np.log2(length / centre) + ends * (d * d - 0.5) + own
    found = rng.random(len(length)) < 1 / (1 + np.exp(-logit))
    return pl.DataFrame(
        {"model": "x", "version": "1", "context_length": length, "depth_percent": depth}
    ).with_columns(score=pl.Series(np.where(found, 10.0, 1.0)))


def needles(frame: pl.DataFrame, **options: object) -> Needles:
    return Needles.from_frame(frame, **options)
