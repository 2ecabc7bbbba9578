"""Made-up games against a baseline, with the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from theodolite.tables import VERDICTS, Judgments

BASE = "base"


@dataclass(frozen=True)
class World:
    """How a judge comes to its verdicts.

    ``strengths`` are the models', ``position`` what being shown first adds, ``cuts`` the two
    thresholds; ``question`` and ``answer`` are the spreads of what all models, or both orders of
    one model, share on a question.
    """

    strengths: tuple[float, ...] = (-2.0, -0.3, 0.4, 1.5)
    position: float = 0.4
    cuts: tuple[float, float] = (0.4, 1.6)
    question: float = 0.0
    answer: float = 0.0

    @property
    def names(self) -> list[str]:
        return [f"m{i}" for i in range(len(self.strengths))]

    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the true scores, in percent, and what the published recipe aims at."""
        node, weight = np.polynomial.hermite_e.hermegauss(61)
        spread = np.hypot(self.question, self.answer) * node
        weight = weight / weight.sum()
        score, won, rows = (np.zeros(len(self.strengths)) for _ in range(3))
        for sign in (-1.0, 1.0):
            eta = np.array(self.strengths)[:, None] + spread + sign * self.position
            above = [1 / (1 + np.exp(-(eta - cut))) @ weight for cut in self._all_cuts()]
            p = -np.diff(np.array([np.ones(len(eta)), *above, np.zeros(len(eta))]), axis=0)
            score += 50.0 * (p[4] + p[3] + p[2] / 2)
            copies = np.array([3, 1, 1, 1, 3])[:, None] * p
            won += copies[4] + copies[3] + copies[2] / 2
            rows += copies.sum(axis=0)
        return score, 100.0 * won / rows

    def games(self, n_questions: int, seed: int) -> pl.DataFrame:
        """Draw both games of every model on every question."""
        rng = np.random.default_rng(seed)
        shape = (len(self.strengths), n_questions)
        latent = np.array(self.strengths)[:, None] + self.answer * rng.normal(size=shape)
        latent = latent + self.question * rng.normal(size=n_questions)
        parts = []
        for game, sign in ((1, -1.0), (2, 1.0)):
            eta = latent + sign * self.position + rng.logistic(size=shape)
            parts.append(game_frame(np.digitize(eta, self._all_cuts()), game, self.names))
        return pl.concat(parts)

    def _all_cuts(self) -> list[float]:
        low, high = self.cuts
        return [-high, -low, low, high]


def game_frame(level: np.ndarray, game: int, names: list[str]) -> pl.DataFrame:
    """Write levels from the model's side, (K, Q), as games: 1 shows the baseline first."""
    k, n = level.shape
    model = np.repeat(names, n)
    base = np.full(k * n, BASE)
    a, b = (base, model) if game == 1 else (model, base)
    shown = level.ravel() if game == 1 else 4 - level.ravel()
    return pl.DataFrame(
        {
            "item_id": np.tile(np.arange(n), k),
            "game": game,
            "judge": "judge",
            "model_a": a,
            "model_b": b,
            "verdict": np.array(VERDICTS)[shown],
        }
    )


def judged(first: list[list[int]], second: list[list[int]]) -> Judgments:
    """Make games from levels 0 to 4, a list a model: shown first, and shown second."""
    names = [f"m{i}" for i in range(len(first))]
    frames = [game_frame(np.array(second), 1, names), game_frame(np.array(first), 2, names)]
    return Judgments.from_frame(pl.concat(frames))


def table(frame: pl.DataFrame) -> Judgments:
    return Judgments.from_frame(frame)


def by_name(board) -> dict[str, dict]:
    return {row["model"]: row for row in board.models.to_dicts()}
