"""Answers of made-up models to made-up benchmarks, for the board of benchmarks.

Two models (canopus and arcturus) are equally good. The reasoning items come in passages of five,
which are hard or easy together; arcturus left some items of knowledge unanswered, and aldebaran
was never asked to write code. Nothing here is real.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# On the log-odds scale, against items that are 0 on average.
ABILITIES = {
    "sirius": 1.6,
    "canopus": 1.3,
    "arcturus": 1.3,
    "vega": 1.0,
    "rigel": 0.5,
    "aldebaran": -0.2,
}
SUBJECTS = ("biology", "history", "law", "physics")
# Benchmark, items, items of a passage, how much of the spread of difficulty passages share.
BENCHMARKS = (("knowledge", 600, 1, 0.0), ("reasoning", 300, 5, 0.8), ("code", 120, 1, 0.0))
UNANSWERED = ("arcturus", "knowledge", 40)
NEVER_ASKED = ("aldebaran", "code")
COLUMNS = ("model", "benchmark", "item_id", "subject", "passage", "score")
SEED = 20240418


def write_scores(folder: Path) -> None:
    """Simulate the answers and write them as ``scores.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(np.random.default_rng(SEED)))


def _rows(rng: np.random.Generator) -> Iterator[tuple[object, ...]]:
    for benchmark, items, size, shared in BENCHMARKS:
        passage = rng.normal(0.0, 1.0, items // size).repeat(size)
        hard = np.sqrt(shared) * passage + np.sqrt(1 - shared) * rng.normal(0.0, 1.0, items)
        for model, ability in ABILITIES.items():
            right = rng.random(items) < 1.0 / (1.0 + np.exp(hard - ability))
            left = items - (UNANSWERED[2] if (model, benchmark) == UNANSWERED[:2] else 0)
            if (model, benchmark) == NEVER_ASKED:
                continue
            for i in range(left):
                subject = SUBJECTS[i % len(SUBJECTS)] if benchmark == "knowledge" else benchmark
                yield (model, benchmark, f"{i}", subject, f"p{i // size}", int(right[i]))
