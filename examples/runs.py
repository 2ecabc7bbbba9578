"""Simulated training runs of a known law, at seven budgets of compute, on two sets of text.

Losses follow 1.8 + 480 / N^0.35 + 2100 / D^0.37 with noise of 0.4%. Every token of the curated text
counts for 1.6 of the web's. Accuracies on a quiz of four choices follow
0.25 + 0.7 / (1 + exp(4 (L - 2.5))) with noise of 0.8 points. Nothing here is real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

LAW = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
NOISE = 0.004
WORTH = 1.6
BUDGETS = (1e18, 3e18, 1e19, 3e19, 1e20, 3e20, 1e21)
# Tokens per parameter of the runs at each budget.
RATIOS = (1.5, 4.0, 9.0, 16.0, 28.0, 50.0, 120.0, 320.0)
SEED = 20240419
# Sizes that are each trained on more and more tokens, and the tokens per parameter.
SIZES = (2e7, 6e7, 2e8, 6e8, 2e9)
LONGER = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)


def write_runs(folder: Path) -> None:
    """Write ``runs.csv`` (on the web's text), ``curated.csv``, ``quiz_runs.csv``, ``sizes.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    web = simulate(rng, "web", BUDGETS, worth=1.0)
    web.write_csv(folder / "runs.csv")
    quizzed(np.random.default_rng(SEED), web).write_csv(folder / "quiz_runs.csv")
    simulate(rng, "curated", BUDGETS[-2:], worth=WORTH).write_csv(folder / "curated.csv")
    overtrained(np.random.default_rng(SEED + 1)).write_csv(folder / "sizes.csv")


def simulate(
    rng: np.random.Generator, dataset: str, budgets: tuple[float, ...], *, worth: float
) -> pl.DataFrame:
    """Draw the runs at each budget, the largest last."""
    flops, ratio = (x.ravel() for x in np.meshgrid(budgets, RATIOS, indexing="ij"))
    # Nobody hits a size to the parameter.
    params = np.sqrt(flops / (6.0 * ratio)) * np.exp(rng.normal(0.0, 0.05, len(flops)))
    tokens = flops / (6.0 * params)
    loss = LAW["E"] + LAW["A"] / params ** LAW["alpha"] + LAW["B"] / (worth * tokens) ** LAW["beta"]
    return pl.DataFrame(
        {
            "run": [f"{dataset}-{i:02}" for i in range(1, len(loss) + 1)],
            "dataset": dataset,
            "params": params.round(-3),
            "tokens": tokens.round(-6),
            "loss": (loss * np.exp(rng.normal(0.0, NOISE, len(loss)))).round(4),
        }
    )


def overtrained(rng: np.random.Generator) -> pl.DataFrame:
    """Draw runs of five sizes on 5 to 640 tokens a parameter, the largest size last."""
    params, ratio = (x.ravel() for x in np.meshgrid(SIZES, LONGER, indexing="ij"))
    tokens = params * ratio
    loss = LAW["E"] + LAW["A"] / params ** LAW["alpha"] + LAW["B"] / tokens ** LAW["beta"]
    return pl.DataFrame(
        {
            "run": [f"size-{i:02}" for i in range(1, len(loss) + 1)],
            "params": params,
            "tokens": tokens,
            "loss": (loss * np.exp(rng.normal(0.0, NOISE, len(loss)))).round(4),
        }
    )


def quizzed(rng: np.random.Generator, runs: pl.DataFrame) -> pl.DataFrame:
    """Let each run answer a quiz of four choices."""
    share = 1.0 / (1.0 + np.exp(4.0 * (runs["loss"].to_numpy() - 2.5)))
    accuracy = 0.25 + 0.7 * share + rng.normal(0.0, 0.008, len(share))
    return runs.with_columns(quiz=pl.Series(accuracy).clip(0.0, 1.0).round(4))
