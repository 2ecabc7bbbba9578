"""Made-up answers of models to clustered items, and slow references for their means."""

from __future__ import annotations

import itertools
import math

import numpy as np


def answers(
    k: int = 4,
    *,
    sizes: tuple[int, ...] = (3, 1, 4, 2, 2, 5, 1, 3),
    missing: float = 0.2,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong answers, (K, N), some missing, and the clusters in a random order, (N,)."""
    rng = np.random.default_rng(seed)
    clusters = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    easy = rng.normal(0, 1, len(sizes))[clusters] + rng.normal(0, 0.5, len(clusters))
    chance = 1 / (1 + np.exp(-(rng.normal(0.5, 1, k)[:, None] + easy)))
    values = (rng.random(chance.shape) < chance).astype(float)
    values[rng.random(chance.shape) < missing] = np.nan
    values[:, :2] = np.where(np.isnan(values[:, :2]), 1.0, values[:, :2])
    return values, clusters


def slow_mean(row: np.ndarray, clusters: np.ndarray) -> tuple[float, float, int, int]:
    """Mean, clustered variance, items and clusters of one model, by loops."""
    own = [(float(y), int(c)) for y, c in zip(row, clusters, strict=True) if not math.isnan(y)]
    mean = sum(y for y, _ in own) / len(own)
    names = {c for _, c in own}
    sums = [sum(y - mean for y, c in own if c == name) for name in names]
    g = len(names)
    variance = g / (g - 1) * sum(s * s for s in sums) / len(own) ** 2
    return mean, variance, len(own), g


def slow_covariance(a: np.ndarray, b: np.ndarray, clusters: np.ndarray) -> float:
    """Clustered covariance of two models' means, by loops."""
    (m, _, n, g), (other, _, size, h) = slow_mean(a, clusters), slow_mean(b, clusters)
    total = 0.0
    for name in set(clusters.tolist()):
        inside = clusters == name
        one = sum(y - m for y in a[inside].tolist() if not math.isnan(y))
        two = sum(y - other for y in b[inside].tolist() if not math.isnan(y))
        total += one * two
    return math.sqrt(g / (g - 1) * h / (h - 1)) * total / (n * size)


def slow_gap(
    a: np.ndarray, b: np.ndarray, clusters: np.ndarray, *, reach: float, design: float
) -> tuple[float, float, int, int]:
    """Paired difference, its variance, items and clusters: the mean of one row of differences."""
    mean, variance, n, g = slow_mean(a - b, clusters)
    return mean, variance + 2 * (reach / (n / design + 2)) ** 2, n, g


def pairs(k: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(k), 2))
