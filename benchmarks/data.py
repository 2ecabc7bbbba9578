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
# Coefficient of each style feature, and the mean count of the plainest and the richest model.
STYLE = {
    "tokens": (0.30, 150.0, 600.0),
    "headers": (0.10, 0.5, 4.0),
    "lists": (0.05, 1.0, 8.0),
    "bold": (0.15, 0.5, 6.0),
}
LANGUAGES = ("English", "Chinese", "Russian", "German", "Japanese", "French", "Spanish")


@dataclass(frozen=True)
class Arena:
    """How many votes among how many models."""

    votes: int
    models: int
    style: bool = False

    @property
    def name(self) -> str:
        """What its file is called."""
        kind = "styled-votes" if self.style else "votes"
        return f"{kind}-{self.votes}x{self.models}-seed{SEED}"

    def __str__(self) -> str:
        features = f", {len(STYLE)} style features" if self.style else ""
        return f"{self.votes:,} votes x {self.models:,} models{features}"


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
    counts = {}
    if arena.style:
        moved, counts = _styles(arena, first, second)
        gap = gap + moved
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
            **counts,
        }
    )
    part = path.with_suffix(".part")
    frame.write_parquet(part)
    part.replace(path)
    return path


def _styles(
    arena: Arena, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draw the counts of both sides; return what their differences add to the log-odds too."""
    rng = np.random.default_rng(SEED + 1)
    moved, counts = np.zeros(arena.votes), {}
    for feature, (effect, least, most) in STYLE.items():
        mean = rng.uniform(least, most, arena.models)
        a, b = (
            rng.poisson(mean[side] * rng.gamma(2.0, 0.5, arena.votes)) for side in (first, second)
        )
        moved += effect * (a - b) / np.maximum(a + b, 1)
        counts |= {f"{feature}_a": a, f"{feature}_b": b}
    return moved, counts


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
