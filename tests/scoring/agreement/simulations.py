"""Models of known worth by two measures, seen with noise: how often intervals hold the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from theodolite.scoring.agreement.intervals import intervals_of
from theodolite.scoring.agreement.line import Side, side_of
from theodolite.scoring.agreement.measures import MEASURES, expected, missed, observed
from theodolite.stats import latent_draws
from theodolite.tables import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Shape = Literal["normal", "uniform", "skewed", "two groups"]


@dataclass(frozen=True)
class World:
    """How many models, how far the measures go together, and how noisy they are.

    ``noise`` is the benchmark's standard error over the spread of models; people's is half of it.
    ``shared`` is the correlation of errors of one side, as items that all models answer make it.
    """

    models: int
    correlation: float
    noise: float
    shape: Shape = "normal"
    shared: float = 0.0


def truth(world: World, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw what the models are worth by both measures."""
    size = (world.models, 2)
    z = {
        "normal": lambda: rng.standard_normal(size),
        "uniform": lambda: rng.uniform(-np.sqrt(3), np.sqrt(3), size),
        "skewed": lambda: rng.exponential(size=size) - 1.0,
        "two groups": lambda: (
            np.where(rng.random(size) < 0.5, -1, 1) + 0.3 * rng.standard_normal(size)
        ),
    }[world.shape]()
    r = world.correlation
    return z[:, 0], r * z[:, 0] + np.sqrt(1.0 - r * r) * z[:, 1]


def covariance_of(world: World, scale: float, rng: np.random.Generator) -> Floats:
    error = scale * rng.uniform(0.5, 1.5, world.models)
    alike = world.shared + (1.0 - world.shared) * np.eye(world.models)
    return np.asarray(alike * np.outer(error, error))


def seen(name: str, value: Floats, covariance: Floats, rng: np.random.Generator) -> Estimates:
    k = len(value)
    root = np.linalg.cholesky(covariance)
    frame = pl.DataFrame(
        {
            "model": [f"m{i:03}" for i in range(k)],
            "value": value + root @ rng.standard_normal(k),
            "standard_error": np.sqrt(np.diag(covariance)),
        }
    )
    independent = np.count_nonzero(covariance) == k
    return Estimates.from_frame(
        frame, name=name, unit="score", covariance=None if independent else covariance
    )


def history(
    world: World, rng: np.random.Generator, *, n_draws: int = 800
) -> dict[str, list[float]]:
    """Give for each measure its truth, what was seen, and both ends, as ``agree`` makes them."""
    x, y = truth(world, rng)
    spreads = [covariance_of(world, s * world.noise, rng) for s in (1.0, 0.5)]
    sides: list[Side] = [
        side_of(seen(n, v, c, rng), sure="intervals", level=0.95, rng=rng)
        for n, v, c in zip("bh", (x, y), spreads, strict=True)
    ]
    draws = latent_draws(
        np.stack([s.value for s in sides], axis=1),
        [s.covariance for s in sides],
        n_draws=n_draws,
        rng=rng,
    )
    drawn = expected(*sides, draws.values[..., 0], draws.values[..., 1])
    true = expected(*sides, x[None], y[None])
    plain = observed(*sides)
    off = missed(*sides, draws.values[::2, :, 0], draws.values[::2, :, 1], rng)
    ends = intervals_of(plain, drawn, off, world.models, 0.95)
    return {
        name: [float(true[name][0]), plain[name], *ends[name], float(drawn[name].mean())]
        for name in MEASURES
    }


def coverage(world: World, n: int, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """Say how often each measure's interval holds the truth, over ``n`` histories."""
    rng = np.random.default_rng(seed)
    every = [history(world, rng) for _ in range(n)]
    out = {}
    for name in MEASURES:
        rows = np.array([h[name] for h in every])
        true, plain, low, high, estimate = rows.T
        out[name] = {
            "covered": float(((low <= true + 1e-12) & (true <= high + 1e-12)).mean()),
            "width": float((high - low).mean()),
            "true": float(true.mean()),
            "plain": float(np.nanmean(plain)),
            "estimate": float(estimate.mean()),
        }
    return out
