"""Judgments of made-up models on made-up questions, as Arena-Hard's files hold them.

Canopus and arcturus are equally good. Rigel writes three times as much as the others, and the
judge likes that; it also prefers what it sees first. Sirius is much better at mathematics than at
anything else. A few judgments end without a verdict. Nothing here is real.

``write_arena_hard(FOLDER)`` writes ``FOLDER/model_judgment`` and ``FOLDER/model_answer``, a file a
model; by itself ``python examples/arena_hard.py FOLDER`` does the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# On the log-odds scale, against the baseline's 0.
STRENGTHS = {
    "sirius": 1.3,
    "canopus": 0.7,
    "arcturus": 0.7,
    "vega": 0.1,
    "rigel": -0.5,
    "aldebaran": -1.6,
}
BASELINE, JUDGE = "polaris", "umpire"
CATEGORIES = ("code", "mathematics", "writing")
MATHEMATICIAN, WORDY = "sirius", "rigel"
QUESTIONS = 180
# What being shown first, and a difference of 1 in (a - b) / (a + b) of the tokens, add.
POSITION, LENGTH = 0.35, 1.5
THRESHOLDS = (-1.5, -0.35, 0.35, 1.5)
VERDICTS = ("B>>A", "B>A", "A=B", "A>B", "A>>B")
# How far questions, and the answers of a model, differ in what both orders share.
BY_QUESTION, BY_ANSWER = 0.6, 0.5
UNREAD = 0.01
SEED = 20240420


def write_arena_hard(folder: Path) -> None:
    """Simulate the answers' style and the judge's verdicts, and write them."""
    rng = np.random.default_rng(SEED)
    names = [BASELINE, *STRENGTHS]
    typical = 350.0 * np.exp(0.4 * rng.normal(size=QUESTIONS))
    tokens = typical * np.exp(0.6 * rng.normal(size=(len(names), QUESTIONS)))
    tokens[names.index(WORDY)] *= 3.0
    counts = tokens.astype(int)
    _write_answers(folder / "model_answer", names, counts, rng)
    question = BY_QUESTION * rng.normal(size=QUESTIONS)
    for row, (model, strength) in enumerate(STRENGTHS.items(), 1):
        lead = strength + question + BY_ANSWER * rng.normal(size=QUESTIONS)
        lead += LENGTH * (counts[row] - counts[0]) / (counts[row] + counts[0])
        if model == MATHEMATICIAN:
            lead[1 :: len(CATEGORIES)] += 2.5
        _write_judgments(folder / "model_judgment", model, lead, rng)


def _write_answers(
    folder: Path, names: list[str], tokens: NDArray[np.int64], rng: np.random.Generator
) -> None:
    for name, own in zip(names, tokens, strict=True):
        lists = rng.poisson(own / 120.0)
        lines = (
            {
                "uid": f"q{i}",
                "model": name,
                "metadata": {
                    "token_len": int(own[i]),
                    "header_count": {"h1": 0, "h2": int(lists[i] // 4)},
                    "list_count": {"ordered": 0, "unordered": int(lists[i])},
                    "bold_count": {"**": int(lists[i] // 2), "__": 0},
                },
            }
            for i in range(QUESTIONS)
        )
        _write(folder / f"{name}.jsonl", lines)


def _write_judgments(
    folder: Path, model: str, lead: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Judge every question twice: the baseline shown first, then the model."""
    lines: list[dict[str, Any]] = []
    for i in range(QUESTIONS):
        games = []
        for sign in (-1.0, 1.0):
            eta = sign * lead[i] + POSITION + rng.logistic()
            verdict = VERDICTS[int(np.digitize(eta, THRESHOLDS))]
            read = rng.random() >= UNREAD
            text = f"My final verdict is: [[{verdict}]]" if read else "Both answers have merits."
            games.append({"score": verdict if read else None, "judgment": {"answer": text}})
        lines.append(
            {
                "uid": f"q{i}",
                "category": CATEGORIES[i % len(CATEGORIES)],
                "judge": JUDGE,
                "model": model,
                "baseline": BASELINE,
                "games": games,
            }
        )
    _write(folder / f"{model}.jsonl", lines)


def _write(path: Path, lines: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_arena_hard(Path(sys.argv[1] if len(sys.argv) > 1 else "demo/arena-hard"))
