"""Judged answers of models whose win rate at equal length is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.winrate.fits import INTERCEPT, SLOPE
from theodolite.stats.controlled_rate import Rates, Scaled, controlled_rates
from theodolite.stats.quasi_binomial import quasi_binomial
from theodolite.tables import Preferences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BASE = 7.2


@dataclass(frozen=True)
class World:
    """Models of strengths ``theta`` whose judge likes length by ``phi``.

    ``kind`` is the law of the preference: ``coin`` (1 or 2), ``soft`` (a number between), or
    ``crooked`` (1 or 2, whose log-odds no regression of ours has).
    """

    theta: tuple[float, ...]
    kind: str = "coin"
    phi: float = 1.3
    shift: float = -0.5

    def drawn(self, rng: np.random.Generator, n: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Preferences less 1, lengths of both sides, and ease."""
        m = len(self.theta)
        d, baseline = rng.normal(0, 1.2, n), np.exp(rng.normal(BASE, 0.7, n))
        own = np.exp(rng.normal(BASE + self.shift, 0.6, (m, n)))
        eta = np.array(self.theta)[:, None] + d + self.phi * np.tanh((own - baseline) / 1200.0)
        if self.kind == "crooked":
            eta = eta + 0.6 * np.sin(2.0 * d) + 0.4 * d * np.tanh((own - baseline) / 1200.0)
        p = 1.0 / (1.0 + np.exp(-eta))
        if self.kind == "soft":
            return rng.beta(0.4 * p + 1e-9, 0.4 * (1.0 - p) + 1e-9), own, baseline, d
        return (rng.random((m, n)) < p).astype(float), own, baseline, d

    def preferences(self, rng: np.random.Generator, n: int) -> tuple[Preferences, pl.DataFrame]:
        """As a table, with the ease of every instruction."""
        y, own, baseline, d = self.drawn(rng, n)
        items = [f"i{k}" for k in range(n)]
        frame = pl.concat(
            pl.DataFrame(
                {
                    "model": f"m{k}",
                    "baseline": "base",
                    "item_id": items,
                    "preference": 1.0 + y[k],
                    "len_output": own[k],
                    "len_baseline": baseline,
                }
            )
            for k in range(len(self.theta))
        )
        ease = pl.DataFrame({"item_id": items, "instruction_difficulty": d})
        return Preferences.from_frame(frame), ease


def fitted(y: Floats, delta: Floats, d: Floats) -> Rates:
    """Rates of many histories at once, each with its own instructions: (R, n) each."""
    there = np.ones(y.shape, dtype=bool)
    scale = delta.std(axis=1, ddof=1)
    z = np.tanh(delta / scale[:, None])
    slope = -(1.0 - z**2) * delta / (scale**2)[:, None]
    x = np.stack([z, d, np.ones(y.shape)], axis=2)
    neutral = x.copy()
    neutral[:, :, 0] = 0.0
    fit = quasi_binomial(x, y, there, precision=np.array([SLOPE, SLOPE, INTERCEPT]))
    assert fit.converged.all()
    scaled = Scaled(0, delta, scale, slope)
    return controlled_rates(fit, x, neutral, there, scaled=(scaled,))


def histories(world: World, rng: np.random.Generator, n: int, count: int) -> Rates:
    """Rates of the first model in so many histories of n instructions."""
    alone = World(world.theta[:1], world.kind, world.phi, world.shift)
    y, own, baseline, d = alone.drawn(rng, n * count)
    parts = (y[0], own[0] - baseline, d)
    return fitted(*(part.reshape(count, n) for part in parts))


@cache
def truth(world: World) -> tuple[float, ...]:
    """What the two steps tend to with endless instructions, percent: what intervals are for."""
    alone = (World((theta,), world.kind, world.phi, world.shift) for theta in world.theta)
    rng = np.random.default_rng(99)
    return tuple(100.0 * float(histories(one, rng, 50_000, 4).rate.mean()) for one in alone)
