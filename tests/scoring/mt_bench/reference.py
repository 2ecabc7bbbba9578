"""MT-Bench's numbers by plain loops, written from their definitions alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from scipy import stats


def published(rows: list[dict[str, Any]]) -> dict[str, float]:
    """FastChat's recipe: -1 is dropped, the rest is averaged."""
    scores = defaultdict(list)
    for row in rows:
        if row["score"] != -1:
            scores[row["model"]].append(row["score"])
    return {model: sum(values) / len(values) for model, values in scores.items()}


def interval(rows: list[dict[str, Any]], level: float) -> tuple[float, float]:
    """One model's interval, without categories: Wilson's for shares, questions as clusters."""
    rows = [row for row in rows if row["score"] != -1]
    y = np.array([(row["score"] - 1) / 9 for row in rows])
    question = [row["question_id"] for row in rows]
    names = sorted(set(question))
    g, n, m = len(names), len(y), y.mean()
    sums = [sum(v - m for v, q in zip(y, question, strict=True) if q == name) for name in names]
    variance = g / (g - 1) * sum(s * s for s in sums) / n**2
    variance = max(variance, sum((v - m) ** 2 for v in y) / n**2)
    z = stats.t.ppf(0.5 + level / 2, g - 1)
    effective = m * (1 - m) / variance
    centre = (m + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z * np.sqrt(m * (1 - m) / effective + z * z / (4 * effective**2))
    half /= 1 + z * z / effective
    return 1 + 9 * (centre - half), 1 + 9 * (centre + half)


def difference(rows: list[dict[str, Any]], a: str, b: str) -> float:
    """Mean difference over the answers of both that have a number."""
    score = {(r["model"], r["question_id"], r["turn"]): r["score"] for r in rows}
    gaps = [
        score[a, q, t] - score[b, q, t]
        for model, q, t in score
        if model == a and score[a, q, t] != -1 and score.get((b, q, t), -1) != -1
    ]
    return sum(gaps) / len(gaps)


def change(rows: list[dict[str, Any]], model: str) -> tuple[float, float, int]:
    """Turn 2 less turn 1: mean, sum of squares about it, and how many questions."""
    score = {(r["question_id"], r["turn"]): r["score"] for r in rows if r["model"] == model}
    gaps = [
        score[q, 2] - score[q, 1]
        for q, t in score
        if t == 1 and -1 not in (score[q, 1], score[q, 2])
    ]
    mean = sum(gaps) / len(gaps)
    return mean, sum((g - mean) ** 2 for g in gaps), len(gaps)


def counts(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Wins, ties, losses and unreadable matches of each model, by FastChat's rule."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        one, two = row["model_1"], row["model_2"]
        first, second = row["g1_winner"], row["g2_winner"]
        if "error" in (first, second):
            out[one][3] += 1
            out[two][3] += 1
        elif first == "tie" or first != second:
            out[one][1] += 1
            out[two][1] += 1
        else:
            winner, loser = (one, two) if first == "model_1" else (two, one)
            out[winner][0] += 1
            out[loser][2] += 1
    return dict(out)
