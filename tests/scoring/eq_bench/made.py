"""Made-up answers to EQ-Bench, as files, and an item's score written out by hand."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.tables import Passes

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Sad", "Glad", "Mad", "Afraid")


def questions(count: int, seed: int = 1) -> dict[str, dict]:
    """Questions with both references, in the form of the benchmark's own file."""
    rng = np.random.default_rng(seed)
    out = {}
    for i in range(1, count + 1):
        full = rng.integers(0, 11, 4)
        full[rng.integers(4)] = 8
        ten = np.round(10.0 * full / full.sum(), 3)
        out[str(i)] = {
            "prompt": "How would they feel?",
            "reference_answer": _reference(ten.tolist()),
            # The real file writes some numbers as text.
            "reference_answer_fullscale": _reference([str(full[0]), *full[1:].tolist()]),
        }
    return out


def _reference(values: list) -> dict:
    names = {f"emotion{i}": name for i, name in enumerate(NAMES, 1)}
    return names | {f"emotion{i}_score": v for i, v in enumerate(values, 1)}


def reference_of(question: dict, member: str = "reference_answer_fullscale") -> dict[str, float]:
    own = question[member]
    return {own[f"emotion{i}"]: float(own[f"emotion{i}_score"]) for i in range(1, 5)}


def answers(asked: dict, noise: float, rng: np.random.Generator) -> dict[str, str]:
    """Whole numbers about the reference, as text, in another order than the question's."""
    near = {
        name: str(int(np.clip(round(value + rng.normal(0, noise)), 0, 10)))
        for name, value in reference_of(asked).items()
    }
    return dict(sorted(near.items()))


def result(
    asked: dict[str, dict], model: str, *, noise: float, revised: float | None, seed: int = 0
) -> dict:
    """A result file; ``revised`` is the noise of the second pass, if there was one."""
    rng = np.random.default_rng(seed)
    given = {
        item: {
            "first_pass": answers(question, noise, rng),
            "revised": {} if revised is None else answers(question, revised, rng),
        }
        for item, question in asked.items()
    }
    return {
        "model_path": model,
        "lora_path": "",
        "eqbench_version": "v2",
        "run_id": f"{model}{seed}",
        "inference_engine": "made-up",
        "raw_results": {"1": {"individual_scores": {}, "respondent_answers": given}},
    }


def write(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def item_v2(given: dict[str, object], reference: dict[str, float]) -> float | None:
    """Score an answer by the rule, written out apart from the code that is tested."""
    if sorted(given) != sorted(reference) or any(v is None for v in given.values()):
        return None
    tally = 0.0
    for name, value in given.items():
        d = abs(float(value) - reference[name])
        if d > 5:
            tally += d
        elif d > 0:
            tally += 6.5 * (1 / (1 + math.e ** (-1.2 * (d - 4))))
    return 10 - tally * 0.7477


def item_v1(given: dict[str, object], reference: dict[str, float]) -> float | None:
    if sorted(given) != sorted(reference) or any(v is None for v in given.values()):
        return None
    total = sum(float(v) for v in given.values())
    if total <= 0:
        return None
    return 10 - sum(abs(float(v) / total * 10 - reference[k]) for k, v in given.items())


def run_score(first: list[float | None], revised: list[float | None]) -> float:
    """The benchmark's rule for one run, in points."""
    a, b = [s for s in first if s is not None], [s for s in revised if s is not None]
    one = 10 * sum(a) / len(a) if a else 0.0
    two = 10 * sum(b) / len(b) if b else 0.0
    return two if b and two >= one and len(b) >= 0.95 * len(a) else one


def passes_of(scores: np.ndarray, *, runs: int = 1) -> Passes:
    """Passes of models m0, m1, ..: (K, N) or (K, runs, N) item scores, NaN for none."""
    scores = scores.reshape(len(scores), runs, -1)
    k, r, n = np.indices(scores.shape).reshape(3, -1)
    frame = pl.DataFrame(
        {
            "model": [f"m{i}" for i in k],
            "iteration": r + 1,
            "item_id": [str(i) for i in n],
            "first_pass": scores.ravel(),
            "revised": None,
        }
    ).with_columns(pl.col("first_pass").fill_nan(None), pl.col("revised").cast(pl.Float64))
    return Passes.from_frame(frame)
