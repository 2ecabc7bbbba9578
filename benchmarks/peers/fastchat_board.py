"""The method of FastChat's leaderboard, written afresh: no line of it is FastChat's.

Votes are grouped into distinct (model, model, outcome) rows with counts. Half-win Bradley-Terry
is fitted to them by L-BFGS-B (gradient tolerance 1e-6, at most 100 iterations, from zero), on the
scale where 1 is a factor of 10 in odds. Each resample draws the counts anew from a multinomial
and is fitted again from zero, over all cores; the interval is from the 2.5th to the 97.5th
percentile.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
from common import COLUMNS, Stages, arguments, write_board
from scipy.optimize import minimize
from scipy.special import expit, log_expit

STAGES = Stages()
LOG_BASE = math.log(10.0)
SEED = 0


@dataclass(frozen=True)
class Rows:
    """Distinct rows: two models and the share of the first, (R,); and how many models."""

    first: np.ndarray
    second: np.ndarray
    share: np.ndarray
    models: int

    def loss(self, rating: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log likelihood and its gradient."""
        gap = LOG_BASE * (rating[self.first] - rating[self.second])
        lost = 1.0 - self.share
        value = -np.sum(weight * (self.share * log_expit(gap) + lost * log_expit(-gap)))
        slope = LOG_BASE * weight * (expit(gap) - self.share)
        up = np.bincount(self.first, weights=slope, minlength=self.models)
        return float(value), up - np.bincount(self.second, weights=slope, minlength=self.models)

    def fit(self, weight: np.ndarray, tight: bool = False) -> np.ndarray:  # noqa: FBT001, FBT002
        """Find the natural log strengths."""
        options = {"gtol": 1e-6, "maxiter": 100}
        if tight:
            options = {"gtol": 1e-12, "ftol": 0.0, "maxiter": 10_000, "maxfun": 10_000}
            weight = weight / weight.sum()
        start = np.zeros(self.models)
        found = minimize(
            self.loss, start, args=(weight,), jac=True, method="L-BFGS-B", options=options
        )
        return found.x * LOG_BASE


def group(frame: pd.DataFrame) -> tuple[Rows, np.ndarray, list[str]]:
    """Count the distinct rows."""
    codes, models = pd.factorize(pd.concat([frame["model_a"], frame["model_b"]]))
    first, second = np.split(codes, 2)
    outcome = frame["winner"].map({"model_a": 2, "tie": 1, "model_b": 0})
    table = np.column_stack([first, second, outcome]).astype(np.int32)
    cells, counts = np.unique(table, axis=0, return_counts=True)
    rows = Rows(cells[:, 0], cells[:, 1], cells[:, 2] / 2.0, len(models))
    return rows, counts.astype(np.float64), list(models)


def resample(rows: Rows, counts: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Refit to ``n`` redrawn counts, over all cores; the ends of the intervals."""
    total = counts.sum()
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(int(total), counts / total, size=n) / total
    with multiprocessing.Pool(os.cpu_count()) as pool:
        strengths = np.array(list(pool.imap_unordered(rows.fit, drawn)))
    low, high = np.percentile(strengths, [2.5, 97.5], axis=0)
    return low, high


def main() -> None:
    """Read, group, fit, resample."""
    path, resamples, tight = arguments()
    frame = pd.read_parquet(path, columns=COLUMNS)
    STAGES.done("read")
    rows, counts, models = group(frame)
    STAGES.done("group")
    strength = rows.fit(counts, tight)
    STAGES.done("fit")
    ends = None
    if resamples:
        ends = resample(rows, counts, resamples)
        STAGES.done("intervals")
    write_board(models, strength, ends, STAGES)


if __name__ == "__main__":
    main()
