"""A slow reference for style and shift: votes one by one, influence functions made explicit.

Log-likelihoods are written from the definitions; gradients are complex steps (exact to rounding),
Hessians central differences of these, maxima those of a general optimiser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2

if TYPE_CHECKING:
    import polars as pl

CREDIT = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}
POINTS = 400 / np.log(10)


class SlowVotes:
    """One board from some votes of a table, with or without style.

    ``x`` is theta, then nu or eta, kappa, lambda (none for half-win), then gamma; ``influence`` has
    a row for every vote of the table, zero for those that ``rows`` leaves out.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        rule: str = "half-win",
        features: tuple[str, ...] = (),
        *,
        rows: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> None:
        n = frame.height
        self.rule, self.rows = rule, np.arange(n) if rows is None else rows
        inside = frame[self.rows.tolist()]
        self.models = sorted(set(inside["model_a"].to_list()) | set(inside["model_b"].to_list()))
        number = {m: i for i, m in enumerate(self.models)}
        votes = inside.to_dicts()
        self.a = np.array([number[v["model_a"]] for v in votes])
        self.b = np.array([number[v["model_b"]] for v in votes])
        self.winner = np.array([str(v["winner"]) for v in votes])
        self.credit = np.array([v.get("share_a", CREDIT[str(v["winner"])]) for v in votes])
        given = np.array([v.get("weight", 1.0) for v in votes])
        self.w = given if weight is None else weight[self.rows]
        self.z = np.array([[contrast(v, f) for f in features] for v in votes])
        self.z = self.z.reshape(len(votes), len(features))
        k, ties = len(self.models), 0 if rule == "half-win" else 3
        self.basis = np.zeros((k + ties + len(features), k - 1 + ties + len(features)))
        self.basis[: k - 1, : k - 1] = np.eye(k - 1)
        self.basis[k - 1, : k - 1] = -1.0
        self.basis[k:, k - 1 :] = np.eye(ties + len(features))
        free = self._maximise(ties)
        self.x = self.basis @ free
        self.information = self._information(free)
        self.own_scores = self.scores(free)
        steps = self.own_scores @ np.linalg.inv(self.information)
        self.influence = np.zeros((n, len(self.x)))
        self.influence[self.rows] = steps @ self.basis.T

    @property
    def theta(self) -> np.ndarray:
        return self.x[: len(self.models)]

    @property
    def ties(self) -> np.ndarray:
        k = len(self.models)
        return self.x[k : k + (0 if self.rule == "half-win" else 3)]

    @property
    def gamma(self) -> np.ndarray:
        return self.x[len(self.x) - self.z.shape[1] :]

    def logs(self, x: np.ndarray) -> np.ndarray:
        """Weighted log-likelihood of each vote; real or complex."""
        k = len(self.models)
        theta, gamma = x[:k], x[len(x) - self.z.shape[1] :]
        d = theta[self.a] - theta[self.b] + self.z @ gamma
        if self.rule == "half-win":
            up, down = 1 / (1 + np.exp(-d)), 1 / (1 + np.exp(d))
            return self.w * (self.credit * np.log(up) + (1 - self.credit) * np.log(down))
        tie, kappa, slope = x[k : k + 3]
        bad = 1 / (1 + np.exp(slope * (theta[self.a] + theta[self.b]) / 2 - kappa))
        if self.rule == "davidson":
            total = np.exp(d / 2) + np.exp(-d / 2) + tie
            win, loss = np.exp(d / 2) / total, np.exp(-d / 2) / total
        else:
            win, loss = 1 / (1 + tie * np.exp(-d)), 1 / (1 + tie * np.exp(d))
        good = {"model_a": win, "model_b": loss, "tie": 1 - win - loss}
        chance = np.choose(
            np.array([[*good, "both_bad"].index(o) for o in self.winner]),
            [*(p * (1 - bad) for p in good.values()), bad],
        )
        return self.w * np.log(chance)

    def scores(self, free: np.ndarray) -> np.ndarray:
        """Score of each vote by the free parameters, (N, P)."""
        steps = 1e-30j * np.eye(len(free))
        out = [self.logs(self.basis @ (free + step)).imag / 1e-30 for step in steps]
        return np.stack(out, axis=1)

    def curvature(self, free: np.ndarray, keep: np.ndarray) -> np.ndarray:
        """Negative Hessian of some votes' log-likelihood, (P, P)."""
        h, p = 1e-5, len(free)
        rows = [
            (self.scores(free - h * e)[keep] - self.scores(free + h * e)[keep]).sum(axis=0)
            for e in np.eye(p)
        ]
        out = np.stack(rows) / (2 * h)
        return (out + out.T) / 2

    def _information(self, free: np.ndarray) -> np.ndarray:
        return self.curvature(free, np.ones(len(self.a), dtype=bool))

    def _maximise(self, ties: int) -> np.ndarray:
        k, p = len(self.models), self.basis.shape[1]
        start = np.zeros(p)
        if ties:
            start[k - 1 : k + 2] = [0.5 if self.rule == "davidson" else 1.5, -1.0, 0.1]
        low = [(None, None)] * p
        if ties:
            low[k - 1] = (1e-3 if self.rule == "davidson" else 1.0 + 1e-3, None)
        found = minimize(
            lambda v: -self.logs(self.basis @ v).sum(),
            start,
            jac=lambda v: -self.scores(v).sum(axis=0),
            method="L-BFGS-B",
            bounds=low,
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-8},
        )
        free = found.x
        for _ in range(4):  # the optimiser stops at its own precision; polish
            free = free + np.linalg.solve(self._information(free), self.scores(free).sum(axis=0))
        return free

    def profile(self) -> np.ndarray:
        """Style of each model: least squares of z on p_a - p_b, centred, (K, F)."""
        k = len(self.models)
        design = np.zeros((len(self.a), k))
        for row, (a, b) in enumerate(zip(self.a, self.b, strict=True)):
            design[row, a] += 1
            design[row, b] -= 1
        root = np.sqrt(self.w)[:, None]
        # Of all solutions lstsq gives the shortest, which is the centred one.
        return np.linalg.lstsq(design * root, self.z * root, rcond=None)[0]

    def groups_test(self, group: np.ndarray, clusters: np.ndarray | None = None):
        """Score test that groups of votes share the strengths: statistic, df, p.

        ``group`` and ``clusters`` are of the votes that were fitted.
        """
        free, t = np.linalg.lstsq(self.basis, self.x, rcond=None)[0], len(self.models) - 1
        members = [group == g for g in range(group.max() + 1)]
        own, of_group, information = np.zeros((len(group), t)), [], []
        for member in members:
            # What the group's own ties and style could take up is taken out of its scores.
            h = self.curvature(free, member)
            keep = np.hstack([np.eye(t), -h[:t, t:] @ np.linalg.pinv(h[t:, t:])])
            own[member] = self.own_scores[member] @ keep.T
            of_group.append(own * member[:, None])
            information.append((keep @ h)[:, :t])
        inverse = np.linalg.inv(sum(information))
        largest = np.bincount(group).argmax()
        rests = [
            mine - own @ (h @ inverse).T
            for g, (mine, h) in enumerate(zip(of_group, information, strict=True))
            if g != largest
        ]
        r = np.hstack(rests)
        u = r.sum(axis=0)
        statistic = u @ np.linalg.solve(summed(r, clusters), u)
        return statistic, len(u), chi2.sf(statistic, len(u))


