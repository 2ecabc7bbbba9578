"""The likelihood of votes one by one, in which covariates shift each vote.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, K, E   votes, models, and the parameters of ties
F         covariates
z         covariates of each vote, from the side of the first model of its pair, (N, F)
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

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.assembly import PairBlocks, Terms, assemble
from theodolite.stats.functions import sigmoid
from theodolite.stats.half_win import HalfWin, half_win_terms, laplacian
from theodolite.stats.likelihood import Derivatives, inverse_information
from theodolite.stats.pairs import OUTCOMES, turned
from theodolite.stats.scores import Scores, cross_meat
from theodolite.stats.tie_law import BAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from theodolite.stats.pairs import PairTable
    from theodolite.stats.ties import TieModel

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["VoteModel", "VoteRows", "profile"]

# Rows are worked on in blocks that fit the processor's cache.
BLOCK = 65_536


@dataclass(frozen=True)
class VoteRows:
    """Votes, seen from the first model of their pair; those of one pair stand together.

    Attributes
    ----------
    position
        Where the vote stands in the caller's table, (N,).
    pair
        Row of its pair in the table of pairs, ascending, (N,).
    outcome
        0 where the pair's first model won, 1 where the second did, 2 tie, 3 both bad, (N,).
    share
        The part of the vote that goes to the pair's first model, (N,).
    weight
        Of the vote, (N,).
    style
        z, (N, F).
    """

    position: Indices
    pair: Indices
    outcome: Indices
    share: Floats
    weight: Floats
    style: Floats

    @classmethod
    def of(
        cls,
        table: PairTable,
        sides: tuple[Indices, Indices],
        verdict: tuple[Indices, Floats],
        *,
        weight: Floats,
        style: Floats,
    ) -> VoteRows:
        """Sort votes by pair.

        Parameters
        ----------
        table
            The pairs; that of every vote must be among them.
        sides
            The two models of each vote, (N,) each.
        verdict
            The outcome, and the part that goes to the first side, (N,) each.
        weight, style
            Of each vote, from the first side, (N,) and (N, F).
        """
        first, second = sides
        outcome, share = verdict
        pair = table.locate(first, second)
        order = np.argsort(pair.astype(np.int32), kind="stable")
        swapped = (first > second)[order]
        share, style = share[order], style[order]
        style[swapped] *= -1.0
        return cls(
            position=order,
            pair=pair[order],
            outcome=turned(outcome[order], swapped),
            share=np.where(swapped, 1.0 - share, share),
            weight=weight[order],
            style=style,
        )

    def where(self, mask: Flags) -> VoteRows:
        """Keep the votes where a mask, (N,), is true."""
        return VoteRows(*(getattr(self, f.name)[mask] for f in fields(self)))

    def blocks(self) -> Iterator[VoteRows]:
        """Cut the votes into blocks."""
        for start in range(0, len(self.pair), BLOCK):
            part = slice(start, start + BLOCK)
            yield VoteRows(*(getattr(self, f.name)[part] for f in fields(self)))


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

    >>> from theodolite.stats import count_pairs, maximise
    >>> first, second = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
    >>> won = np.array([1.0, 1.0, 1.0, 0.0] * 2)
    >>> base = HalfWin(count_pairs(first, second, won, n_models=2))
    >>> rows = VoteRows.of(
    ...     base.pairs,
    ...     (first, second),
    ...     ((1 - won).astype(int), won),
    ...     weight=np.ones(8),
    ...     style=np.ones((8, 1)),
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
        return int(self.rows.style.shape[1])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tie parameters."""
        return self.base.names

    def among(self, models: Indices) -> VoteModel:
        """Return the likelihood of the votes within some models."""
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
        """Return the log-likelihood."""
        return sum(terms.value for _, terms in self._terms(x)) if self._is_inside(x) else -np.inf

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        table, k = self.base.table, self.n_models
        others = len(x) - k
        sums = np.zeros((5 + 2 * others, len(table.first)))
        inner, gradient, value = np.zeros((others, others)), np.zeros(others), 0.0
        for rows, terms in self._terms(x):
            curve, value = terms.curve, value + terms.value
            columns = (terms.first, terms.second, curve.ii, curve.ij, curve.jj)
            starts = _starts(rows.pair)
            stacked = np.vstack([*columns, curve.ie.T, curve.je.T])
            sums[:, rows.pair[starts]] += np.add.reduceat(stacked, starts, axis=1)
            inner += curve.ee
            gradient += terms.others.sum(axis=0)
        first, second, ii, ij, jj = sums[:5]
        strengths = np.bincount(table.first, first, k) + np.bincount(table.second, second, k)
        ie, je = sums[5 : 5 + others].T, sums[5 + others :].T
        information = assemble(table, PairBlocks(ii, ij, jj, ie, je, inner))
        return Derivatives(float(value), np.concatenate([strengths, gradient]), information)

    def gradient(self, x: Floats, weight: Floats) -> Floats:
        """Return the gradient with other weights of the votes, (N,)."""
        table, k = self.base.table, self.n_models
        sums, others = np.zeros((2, len(table.first))), np.zeros(len(x) - k)
        weighed = replace(self, rows=replace(self.rows, weight=weight))
        for rows, by_first, by_second, by_others in weighed._slopes(x):
            starts = _starts(rows.pair)
            sums[0, rows.pair[starts]] += np.add.reduceat(by_first, starts)
            sums[1, rows.pair[starts]] += np.add.reduceat(by_second, starts)
            others += by_others.sum(axis=0)
        strengths = np.bincount(table.first, sums[0], k) + np.bincount(table.second, sums[1], k)
        return np.concatenate([strengths, others])

    def scores(self, x: Floats) -> Scores:
        """Return the score of each vote, in the order of ``rows``."""
        parts = [slopes for _, *slopes in self._slopes(x)]
        by_first, by_second, others = (np.concatenate(part) for part in zip(*parts, strict=True))
        table, pair = self.base.table, self.rows.pair
        return Scores(
            self.n_models, table.first[pair], table.second[pair], by_first, by_second, others
        )

    def meat(self, x: Floats) -> Floats:
        """B over independent votes, (K + E + F, K + E + F)."""
        scores = self.scores(x)
        return cross_meat(scores, scores)

    def shares(self, x: Floats, rows: VoteRows) -> tuple[Floats, Floats]:
        """Return the expected part of votes, given not both bad, and its slope by d, (N,)."""
        return self.base.share(self._lead(rows, x), x[: len(x) - self.n_covariates])

    def _lead(self, rows: VoteRows, x: Floats) -> Floats:
        lead: Floats = self.base.table.gap(x)[rows.pair]
        if self.n_covariates:
            lead = lead + rows.style @ x[-self.n_covariates :]
        return lead

    def _is_inside(self, x: Floats) -> bool:
        k = self.n_models
        law = None if isinstance(self.base, HalfWin) else self.base.law
        return law is None or law.is_inside(x[k : k + len(law.names)])

    def _terms(self, x: Floats) -> Iterator[tuple[VoteRows, Terms]]:
        """Give the terms of each block of votes, those of the covariates included."""
        k = self.n_models
        extra = x[k : k + len(self.names)]
        law = None if isinstance(self.base, HalfWin) else self.base.law
        middle = self.base.table.middle(x)
        for rows in self.rows.blocks():
            lead = self._lead(rows, x)
            if law is None:
                terms = half_win_terms(lead, rows.weight, rows.weight * rows.share)
            else:
                weight = np.zeros((len(lead), OUTCOMES))
                weight[np.arange(len(lead)), rows.outcome] = rows.weight
                terms = law.terms(lead, middle[rows.pair], extra, weight)
            yield rows, _with_covariates(terms, rows.style)

    def _slopes(self, x: Floats) -> Iterator[tuple[VoteRows, Floats, Floats, Floats]]:
        """Give the scores of each block of votes by theta_i, theta_j and the others."""
        k = self.n_models
        extra = x[k : k + len(self.names)]
        middle = self.base.table.middle(x)
        for rows in self.rows.blocks():
            lead, w = self._lead(rows, x), rows.weight
            if isinstance(self.base, HalfWin):
                by_first = w * (rows.share - sigmoid(lead))
                by_second, tie = -by_first, np.zeros((len(lead), 0))
            else:
                scores = self.base.law.scores(lead, middle[rows.pair], extra)
                at = (np.arange(len(lead)), rows.outcome)
                by_first, by_second = w * scores.first[at], w * scores.second[at]
                tie = w[:, None] * scores.extra[at]
            own = rows.style * ((by_first - by_second) / 2.0)[:, None]
            yield rows, by_first, by_second, np.column_stack([tie, own])

    def _kept(self, pairs: Flags, base: HalfWin | TieModel) -> VoteModel:
        number = np.cumsum(pairs) - 1
        rows = self.rows.where(pairs[self.rows.pair])
        return VoteModel(base, replace(rows, pair=number[rows.pair]))


def _starts(pair: Indices) -> Indices:
    """Where each pair's votes begin."""
    return np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])


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
    sums = [np.bincount(rows.pair, rows.weight * z, pairs) for z in rows.style.T]
    pulls = [np.bincount(table.first, s, k) - np.bincount(table.second, s, k) for s in sums]
    return np.asarray(inverse @ np.column_stack(pulls), dtype=np.float64)
