"""Answers of made-up models to a made-up benchmark of which a third of the items tells them apart.

Every third item is steep: the better models know it. The others are guessed, or known to all. One
steep item (``q004``) has a wrong key, so that the best models miss it. Nothing here is real.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

MODELS = (
    *("sirius", "canopus", "arcturus", "vega", "capella", "rigel", "procyon", "achernar"),
    *("betelgeuse", "hadar", "altair", "acrux", "aldebaran", "antares", "spica", "pollux"),
    *("fomalhaut", "deneb", "mimosa", "regulus", "adhara", "castor", "gacrux", "shaula"),
)
TOPICS = ("law", "logic", "history")
ITEMS = 180
WRONG_KEY = 4
SEED = 20240418


def write_hard(folder: Path) -> None:
    """Simulate the answers and write them as ``hard.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    ability = np.linspace(1.4, -1.4, len(MODELS))[:, None]
    steep = np.where(np.arange(ITEMS) % 3 == 1, 2.5, 0.35)
    hard = rng.normal(0.0, 0.9, ITEMS)
    chance = 1.0 / (1.0 + np.exp(-steep * (ability - hard)))
    right = rng.random(chance.shape) < chance
    right[:, WRONG_KEY] = ~right[:, WRONG_KEY]
    with (folder / "hard.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("model", "benchmark", "item_id", "topic", "score"))
        for k, model in enumerate(MODELS):
            for i in range(ITEMS):
                topic = TOPICS[i // (ITEMS // len(TOPICS))]
                writer.writerow((model, "riddles", f"q{i:03}", topic, int(right[k, i])))
