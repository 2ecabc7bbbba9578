"""Votes with style and languages, of known truth, for the tests of style and shift."""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.ratings.simulations import names, pairs_of, table
from theodolite.ratings import Arena, simulate_arena
from theodolite.tables import Votes

STRENGTHS = np.array([0.8, 0.3, -0.2, -0.9])
MIX = {"English": 20.0, "Chinese": 50.0, "German": 30.0}
LABELS = np.array(["model_a", "model_b", "tie", "both_bad"])


def styled_frame(rule: str, n: int = 400, *, k: int = 4, seed: int = 3) -> pl.DataFrame:
    """Votes with two features, three languages, voters and weights; counts vary by vote."""
    rng = np.random.default_rng(seed)
    theta = np.linspace(0.8, -0.9, k)
    first, second = pairs_of(rng, k, n)
    counts = {}
    lead = theta[first] - theta[second]
    for feature, gamma, tilt in (("tokens", 0.7, 20.0), ("lists", -0.3, -1.0)):
        mean = 100.0 + tilt * (np.arange(k) == 0) if tilt > 0 else 6.0 + tilt * np.arange(k)
        sides = [rng.poisson(mean[m] * rng.gamma(2, 0.5, n)) for m in (first, second)]
        counts |= {f"{feature}_a": sides[0], f"{feature}_b": sides[1]}
        lead = lead + gamma * (sides[0] - sides[1]) / np.maximum(sides[0] + sides[1], 1)
    bad = 1 / (1 + np.exp(1.2 + 0.8 * (theta[first] + theta[second]) / 2))
    if rule == "rao-kupper":
        win, loss = 1 / (1 + 1.6 * np.exp(-lead)), 1 / (1 + 1.6 * np.exp(lead))
    else:
        total = np.exp(lead / 2) + np.exp(-lead / 2) + 0.8
        win, loss = np.exp(lead / 2) / total, np.exp(-lead / 2) / total
    chances = np.column_stack([win, loss, 1 - win - loss])
    chances = np.column_stack([chances * (1 - bad)[:, None], bad])
    outcome = (rng.random((n, 1)) > chances.cumsum(axis=1)[:, :3]).sum(axis=1)
    return pl.DataFrame(
        {
            "model_a": names(k).gather(first),
            "model_b": names(k).gather(second),
            "winner": LABELS[outcome],
            "language": np.array(["English", "Chinese", "German"])[
                rng.choice(3, n, p=[0.5, 0.3, 0.2])
            ],
            "voter": rng.integers(0, 40, n),
            "weight": rng.choice([0.5, 1.0, 2.0], n),
            **counts,
        }
    )


def frame_of(rule: str = "half-win") -> pl.DataFrame:
    """The votes that shifts are compared on."""
    return styled_frame(rule, 700, seed=11)


def votes_of(frame: pl.DataFrame) -> Votes:
    return Votes.from_frame(frame)


def even_arena(k: int = 8, *, step: float = 40.0, **more) -> Arena:
    """Models a step of so many points apart."""
    ratings = {f"m{i:03d}": 1000.0 + step * ((k - 1) / 2 - i) for i in range(k)}
    return Arena(ratings, **more)


def stylish_arena(k: int = 8, gamma: float = 0.3) -> Arena:
    """Every third model writes more than twice as much as its neighbour."""
    counts = {"tokens": {f"m{i:03d}": 100.0 + 60.0 * (i % 3) for i in range(k)}}
    return even_arena(k, counts=counts, effects={"tokens": gamma})


def drawn(arena: Arena, n: int, seed: int) -> Votes:
    return simulate_arena(arena, n_votes=n, seed=seed)


def voters_votes(
    rng: np.random.Generator, theta: np.ndarray, *, voters: int, each: int, gamma: float
) -> Votes:
    """Voters with tastes of their own, for models and for length."""
    voter = np.repeat(np.arange(voters), each)
    first, second = pairs_of(rng, len(theta), len(voter))
    taste = rng.normal(0.0, 0.7, (voters, len(theta)))
    own = gamma + rng.normal(0.0, 1.5, voters)
    one, two = (rng.poisson(100 * rng.gamma(2, 0.5, len(voter))) for _ in range(2))
    z = (one - two) / np.maximum(one + two, 1)
    lead = (theta + taste)[voter, first] - (theta + taste)[voter, second] + own[voter] * z
    lost = rng.random(len(voter)) > 1 / (1 + np.exp(-lead))
    return table(first, second, lost.astype(int), voter=voter, tokens_a=one, tokens_b=two)


def davidson_votes(
    rng: np.random.Generator,
    theta: np.ndarray,
    n: int,
    *,
    gamma: float,
    nu: tuple[float, float] = (0.8, 0.8),
    kappa: tuple[float, float] = (-1.5, -1.5),
) -> Votes:
    """Davidson with both_bad and one feature, of which strong models have more.

    Ties and both_bad may differ between the two languages, while strengths do not.
    """
    language = rng.integers(0, 2, n)
    first, second = pairs_of(rng, len(theta), n)
    one, two = (rng.poisson((100 + 40 * theta)[m] * rng.gamma(2, 0.5, n)) for m in (first, second))
    half = (theta[first] - theta[second] + gamma * (one - two) / np.maximum(one + two, 1)) / 2
    weights = np.column_stack([np.exp(half), np.exp(-half), np.array(nu)[language]])
    mean = (theta[first] + theta[second]) / 2
    bad = 1 / (1 + np.exp(0.8 * mean - np.array(kappa)[language]))
    chances = weights / weights.sum(axis=1, keepdims=True) * (1 - bad)[:, None]
    winner = (rng.random((n, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    names_of = np.array(["English", "German"])[language]
    return table(first, second, winner, tokens_a=one, tokens_b=two, language=names_of)
