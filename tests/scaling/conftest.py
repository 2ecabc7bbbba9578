"""Runs to fit: Hoffmann's where they are there, and simulated ones."""

import numpy as np
import polars as pl
import pytest

from theodolite.tables import Runs

TRUE = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}


def simulated(*, n=8, noise=0.004, seed=0, truth=None):
    """Make n x n runs on a grid whose losses follow the law, with log-normal noise."""
    t = TRUE | (truth or {})
    sizes, seen = np.meshgrid(np.geomspace(5e7, 1e10, n), np.geomspace(1e9, 5e11, n))
    loss = t["E"] + t["A"] / sizes ** t["alpha"] + t["B"] / seen ** t["beta"]
    scatter = np.exp(noise * np.random.default_rng(seed).standard_normal(loss.shape))
    return pl.DataFrame(
        {"params": sizes.ravel(), "tokens": seen.ravel(), "loss": (loss * scatter).ravel()}
    )


@pytest.fixture
def runs():
    return Runs.from_frame(simulated())


@pytest.fixture
def hoffmann(data):
    """The 204 shared points that are among the 240 of Besiroglu et al."""
    path = data("chinchilla/hoffmann_points.csv")
    frame = pl.read_csv(path).rename({"N": "params", "D": "tokens"})
    table = Runs.from_frame(frame, source=str(path))
    return table.keep(frame["in_besiroglu_240"], "the five highest losses")
