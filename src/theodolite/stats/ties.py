"""Likelihoods in which a tie, and both_bad, are outcomes of their own.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
d, m      theta_i - theta_j and (theta_i + theta_j) / 2, with theta centred, (P,)
t         log nu (Davidson) or log eta (Rao-Kupper)
u         kappa - lambda * m, so that P(both bad) = sigmoid(u)
o         outcome: i wins, j wins, tie, both bad
s_d, ...  derivative of log P(o) by d, t, u, (P, 4)
========  ==================================================================================

Given that not both were bad:

- Davidson: P(i) : P(j) : P(tie) = exp(d / 2) : exp(-d / 2) : nu
- Rao-Kupper: P(i) = sigmoid(d - log eta), P(j) = sigmoid(-d - log eta), the rest are ties

Without a tie in the data nu is 0, or eta 1, and is no parameter; without a both_bad vote neither
are kappa and lambda; between two models m is always 0, and lambda is no parameter.

References
----------
R. R. Davidson (1970), Journal of the American Statistical Association 65, 317-328.
doi:10.1080/01621459.1970.10481082; P. V. Rao and L. L. Kupper (1967), ibid. 62, 194-204.
doi:10.1080/01621459.1967.10482901
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.stats.assembly import PairBlocks, assemble
from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.likelihood import Derivatives
from theodolite.stats.pairs import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.pairs import OutcomeCounts

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["TieModel", "TieRule"]

TieRule = Literal["davidson", "rao-kupper"]
TIE, BAD = 2, 3
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
        at = self._at(x)
        if self.rule == "rao-kupper" and self._has(TIE) and at.t <= 0.0:
            return -np.inf
        weight = self.outcomes.weight
        return float((weight * np.where(weight > 0, self.log_probabilities(x), 0.0)).sum())

    def log_probabilities(self, x: Floats) -> Floats:
        """Return log P of each outcome of each pair, (P, 4)."""
        at = self._at(x)
        decided = _davidson_logs(at) if self.rule == "davidson" else _rao_kupper_logs(at)
        if not self._has(BAD):
            none = np.full(len(at.d), -np.inf)
            return np.column_stack([*decided, none])
        good = log_sigmoid(-at.u)
        return np.column_stack([*(log + good for log in decided), log_sigmoid(at.u)])

    def at_pairs(self, first: Indices, second: Indices, x: Floats) -> Floats:
        """Return log P of each outcome for any pairs of models, met or not, (N, 4)."""
        n = len(first)
        table = replace(
            self.outcomes,
            first=first,
            second=second,
            count=np.zeros((n, OUTCOMES), dtype=np.int64),
            weight=np.broadcast_to(self.outcomes.weight.sum(axis=0), (n, OUTCOMES)),
            weight_sq=np.zeros((n, OUTCOMES)),
        )
        return replace(self, outcomes=table).log_probabilities(x)

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        scores = self.scores(x)
        weight, outcomes, k = self.outcomes.weight, self.outcomes, self.n_models
        gradient = np.concatenate(
            [
                np.bincount(outcomes.first, (weight * scores.first).sum(axis=1), k)
                + np.bincount(outcomes.second, (weight * scores.second).sum(axis=1), k),
                np.einsum("po,poe->e", weight, scores.extra),
            ]
        )
        return Derivatives(self.value(x), gradient, self._information(x))

    def scores(self, x: Floats) -> PairScores:
        """Return the gradient of log P of each outcome by theta_i, theta_j and the others."""
        at = self._at(x)
        s_d, s_t = _davidson_scores(at) if self.rule == "davidson" else _rao_kupper_scores(at)
        bad, none = sigmoid(at.u), np.zeros(len(at.d))
        s_u = np.column_stack([-bad, -bad, -bad, 1.0 - bad]) * self._has(BAD)
        s_d, s_t = np.column_stack([s_d, none]), np.column_stack([s_t, none])
        extra = {"kappa": s_u, "lambda": -at.m[:, None] * s_u, "log_nu": s_t, "log_eta": s_t}
        columns = [extra[name] for name in self.names]
        shape = (*s_d.shape, len(columns))
        return PairScores(
            first=s_d - at.slope / 2.0 * s_u,
            second=-s_d - at.slope / 2.0 * s_u,
            extra=np.stack(columns, axis=2) if columns else np.zeros(shape),
        )

    def share(self, gap: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Return the part of a vote, given not both bad, that goes to the first; its slope."""
        at = replace(self._at(x), d=gap)
        if self.rule == "davidson":
            first, second, _ = (np.exp(log) for log in _davidson_logs(at))
            lead = (first - second) / 2.0
            return 0.5 + lead, (first + second) / 4.0 - lead**2
        won, lost = sigmoid(gap - at.t), sigmoid(-gap - at.t)
        return (1.0 + won - lost) / 2.0, (won * (1.0 - won) + lost * (1.0 - lost)) / 2.0

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

    def _information(self, x: Floats) -> Floats:
        at, weight = self._at(x), self.outcomes.weight
        curve = _davidson_curve if self.rule == "davidson" else _rao_kupper_curve
        dd, dt, tt = curve(at, weight)
        bad = sigmoid(at.u)
        n = weight.sum(axis=1)
        ns, r = n * bad * (1.0 - bad) * self._has(BAD), weight[:, BAD] - n * bad
        m, slope = at.m, at.slope
        mm, mk, ml = ns * slope**2, -ns * slope, ns * slope * m + r
        # By theta_i and theta_j (d moves against j, m with both), and among the others.
        sides = {"log_nu": (dt, -dt), "log_eta": (dt, -dt), "kappa": (mk / 2,) * 2}
        sides["lambda"] = (ml / 2, ml / 2)
        inner = {
            ("kappa", "kappa"): ns,
            ("kappa", "lambda"): -ns * m,
            ("lambda", "lambda"): ns * m * m,
        }
        inner |= {("log_nu", "log_nu"): tt, ("log_eta", "log_eta"): tt}
        names = self.names
        ee = np.zeros((len(names), len(names)))
        for a, one in enumerate(names):
            for b, two in enumerate(names):
                ee[a, b] = np.sum(inner.get((one, two), inner.get((two, one), 0.0)))
        columns = [sides[name] for name in names]
        none = np.zeros((len(dd), 0))
        blocks = PairBlocks(
            ii=dd + mm / 4.0,
            ij=mm / 4.0 - dd,
            jj=dd + mm / 4.0,
            ie=np.column_stack([side[0] for side in columns]) if columns else none,
            je=np.column_stack([side[1] for side in columns]) if columns else none,
            ee=ee,
        )
        return assemble(self.outcomes, blocks)

    def _has(self, outcome: int) -> bool:
        return bool(self.outcomes.weight[:, outcome].any())

    def _at(self, x: Floats) -> _Point:
        k, pairs = self.n_models, self.outcomes
        extra = dict(zip(self.names, x[k:], strict=True))
        kind = "log_nu" if self.rule == "davidson" else "log_eta"
        absent = -np.inf if self.rule == "davidson" else 0.0
        m = (x[pairs.first] + x[pairs.second]) / 2.0
        slope = extra.get("lambda", 0.0)
        return _Point(
            d=pairs.gap(x),
            m=m,
            t=float(extra.get(kind, absent)),
            slope=float(slope),
            u=extra.get("kappa", 0.0) - slope * m,
        )


