"""Made-up answers of models to items of known discrimination."""

from __future__ import annotations

import numpy as np
import polars as pl

from theodolite.tables import Scores

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(count: int) -> list[str]:
    """Names without a word in common, so that none are of one family."""
    return [LETTERS[k // 26] * 2 + LETTERS[k % 26] * 2 for k in range(count)]


def answers(models: int, steep: np.ndarray, hard: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Right and wrong of models with normal abilities, best first, (K, N)."""
    rng = np.random.default_rng(seed)
    ability = np.sort(rng.normal(0, 1, models))[::-1]
    chance = 1 / (1 + np.exp(-steep * (ability[:, None] - hard)))
    return (rng.random(chance.shape) < chance).astype(float)


def quiz(models: int = 16, items: int = 120, *, telling: int = 30, seed: int = 0) -> np.ndarray:
    """The first ``telling`` items are steep and of middle difficulty, the others all but flat."""
    rng = np.random.default_rng(seed + 1000)
    steep = np.where(np.arange(items) < telling, 3.0, 0.2)
    return answers(models, steep, rng.normal(0, 0.7, items), seed=seed)


def frame_of(values: np.ndarray, *, called: list[str] | None = None) -> pl.DataFrame:
    """A row an answer; missing ones have none."""
    called = called or names(len(values))
    k, i = np.nonzero(~np.isnan(values))
    return pl.DataFrame(
        {
            "model": [called[m] for m in k],
            "benchmark": "quiz",
            "item_id": [f"i{item:04}" for item in i],
            "score": values[k, i],
        }
    )


def scores_of(values: np.ndarray, **options: list[str]) -> Scores:
    return Scores.from_frame(frame_of(values, **options))
