r"""One likelihood over both games of every question.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     strength of a contender against its baseline, whose own is 0
delta     what being shown first adds, for the model or, turned, for the baseline
z, gamma  style of the model's answer less the baseline's, and its coefficients
eta       theta +- delta + z' gamma, + where the model is shown first
b_1       threshold between a tie and a win
g(eta)    (F(eta - b_1) + F(eta + b_1)) / 2 = P(win) + P(tie) / 2
s         50 (g(theta + delta) + g(theta - delta)), the score at equal style
V         H^-1 B H^-1, B over questions with the factor G / (G - 1)
========  ==================================================================================

Verdicts are ordered, so a "much better" tells more than a "better" without being copied;
:mod:`theodolite.scoring.arena_hard.reading` says how finely they are read. Where a shared position
has no finite estimate (it decided every game, or a single model never lost in one order) it is left
out, which changes nothing in the mean over both orders.

A parameter that fewer than five questions move leaves the sandwich next to nothing to measure: its
variance is then at least the likelihood's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.errors import NotIdentifiedError, TooFewError, TooLargeError
from theodolite.scoring.arena_hard.reading import LADDER, Reading
from theodolite.stats import OrdinalFit, OrdinalModel, cluster_sums, fit_ordinal, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.games import Games

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["GamesFit", "Position", "fit_games"]

Position = Literal["shared", "model", "none"]
FEW = 5
# A variance below this part of the likelihood's own is rounding error.
NOTHING = 1e-8
MOST_CELLS = 200_000_000


@dataclass(frozen=True)
class GamesFit:
    """The fit, and what it makes of every contender.

    Attributes
    ----------
    reading
        How finely the verdicts were read: one of the ladder's names.
    coarse
        Whether all five verdicts, though given, had no finite estimate.
    side
        1 where a contender won everything, -1 where it lost everything, else 0, (C,).
    fit
        The likelihood's maximum; ``None`` where every contender is set apart.
    finite
        The contenders in it, (K,).
    covariance
        V, of all parameters.
    influence
        By how much each question moves them: the rows are the questions of ``games``, in order.
    first_map, second_map
        What makes eta of each contender, shown first and second, of the parameters, (K, P).
    names
        The parameters beside the strengths and thresholds: ``position``, then the features.
    position
        How position was treated: ``none`` where a shared one had no finite estimate.
    n_questions
        G.
    levels
        Which of the five verdicts each level stands for, from the model's side.
    games, row, shares
        The games in the fit, (N,), the row of each, and the weight of its levels, (N, L).
    """

    reading: str
    coarse: bool
    side: Indices
    fit: OrdinalFit | None
    finite: Indices
    covariance: Floats
    influence: Floats
    first_map: Floats
    second_map: Floats
    names: tuple[str, ...]
    position: Position
    n_questions: int
    levels: tuple[tuple[int, ...], ...]
    games: Games
    row: Indices
    shares: Floats

    def scores(self) -> tuple[Floats, Floats]:
        """Give s of the finite contenders, (K,), in [0, 1], and its gradient, (K, P)."""
        if self.fit is None:
            return np.zeros(0), np.zeros((0, 0))
        x, cut = self.fit.x, self.fit.tie_cut
        total, gradient = np.zeros(len(self.finite)), np.zeros(self.first_map.shape)
        for made in (self.first_map, self.second_map):
            eta = made @ x
            above, below = sigmoid(eta - cut), sigmoid(eta + cut)
            slopes = above * (1.0 - above), below * (1.0 - below)
            total += (above + below) / 4.0
            gradient += (slopes[0] + slopes[1])[:, None] * made / 4.0
            if self.fit.model.n_verdicts % 2:
                tie = self.fit.model.size - len(self.fit.cuts)
                gradient[:, tie] += (slopes[1] - slopes[0]) / 4.0
        return total, gradient

    def score_covariance(self) -> Floats:
        """Covariance of s, (K, K)."""
        _, gradient = self.scores()
        return np.asarray(gradient @ self.covariance @ gradient.T, dtype=np.float64)

    def strengths(self) -> tuple[Floats, Floats]:
        """Give theta of the finite contenders and their standard errors, (K,) each."""
        if self.fit is None:
            return np.zeros(0), np.zeros(0)
        made = (self.first_map + self.second_map) / 2.0
        variance = np.einsum("kp,pq,kq->k", made, self.covariance, made)
        return made @ self.fit.x, np.sqrt(np.maximum(variance, 0.0))


def fit_games(games: Games, *, position: Position = "shared") -> GamesFit:
    """Fit strengths, thresholds, position and style, with a sandwich clustered by question.

    Parameters
    ----------
    games
        The games; those without a verdict are passed over.
    position
        Whether being shown first counts alike for all models, for each its own way, or not at
        all.

    Raises
    ------
    TooFewError
        There is a single question, which leaves no interval.
    TooLargeError
        Questions times contenders are too many.
    NotIdentifiedError
        No reading of the verdicts has a finite estimate.
    """
    games = games.where(games.read)
    n_questions = len(np.unique(games.item))
    if n_questions < 2:  # noqa: PLR2004
        raise TooFewError("all games are of a single question, which leaves no interval")
    if n_questions * games.n_contenders > MOST_CELLS:
        raise TooLargeError(
            f"{n_questions:,} questions times {games.n_contenders:,} models are more than "
            f"{MOST_CELLS:,}: choose models (--where)"
        )
    for place in (position, "none") if position == "shared" else (position,):
        for step in range(len(LADDER)):
            try:
                return _fit(games, Reading.of(games, step), place, step=step)
            except NotIdentifiedError:
                continue
    raise NotIdentifiedError(
        "the verdicts have no finite estimate: the answer with more of a style won every game, a "
        "style cannot be told from the models, or a model won every game in one order. Leave it "
        "out (fewer features of --style, --position shared), or add judgments."
    )


def _fit(games: Games, read: Reading, position: Position, *, step: int) -> GamesFit:
    finite = np.flatnonzero(read.side == 0)
    part, shares = games.where(read.inside), read.shares[read.inside]
    rows = _Rows.of(part, np.searchsorted(finite, part.contender), position, n=len(finite))
    fit, moved, covariance = None, np.zeros((0, 0)), np.zeros((0, 0))
    if len(finite):
        fit = fit_ordinal(rows.model(shares), held=[rows.n_strengths])
        moved = _influence(fit, rows, part, shares)
        covariance = _covariance(fit, moved)
    maps = rows.maps(len(finite), len(covariance))
    return GamesFit(
        reading=read.name,
        coarse=step > 0,
        side=read.side,
        fit=fit,
        finite=finite,
        covariance=covariance,
        influence=moved,
        first_map=maps[0],
        second_map=maps[1],
        names=(*(("position",) if position == "shared" else ()), *games.features),
        position=position,
        n_questions=len(np.unique(games.item)),
        levels=read.levels,
        games=part,
        row=rows.row,
        shares=shares,
    )


@dataclass(frozen=True)
class _Rows:
    """Games grouped where nothing tells them apart but the verdict.

    With style every game is a row. With a position of each model's own, a model is two strengths:
    one shown first, one shown second.
    """

    position: Position
    n_strengths: int
    strength: Indices
    covariates: Floats
    row: Indices

    @classmethod
    def of(cls, games: Games, strength: Indices, position: Position, *, n: int) -> _Rows:
        sign = np.where(games.first, 1.0, -1.0)
        if position == "model":
            strength, n = 2 * strength + ~games.first, 2 * n
        place = [sign] if position == "shared" else []
        if games.features:
            covariates = np.column_stack([*place, games.style])
            return cls(position, n, strength, covariates, np.arange(len(strength)))
        cell = 2 * strength + games.first
        there, row = np.unique(cell, return_inverse=True)
        own = np.where(there % 2 == 1, 1.0, -1.0)[:, None]
        covariates = own if position == "shared" else np.zeros((len(there), 0))
        return cls(position, n, there // 2, covariates, row)

    def model(self, shares: Floats) -> OrdinalModel:
        """Put the games together as a likelihood; the baselines are one contender more."""
        weight = np.column_stack(
            [np.bincount(self.row, share, len(self.strength)) for share in shares.T]
        ).astype(np.float64)
        held = np.full(len(self.strength), self.n_strengths)
        return OrdinalModel(self.n_strengths + 1, self.strength, held, weight, self.covariates)

    def maps(self, n: int, size: int) -> tuple[Floats, Floats]:
        """Say of what parameters eta is made, shown first and shown second."""
        one, two = np.zeros((n, size)), np.zeros((n, size))
        every = np.arange(n)
        if not n:
            return one, two
        if self.position == "model":
            one[every, 2 * every] = two[every, 2 * every + 1] = 1.0
            return one, two
        one[every, every] = two[every, every] = 1.0
        if self.position == "shared":
            one[:, n + 1], two[:, n + 1] = 1.0, -1.0
        return one, two


def _influence(fit: OrdinalFit, rows: _Rows, games: Games, shares: Floats) -> Floats:
    """By how much each question moves each parameter, (G, P)."""
    _, cluster = np.unique(games.item, return_inverse=True)
    count = int(cluster.max()) + 1
    if count < 2:  # noqa: PLR2004
        raise TooFewError("all games that decide anything are of a single question")
    scores = fit.model.game_scores(fit.x, rows.row, shares)
    return np.asarray(cluster_sums(scores, cluster, count) @ fit.inverse, dtype=np.float64)


def _covariance(fit: OrdinalFit, moved: Floats) -> Floats:
    """V, with questions as clusters, and no parameter known better than its questions allow.

    Where fewer than five questions, as their fourth moment counts them, make up a variance, the
    likelihood's own is the least that it can be.
    """
    count = len(moved)
    covariance = moved.T @ moved * (count / (count - 1.0))
    own, least = np.diag(covariance), np.diag(fit.inverse)
    square = moved**2
    fourth = np.maximum((square**2).sum(axis=0), np.finfo(float).tiny)
    few = (square.sum(axis=0) ** 2 < FEW * fourth) | (own < NOTHING * least)
    covariance[np.diag_indices_from(covariance)] += np.where(few, np.maximum(least - own, 0.0), 0.0)
    return np.asarray(covariance, dtype=np.float64)
