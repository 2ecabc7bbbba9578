"""The recipe of Hoffmann et al. (2022) by SciPy, written afresh from its description.

The sum of Huber's function (delta 1e-3) of log residuals, the predicted log loss a log-sum-exp, is
minimised by L-BFGS-B from each start of a grid of 4,500, with numerical gradients. Besiroglu et
al. (2024) refit 4,000 resamples by BFGS from a single start, the printed law: ``resamples``. A
sample of either is run here, for the whole takes most of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from common import Stages
from law_common import arguments, read, write_fit
from scipy.optimize import minimize
from scipy.special import huber, logsumexp

STAGES = Stages()
DELTA = 1e-3
# e, a, b (logs of E, A, B), alpha, beta.
GRID = (
    (-1.0, -0.5, 0.0, 0.5, 1.0),
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    (0.0, 0.5, 1.0, 1.5, 2.0),
    (0.0, 0.5, 1.0, 1.5, 2.0),
)
PRINTED = (0.5267228, 6.0073404, 6.0179186, 0.33917084, 0.2849083)
TIGHT = {"gtol": 1e-9, "ftol": 1e-14, "maxiter": 2000, "maxfun": 100_000}
RESAMPLES = 4000
SEED = 0


@dataclass(frozen=True)
class Law:
    """The runs: logs of parameters, tokens and loss, (n,)."""

    params: np.ndarray
    tokens: np.ndarray
    loss: np.ndarray

    def objective(self, x: np.ndarray) -> float:
        """Sum Huber's function of the residuals."""
        e, a, b, alpha, beta = x
        floor = np.full(len(self.params), e)
        terms = np.stack([floor, a - alpha * self.params, b - beta * self.tokens])
        return float(huber(DELTA, self.loss - logsumexp(terms, axis=0)).sum())

    def rows(self, at: np.ndarray) -> Law:
        """Take some of the runs."""
        return Law(self.params[at], self.tokens[at], self.loss[at])


def from_grid(law: Law, count: int, *, tight: bool) -> tuple[np.ndarray, list[float]]:
    """Minimise from ``count`` starts, evenly over the grid; the best, and all objectives.

    The step has no factor in common with the grid's sides, so that it does not skip any value.
    """
    grid = list(product(*GRID))
    options = TIGHT if tight else {}
    found = [
        minimize(law.objective, start, method="L-BFGS-B", options=options)
        for start in grid[:: len(grid) // count + 1]
    ]
    best = min(found, key=lambda one: one.fun)
    return best.x, [float(one.fun) for one in found]


def resample(law: Law, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Refit ``count`` resamples, each from the printed law alone; return rows and laws."""
    size = len(law.loss)
    rows = np.random.default_rng(SEED).integers(0, size, (count, size))
    ends = [minimize(law.rows(at).objective, PRINTED, method="BFGS").x for at in rows]
    return rows, natural(np.array(ends))


def natural(x: np.ndarray) -> np.ndarray:
    """Turn logs into E, A and B."""
    return np.concatenate([np.exp(x[..., :3]), x[..., 3:]], axis=-1)


def main() -> None:
    """Fit from the grid, or from the printed law with resamples."""
    path, options = arguments({"starts": 0, "resamples": 0, "tight": 0})
    law = Law(*np.log(np.array(read(path))).T)
    STAGES.done("read")
    counts, errors, draws = {}, {}, []
    if options["starts"]:
        best, objectives = from_grid(law, options["starts"], tight=bool(options["tight"]))
        STAGES.done("starts")
        counts["starts"] = (len(objectives), int(np.prod([len(side) for side in GRID])))
    else:
        found = minimize(law.objective, PRINTED, method="BFGS")
        best, objectives = found.x, [float(found.fun)]
        STAGES.done("start")
        counts["start"] = (1, 1)
    if options["resamples"]:
        rows, ends = resample(law, options["resamples"])
        STAGES.done("resamples")
        counts["resamples"] = (len(ends), RESAMPLES)
        alpha, beta = ends[:, 3:].std(axis=0, ddof=1)
        errors = {"alpha": alpha, "beta": beta}
        draws = list(zip(rows, ends, strict=True))
    parameters = dict(zip(("E", "A", "B", "alpha", "beta"), natural(best), strict=True))
    write_fit(parameters, STAGES, objectives=objectives, counts=counts, errors=errors, draws=draws)


if __name__ == "__main__":
    main()