@dataclass(frozen=True)
class PairScores:
    """Gradients of log P(o): by theta_i and theta_j, (P, 4), and by the others, (P, 4, E)."""

    first: Floats
    second: Floats
    extra: Floats


@dataclass(frozen=True)
class _Point:
    d: Floats
    m: Floats
    t: float
    slope: float
    u: Floats


def _davidson_logs(at: _Point) -> tuple[Floats, Floats, Floats]:
    # Scaled by exp(-|d| / 2), or far apart models overflow.
    far = np.abs(at.d) / 2.0
    log_z = far + np.log(1.0 + np.exp(-2.0 * far) + np.exp(at.t - far))
    return at.d / 2.0 - log_z, -at.d / 2.0 - log_z, at.t - log_z


def _davidson_scores(at: _Point) -> tuple[Floats, Floats]:
    first, second, tie = (np.exp(log) for log in _davidson_logs(at))
    mean = (first - second) / 2.0
    return (
        np.column_stack([0.5 - mean, -0.5 - mean, -mean]),
        np.column_stack([-tie, -tie, 1.0 - tie]),
    )


def _davidson_curve(at: _Point, weight: Floats) -> tuple[Floats, Floats, Floats]:
    first, second, tie = (np.exp(log) for log in _davidson_logs(at))
    n, mean = weight[:, :BAD].sum(axis=1), (first - second) / 2.0
    return n * ((first + second) / 4.0 - mean**2), -n * mean * tie, n * tie * (1.0 - tie)


def _rao_kupper_logs(at: _Point) -> tuple[Floats, Floats, Floats]:
    first, second = log_sigmoid(at.d - at.t), log_sigmoid(-at.d - at.t)
    width = np.log(np.expm1(2.0 * at.t)) if at.t > 0 else -np.inf
    return first, second, width + first + second


def _rao_kupper_scores(at: _Point) -> tuple[Floats, Floats]:
    lost, won = sigmoid(at.t - at.d), sigmoid(at.t + at.d)
    width = 2.0 / -np.expm1(-2.0 * at.t) if at.t > 0 else 0.0
    return (
        np.column_stack([lost, -won, lost - won]),
        np.column_stack([-lost, -won, width - lost - won]),
    )


def _rao_kupper_curve(at: _Point, weight: Floats) -> tuple[Floats, Floats, Floats]:
    lost, won = sigmoid(at.t - at.d), sigmoid(at.t + at.d)
    a = (weight[:, 0] + weight[:, TIE]) * lost * (1.0 - lost)
    b = (weight[:, 1] + weight[:, TIE]) * won * (1.0 - won)
    width = 1.0 / np.sinh(at.t) ** 2 if at.t > 0 else 0.0
    return a + b, b - a, a + b + weight[:, TIE] * width
