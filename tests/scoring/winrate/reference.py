"""Made-up preferences, and the published recipe for one model after the other."""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.stats.test_l1_folds import one_by_one
from theodolite.tables import Preferences

GAMED = 24


def inputs(
    seed: int = 0, *, models: int = 3, items: int = 40
) -> tuple[Preferences, pl.DataFrame, pl.DataFrame]:
    """Models of differing strength and length, difficulties, and gamed rows."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=items)
    long = rng.integers(200, 3000, items)
    parts = []
    for k in range(models):
        lengths = rng.integers(1, 3000, items)
        eta = 0.5 * k - 1.0 + 0.6 * hard + (lengths - long) / 1500.0 + rng.normal(size=items)
        parts.append(
            pl.DataFrame(
                {
                    "model": f"m{k}",
                    "baseline": "base",
                    "item_id": [f"q{i}" for i in range(items)],
                    "position": range(items),
                    "preference": 1.0 + 1.0 / (1.0 + np.exp(-2.0 * eta)),
                    "len_output": lengths,
                    "len_baseline": long,
                }
            )
        )
    difficulty = pl.DataFrame(
        {"item_id": [f"q{i}" for i in range(items)], "instruction_difficulty": hard}
    )
    delta = rng.normal(size=GAMED)
    gamed = pl.DataFrame(
        {
            "std_delta_len": delta,
            "instruction_difficulty": rng.normal(size=GAMED),
            "pseudo_preference": 1.0 / (1.0 + np.exp(1.5 * delta)),
        }
    )
    return Preferences.from_frame(pl.concat(parts)), difficulty, gamed


def slow_recipe(rows: pl.DataFrame, hard: np.ndarray, gamed: pl.DataFrame) -> dict[str, float]:
    """The recipe for one model, whose rows have the difficulties ``hard``."""
    y = rows["preference"].to_numpy() - 1.0
    delta = (rows["len_baseline"] - rows["len_output"]).to_numpy().astype(float)
    unit = np.sqrt(((delta - delta.mean()) ** 2).sum() / (len(delta) - 1))
    own = [[np.tanh(d / unit), h, 1.0] for d, h in zip(delta, hard, strict=True)]
    common = [[np.tanh(r[0]), r[1], 0.0] for r in gamed.iter_rows()]
    cost, w, _ = one_by_one(
        np.array(common + own),
        np.concatenate([gamed["pseudo_preference"].to_numpy(), y]),
        np.array([0.1] * len(common) + [1.0] * len(own)),
    )
    p = np.array([1.0 / (1.0 + np.exp(-(w[1] * h + w[2]))) for h in hard])
    return {
        "win_rate": 100.0 * y.mean(),
        "standard_error": 100.0 * y.std(ddof=1) / np.sqrt(len(y)),
        "length_controlled_win_rate": 100.0 * p.mean(),
        "lc_standard_error": 100.0 * p.std(ddof=1) / np.sqrt(len(p)),
        "length": w[0],
        "difficulty": w[1],
        "preference": w[2],
        "cost": cost,
    }
