r"""From a fit to scores: intervals that keep within 0 and 100, ranks, and paired contrasts.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_c       score of a contender (a model against one baseline), in percent
q_mc      share of model m's questions that were against the baseline of contender c
S_m       sum over c of q_mc s_c, the score of a model
n         questions of a model, or of one contender
t         Student's quantile with n - 1 degrees of freedom
========  ==================================================================================

The interval of a score is symmetric in its log-odds: logit(S / 100) +- t se(S) / (S (1 - S / 100)).

A contender that won everything has s = 100 and no finite strength. Each of its n questions is a
success of a coin whose probability is at most s / 100, so that s is at least
100 (1 - level)^(1 / n), exactly, however the two games of a question depend on each other. (Of
several contenders n is the sum: a weighted mean is at least the geometric one.) One that lost
everything is its mirror image.

Contrasts are differences of scores, all of them at once by the largest standardised one. A model
without a finite strength has no part in that: half of the error is then spent on one-sided bounds
of all models, from which its contrasts follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import Gaps, gap_p_values, ranks, sigmoid, simultaneous_margins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.fitting import GamesFit
    from theodolite.scoring.arena_hard.games import Games

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["N_DRAWS", "Standing", "standing_of"]

N_DRAWS = 4000


@dataclass(frozen=True)
class Standing:
    """Scores of M models (or contenders), in percent.

    Attributes
    ----------
    score, covariance
        S, (M,), and the covariance of what is finite in it, (M, M).
    side
        1 or -1 where a part won or lost everything, else 0, (M,).
    weights
        q, (M, C).
    ends, n
        Which contenders won or lost everything, 1 or -1, and their questions, (C,).
    questions
        Questions of each model, (M,).
    """

    score: Floats
    covariance: Floats
    side: Indices
    weights: Floats
    ends: Indices
    n: Indices
    questions: Indices

    @property
    def _df(self) -> Floats:
        return np.asarray(np.maximum(self.questions - 1.0, 1.0))

    @property
    def unbounded(self) -> Flags:
        """Which have no finite strength, (M,)."""
        return np.asarray(self.side != 0)

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Give both ends of each score's pointwise interval, (M,)."""
        return self._ends((1.0 + level) / 2.0, 1.0 - level)

    def one_sided(self, tail: float) -> tuple[Floats, Floats]:
        """Give a lower and an upper bound of each score, each of which fails with chance tail."""
        return self._ends(1.0 - tail, tail)

    def _ends(self, quantile: float, tail: float) -> tuple[Floats, Floats]:
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        t = np.asarray(stdtrit(self._df, quantile), dtype=np.float64)
        error = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        p = np.clip(self.score / 100.0, 1e-12, 1.0 - 1e-12)
        middle = np.log(p / (1.0 - p))
        half = t * error / 100.0 / (p * (1.0 - p))
        low, high = (100.0 * sigmoid(middle + sign * half) for sign in (-1.0, 1.0))
        # What won everything is at least so good, at the weight that it has.
        below, above = (self._slack(side, tail) for side in (1, -1))
        plain = t * error
        low = np.where(self.unbounded, self.score - plain - below, low)
        high = np.where(self.unbounded, self.score + plain + above, high)
        return np.clip(low, 0.0, 100.0), np.clip(high, 0.0, 100.0)

    def _slack(self, side: int, tail: float) -> Floats:
        """How far from its end the part of each model that won, or lost, everything may be."""
        at_end = self.ends == side
        n = (self.weights > 0) @ (self.n * at_end)
        share = self.weights @ at_end
        return np.asarray(100.0 * share * (1.0 - tail ** (1.0 / np.maximum(n, 1))))

    def contrasts(self, names: list[str], *, level: float, seed: int) -> pl.DataFrame:
        """Give one row a pair, the higher score first, all at ``level`` together."""
        margin, p = self._margins(level, seed)
        lead = self.score[:, None] - self.score
        low, high = lead - margin, lead + margin
        if self.unbounded.any():
            tail = (1.0 - level) / 2.0 / (2.0 * len(self.score))
            ends = self.one_sided(tail)
            some = self.unbounded[:, None] | self.unbounded
            low = np.where(some, ends[0][:, None] - ends[1], low)
            high = np.where(some, ends[1][:, None] - ends[0], high)
        order = np.argsort(-self.score, kind="stable")
        upper = np.triu_indices(len(order), 1)
        a, b = order[upper[0]], order[upper[1]]
        own = pl.Series(names, dtype=pl.String)
        frame = pl.DataFrame(
            {
                "model_a": own.gather(a),
                "model_b": own.gather(b),
                "difference": self.score[a] - self.score[b],
                "low": np.maximum(low[a, b], -100.0),
                "high": np.minimum(high[a, b], 100.0),
                "p_adjusted": p[a, b],
            }
        )
        better = (
            pl.when(pl.col("low") > 0)
            .then("model_a")
            .when(pl.col("high") < 0)
            .then("model_b")
            .otherwise(None)
        )
        return frame.with_columns(pl.col("p_adjusted").fill_nan(None), better=better)

    def _margins(self, level: float, seed: int) -> tuple[Floats, Floats]:
        """Half-widths among the finite, and Holm's p-values, (M, M)."""
        m, finite = len(self.score), np.flatnonzero(~self.unbounded)
        margin, p = np.full((m, m), np.inf), np.full((m, m), np.nan)
        if len(finite) > 1:
            joint = (1.0 + level) / 2.0 if len(finite) < m else level
            at = np.ix_(finite, finite)
            gaps = self._gaps(finite)
            margin[at] = simultaneous_margins(
                gaps, level=joint, n_draws=N_DRAWS, rng=np.random.default_rng(seed)
            )
            p[at] = gap_p_values(gaps)
        return margin, p

    def _gaps(self, finite: Indices) -> Gaps:
        covariance = self.covariance[np.ix_(finite, finite)]
        own, score, n = np.diag(covariance), self.score[finite], self.questions[finite]
        least = np.minimum(n[:, None], n)
        # Two models that never differed are not thereby equal: as two further questions would say.
        floor = 2.0 * (100.0 / (least + 2.0)) ** 2
        variance = np.maximum(own[:, None] + own - 2.0 * covariance, 0.0) + floor
        np.fill_diagonal(variance, 0.0)
        df = np.minimum(self._df[finite][:, None], self._df[finite])
        return Gaps(score[:, None] - score, variance, df, least)

    def places(self, pairs: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        """Give ``rank``, ``rank_low`` and ``rank_high`` of each model, in the order of names."""
        number = {name: i for i, name in enumerate(names)}
        better = np.zeros((len(names), len(names)), dtype=bool)
        told = pairs.filter(pl.col("better").is_not_null())
        a, b = (
            told[side].replace_strict(number, return_dtype=pl.Int64).to_numpy()
            for side in ("model_a", "model_b")
        )
        ahead = (told["better"] == told["model_a"]).to_numpy()
        better[np.where(ahead, a, b), np.where(ahead, b, a)] = True
        place = ranks(self.score[:, None] > self.score, better)
        return pl.DataFrame({"rank": place.rank, "rank_low": place.low, "rank_high": place.high})


def standing_of(games: Games, fit: GamesFit, owner: Indices) -> Standing:
    """Average the contenders of each owner, with the weights of their questions.

    Parameters
    ----------
    games
        The games behind the fit.
    fit
        Their fit.
    owner
        The model that each contender belongs to, numbered 0 to M - 1, (C,).
    """
    n, c = games.questions(), games.n_contenders
    m = int(owner.max()) + 1
    weights = np.zeros((m, c))
    weights[owner, np.arange(c)] = n
    weights /= weights.sum(axis=1, keepdims=True)
    score = 50.0 * (1.0 + fit.side)
    covariance = np.zeros((c, c))
    if len(fit.finite):
        score[fit.finite] = 100.0 * fit.scores()[0]
        covariance[np.ix_(fit.finite, fit.finite)] = 1e4 * fit.score_covariance()
    side = np.zeros(m, dtype=np.int64)
    side[owner[fit.side != 0]] = fit.side[fit.side != 0]
    return Standing(
        score=weights @ score,
        covariance=weights @ covariance @ weights.T,
        side=side,
        weights=weights,
        ends=fit.side,
        n=n,
        questions=np.bincount(owner, n, m).astype(np.int64),
    )
