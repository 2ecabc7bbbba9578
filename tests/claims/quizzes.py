"""Made-up scores of models on benchmarks."""

from __future__ import annotations

import numpy as np
import polars as pl

from theodolite.tables import Scores


def score_frame(
    models: int = 4,
    *,
    benchmarks: tuple[tuple[str, int], ...] = (("quiz", 60), ("riddles", 30)),
    missing: float = 0.0,
    seed: int = 0,
) -> pl.DataFrame:
    """Right and wrong answers, items in clusters of three and in two subjects."""
    rng = np.random.default_rng(seed)
    strength = np.linspace(1.2, 0.0, models)
    rows = []
    for name, items in benchmarks:
        easy = np.repeat(rng.normal(0, 0.7, -(-items // 3)), 3)[:items] + rng.normal(0, 1, items)
        right = rng.random((models, items)) < 1 / (1 + np.exp(-(strength[:, None] + easy)))
        asked = rng.random((models, items)) >= missing
        rows += [
            (f"m{k}", name, f"i{i}", f"{'ab'[i % 6 // 3]}", f"c{i // 3}", float(right[k, i]))
            for k in range(models)
            for i in range(items)
            if asked[k, i]
        ]
    columns = ["model", "benchmark", "item_id", "subject", "passage", "score"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def scores_of(frame: pl.DataFrame) -> Scores:
    return Scores.from_frame(frame, source="scores.csv")
