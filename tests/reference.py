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


class SlowTies:
    """Davidson or Rao-Kupper with both_bad, by a general optimiser and finite differences.

    Parameters in order: K strengths, nu or eta, kappa, lambda.
    """

    def __init__(self, frame: pl.DataFrame, rule: str, cluster: str | None = None) -> None:
        self.rule = rule
        self.models = sorted(set(frame["model_a"].to_list()) | set(frame["model_b"].to_list()))
        number = {m: i for i, m in enumerate(self.models)}
        self.votes = [
            (number[r["model_a"]], number[r["model_b"]], r["winner"], r.get("weight", 1.0))
            for r in frame.to_dicts()
        ]
        self.clusters = frame[cluster].to_list() if cluster else list(range(len(self.votes)))
        k = len(self.models)
        start = np.concatenate([np.zeros(k - 1), [0.5 if rule == "davidson" else 1.5, -1.0, 0.1]])
        found = minimize(
            lambda z: -self.log_likelihood(z), start, method="BFGS", options={"gtol": 1e-7}
        )
        self.z = found.x
        self.x = self.full(self.z)

    def full(self, z: np.ndarray) -> np.ndarray:
        """The last strength is minus the sum of the others."""
        k = len(self.models)
        return np.concatenate([z[: k - 1], [-z[: k - 1].sum()], z[k - 1 :]])

    def chance(self, x: np.ndarray, a: int, b: int, winner: str) -> float:
        theta, (tie, kappa, slope) = x[: len(self.models)], x[len(self.models) :]
        strong, weak = math.exp(theta[a]), math.exp(theta[b])
        bad = 1 / (1 + math.exp(slope * (theta[a] + theta[b]) / 2 - kappa))
        if self.rule == "davidson":
            total = strong + weak + tie * math.sqrt(strong * weak)
            win, loss = strong / total, weak / total
        else:
            win, loss = strong / (strong + tie * weak), weak / (weak + tie * strong)
        good = {"model_a": win, "model_b": loss, "tie": 1 - win - loss}
        return bad if winner == "both_bad" else (1 - bad) * good[winner]

    def terms(self, z: np.ndarray) -> np.ndarray:
        x = self.full(z)
        chances = [max(self.chance(x, a, b, o), 1e-300) for a, b, o, _ in self.votes]
        return np.array([w for *_, w in self.votes]) * np.log(chances)

    def log_likelihood(self, z: np.ndarray) -> float:
        return float(self.terms(z).sum())

    def covariance(self) -> np.ndarray:
        """The sandwich of (theta, nu or eta, kappa, lambda), by finite differences."""
        h, n = 1e-4, len(self.z)
        steps = h * np.eye(n)
        scores = np.stack(
            [(self.terms(self.z + e) - self.terms(self.z - e)) / (2 * h) for e in steps]
        )
        sums: dict[object, np.ndarray] = {}
        for label, score in zip(self.clusters, scores.T, strict=True):
            sums[label] = sums.get(label, np.zeros(n)) + score
        meat = sum(np.outer(s, s) for s in sums.values())
        if len(sums) < len(self.votes):
            meat = meat * len(sums) / (len(sums) - 1)
        hessian = np.empty((n, n))
        for i in range(n):
            for j in range(n):
                f = self.log_likelihood
                ei, ej = steps[i], steps[j]
                hessian[i, j] = (
                    f(self.z + ei + ej)
                    - f(self.z + ei - ej)
                    - f(self.z - ei + ej)
                    + f(self.z - ei - ej)
                ) / (4 * h * h)
        bread = np.linalg.inv(-hessian)
        jacobian = np.stack([self.full(e) for e in np.eye(n)], axis=1)
        return jacobian @ bread @ meat @ bread @ jacobian.T
