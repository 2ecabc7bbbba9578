"""Made-up judgments of made-up models against a baseline, for win rates.

The judge likes long answers, and the instructions differ in difficulty. canopus is better than
vega, but terse; rigel is as good as vega and verbose; mimas answers everything with one text that
is written for the judge. procyon came later. Nothing here is real.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Strength on the log-odds scale, and how long its answers are beside the baseline's.
MODELS = {
    "sirius": (0.6, 1.0),
    "canopus": (0.3, 0.55),
    "arcturus": (0.0, 1.1),
    "vega": (-0.5, 0.9),
    "rigel": (-0.5, 1.9),
    "aldebaran": (-1.2, 0.8),
    "mimas": (1.4, 1.0),
}
LATER = {"procyon": (0.2, 0.7)}
FIXED_TEXT = "mimas"
BASELINE = "polaris"
JUDGE = "hubble"
CATEGORIES = ("chat", "code", "essay")
# What one more of log length is worth to the judge, and the spread of difficulty.
LIKES_LENGTH, SPREAD = 1.0, 1.0
INSTRUCTIONS = 400
COLUMNS = (
    *("model", "baseline", "judge", "item_id", "category"),
    *("preference", "len_output", "len_baseline"),
)
SEED = 20240418


def write_annotations(folder: Path) -> None:
    """Simulate the judgments; write ``annotations.csv``, and ``later.csv`` of a later model."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    ease = rng.normal(0.0, SPREAD, INSTRUCTIONS)
    baseline = np.exp(rng.normal(7.2, 0.6, INSTRUCTIONS)).round()
    for name, models in (("annotations.csv", MODELS), ("later.csv", LATER)):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for model, (strength, size) in models.items():
                writer.writerows(_rows(rng, model, (strength, size), (ease, baseline)))


def _rows(
    rng: np.random.Generator,
    model: str,
    own: tuple[float, float],
    instructions: tuple[np.ndarray, np.ndarray],
) -> Iterator[tuple[object, ...]]:
    (strength, size), (ease, baseline) = own, instructions
    length = (size * baseline * np.exp(rng.normal(0.0, 0.5, len(ease)))).round()
    if model == FIXED_TEXT:
        length, ease = np.full(len(ease), 912.0), 0.1 * ease
    odds = strength + ease + LIKES_LENGTH * np.log(length / baseline)
    chance = 1.0 / (1.0 + np.exp(-odds))
    said = rng.beta(1.5 * chance, 1.5 * (1.0 - chance))
    for i, (preference, long, beside) in enumerate(zip(said, length, baseline, strict=True)):
        category = CATEGORIES[i % len(CATEGORIES)]
        yield (
            *(model, BASELINE, JUDGE, f"i{i:03d}", category),
            *(f"{1.0 + preference:.4f}", int(long), int(beside)),
        )
