"""A world of families with two capabilities, whose benchmarks and target are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from theodolite.tables import Models

NAMES = (
    "MMLU",
    "ARC-C",
    "HellaSwag",
    "Winogrande",
    "TruthfulQA",
    "GSM8K",
    "XWinograd",
    "HumanEval",
)
LOADINGS = np.array(
    [
        [0.12, 0.09, 0.15, 0.08, 0.03, 0.16, 0.08, 0.09],
        [0.04, -0.05, -0.12, -0.04, 0.03, 0.1, -0.05, 0.1],
    ]
)
LEVELS = np.array([0.42, 0.45, 0.62, 0.65, 0.4, 0.25, 0.62, 0.2])


@dataclass(frozen=True)
class World:
    """Scores (n, 8) with gaps, target (n,), FLOPs, families; the last models are new."""

    table: np.ndarray
    target: np.ndarray
    flops: np.ndarray
    families: list[str]
    new: np.ndarray
    capability: np.ndarray


def world(seed: int, *, families: int = 25, missing: float = 0.2, together: bool = True) -> World:
    """Draw a world: the models of six further families are new, one in two of them larger.

    Families lack scores on a benchmark ``together``, as leaderboards have it, or each model alone.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, families + 6)
    family = np.repeat(np.arange(families + 6), sizes)
    n = len(family)
    log = rng.uniform(20.5, 23.5, n)
    new = family >= families
    log[new] += rng.choice([0.0, 0.8], new.sum())
    start = rng.normal(0.0, 0.5, families + 6)[family]
    first = start + 0.9 * (log - 22.0) + rng.normal(0.0, 0.1, n)
    second = rng.normal(0.0, 0.8, families + 6)[family] + rng.normal(0.0, 0.2, n)
    table = LEVELS + np.stack([first, second], axis=1) @ LOADINGS + rng.normal(0.0, 0.025, (n, 8))
    table = np.clip(table, 0.03, 0.999)
    gone = rng.random((n, 8)) < missing
    if together:
        gone = gone[family]
    kept = rng.integers(0, 8, n)
    gone[np.arange(n), kept[family] if together else kept] = False
    table[gone] = np.nan
    eta = -0.8 + 1.4 * first + 0.5 * second + 0.3 * rng.normal(0.0, 1.0, families + 6)[family]
    target = 1.0 / (1.0 + np.exp(-eta)) + rng.normal(0.0, 0.01, n)
    return World(
        table, np.clip(target, 0.03, 1.0), 10.0**log, [f"f{k}" for k in family], new, first
    )


def models_of(made: World, which: np.ndarray | None = None) -> Models:
    """Turn a world into a table of models; the target is called ``quiz``."""
    keep = np.ones(len(made.target), dtype=bool) if which is None else which
    at = np.flatnonzero(keep)
    names = [f"m{k}" for k in at]
    tokens = 1e12
    facts = pl.DataFrame(
        {
            "model": names,
            "kind": "base",
            "family": [made.families[k] for k in at],
            "params": np.round(made.flops[at] / (6.0 * tokens)),
            "tokens": tokens,
        }
    )
    rows = [
        {"model": name, "benchmark": benchmark, "value": 100.0 * value, "unit": "%"}
        for name, k in zip(names, at, strict=True)
        for benchmark, value in zip((*NAMES, "quiz"), (*made.table[k], made.target[k]), strict=True)
        if not np.isnan(value)
    ]
    return Models.from_frames(facts, pl.DataFrame(rows))
