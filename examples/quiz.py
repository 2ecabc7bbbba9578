"""A quiz with planted faults, and simulated models that answer it.

``quiz.jsonl`` beside this file holds the items: sound ones and planted faults, written for this
purpose, and the five rows of MMLU's test set (Hendrycks et al. 2021, business ethics 32, 40, 55, 90
and 94) that lost the statements which their choices enumerate. ``error_type`` says what is planted,
``right`` which choice is really right where the key is wrong. The models do not exist.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

QUIZ = Path(__file__).with_name("quiz.jsonl")
# The chance that a model knows the answer to a sound item.
MODELS = {
    "sirius": 0.95,
    "canopus": 0.92,
    "arcturus": 0.92,
    "vega": 0.88,
    "capella": 0.85,
    "rigel": 0.8,
    "procyon": 0.75,
    "hadar": 0.65,
    "altair": 0.55,
    "acrux": 0.45,
}
LETTERS = "ABCD"
SEED = 20240418


def write_quiz(folder: Path) -> None:
    """Write ``quiz.jsonl`` and the answers of the models, ``answers.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    items = [json.loads(line) for line in QUIZ.read_text(encoding="utf-8").splitlines()]
    shown = [
        {"id": f"q{i:02}"} | {k: v for k, v in item.items() if k != "right"}
        for i, item in enumerate(items, 1)
    ]
    lines = [json.dumps(item, ensure_ascii=False) for item in shown]
    (folder / "quiz.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    answers = {"item_id": [item["id"] for item in shown], **_answers(items)}
    pl.DataFrame(answers).write_csv(folder / "answers.csv")


def _answers(items: list[dict]) -> dict[str, list[str]]:
    """Let every model answer: what it knows, or a guess. Nobody knows an unclear question."""
    rng = np.random.default_rng(SEED)
    unclear = np.array([item["error_type"] == "bad_question_clarity" for item in items])
    truth = np.array([item.get("right", item["answer"]) for item in items])
    n_choices = np.array([len(item["choices"]) for item in items])
    answers = {}
    for model, knows in MODELS.items():
        guess = rng.integers(0, n_choices)
        known = (rng.random(len(items)) < knows) & ~unclear
        answers[model] = [LETTERS[i] for i in np.where(known, truth, guess)]
    return answers
