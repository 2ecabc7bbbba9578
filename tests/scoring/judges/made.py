"""Made-up judgments as tables, from the worlds of ``tests.stats.juries``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.tables import Judgments, Votes

if TYPE_CHECKING:
    from tests.stats.juries import World

FAMILIES = {f"{kind}{n}": f"family {n}" for n in range(3) for kind in ("j", "m")}


def frame_of(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Every verdict as a game, with lengths whose relative difference is a tenth of the world's."""
    verdicts = world.drawn(rng)
    longer = np.clip(verdicts.covariates[:, 1], -9, 9)
    return pl.DataFrame(
        {
            "item_id": verdicts.cluster.astype(str),
            "judge": [f"j{j}" for j in verdicts.judge],
            "model_a": [f"m{m}" for m in verdicts.first],
            "model_b": [f"m{m}" for m in verdicts.second],
            "verdict": np.array(["B>A", "A=B", "A>B"])[(2 * verdicts.share).astype(int)],
            "tokens_a": 1000 * (1 + longer / 10),
            "tokens_b": 1000 * (1 - longer / 10),
        }
    )


def games(world: World, seed: int = 0) -> Judgments:
    return Judgments.from_frame(frame_of(world, np.random.default_rng(seed)))


def votes(world: World, seed: int = 0, *, judge: str = "j0") -> Votes:
    """One judge's verdicts as votes of people."""
    return as_votes(frame_of(world, np.random.default_rng(seed)).filter(judge=judge))


def as_votes(frame: pl.DataFrame) -> Votes:
    """Verdicts as the votes of seven people."""
    winner = {"A>B": "model_a", "B>A": "model_b", "A=B": "tie"}
    return Votes.from_frame(
        frame.select(
            pl.col("item_id").alias("prompt_id"),
            "model_a",
            "model_b",
            pl.col("verdict").replace_strict(winner).alias("winner"),
            pl.format("person {}", pl.int_range(pl.len()) % 7).alias("voter"),
        )
    )
