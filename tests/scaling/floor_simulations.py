"""Histories of a floor: runs of a known law, losses at a known distance from its E."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.scaling.conftest import TRUE
from theodolite.errors import CannotAnswerError
from theodolite.scaling import Comparison, Recipe, Resampling, fit, floor
from theodolite.scaling.floor.differences import Observation, compared, of_fit, verdicts
from theodolite.scaling.floor.draws import floor_of
from theodolite.tables import Runs


@dataclass(frozen=True)
class World:
    """What is true: a law, a grid of runs, their noise, and the observed losses less E."""

    law: dict[str, float]
    sizes: int = 8
    lengths: int = 8
    noise: float = 0.004
    tails: str = "normal"
    gaps: tuple[float, ...] = (-0.15, -0.05, 0.0, 0.05, 0.15)


WORLDS = {
    "64 runs": World(TRUE),
    "64 runs, t(3) noise": World(TRUE, tails="t3"),
    "64 runs, one exponent": World(TRUE | {"alpha": 0.36, "beta": 0.36, "B": 900.0}),
    "25 runs": World(TRUE, 5, 5),
    "12 runs": World(TRUE, 4, 3),
    # No floor at all: every loss is above it.
    "64 runs, no floor": World(
        {"E": 0.0, "A": 30.0, "B": 60.0, "alpha": 0.14, "beta": 0.15}, gaps=(0.3, 0.6, 1.2)
    ),
}


def draw(world: World, rng: np.random.Generator) -> tuple[Runs, list[float]]:
    """Draw the reference's runs and the observed losses."""
    t = world.law
    n, d = (
        x.ravel()
        for x in np.meshgrid(
            np.geomspace(5e7, 1e10, world.sizes), np.geomspace(1e9, 5e11, world.lengths)
        )
    )
    mean = t["E"] + t["A"] / n ** t["alpha"] + t["B"] / d ** t["beta"]

    def noisy(values):
        size = len(values)
        scatter = (
            rng.standard_normal(size)
            if world.tails == "normal"
            else rng.standard_t(3, size) / np.sqrt(3.0)
        )
        return values * np.exp(world.noise * scatter)

    frame = pl.DataFrame({"params": n, "tokens": d, "loss": noisy(mean)})
    return Runs.from_frame(frame), noisy(t["E"] + np.array(world.gaps)).tolist()


@dataclass(frozen=True)
class Tally:
    """Shares over histories.

    ``floor`` and ``differences`` cover; ``below`` and ``above`` are verdicts by gap; ``wrong`` are
    histories in which any loss that is not below E is called so; ``unfitted`` of which no law came.
    """

    floor: float
    differences: np.ndarray
    below: np.ndarray
    above: np.ndarray
    wrong: float
    unfitted: float


def tally(
    world: World,
    histories: int,
    *,
    alone: bool = True,
    objective: str = "huber",
    resamples: int = 300,
    seed: int = 0,
) -> Tally:
    """Simulate histories and count: by the law chinchilla alone, or by all forms."""
    rng = np.random.default_rng(seed)
    gaps, m = np.array(world.gaps), len(world.gaps)
    covered, wrong, unfitted = 0, 0, 0
    inside, below, above = np.zeros(m), np.zeros(m), np.zeros(m)
    for history in range(histories):
        runs, losses = draw(world, rng)
        settings = {
            "recipe": Recipe(objective),
            "resampling": Resampling(n=resamples, seed=history),
        }
        try:
            ends, low, high, words = (_by_one if alone else _by_all)(runs, losses, settings)
        except CannotAnswerError:
            unfitted += 1
            continue
        covered += ends.low <= world.law["E"] <= ends.high
        inside += (low <= gaps) & (gaps <= high)
        below += words == "below the floor"
        above += words == "above the floor"
        wrong += bool(((words == "below the floor") & (gaps >= 0)).any())
    n = histories - unfitted
    return Tally(covered / n, inside / n, below / n, above / n, wrong / n, unfitted / histories)


def _by_one(runs, losses, settings):
    """Compare by one law, without fitting the other forms for the report."""
    found = fit(runs, **settings)
    one = compared(of_fit(found), Observation(np.array(losses)), 0.95)
    return floor_of(found), one.low, one.high, np.array(verdicts([one], 0.95)[0])


def _by_all(runs, losses, settings):
    found = floor(runs, losses, comparison=Comparison(same_evaluation=True), **settings)
    table = found.observed
    return found.floor, *(table[name].to_numpy() for name in ("low", "high", "verdict"))
