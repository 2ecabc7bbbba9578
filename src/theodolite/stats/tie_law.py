"""The law of ties and both_bad: its probabilities and their derivatives, row by row.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
d, m      theta_i - theta_j (plus what covariates add) and (theta_i + theta_j) / 2, (R,)
t         log nu (Davidson) or log eta (Rao-Kupper)
u         kappa - lambda * m, so that P(both bad) = sigmoid(u)
o         outcome: i wins, j wins, tie, both bad
w         the weight of each outcome in a row, (R, 4)
s_d, ...  derivative of log P(o) by d, t, u, (R, 4)
========  ==================================================================================

Given that not both were bad:

- Davidson: P(i) : P(j) : P(tie) = exp(d / 2) : exp(-d / 2) : nu
- Rao-Kupper: P(i) = sigmoid(d - log eta), P(j) = sigmoid(-d - log eta), the rest are ties

A row is a pair of models with all its votes, or a single vote.

References
----------
R. R. Davidson (1970), Journal of the American Statistical Association 65, 317-328.
doi:10.1080/01621459.1970.10481082; P. V. Rao and L. L. Kupper (1967), ibid. 62, 194-204.
doi:10.1080/01621459.1967.10482901
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.stats.assembly import PairBlocks, Terms
from theodolite.stats.functions import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BAD", "TIE", "PairScores", "TieLaw", "TieRule"]

TieRule = Literal["davidson", "rao-kupper"]
TIE, BAD = 2, 3


@dataclass(frozen=True)
class PairScores:
    """Gradients of log P(o): by theta_i and theta_j, (R, 4), and by the others, (R, 4, E)."""

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


@dataclass(frozen=True)
class TieLaw:
    """Probabilities of the four outcomes, given which parameters the data can tell.

    Attributes
    ----------
    rule
        ``davidson`` or ``rao-kupper``.
    names
        The parameters beside the strengths: of ``log_nu`` or ``log_eta``, ``kappa``, ``lambda``.
    """

    rule: TieRule
    names: tuple[str, ...]

    @property
    def has_bad(self) -> bool:
        """Whether both_bad has a probability."""
        return "kappa" in self.names

    def is_inside(self, extra: Floats) -> bool:
        """Whether the parameters are in their range: eta must be above 1."""
        return self.rule == "davidson" or "log_eta" not in self.names or extra[0] > 0.0

    def logs(self, d: Floats, m: Floats, extra: Floats) -> Floats:
        """Return log P of each outcome, (R, 4)."""
        return self._logs(self._point(d, m, extra))

    def scores(self, d: Floats, m: Floats, extra: Floats) -> PairScores:
        """Return the gradient of log P of each outcome by theta_i, theta_j and the others."""
        return self._scores(self._point(d, m, extra))

    def share(self, d: Floats, extra: Floats) -> tuple[Floats, Floats]:
        """Return the part of a vote, given not both bad, that goes to the first; its slope."""
        at = self._point(d, np.zeros(1), extra)
        if self.rule == "davidson":
            first, second, _ = (np.exp(log) for log in _davidson_logs(at))
            lead = (first - second) / 2.0
            return 0.5 + lead, (first + second) / 4.0 - lead**2
        won, lost = sigmoid(d - at.t), sigmoid(-d - at.t)
        return (1.0 + won - lost) / 2.0, (won * (1.0 - won) + lost * (1.0 - lost)) / 2.0

    def value(self, d: Floats, m: Floats, extra: Floats, weight: Floats) -> float:
        """Return the log-likelihood of the rows."""
        return _value(self.logs(d, m, extra), weight)

    def terms(self, d: Floats, m: Floats, extra: Floats, weight: Floats) -> Terms:
        """Return the log-likelihood of the rows and its first two derivatives in each."""
        at = self._point(d, m, extra)
        scores = self._scores(at)
        return Terms(
            value=_value(self._logs(at), weight),
            first=(weight * scores.first).sum(axis=1),
            second=(weight * scores.second).sum(axis=1),
            others=np.einsum("ro,roe->re", weight, scores.extra),
            curve=self._curve(at, weight),
        )

    def _point(self, d: Floats, m: Floats, extra: Floats) -> _Point:
        values = dict(zip(self.names, extra, strict=True))
        kind = "log_nu" if self.rule == "davidson" else "log_eta"
        absent = -np.inf if self.rule == "davidson" else 0.0
        slope = float(values.get("lambda", 0.0))
        return _Point(
            d=d,
            m=m,
            t=float(values.get(kind, absent)),
            slope=slope,
            u=values.get("kappa", 0.0) - slope * m,
        )

    def _logs(self, at: _Point) -> Floats:
        decided = _davidson_logs(at) if self.rule == "davidson" else _rao_kupper_logs(at)
        if not self.has_bad:
            none = np.full(len(at.d), -np.inf)
            return np.column_stack([*decided, none])
        good = log_sigmoid(-at.u)
        return np.column_stack([*(log + good for log in decided), log_sigmoid(at.u)])

    def _scores(self, at: _Point) -> PairScores:
        s_d, s_t = _davidson_scores(at) if self.rule == "davidson" else _rao_kupper_scores(at)
        bad, none = sigmoid(at.u), np.zeros(len(at.d))
        s_u = np.column_stack([-bad, -bad, -bad, 1.0 - bad]) * self.has_bad
        s_d, s_t = np.column_stack([s_d, none]), np.column_stack([s_t, none])
        extra = {"kappa": s_u, "lambda": -at.m[:, None] * s_u, "log_nu": s_t, "log_eta": s_t}
        columns = [extra[name] for name in self.names]
        shape = (*s_d.shape, len(columns))
        return PairScores(
            first=s_d - at.slope / 2.0 * s_u,
            second=-s_d - at.slope / 2.0 * s_u,
            extra=np.stack(columns, axis=2) if columns else np.zeros(shape),
        )

    def _curve(self, at: _Point, weight: Floats) -> PairBlocks:
        """Return the negative second derivatives of each row."""
        curve = _davidson_curve if self.rule == "davidson" else _rao_kupper_curve
        dd, dt, tt = curve(at, weight)
        bad = sigmoid(at.u)
        n = weight.sum(axis=1)
        ns, r = n * bad * (1.0 - bad) * self.has_bad, weight[:, BAD] - n * bad
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
        return PairBlocks(
            ii=dd + mm / 4.0,
            ij=mm / 4.0 - dd,
            jj=dd + mm / 4.0,
            ie=np.column_stack([side[0] for side in columns]) if columns else none,
            je=np.column_stack([side[1] for side in columns]) if columns else none,
            ee=ee,
        )


def _value(logs: Floats, weight: Floats) -> float:
    return float((weight * np.where(weight > 0, logs, 0.0)).sum())


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
