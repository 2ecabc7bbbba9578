"""What made-up judges and people said of made-up models: biases of known size, to be found again.

Four judges see pairs of answers in both orders. ``gaze`` is steady and fair; ``nod`` leans towards
the answer shown first; ``scroll`` likes longer answers more than people do; ``echo`` favours its
own family, as ``families.csv`` has it. People saw some of the pairs, three each. In ``grades.csv``
the same judges grade single answers: ``nod`` is lenient, and ``echo`` favours its own again.
Nothing here is real.

``python examples/judges.py FOLDER`` writes the files into FOLDER.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = tuple[object, ...]

# Strength on the log-odds scale, and family.
MODELS = {
    "echo-large": (0.9, "echo"),
    "kestrel-2": (0.7, "kestrel"),
    "echo-small": (0.1, "echo"),
    "heron-chat": (0.0, "heron"),
    "kestrel-1": (-0.5, "kestrel"),
    "heron-mini": (-1.2, "heron"),
}
ITEMS, PAIRS, VOTERS = 120, 4, 3
# People's own liking for an answer that is longer by a standard deviation.
PEOPLE_LENGTH = 0.25
EVEN = 0.5
TIES = 0.12
GRADE = 6.0
SEED = 20240420


@dataclass(frozen=True)
class Leaning:
    """What a judge adds to the log-odds beyond the answers' worth."""

    position: float = 0.0
    length: float = PEOPLE_LENGTH
    own: float = 0.0
    lenient: float = 0.0


JUDGES = {
    "gaze": Leaning(),
    "nod": Leaning(position=0.7, lenient=0.8),
    "scroll": Leaning(length=PEOPLE_LENGTH + 0.6),
    "echo": Leaning(own=0.9),
}


def write_judges(folder: Path) -> None:
    """Write ``judgments.csv``, ``people.csv``, ``grades.csv`` and ``families.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    worth = np.array([strength for strength, _ in MODELS.values()]) + 0.6 * rng.normal(
        size=(ITEMS, len(MODELS))
    )
    length = np.exp(rng.normal(5.5, 0.5, (ITEMS, len(MODELS)))).round().astype(int)
    pairs = [_drawn(rng) for _ in range(ITEMS)]
    verdict = ("item_id", "judge", "model_a", "model_b", "verdict", "game", "tokens_a", "tokens_b")
    _write(folder / "judgments.csv", verdict, _verdicts(rng, worth, length, pairs))
    vote = ("prompt_id", "voter", "model_a", "model_b", "winner")
    _write(folder / "people.csv", vote, _votes(rng, worth, length, pairs))
    families = [("echo", "echo"), *((name, family) for name, (_, family) in MODELS.items())]
    _write(folder / "families.csv", ("model", "family"), iter(families))
    _write(folder / "grades.csv", ("model", "judge", "item_id", "score"), _grades(rng, worth))


def _drawn(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw the pairs of models that are compared on one item."""
    k = len(MODELS)
    every = [(i, j) for i in range(k) for j in range(i + 1, k)]
    return [every[n] for n in rng.choice(len(every), PAIRS, replace=False)]


def _longer(length: np.ndarray, a: int, b: int) -> float:
    """Give the relative difference of lengths in standard deviations (0.33 in these files)."""
    return float((length[a] - length[b]) / (length[a] + length[b]) / 0.33)


def _verdicts(
    rng: np.random.Generator,
    worth: np.ndarray,
    length: np.ndarray,
    pairs: list[list[tuple[int, int]]],
) -> Iterator[Row]:
    names, families = list(MODELS), [family for _, family in MODELS.values()]
    for item in range(ITEMS):
        for i, j in pairs[item]:
            for judge, lean in JUDGES.items():
                taste = 0.5 * rng.normal()
                for game, (a, b) in enumerate(((i, j), (j, i)), 1):
                    own = (families[a] == judge) - (families[b] == judge)
                    odds = worth[item, a] - worth[item, b] + (taste if a == i else -taste)
                    odds += lean.position + lean.own * own
                    odds += lean.length * _longer(length[item], a, b)
                    said = _said(rng, float(odds), ("A>B", "A=B", "B>A"))
                    sizes = (int(length[item, a]), int(length[item, b]))
                    yield (item, judge, names[a], names[b], said, game, *sizes)


def _votes(
    rng: np.random.Generator,
    worth: np.ndarray,
    length: np.ndarray,
    pairs: list[list[tuple[int, int]]],
) -> Iterator[Row]:
    names = list(MODELS)
    for item in range(ITEMS):
        for pair in pairs[item][:2]:
            for voter in rng.choice(12, VOTERS, replace=False):
                a, b = pair if rng.random() < EVEN else pair[::-1]
                odds = float(worth[item, a] - worth[item, b])
                odds += PEOPLE_LENGTH * _longer(length[item], a, b)
                said = _said(rng, odds, ("model_a", "tie", "model_b"))
                yield (item, f"person {voter + 1}", names[a], names[b], said)


def _grades(rng: np.random.Generator, worth: np.ndarray) -> Iterator[Row]:
    for item in range(ITEMS):
        for k, (model, (_, family)) in enumerate(MODELS.items()):
            for judge, lean in JUDGES.items():
                own = lean.own if family == judge else 0.0
                grade = GRADE + 1.2 * worth[item, k] + lean.lenient + own + 0.8 * rng.normal()
                yield (model, judge, item, int(np.clip(np.round(grade), 1, 10)))


def _said(rng: np.random.Generator, odds: float, words: tuple[str, str, str]) -> str:
    if rng.random() < TIES:
        return words[1]
    return words[0] if rng.random() < 1.0 / (1.0 + np.exp(-odds)) else words[2]


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    write_judges(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
