"""Simulated releases: families that decide together, with a known break or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from theodolite.scaling.trends.dated import YEAR, Dated
from theodolite.scaling.trends.measure import YARDSTICKS, optimal_ratio

ORIGIN = date(2020, 1, 1)
BREAK = date(2022, 1, 1)


@dataclass(frozen=True)
class World:
    """How a field behaves: log tokens per parameter over time, by families.

    ``before`` and ``after`` count families; ``shared`` is the share of the variance that a
    family's models have in common; ``scatter`` the standard deviation of one model; ``uneven``
    makes it twice as large after the break.
    """

    before: int = 11
    after: int = 28
    jump: float = 0.0
    slope: float = 0.3
    turn: float = 0.0
    scatter: float = 0.8
    shared: float = 0.6
    most: int = 8
    uneven: bool = False


def history(world: World, rng: np.random.Generator) -> Dated:
    """Draw one history."""
    rows = []
    for side, count in ((0, world.before), (1, world.after)):
        for k in range(count):
            start = rng.integers(0, 730) + 731 * side
            models = rng.integers(1, world.most, endpoint=True)
            size = world.scatter * (1.0 + (world.uneven and side == 1))
            common = rng.normal() * size * np.sqrt(world.shared)
            for j in range(models):
                # A family comes out on one day, or two.
                day = start + (30 if j == models - 1 and models > 3 else 0)
                day = min(day, 730) if side == 0 else day
                own = rng.normal() * size * np.sqrt(1.0 - world.shared)
                rows.append((f"{side}-{k}", day, common + own, rng.normal()))
    family, days, noise, log_size = map(np.array, zip(*rows, strict=True))
    t = (days.astype(float) - 731.0) / YEAR
    late = t >= 0.0
    log = 2.0 + world.slope * t + late * (world.jump + world.turn * t) + noise.astype(float)
    return dated_of(family, days.astype(int), np.exp(log), 1e9 * np.exp(log_size.astype(float)))


def dated_of(family: np.ndarray, days: np.ndarray, ratio: np.ndarray, params: np.ndarray) -> Dated:
    """Put drawn models into the table that a trend is fitted to."""
    index = np.unique(family, return_inverse=True)[1]
    tokens = ratio * params
    flops = 6.0 * params * tokens
    over = {f"over_{law}": ratio / optimal_ratio(law, flops) for law in YARDSTICKS}
    frame = pl.DataFrame(
        {
            "model": [f"m{k}" for k in range(len(ratio))],
            "family": family,
            "organisation": family,
            "released": [ORIGIN + timedelta(days=int(day)) for day in days],
            "params": params,
            "all_params": params,
            "tokens": tokens,
            "tokens_per_param": ratio,
            "flops": flops,
            "value": ratio,
            "over_training": over["over_besiroglu"],
            "cluster": family,
            "weight": 1.0 / np.bincount(index)[index],
            **over,
        }
    )
    return Dated(frame, index, ORIGIN)
