"""Runs of worlds in which models saturate, or do not."""

import numpy as np
import polars as pl

from tests.scaling.conftest import TRUE
from theodolite.tables import Runs

SIZES = np.geomspace(5e7, 5e9, 5)
RATIOS = np.geomspace(4.0, 512.0, 8)


def world(kind="law", *, noise=0.004, seed=0, sizes=SIZES, ratios=RATIOS):
    """Simulate runs: ``law``, ``saturated`` or ``half`` over the last factor of 8, or a line."""
    n, m = (x.ravel() for x in np.meshgrid(sizes, ratios, indexing="ij"))
    d = n * m
    seen = np.minimum(d, n * ratios.max() / 8.0)
    law = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / d ** TRUE["beta"]
    stays = TRUE["E"] + TRUE["A"] / n ** TRUE["alpha"] + TRUE["B"] / seen ** TRUE["beta"]
    mean = {
        "law": law,
        "saturated": stays,
        "half": (law + stays) / 2.0,
        "line": 6.2 - 0.08 * np.log(n) - 0.12 * np.log(d / 1e9),
    }[kind]
    scatter = np.exp(noise * np.random.default_rng(seed).standard_normal(len(n)))
    return pl.DataFrame({"params": n, "tokens": d, "loss": mean * scatter})


def runs_of(*args, **settings):
    """Return them as runs."""
    return Runs.from_frame(world(*args, **settings))
