"""Judgments in FastChat's schema, made up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tests.scoring.mt_bench.simulations import CATEGORIES, MIDDLING, World, outcomes, scores
from theodolite.tables import Gradings, Judgments

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities")
FIRST = 81


def grading_rows(
    world: World = MIDDLING, *, each: int = 10, silent: float = 0.0, seed: int = 0
) -> list[dict[str, Any]]:
    """Single judgments as FastChat writes them; ``silent`` of them hold no number."""
    rng = np.random.default_rng(seed)
    values = scores(world, rng, each)
    lost = rng.random(values.shape) < silent
    return [
        {
            "question_id": FIRST + q,
            "model": f"m{k}",
            "judge": ["gpt-4", "single-v1" if turn == 0 else "single-v1-multi-turn"],
            "user_prompt": "[Instruction]\n...",
            "judgment": 'Fine, "really".\nRating: ...',
            "score": -1 if lost[k, q, turn] else int(values[k, q, turn]),
            "turn": turn + 1,
            "tstamp": 1.0 + q,
        }
        for k in range(world.k)
        for q in range(each * CATEGORIES)
        for turn in (0, 1)
    ]


def question_rows(each: int = 10) -> list[dict[str, Any]]:
    return [
        {"question_id": FIRST + q, "category": KINDS[q // each], "turns": ["One?", "Two?"]}
        for q in range(each * CATEGORIES)
    ]


def pair_rows(
    world: World = MIDDLING, *, each: int = 10, baseline: int | None = None, seed: int = 0
) -> list[dict[str, Any]]:
    """Pair judgments as FastChat writes them, of all pairs or against one model."""
    values = outcomes(world, np.random.default_rng(seed), each)
    says = {1: ("model_1", "model_1"), -1: ("model_2", "model_2"), 0: ("model_1", "model_2")}
    rows = []
    for i in range(world.k):
        for j in range(i + 1, world.k):
            if baseline not in (None, i, j):
                continue
            for q in range(each * CATEGORIES):
                for turn in (0, 1):
                    first, second = says[int(values[i, j, q, turn])]
                    rows.append(
                        {
                            "question_id": FIRST + q,
                            "model_1": f"m{i}",
                            "model_2": f"m{j}",
                            "g1_winner": first,
                            "g2_winner": second,
                            "judge": ["gpt-4", "pair-v2"],
                            "turn": turn + 1,
                            "tstamp": 1.0,
                        }
                    )
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def gradings_of(rows: list[dict[str, Any]], *, categories: bool = True) -> Gradings:
    """The same as a table, without a file."""
    frame = pl.DataFrame(
        {
            "model": [r["model"] for r in rows],
            "judge": "gpt-4",
            "item_id": [str(r["question_id"]) for r in rows],
            "score": [None if r["score"] == -1 else float(r["score"]) for r in rows],
            "turn": [r["turn"] for r in rows],
        }
    )
    return Gradings.from_frame(_labelled(frame) if categories else frame, source="single.jsonl")


def judgments_of(rows: list[dict[str, Any]], *, categories: bool = True) -> Judgments:
    """The same as a table, without a file."""
    says = ({"model_1": "A>B", "model_2": "B>A"}, {"model_1": "B>A", "model_2": "A>B"})
    frame = pl.DataFrame(
        {
            "item_id": str(r["question_id"]),
            "judge": "gpt-4",
            "turn": r["turn"],
            "game": game + 1,
            "model_a": r["model_1" if game == 0 else "model_2"],
            "model_b": r["model_2" if game == 0 else "model_1"],
            "verdict": {"tie": "A=B", "error": None, **says[game]}[r[f"g{game + 1}_winner"]],
        }
        for r in rows
        for game in (0, 1)
    )
    return Judgments.from_frame(_labelled(frame) if categories else frame, source="pair.jsonl")


def _labelled(frame: pl.DataFrame) -> pl.DataFrame:
    each = (frame["item_id"].cast(pl.Int64).max() - FIRST + 1) // CATEGORIES
    number = (pl.col("item_id").cast(pl.Int64) - FIRST) // each
    return frame.with_columns(
        category=number.replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String)
    )