def contrast(vote: dict[str, object], feature: str) -> float:
    one, two = float(vote[f"{feature}_a"]), float(vote[f"{feature}_b"])
    return 0.0 if one + two == 0 else (one - two) / (one + two)


def summed(influence: np.ndarray, clusters: np.ndarray | None = None) -> np.ndarray:
    """Covariance: sum of products over votes, or over clusters with C / (C - 1)."""
    if clusters is None:
        return sum(np.outer(row, row) for row in influence)
    labels = sorted(set(clusters.tolist()))
    parts = [influence[clusters == label].sum(axis=0) for label in labels]
    return len(labels) / (len(labels) - 1) * sum(np.outer(part, part) for part in parts)


def slow_change(
    before: SlowVotes, after: SlowVotes, clusters: np.ndarray | None = None
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Common models, their change in points, and its covariance, all centred over them."""
    common = [m for m in before.models if m in after.models]
    change, moves = [], []
    for board, sign in ((before, -1.0), (after, 1.0)):
        at = [board.models.index(m) for m in common]
        theta, influence = board.theta[at], board.influence[:, at]
        change.append(sign * (theta - theta.mean()))
        moves.append(sign * (influence - influence.mean(axis=1, keepdims=True)))
    return common, POINTS * sum(change), POINTS**2 * summed(sum(moves), clusters)


def slow_wald(change: np.ndarray, covariance: np.ndarray) -> tuple[float, int, float]:
    """Wald's test that centred changes are zero: drop one model, for they add up to zero."""
    u, v = change[:-1], covariance[:-1, :-1]
    statistic = u @ np.linalg.solve(v, u)
    return statistic, len(u), chi2.sf(statistic, len(u))
