"""Simulated votes for the benchmarks: seeded, made once, kept as Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import simulate_shares

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20240424
TIES = 0.20
SPREAD = 0.8  # standard deviation of the true log strengths
LANGUAGES = ("English", "Chinese", "Russian", "German", "Japanese", "French", "Spanish")


@dataclass(frozen=True)
class Arena:
    """How many votes among how many models."""

    votes: int
    models: int

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"votes-{self.votes}x{self.models}-seed{SEED}"

    def __str__(self) -> str:
        return f"{self.votes:,} votes x {self.models:,} models"


def make(arena: Arena, folder: Path) -> Path:
    """Write the votes of an arena, unless they are there.

    Half-win Bradley-Terry holds exactly, a fifth of the votes are ties, and models are shown
    unequally often. Beside the votes stand a 32-digit id and a language, as in public files.
    """
    path = folder / f"{arena.name}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    theta = rng.normal(0.0, SPREAD, arena.models)
    first, second = _pairs(arena, rng)
    gap = theta[first] - theta[second]
    p = 1.0 / (1.0 + np.exp(-gap))
    even = TIES / (4.0 * float(np.mean(p * (1.0 - p))))
    share = simulate_shares(gap, even_tie_share=even, rng=rng)
    digits = rng.bytes(16 * arena.votes).hex()
    names = pl.Series([f"model-{k:04d}" for k in range(arena.models)])
    winners = pl.Series(["model_b", "tie", "model_a"])
    frame = pl.DataFrame(
        {
            "vote_id": [digits[k : k + 32] for k in range(0, len(digits), 32)],
            "model_a": names.gather(first),
            "model_b": names.gather(second),
            "winner": winners.gather((share * 2.0).astype(np.int64)),
            "language": pl.Series(LANGUAGES).gather(rng.integers(0, len(LANGUAGES), arena.votes)),
        }
    )
    part = path.with_suffix(".part")
    frame.write_parquet(part)
    part.replace(path)
    return path


def _pairs(arena: Arena, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw two different models a vote; the most shown come three times as often as the least."""
    shown = rng.uniform(0.5, 1.5, arena.models)
    shown /= shown.sum()
    first = rng.choice(arena.models, arena.votes, p=shown)
    second = rng.choice(arena.models, arena.votes, p=shown)
    same = first == second
    while same.any():
        second[same] = rng.choice(arena.models, int(same.sum()), p=shown)
        same = first == second
    return first, second
