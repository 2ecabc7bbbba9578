"""Slow references, written from the definitions alone: one vote at a time, general optimisers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    import polars as pl

CREDIT = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}


class SlowBradleyTerry:
    """Bradley-Terry by a general optimiser over a list of votes (a, b, credit, weight, cluster)."""

    def __init__(self, frame: pl.DataFrame, cluster: str | None = None) -> None:
        self.models = sorted(set(frame["model_a"].to_list()) | set(frame["model_b"].to_list()))
        number = {m: i for i, m in enumerate(self.models)}
        self.votes = [
            (
                number[row["model_a"]],
                number[row["model_b"]],
                row.get("share_a", CREDIT[row["winner"]]),
                row.get("weight", 1.0),
                row[cluster] if cluster else n,
            )
            for n, row in enumerate(frame.to_dicts())
        ]
        self.theta = self._maximise()

    def _loss(self, theta: np.ndarray) -> float:
        total = 0.0
        for a, b, y, w, _ in self.votes:
            p = 1.0 / (1.0 + math.exp(theta[b] - theta[a]))
            total -= w * (y * math.log(p) + (1.0 - y) * math.log(1.0 - p))
        return total

    def _gradient(self, theta: np.ndarray) -> np.ndarray:
        return -sum(self._scores(theta), np.zeros(len(theta)))

    def _scores(self, theta: np.ndarray) -> list[np.ndarray]:
        out = []
        for a, b, y, w, _ in self.votes:
            score = np.zeros(len(theta))
            p = 1.0 / (1.0 + math.exp(theta[b] - theta[a]))
            score[a], score[b] = w * (y - p), -w * (y - p)
            out.append(score)
        return out

    def _hessian(self, theta: np.ndarray) -> np.ndarray:
        out = np.zeros((len(theta), len(theta)))
        for a, b, _, w, _ in self.votes:
            p = 1.0 / (1.0 + math.exp(theta[b] - theta[a]))
            x = np.zeros(len(theta))
            x[a], x[b] = 1.0, -1.0
            out += w * p * (1.0 - p) * np.outer(x, x)
        return out

    def _inverse(self, theta: np.ndarray) -> np.ndarray:
        return np.linalg.pinv(self._hessian(theta), rcond=1e-10, hermitian=True)

    def _maximise(self) -> np.ndarray:
        found = minimize(
            self._loss,
            np.zeros(len(self.models)),
            jac=self._gradient,
            method="BFGS",
            options={"gtol": 1e-11, "maxiter": 5000},
        )
        theta = found.x
        for _ in range(3):  # the optimiser stops at its own precision; polish
            theta = theta - self._inverse(theta) @ self._gradient(theta)
        return theta - theta.mean()

    def covariance(self) -> np.ndarray:
        """The sandwich, summed score by score over clusters."""
        sums: dict[object, np.ndarray] = {}
        for vote, score in zip(self.votes, self._scores(self.theta), strict=True):
            sums[vote[4]] = sums.get(vote[4], np.zeros(len(self.models))) + score
        meat = sum(np.outer(s, s) for s in sums.values())
        clustered = len(sums) < len(self.votes)
        factor = len(sums) / (len(sums) - 1) if clustered else 1.0
        bread = self._inverse(self.theta)
        return factor * bread @ meat @ bread
