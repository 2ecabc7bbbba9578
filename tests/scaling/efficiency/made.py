"""Models whose gains are known: families, dates, several benchmarks, noisy scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from theodolite.scaling.efficiency.curve import CurveSettings, ScoreCurve, fit_curve
from theodolite.tables import Models
from theodolite.tables.benchmarks import benchmark_named
from theodolite.tables.scored import Scored

# Height and slope of the logit at the middle of compute.
SHAPES = {"MMLU": (-0.5, 0.6), "HellaSwag": (0.5, 0.4), "GSM8K": (-1.5, 0.7), "ARC-C": (-0.3, 0.45)}
MIDDLE = np.log(5e22)
NOISE = 0.012


@dataclass(frozen=True)
class World:
    """What is true of the models.

    Attributes
    ----------
    families
        F.
    family, model, benchmark
        Standard deviations of log gains: of families, of models, of a model on a benchmark.
    progress
        Log gain a year.
    shift
        Added to the height of every benchmark: below -2 most scores are near chance.
    """

    families: int = 12
    family: float = 0.8
    model: float = 0.4
    benchmark: float = 0.5
    progress: float = 0.0
    shift: float = 0.0
    names: tuple[str, ...] = ("MMLU", "HellaSwag", "GSM8K")


def facts(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """One row a model, with its log gain over all benchmarks as ``truth``."""
    f = world.families
    group = np.sort(np.concatenate([np.arange(f), rng.integers(0, f, 2 * f)]))
    n = len(group)
    years = rng.uniform(0.0, 3.0, f)[group] + rng.uniform(0.0, 0.2, n)
    logs = MIDDLE + rng.normal(0.0, 1.2, f)[group] + 0.4 * (years - 1.5) + rng.normal(0.0, 1.3, n)
    params = np.exp(0.5 * logs + rng.normal(0.0, 0.5, n) - 2.8)
    truth = world.family * rng.normal(size=f)[group] + world.model * rng.normal(size=n)
    truth += world.progress * (years - 1.5)
    start = date(2021, 6, 1)
    return pl.DataFrame(
        {
            "model": [f"family-{g:02d}-model-{i:03d}" for i, g in enumerate(group)],
            "family": [f"family-{g:02d}" for g in group],
            "organisation": None,
            "released": [start + timedelta(days=int(365.25 * y)) for y in years],
            "kind": "base",
            "params": params,
            "active_params": pl.Series([None] * n, dtype=pl.Float64),
            "tokens": np.exp(logs) / (6.0 * params),
            "flops": np.exp(logs),
            "truth": truth,
        }
    )


def measured(world: World, seed: int) -> tuple[dict[str, Scored], pl.DataFrame]:
    """Scores on each benchmark, and the facts with ``truth_NAME`` beside."""
    rng = np.random.default_rng(seed)
    frame = facts(world, rng)
    out = {}
    for name in world.names:
        height, slope = SHAPES[name]
        own = frame["truth"].to_numpy() + world.benchmark * rng.normal(size=frame.height)
        known = benchmark_named(name)
        chance = known.chance or 0.0
        eta = height + world.shift + slope * (np.log(frame["flops"].to_numpy()) - MIDDLE + own)
        score = chance + (1.0 - chance) / (1.0 + np.exp(-eta)) + NOISE * rng.normal(size=len(eta))
        frame = frame.with_columns(pl.Series(f"truth_{name}", own))
        rows = frame.drop("truth").with_columns(
            score=np.clip(score, 0.0, 1.0), noise=pl.lit(NOISE), measured=pl.lit(1)
        )
        out[name] = Scored(known, rows, rows.select("model", "score"), 0.001)
    return out, frame


def curves(world: World, seed: int) -> tuple[list[ScoreCurve], pl.DataFrame]:
    """The curve of each benchmark, and the facts."""
    found, frame = measured(world, seed)
    settings = CurveSettings(n_resamples=200)
    return [fit_curve(one, settings) for one in found.values()], frame


def table(world: World, seed: int) -> Models:
    """The same as a table of models."""
    found, frame = measured(world, seed)
    columns = ("model", "family", "released", "kind", "params", "tokens")
    results = [
        one.frame.select(
            "model",
            pl.lit(name).alias("benchmark"),
            value=100.0 * pl.col("score"),
            unit=pl.lit("%"),
        )
        for name, one in found.items()
    ]
    known = frame.select(columns).with_columns(
        pl.col("params", "tokens").round_sig_figs(6), pl.col("released").cast(pl.String)
    )
    return Models.from_frames(known, pl.concat(results))
