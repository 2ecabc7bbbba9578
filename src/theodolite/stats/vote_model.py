"""The likelihood of votes one by one, in which covariates shift each vote.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, K, E   votes, models, and the parameters of ties
F         covariates
z         covariates of each vote, from the side of the first model of its pair, (F, N)
gamma     their coefficients: theta_i - theta_j becomes d = theta_i - theta_j + z' gamma
x         (theta, tie parameters, gamma), (K + E + F,)
========  ==================================================================================

A covariate moves d and nothing else, so its derivatives follow from those of a row:
d/dgamma = z (d/dtheta_i - d/dtheta_j) / 2. There is no penalty: gamma is estimated as it is.

References
----------
D. R. Cox (1958), Journal of the Royal Statistical Society B 20, 215-242.
doi:10.1111/j.2517-6161.1958.tb00292.x (logistic regression);
W.-L. Chiang and others (2024), Chatbot Arena. doi:10.48550/arXiv.2403.04132 (its use for style)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.assembly import PairBlocks, Terms, assemble
from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.half_win import HalfWin, laplacian
from theodolite.stats.likelihood import Derivatives, inverse_information
from theodolite.stats.pairs import OUTCOMES
from theodolite.stats.scores import Scores, cross_meat
from theodolite.stats.tie_law import BAD
from theodolite.stats.vote_rows import starts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairTable
    from theodolite.stats.ties import TieModel
    from theodolite.stats.vote_rows import VoteRows

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["VoteModel", "profile"]


@dataclass(frozen=True)
class VoteModel:
    """The likelihood of votes one by one; see :class:`theodolite.stats.likelihood.Likelihood`.

    Attributes
    ----------
    base
        The likelihood of the same votes by pair, which knows no covariates.
    rows
        The votes.

    Examples
    --------
    Of two equal models the one with the longer answer wins three times out of four:

    >>> from theodolite.stats import VoteRows, count_pairs, maximise
    >>> first, second = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
    >>> won = np.array([1.0, 1.0, 1.0, 0.0] * 2)
    >>> base = HalfWin(count_pairs(first, second, won, n_models=2))
    >>> rows = VoteRows.of(
    ...     base.pairs,
    ...     (first, second),
    ...     ((1 - won).astype(int), won),
    ...     weight=np.ones(8),
    ...     style=[np.ones(8)],
    ... )
    >>> found = maximise(VoteModel(base, rows), groups=[np.arange(2)])
    >>> np.round(np.exp(found.x[2]), 6)
    np.float64(3.0)
    """

    base: HalfWin | TieModel
    rows: VoteRows

    @property
    def n_models(self) -> int:
        """K."""
        return self.base.n_models

    @property
    def is_concave(self) -> bool:
        """As without covariates, which enter linearly."""
        return self.base.is_concave

    @property
    def n_covariates(self) -> int:
        """F."""
        return len(self.rows.style)

    @property
    def names(self) -> tuple[str, ...]:
        """The tie parameters."""
        return self.base.names

    def among(self, models: Indices) -> VoteModel:
        """Return the likelihood of the votes within some models."""
        if len(models) == self.n_models:
            return self
        inside = np.zeros(self.n_models, dtype=bool)
        inside[models] = True
        table = self.base.table
        return self._kept(inside[table.first] & inside[table.second], self.base.among(models))

    def within(self, label: Indices) -> VoteModel:
        """Return the likelihood of the votes between models of the same label, (K,)."""
        table = self.base.table
        return self._kept(label[table.first] == label[table.second], self.base.within(label))

    def without_both_bad(self) -> VoteModel:
        """Return the likelihood given that not both were bad, where these are an outcome."""
        if isinstance(self.base, HalfWin):
            return self
        return VoteModel(self.base.without_both_bad(), self.rows.where(self.rows.outcome != BAD))

    def start(self) -> Floats:
        """Where the likelihood without covariates starts."""
        return np.concatenate([self.base.start(), np.zeros(self.n_covariates)])

    def value(self, x: Floats) -> float:
        """Return the log-likelihood; minus infinity outside the parameters' range."""
        gap, middle, extra = self._parts(x)
        law = None if isinstance(self.base, HalfWin) else self.base.law
        if law is not None and not law.is_inside(extra):
            return -np.inf
        total = 0.0
        for at in self.rows.blocks():
            lead, w = self._lead(gap, x, at), self.rows.weight[at]
            if law is None:
                lost = w * (1.0 - self.rows.share[at])
                total += float((w * log_sigmoid(lead) - lost * lead).sum())
            else:
                total += law.value(lead, middle[self.rows.pair[at]], extra, self._outcomes(at))
        return total

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        if isinstance(self.base, HalfWin):
            return self._half_win(x)
        gap, middle, extra = self._parts(x)
        table, k, law = self.base.table, self.n_models, self.base.law
        if not law.is_inside(extra):
            return Derivatives.outside(len(x))
        e = len(x) - k
        sums = np.zeros((5 + 2 * e, len(table.first)))
        inner, gradient, value = np.zeros((e, e)), np.zeros(e), 0.0
        for at in self.rows.blocks():
            pair, style = self.rows.pair[at], self.rows.style[:, at].T
            lead = self._lead(gap, x, at)
            plain = law.terms(lead, middle[pair], extra, self._outcomes(at))
            terms = _with_covariates(plain, style)
            curve, value = terms.curve, value + terms.value
            columns = (terms.first, terms.second, curve.ii, curve.ij, curve.jj)
            starts = starts_of(pair)
            stacked = np.vstack([*columns, curve.ie.T, curve.je.T])
            sums[:, pair[starts]] += np.add.reduceat(stacked, starts, axis=1)
            inner += curve.ee
            gradient += terms.others.sum(axis=0)
        first, second, ii, ij, jj = sums[:5]
        strengths = np.bincount(table.first, first, k) + np.bincount(table.second, second, k)
        blocks = PairBlocks(ii, ij, jj, sums[5 : 5 + e].T, sums[5 + e :].T, inner)
        return Derivatives(value, np.concatenate([strengths, gradient]), assemble(table, blocks))

    def gradient(self, x: Floats, weight: Floats) -> Floats:
        """Return the gradient with other weights of the votes, (N,)."""
        table, k = self.base.table, self.n_models
        sums, others = np.zeros((2, len(table.first))), np.zeros(len(x) - k)
        for at, by_first, by_second, tie in self._slopes(x, weight):
            pair = self.rows.pair[at]
            starts = starts_of(pair)
            sums[0, pair[starts]] += np.add.reduceat(by_first, starts)
            sums[1, pair[starts]] += np.add.reduceat(by_second, starts)
            own = self.rows.style[:, at] @ ((by_first - by_second) / 2.0)
            others += np.concatenate([tie.sum(axis=0), own])
        strengths = np.bincount(table.first, sums[0], k) + np.bincount(table.second, sums[1], k)
        return np.concatenate([strengths, others])

    def scores(self, x: Floats) -> Scores:
        """Return the score of each vote, in the order of ``rows``."""
        n, k, e = len(self.rows), self.n_models, len(self.names)
        by_first, by_second, others = np.empty(n), np.empty(n), np.empty((n, len(x) - k))
        for at, first, second, tie in self._slopes(x, self.rows.weight):
            by_first[at], by_second[at], others[at, :e] = first, second, tie
            others[at, e:] = (self.rows.style[:, at] * ((first - second) / 2.0)).T
        table, pair = self.base.table, self.rows.pair
        return Scores(k, table.first[pair], table.second[pair], by_first, by_second, others)

    def meat(self, x: Floats) -> Floats:
        """B over independent votes, (K + E + F, K + E + F)."""
        if isinstance(self.base, HalfWin):
            return self._outer(self._residuals(x) ** 2)
        scores = self.scores(x)
        return cross_meat(scores, scores)

    def base_meat(self, x_base: Floats, x: Floats) -> Floats:
        """B of the votes' scores without covariates and with, (K + E, K + E + F)."""
        plain = VoteModel(self.base, self.rows.without_style())
        if isinstance(self.base, HalfWin):
            return self._outer(plain._residuals(x_base) * self._residuals(x))[: len(x_base)]
        return cross_meat(plain.scores(x_base), self.scores(x))

    def shares(self, x: Floats, rows: VoteRows) -> tuple[Floats, Floats]:
        """Return the expected part of votes, given not both bad, and its slope by d, (N,)."""
        lead = VoteModel(self.base, rows)._lead(self.base.table.gap(x), x, slice(None))
        return self.base.share(lead, x[: len(x) - self.n_covariates])

    def _parts(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Give theta_i - theta_j and (theta_i + theta_j) / 2 of the pairs, and tie parameters."""
        table, k = self.base.table, self.n_models
        return table.gap(x), table.middle(x), x[k : k + len(self.names)]

    def _lead(self, gap: Floats, x: Floats, at: slice) -> Floats:
        lead: Floats = gap[self.rows.pair[at]]
        if self.n_covariates:
            lead += x[-self.n_covariates :] @ self.rows.style[:, at]
        return lead

    def _outcomes(self, at: slice) -> Floats:
        """Weights by outcome of a block of votes, (R, 4)."""
        outcome = self.rows.outcome[at]
        weight = np.zeros((len(outcome), OUTCOMES))
        weight[np.arange(len(outcome)), outcome] = self.rows.weight[at]
        return weight

    def _slopes(self, x: Floats, weight: Floats) -> Iterator[tuple[slice, Floats, Floats, Floats]]:
        """Give the scores of each block of votes by theta_i, theta_j and the tie parameters."""
        gap, middle, extra = self._parts(x)
        for at in self.rows.blocks():
            lead, w = self._lead(gap, x, at), weight[at]
            if isinstance(self.base, HalfWin):
                by_first = w * (self.rows.share[at] - sigmoid(lead))
                yield at, by_first, -by_first, np.zeros((len(lead), 0))
            else:
                scores = self.base.law.scores(lead, middle[self.rows.pair[at]], extra)
                own = (np.arange(len(lead)), self.rows.outcome[at])
                tie = w[:, None] * scores.extra[own]
                yield at, w * scores.first[own], w * scores.second[own], tie

    def _residuals(self, x: Floats) -> Floats:
        """W (y - p) of half-win votes: the score is this times (e_i - e_j, z), (N,)."""
        gap, out = self.base.table.gap(x), np.empty(len(self.rows))
        for at in self.rows.blocks():
            p = sigmoid(self._lead(gap, x, at))
            out[at] = self.rows.weight[at] * (self.rows.share[at] - p)
        return out

    def _half_win(self, x: Floats) -> Derivatives:
        gap, k, rows = self.base.table.gap(x), self.n_models, self.rows
        edge, residual, value = np.empty(len(rows)), np.empty(len(rows)), 0.0
        for at in rows.blocks():
            lead, w = self._lead(gap, x, at), rows.weight[at]
            # One exponential gives p and log p.
            tail = np.exp(-np.abs(lead))
            p = np.where(lead >= 0, 1.0, tail) / (1.0 + tail)
            residual[at] = w * (rows.share[at] - p)
            edge[at] = w * p * (1.0 - p)
            log_p = np.minimum(lead, 0.0) - np.log1p(tail)
            value += float((w * (log_p - (1.0 - rows.share[at]) * lead)).sum())
        table, starts = self.base.table, starts_of(rows.pair)
        sums = np.zeros(len(table.first))
        sums[rows.pair[starts]] = np.add.reduceat(residual, starts)
        strengths = np.bincount(table.first, sums, k) - np.bincount(table.second, sums, k)
        gradient = np.concatenate([strengths, rows.style @ residual])
        return Derivatives(value, gradient, self._outer(edge))

    def _outer(self, q: Floats) -> Floats:
        """Sum of q v v' over the votes, with v = (e_i - e_j, z), (K + F, K + F)."""
        rows, table, f = self.rows, self.base.table, self.n_covariates
        sums, inner = np.zeros((1 + f, len(table.first))), np.zeros((f, f))
        for at in rows.blocks():
            pair, style, own = rows.pair[at], rows.style[:, at], q[at]
            starts = starts_of(pair)
            stacked = np.vstack([own, own * style])
            sums[:, pair[starts]] += np.add.reduceat(stacked, starts, axis=1)
            inner += stacked[1:] @ style.T
        edge, sides = sums[0], sums[1:].T
        return assemble(table, PairBlocks(edge, -edge, edge, sides, -sides, inner))

    def _kept(self, pairs: Flags, base: HalfWin | TieModel) -> VoteModel:
        number = np.cumsum(pairs) - 1
        rows = self.rows.where(pairs[self.rows.pair])
        return VoteModel(base, replace(rows, pair=number[rows.pair].astype(np.int32)))


def _with_covariates(terms: Terms, style: Floats) -> Terms:
    if not style.shape[1]:
        return terms
    at = terms.curve
    # Twice the derivative by d, for moving d by 1 moves theta_i by 1/2 and theta_j by -1/2.
    by_i, by_j, by_e = at.ii - at.ij, at.ij - at.jj, at.ie - at.je
    corner = by_e.T @ style / 2.0
    inner = style.T @ (style * ((by_i - by_j) / 4.0)[:, None])
    curve = PairBlocks(
        ii=at.ii,
        ij=at.ij,
        jj=at.jj,
        ie=np.column_stack([at.ie, style * (by_i / 2.0)[:, None]]),
        je=np.column_stack([at.je, style * (by_j / 2.0)[:, None]]),
        ee=np.block([[at.ee, corner], [corner.T, inner]]),
    )
    own = style * ((terms.first - terms.second) / 2.0)[:, None]
    return replace(terms, others=np.column_stack([terms.others, own]), curve=curve)


def profile(rows: VoteRows, table: PairTable) -> Floats:
    """Return each model's mean covariates against the average model, whatever it met, (K, F).

    They are the least squares of z on p_i - p_j, weighted as the votes are, with p centred.
    """
    pairs, k = len(table.first), table.n_models
    weight = np.bincount(rows.pair, rows.weight, pairs).astype(np.float64)
    inverse = inverse_information(laplacian(table, weight), [np.arange(k)])
    sums = [np.bincount(rows.pair, rows.weight * z, pairs) for z in rows.style]
    pulls = [np.bincount(table.first, s, k) - np.bincount(table.second, s, k) for s in sums]
    return np.asarray(inverse @ np.column_stack(pulls), dtype=np.float64)
