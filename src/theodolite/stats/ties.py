"""Likelihoods in which a tie, and both_bad, are outcomes of their own, of votes by pair.

The law, its symbols and its sources stand in :mod:`theodolite.stats.tie_law`. Without a tie in the
data nu is 0, or eta 1, and is no parameter; without a both_bad vote neither are kappa and lambda;
between two models m is always 0, and lambda is no parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.assembly import PairBlocks, assemble
from theodolite.stats.likelihood import Derivatives
from theodolite.stats.pairs import OUTCOMES
from theodolite.stats.tie_law import BAD, TIE, PairScores, TieLaw, TieRule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import OutcomeCounts

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["TieModel"]

# With fewer models the mean strength of a pair never varies, and lambda cannot be told.
LEAST_MODELS_FOR_SLOPE = 3


@dataclass(frozen=True)
class TieModel:
    """The likelihood of a table of outcomes; see :class:`theodolite.stats.likelihood.Likelihood`.

    Examples
    --------
    Three equal models that tie half of the time: nu is 2.

    >>> from theodolite.stats import count_outcomes, maximise
    >>> first, second = np.repeat([0, 0, 1], 4), np.repeat([1, 2, 2], 4)
    >>> outcomes = count_outcomes(first, second, np.tile([0, 1, 2, 2], 3), n_models=3)
    >>> found = maximise(TieModel(outcomes, "davidson"), groups=[np.arange(3)])
    >>> np.round(np.exp(found.x[3]), 6)
    np.float64(2.0)
    """

    outcomes: OutcomeCounts
    rule: TieRule

    @property
    def table(self) -> OutcomeCounts:
        """The pairs."""
        return self.outcomes

    @property
    def n_models(self) -> int:
        """K."""
        return self.outcomes.n_models

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters beside the strengths: log_nu or log_eta, kappa, lambda."""
        ties = ("log_nu" if self.rule == "davidson" else "log_eta",) if self._has(TIE) else ()
        if not self._has(BAD):
            return ties
        slope = ("lambda",) if self.n_models >= LEAST_MODELS_FOR_SLOPE else ()
        return (*ties, "kappa", *slope)

    @property
    def law(self) -> TieLaw:
        """The probabilities of one row."""
        return TieLaw(self.rule, self.names)

    @property
    def is_concave(self) -> bool:
        """But for lambda, which multiplies the strengths."""
        return "lambda" not in self.names

    def among(self, models: Indices) -> TieModel:
        """Return the likelihood of the votes within some models."""
        return replace(self, outcomes=self.outcomes.among(models))

    def without_both_bad(self) -> TieModel:
        """Return the likelihood given that not both were bad."""
        weight = self.outcomes.weight * (np.arange(OUTCOMES) != BAD)
        return replace(self, outcomes=replace(self.outcomes, weight=weight))

    def within(self, label: Indices) -> TieModel:
        """Return the likelihood of the votes between models of the same label, (K,)."""
        alike = label[self.outcomes.first] == label[self.outcomes.second]
        return replace(self, outcomes=self.outcomes.where(alike))

    def start(self) -> Floats:
        """All models equal, with the shares of ties and both_bad that the votes have."""
        weight = self.outcomes.weight.sum(axis=0)
        tie = weight[TIE] / weight[:BAD].sum()
        odds = tie / (1.0 - tie) if tie < 1.0 else 1e6
        begin = {
            "log_nu": np.log(2.0 * odds) if tie else 0.0,
            "log_eta": np.log1p(2.0 * odds),
            "kappa": np.log(weight[BAD] / weight[:BAD].sum()) if weight[BAD] else 0.0,
            # Where all are equal 0 is a saddle; weak models are the likelier to be bad.
            "lambda": 0.5,
        }
        return np.concatenate([np.zeros(self.n_models), [begin[name] for name in self.names]])

    def value(self, x: Floats) -> float:
        """Return the log-likelihood; minus infinity where eta is below 1."""
        law, extra = self.law, x[self.n_models :]
        if not law.is_inside(extra):
            return -np.inf
        return law.value(self.outcomes.gap(x), self.outcomes.middle(x), extra, self.outcomes.weight)

    def log_probabilities(self, x: Floats) -> Floats:
        """Return log P of each outcome of each pair, (P, 4)."""
        table = self.outcomes
        return self.law.logs(table.gap(x), table.middle(x), x[self.n_models :])

    def at_pairs(self, first: Indices, second: Indices, x: Floats) -> Floats:
        """Return log P of each outcome for any pairs of models, met or not, (N, 4)."""
        gap, middle = x[first] - x[second], (x[first] + x[second]) / 2.0
        return self.law.logs(gap, middle, x[self.n_models :])

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        table, k = self.outcomes, self.n_models
        if not self.law.is_inside(x[k:]):
            return Derivatives.outside(len(x))
        terms = self.law.terms(table.gap(x), table.middle(x), x[k:], table.weight)
        strengths = np.bincount(table.first, terms.first, k)
        strengths += np.bincount(table.second, terms.second, k)
        gradient = np.concatenate([strengths, terms.others.sum(axis=0)])
        return Derivatives(terms.value, gradient, assemble(table, terms.curve))

    def scores(self, x: Floats) -> PairScores:
        """Return the gradient of log P of each outcome by theta_i, theta_j and the others."""
        table = self.outcomes
        return self.law.scores(table.gap(x), table.middle(x), x[self.n_models :])

    def share(self, gap: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Return the part of a vote, given not both bad, that goes to the first; its slope."""
        return self.law.share(gap, x[self.n_models :])

    def meat(self, x: Floats) -> Floats:
        """B over independent votes, (K + E, K + E)."""
        scores, square = self.scores(x), self.outcomes.weight_sq
        extra = scores.extra
        blocks = PairBlocks(
            ii=(square * scores.first**2).sum(axis=1),
            ij=(square * scores.first * scores.second).sum(axis=1),
            jj=(square * scores.second**2).sum(axis=1),
            ie=np.einsum("po,poe->pe", square * scores.first, extra),
            je=np.einsum("po,poe->pe", square * scores.second, extra),
            ee=np.einsum("po,poe,pof->ef", square, extra, extra),
        )
        return assemble(self.outcomes, blocks)

    def _has(self, outcome: int) -> bool:
        return bool(self.outcomes.weight[:, outcome].any())
