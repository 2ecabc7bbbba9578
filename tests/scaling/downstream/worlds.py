"""Simulated runs whose loss and accuracy follow a known law and link, both with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from theodolite.tables import Runs


@dataclass(frozen=True)
class World:
    """Loss E + A / N^alpha + B / D^beta, accuracy c + (u - c) / (1 + exp(k (L - middle)))."""

    floor: float = 0.55
    size: float = 45.0
    data: float = 260.0
    alpha: float = 0.27
    beta: float = 0.30
    chance: float = 0.25
    ceiling: float = 1.0
    slope: float = 7.0
    middle: float = 0.95
    loss_noise: float = 0.008
    accuracy_noise: float = 0.008

    def loss(self, params, tokens):
        return self.floor + self.size / params**self.alpha + self.data / tokens**self.beta

    def accuracy(self, loss):
        share = expit(self.slope * (self.middle - loss))
        return self.chance + (self.ceiling - self.chance) * share


SIZES = (1.9e8, 3.7e8, 7.6e8, 1.3e9, 3.2e9)
MULTIPLES = (0.5, 1.0, 2.0, 5.0, 10.0)


def grid(n):
    """Sizes and multiples of 20 tokens a parameter, the first ``n`` by compute."""
    sizes, times = (x.ravel() for x in np.meshgrid(SIZES, MULTIPLES))
    tokens = 20.0 * sizes * times
    order = np.argsort(sizes * tokens, kind="stable")
    repeats = -(-n // len(order))
    rows = np.tile(order, repeats)[:n] if n > len(order) else order[:n]
    return sizes[rows], tokens[rows]


def simulate(world, n, rng, *, tied=0.0):
    """Draw ``n`` runs; ``tied`` is the share of the loss's noise that the accuracy follows."""
    params, tokens = grid(n)
    params = params * np.exp(rng.normal(0.0, 0.02, n))
    mean = world.loss(params, tokens)
    loss = mean * np.exp(world.loss_noise * rng.standard_normal(n))
    seen = mean + tied * (loss - mean)
    accuracy = world.accuracy(seen) + world.accuracy_noise * rng.standard_normal(n)
    return Runs.from_frame(
        pl.DataFrame(
            {
                "run": [f"r{i}" for i in range(n)],
                "params": params,
                "tokens": tokens,
                "loss": loss,
                "quiz": accuracy.clip(0.0, 1.0),
            }
        )
    )
