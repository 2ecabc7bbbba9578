"""Published models of one size whose scores follow their tokens by a known rule."""

import numpy as np
import polars as pl

from theodolite.tables import Models

ROOM = 0.75


def board(*, slope=0.5, noise=0.05, between=0.0, count=10, repeats=2, seed=0, curve=0.0):
    """Simulate models m0, m1, ... of growing tokens on MMLU and ARC-C; each its own family."""
    rng = np.random.default_rng(seed)
    tokens = np.geomspace(3e11, 1.5e13, count)
    x = np.log2(tokens) - np.log2(tokens).mean()
    names = [f"m{k}" for k in range(count)]
    models = pl.DataFrame(
        {
            "model": names,
            "family": [f"f{k}" for k in range(count)],
            "kind": "base",
            "params": 7e9,
            "tokens": tokens,
        }
    )
    rows = []
    for benchmark in ("MMLU", "ARC-C"):
        logit = slope * x + curve * x**2 + between * rng.standard_normal(count)
        for k, name in enumerate(names):
            for j in range(repeats):
                at = logit[k] + noise * rng.standard_normal()
                rows.append(
                    {
                        "model": name,
                        "benchmark": benchmark,
                        "value": 100.0 * (0.25 + ROOM / (1.0 + np.exp(-at))),
                        "unit": "%",
                        "setting": f"{j}-shot",
                        "source": "simulated",
                    }
                )
    return Models.from_frames(models, pl.DataFrame(rows))


def of_none_right(models, *names, benchmark="MMLU"):
    """Let some models have none right on a benchmark."""
    hit = pl.col("model").is_in(names) & (pl.col("benchmark") == benchmark)
    value = pl.when(hit).then(0.0).otherwise("value")
    return type(models).from_frames(models.frame, models.results.with_columns(value=value))
