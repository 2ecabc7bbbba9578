"""Judgments of made-up models on made-up questions, in the form of FastChat's judge.

Six models answer 80 questions of two turns, ten in each of eight categories; a judge grades every
answer from 1 to 10, and sees pairs of answers in both orders. Two models (canopus and arcturus) are
equally good; capella keeps up in the first turn only; aldebaran is not always graded, since the
judge forgets the number. In pairs the judge leans to the answer that it sees first. Nothing here is
real. ``python examples/mt_bench.py FOLDER`` writes the files into FOLDER.
"""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

# The mean that each model would have on a scale without ends.
MEANS = {
    "sirius": 9.3,
    "canopus": 8.8,
    "arcturus": 8.8,
    "capella": 8.5,
    "vega": 7.6,
    "aldebaran": 6.2,
}
SECOND_TURN = {"capella": -1.6}
CATEGORIES = {
    "writing": 0.8,
    "roleplay": 0.4,
    "reasoning": -1.6,
    "math": -2.2,
    "coding": -1.4,
    "extraction": -0.3,
    "stem": 0.5,
    "humanities": 1.0,
}
EACH = 10
FIRST = 1
FORGETS = ("aldebaran", 0.1)
JUDGE = "polaris"
# How much better the answer shown first seems, and how far apart answers must seem to be told.
LEAN, TIE = 0.6, 0.5
SEED = 20230609


def write_mt_bench(folder: Path) -> None:
    """Simulate, and write ``questions.jsonl``, ``single.jsonl`` and ``pair.jsonl``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    quality = _qualities(rng)
    _write(folder / "questions.jsonl", _questions())
    _write(folder / "single.jsonl", _single(quality, rng))
    _write(folder / "pair.jsonl", _pair(quality, rng))


def _qualities(rng: np.random.Generator) -> np.ndarray:
    """How good each answer is, (models, questions, turns)."""
    n = EACH * len(CATEGORIES)
    easy = np.repeat(list(CATEGORIES.values()), EACH) + rng.normal(0.0, 0.7, n)
    mean = np.array(list(MEANS.values()))[:, None, None] + easy[:, None]
    second = np.array([SECOND_TURN.get(name, -0.4) for name in MEANS])
    turn = np.stack([np.zeros(len(MEANS)), second], axis=1)[:, None, :]
    own = rng.normal(0.0, 0.9, (len(MEANS), n, 1))
    return mean + turn + own + rng.normal(0.0, 1.1, (len(MEANS), n, 2))


def _questions() -> Iterator[dict[str, Any]]:
    for i, category in enumerate(np.repeat(list(CATEGORIES), EACH)):
        turns = [f"Question {FIRST + i}", f"And then, {FIRST + i}"]
        yield {"question_id": FIRST + i, "category": str(category), "turns": turns}


def _single(quality: np.ndarray, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    scores = np.clip(np.round(quality), 1, 10).astype(int)
    for k, model in enumerate(MEANS):
        for q in range(scores.shape[1]):
            for turn in (1, 2):
                forgot = model == FORGETS[0] and rng.random() < FORGETS[1]
                score = -1 if forgot else int(scores[k, q, turn - 1])
                yield {
                    "question_id": FIRST + q,
                    "model": model,
                    "judge": [JUDGE, "single-v1" if turn == 1 else "single-v1-multi-turn"],
                    "user_prompt": "[Instruction] ...",
                    "judgment": "It is good." if forgot else f"Rating: [[{score}]]",
                    "score": score,
                    "turn": turn,
                    "tstamp": 1686286924.0 + q,
                }


def _pair(quality: np.ndarray, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    names = list(MEANS)
    for a, b in combinations(range(len(names)), 2):
        gap = quality[a] - quality[b]
        for q in range(gap.shape[0]):
            for turn in (1, 2):
                winners = []
                for lean in (LEAN, -LEAN):
                    seen = gap[q, turn - 1] + lean + rng.normal(0.0, 0.8)
                    winners.append("tie" if abs(seen) < TIE else f"model_{1 if seen > 0 else 2}")
                if rng.random() < 0.01:  # noqa: PLR2004
                    winners[1] = "error"
                yield {
                    "question_id": FIRST + q,
                    "model_1": names[a],
                    "model_2": names[b],
                    "g1_winner": winners[0],
                    "g2_winner": winners[1],
                    "judge": [JUDGE, "pair-v2" if turn == 1 else "pair-v2-multi-turn"],
                    "turn": turn,
                    "tstamp": 1686286924.0 + q,
                }


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    write_mt_bench(Path(sys.argv[1] if len(sys.argv) > 1 else "demo/mt-bench"))
