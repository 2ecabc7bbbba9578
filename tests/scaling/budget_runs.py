"""Runs at budgets, of a known optimum: N = 0.08 C^0.51 parameters, bent as a parabola or a law."""

import numpy as np
import polars as pl

from theodolite.tables import Runs

EXPONENT, SCALE = 0.51, 0.08
BUDGETS = tuple(np.geomspace(6e18, 3e21, 9))
LAW = {"E": 1.82, "A": 482.0, "B": 2085.0, "alpha": 0.348, "beta": 0.366}


def best_params(flops):
    return SCALE * np.asarray(flops, float) ** EXPONENT


def lowest(flops):
    return 1.7 + 1e3 * np.asarray(flops, float) ** -0.155


def law_best(flops):
    """The optimum of LAW, by its own equation."""
    alpha, beta = LAW["alpha"], LAW["beta"]
    gain = alpha * LAW["A"] / (beta * LAW["B"])
    return gain ** (1 / (alpha + beta)) * (np.asarray(flops) / 6) ** (beta / (alpha + beta))


def law_loss(params, flops):
    tokens = flops / 6 / params
    return LAW["E"] + LAW["A"] / params ** LAW["alpha"] + LAW["B"] / tokens ** LAW["beta"]


def budget_runs(
    budgets=BUDGETS, n=7, *, half=1.2, skew=0.0, noise=0.004, between=0.0, spread=1.0, law=False,
    seed=0,
):  # fmt: skip
    """Runs as a frame: n sizes within exp(half) of the optimum at each budget.

    ``between`` moves each budget's own optimum; noise falls by ``spread`` from first to last.
    """
    rng = np.random.default_rng(seed)
    flops = np.repeat(budgets, n)
    size = np.tile(np.linspace(-half, half, n) + skew, len(budgets))
    size += rng.uniform(-half / n, half / n, len(size))
    moved = np.repeat(between * rng.standard_normal(len(budgets)), n)
    deviation = noise * spread ** np.repeat(np.linspace(0, 1, len(budgets)), n)
    if law:
        params = law_best(flops) * np.exp(size)
        loss = law_loss(params * np.exp(-moved), flops)
    else:
        params = best_params(flops) * np.exp(size)
        loss = lowest(flops) + 0.05 * (size - moved) ** 2
    loss = loss + deviation * rng.standard_normal(len(size))
    return pl.DataFrame({"params": params, "tokens": flops / (6 * params), "loss": loss})


def runs_of(**options):
    return Runs.from_frame(budget_runs(**options))
