"""Made-up verdicts of judges whose strengths, scales and biases are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theodolite.stats.jury import Verdicts


@dataclass(frozen=True)
class World:
    """Judges of a kind: every item compares some pairs of models, each seen in both orders.

    Answers have a worth of their own, and each judge a taste of its own for each pair of answers,
    so that verdicts on an item depend on each other.
    """

    items: int = 40
    models: int = 5
    pairs: int = 3
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)
    position: tuple[float, ...] = (0.0, 0.0, 0.0)
    length: tuple[float, ...] = (0.0, 0.0, 0.0)
    own: tuple[float, ...] = (0.0, 0.0, 0.0)
    worth: float = 0.5
    taste: float = 0.5
    ties: float = 0.15

    @property
    def judges(self) -> int:
        return len(self.scale)

    @property
    def theta(self) -> np.ndarray:
        return np.linspace(0.8, -0.8, self.models)

    def drawn(self, rng: np.random.Generator) -> Verdicts:
        every = np.array([(i, j) for i in range(self.models) for j in range(i + 1, self.models)])
        n, judges = self.items, self.judges
        which = np.array([rng.choice(len(every), self.pairs, replace=False) for _ in range(n)])
        item, slot, judge, order = (
            part.ravel()
            for part in np.meshgrid(
                np.arange(n), np.arange(self.pairs), np.arange(judges), [0, 1], indexing="ij"
            )
        )
        pair = every[which[item, slot]]
        first = np.where(order == 0, pair[:, 0], pair[:, 1])
        second = np.where(order == 0, pair[:, 1], pair[:, 0])
        worth = self.theta + self.worth * rng.normal(size=(n, self.models))
        long = rng.normal(size=(n, self.models)) / np.sqrt(2)
        taste = self.taste * rng.normal(size=(n, self.pairs, judges))[item, slot, judge]
        # Model j is of the family of judge j.
        own = (first == judge).astype(float) - (second == judge)
        longer = long[item, first] - long[item, second]
        eta = np.array(self.scale)[judge] * (worth[item, first] - worth[item, second])
        eta += np.where(order == 0, taste, -taste) + np.array(self.position)[judge]
        eta += np.array(self.length)[judge] * longer + np.array(self.own)[judge] * own
        won = rng.random(len(eta)) < 1.0 / (1.0 + np.exp(-eta))
        share = np.where(rng.random(len(eta)) < self.ties, 0.5, won.astype(float))
        z = np.column_stack([np.ones(len(eta)), longer, own])
        ones = np.ones(len(eta))
        return Verdicts(judge, first, second, share, ones, item, z, self.models, judges)
