"""Made-up answers to EQ-Bench and cells of a needle test, for the guides to both scores.

Four models answer 60 questions; one (hadar) often leaves out an emotion, and canopus and arcturus
are equally good. Two models look for a needle at 12 lengths and 21 depths: vega finds it almost
always in shorter texts and loses it in the middle of longer ones; acrux loses it early, anywhere.
Nothing here is real.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

EMOTIONS = ("Angry", "Relieved", "Ashamed", "Curious", "Hopeful", "Jealous", "Proud", "Afraid")
# Noise about the reference in the first pass and in the revised one, share of broken answers.
MODELS = {
    "sirius": (1.1, 0.8, 0.0),
    "canopus": (1.7, 1.9, 0.0),
    "arcturus": (1.7, 1.9, 0.01),
    "hadar": (2.4, 2.8, 0.15),
}
QUESTIONS = 60
LENGTHS = tuple(round(1000 * 2 ** (k / 1.375)) for k in range(12))
DEPTHS = tuple(range(0, 101, 5))
# Log-odds at 1,000 tokens, what doubling takes, what the ends have over the middle.
NEEDLES = {"vega": (11.0, 1.4, 4.0), "acrux": (5.0, 1.3, 0.0)}
RUBRIC = (1, 1, 1, 3, 5, 7)
SEED = 20240418


def write_eq_needle(folder: Path) -> None:
    """Write ``questions.json``, ``eq_*.json`` and ``needle.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    questions = {str(i): _question(rng) for i in range(1, QUESTIONS + 1)}
    _write(folder / "questions.json", questions)
    for model, settings in MODELS.items():
        _write(folder / f"eq_{model}.json", _result(model, questions, settings, rng))
    with (folder / "needle.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("model", "context_length", "depth_percent", "score"))
        writer.writerows(_cells(rng))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _question(rng: np.random.Generator) -> dict[str, Any]:
    full = rng.integers(0, 11, 4)
    full[rng.integers(4)] = 8
    ten = (10.0 * full / full.sum()).round(2)
    names = rng.permutation(EMOTIONS)[:4].tolist()
    out: dict[str, Any] = {"prompt": "At the end of this dialogue, she would feel ..."}
    for member, values in (("reference_answer", ten), ("reference_answer_fullscale", full)):
        own = {f"emotion{k}": name for k, name in enumerate(names, 1)}
        out[member] = own | {f"emotion{k}_score": float(v) for k, v in enumerate(values, 1)}
    return out


def _result(
    model: str,
    questions: dict[str, Any],
    settings: tuple[float, float, float],
    rng: np.random.Generator,
) -> dict[str, Any]:
    first, revised, broken = settings
    answers = {}
    for item, question in questions.items():
        own = question["reference_answer_fullscale"]
        reference = {own[f"emotion{k}"]: own[f"emotion{k}_score"] for k in range(1, 5)}
        answers[item] = {
            "first_pass": _answer(reference, first, broken, rng),
            "revised": _answer(reference, revised, broken, rng),
        }
    iteration = {"respondent_answers": answers}
    head = {"model_path": model, "eqbench_version": "v2", "run_id": model}
    return head | {"raw_results": {"1": iteration}}


def _answer(
    reference: dict[str, float], noise: float, broken: float, rng: np.random.Generator
) -> dict[str, str]:
    given = {
        name: str(int(np.clip(round(value + rng.normal(0.0, noise)), 0, 10)))
        for name, value in reference.items()
    }
    if rng.random() < broken:
        given.popitem()
    return given


def _cells(rng: np.random.Generator) -> list[tuple[str, int, int, int]]:
    rows = []
    for model, (start, slope, ends) in NEEDLES.items():
        for length in LENGTHS:
            for depth in DEPTHS:
                d = depth / 50.0 - 1.0
                logit = start - slope * np.log2(length / 1000.0) + ends * (d * d - 0.5)
                found = rng.random() < 1.0 / (1.0 + np.exp(-logit))
                rows.append((model, length, depth, 10 if found else int(rng.choice(RUBRIC))))
    return rows
