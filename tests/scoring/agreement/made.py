"""Sides made up for the tests."""

from __future__ import annotations

import numpy as np
import polars as pl

from theodolite.tables import Estimates

SCORES = (0.9, 0.82, 0.8, 0.61, 0.5, 0.42, 0.3, 0.2)
RATINGS = (1250.0, 1190.0, 1200.0, 1120.0, 1090.0, 1010.0, 1030.0, 900.0)
MODELS = tuple(f"m{i}" for i in range(8))


def side(
    name: str = "quiz",
    values: tuple[float, ...] = SCORES,
    error: float | tuple[float, ...] = 0.02,
    unit: str = "share",
    models: tuple[str, ...] | None = None,
) -> Estimates:
    errors = [error] * len(values) if isinstance(error, float) else list(error)
    frame = pl.DataFrame(
        {
            "model": list(models or MODELS[: len(values)]),
            "value": list(values),
            "standard_error": errors,
        }
    )
    return Estimates.from_frame(frame, name=name, unit=unit)  # type: ignore[arg-type]


def people(
    values: tuple[float, ...] = RATINGS, error: float = 6.0, name: str = "arena"
) -> Estimates:
    return side(name, values, error, "rating")


def item_scores(models: int = 6, items: int = 120, seed: int = 0) -> pl.DataFrame:
    """Items of two topics, in passages of three; each model a little worse than the one before."""
    rng = np.random.default_rng(seed)
    hard = np.repeat(rng.standard_normal(items // 3), 3)
    worth = np.linspace(1.5, -1.5, models)
    right = rng.random((models, items)) < 1.0 / (1.0 + np.exp(hard - worth[:, None]))
    return pl.DataFrame(
        {
            "model": np.repeat([f"m{i}" for i in range(models)], items),
            "benchmark": "quiz",
            "item_id": np.tile([f"i{i}" for i in range(items)], models),
            "topic": np.tile(["law", "art"], models * items // 2),
            "passage": np.tile([f"p{i // 3}" for i in range(items)], models),
            "score": right.ravel().astype(float),
        }
    )
