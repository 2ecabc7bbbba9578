"""PyPI's chinchilla: BFGS from a grid of starts, in extended precision, over all cores.

The grid has the ranges of its README's example, with ``values`` of each parameter. ``mae=1``
keeps its own asymmetric absolute error; else its ``log_huber`` with the paper's delta, times
``scale``: its BFGS stops at a gradient of 1e-5, which is large for a mean of 4e-6. Its chart of
the fit, drawn in every call, is left out.
"""

from __future__ import annotations

import builtins
import os
import tempfile
from typing import TYPE_CHECKING

os.environ["MPLBACKEND"] = "Agg"

import chinchilla.core
import numpy as np
from chinchilla import Chinchilla
from chinchilla._metrics import asymmetric_mae, log_huber
from common import Stages
from law_common import arguments, read, write_fit

if TYPE_CHECKING:
    from collections.abc import Callable

STAGES = Stages()
DELTA = 1e-3
QUIET = 50
RANGES = {
    "E": (1.0, 2.0),
    "a": (1.0, 10.0),
    "b": (1.0, 10.0),
    "alpha": (0.1, 0.7),
    "beta": (0.1, 0.7),
}


def loss_of(options: dict[str, int]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Choose what is minimised."""
    if options["mae"]:
        return asymmetric_mae

    def scaled(seen: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        return options["scale"] * log_huber(seen, predicted, delta=DELTA)

    return scaled


def fit(model: Chinchilla) -> list[float]:
    """Fit, and return the objective that each start ended at.

    It keeps the best end only. Its module takes that with ``min``, and is lent one that looks.
    """
    ends: list[float] = []

    def look(found, key):
        ends.extend(key(one) for one in found)
        return builtins.min(found, key=key)

    chinchilla.core.min = look
    model.fit()
    return ends


def main() -> None:
    """Put the runs into its database, and fit."""
    path, options = arguments({"values": 3, "mae": 0, "scale": 1})
    rows = read(path)
    with tempfile.TemporaryDirectory() as folder:
        model = Chinchilla(
            folder,
            param_grid={
                name: np.linspace(low, high, options["values"])
                for name, (low, high) in RANGES.items()
            },
            loss_fn=loss_of(options),
            log_level=QUIET,
        )
        model.visualizer.optim = lambda *_, **__: None
        for params, tokens, loss in rows:
            model.append(N=params, D=tokens, loss=loss)
        STAGES.done("read")
        ends = fit(model)
    STAGES.done("starts")
    grid = options["values"] ** len(RANGES)
    # It minimises the mean, and others the sum.
    unit = len(rows) / options["scale"]
    sums = [] if options["mae"] else [end * unit for end in ends]
    write_fit(model.params, STAGES, objectives=sums, counts={"starts": (grid, grid)})


if __name__ == "__main__":
    main()
