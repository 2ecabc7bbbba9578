r"""Ordered verdicts on pairs of answers: a cumulative logit with thresholds symmetric about 0.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
R, K, S   rows, contenders, and covariates
C         verdicts, from "the second is much better" (0) to "the first is much better" (C - 1)
eta       theta_i - theta_j + x' gamma, the advantage of a row's first contender
t_c       lower threshold of verdict c, c = 1 .. C - 1, with t_c = -t_(C - c)
b         the H free thresholds above 0, ascending: t = M b
n_c       weight of verdict c in a row, (R, C)
F         the logistic function
========  ==================================================================================

    P(verdict >= c) = F(eta - t_c)

Symmetric thresholds say that a verdict and its mirror image mean the same: what makes the first
contender win more often than its strength allows (its place in the prompt, say) is a covariate.
With an odd C the middle verdict is a tie, and H = (C - 1) / 2; with an even C the middle threshold
is 0, and H = C / 2 - 1.

With u = eta - t_c and l = eta - t_(c+1), the probability of a verdict within is

    F(u) - F(l) = F(u) F(-l) (1 - exp(l - u)),

which has no cancellation, and whose logarithm is concave in eta and t together. So Newton's
method finds the one maximum, where there is one.

References
----------
P. McCullagh (1980), Journal of the Royal Statistical Society B 42, 109-142.
doi:10.1111/j.2517-6161.1980.tb01109.x; A. Agresti (1992), Journal of the Royal Statistical Society
C 41, 287-297. doi:10.2307/2347562 (ordered verdicts on pairs); J. W. Pratt (1981), Journal of the
American Statistical Association 76, 103-106. doi:10.1080/01621459.1981.10477613 (concavity)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError, NotIdentifiedError
from theodolite.stats.functions import sigmoid
from theodolite.stats.likelihood import Derivatives, maximise
from theodolite.stats.ordinal_law import Bends, mirrored, verdict_logs, verdict_slopes
from theodolite.stats.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["OrdinalFit", "OrdinalModel", "expected_share", "fit_ordinal"]

# No estimate lies so far out on the log-odds scale: the data hold no finite one.
FAR = 25.0
# Below this eigenvalue of the information, in units of its diagonal, rounding is all there is.
LEAST_TOLD = 1e-10


@dataclass(frozen=True)
class OrdinalModel:
    """The likelihood of ordered verdicts; see :class:`theodolite.stats.likelihood.Likelihood`.

    Attributes
    ----------
    n_models
        K.
    first, second
        The two contenders of each row, (R,).
    weight
        n, (R, C): a row may be a game, or all games with the same contenders and covariates.
    covariates
        x, (R, S), from the side of the first.
    """

    n_models: int
    first: Indices
    second: Indices
    weight: Floats
    covariates: Floats

    @property
    def is_concave(self) -> bool:
        """Always."""
        return True

    @property
    def n_verdicts(self) -> int:
        """C."""
        return int(self.weight.shape[1])

    @property
    def thresholds(self) -> Floats:
        """M, (C - 1, H)."""
        return mirrored(self.n_verdicts)

    @property
    def size(self) -> int:
        """K + S + H."""
        return self.n_models + int(self.covariates.shape[1]) + int(self.thresholds.shape[1])

    def split(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Split parameters into theta, gamma and b."""
        k, s = self.n_models, int(self.covariates.shape[1])
        return x[:k], x[k : k + s], x[k + s :]

    def eta(self, x: Floats) -> Floats:
        """Advantage of the first contender of each row, (R,)."""
        theta, gamma, _ = self.split(x)
        return np.asarray(
            theta[self.first] - theta[self.second] + self.covariates @ gamma, dtype=np.float64
        )

    def start(self) -> Floats:
        """All equal, with the thresholds that the shares of the verdicts then ask for."""
        total = self.weight.sum(axis=0)
        both = total + total[::-1]
        h = self.thresholds.shape[1]
        outside = np.cumsum(both)[:h][::-1] / both.sum()
        level = np.clip(1.0 - outside / 2.0, 0.5, 1.0 - 1e-6)
        start = np.zeros(self.size)
        start[self.size - h :] = np.maximum.accumulate(
            np.log(level / (1.0 - level)) + 1e-3 * np.arange(1, h + 1)
        )
        return start

    def value(self, x: Floats) -> float:
        """Return the log-likelihood; minus infinity where thresholds are out of order."""
        if not self._inside(x):
            return -np.inf
        logs = self.log_probabilities(x)
        return float((self.weight * np.where(self.weight > 0, logs, 0.0)).sum())

    def log_probabilities(self, x: Floats) -> Floats:
        """Return log P of each verdict in each row, (R, C)."""
        eta, cuts = self.eta(x), self.thresholds @ self.split(x)[2]
        return verdict_logs(eta, cuts)

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives."""
        if not self._inside(x):
            return Derivatives.outside(len(x))
        eta, cuts = self.eta(x), self.thresholds @ self.split(x)[2]
        bends = Bends.of(eta, cuts, self.weight)
        by_eta, by_cut = verdict_slopes(eta, cuts)
        gradient = self._gathered((self.weight * by_eta).sum(axis=1))
        gradient[len(x) - self.thresholds.shape[1] :] = (
            np.einsum("rc,rct->t", self.weight, by_cut) @ self.thresholds
        )
        return Derivatives(self.value(x), gradient, self._information(bends))

    def scores(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the derivative of log P of each verdict by eta, (R, C), and b, (R, C, H)."""
        eta, cuts = self.eta(x), self.thresholds @ self.split(x)[2]
        by_eta, by_cut = verdict_slopes(eta, cuts)
        return by_eta, by_cut @ self.thresholds

    def game_scores(self, x: Floats, row: Indices, weight: Floats) -> Scores:
        """Give the score of each game, from its row, (N,), and its verdict's weights, (N, C).

        A game has weight 1 in the column of its verdict; a tie that counts as half a win for each
        side of two verdicts has 1/2 in both.
        """
        by_eta, by_cut = self.scores(x)
        own = (weight * by_eta[row]).sum(axis=1)
        cuts = np.column_stack(
            [(weight * by_cut[row, :, h]).sum(axis=1) for h in range(by_cut.shape[2])]
            or [np.zeros((len(row), 0))]
        )
        others = np.column_stack([self.covariates[row] * own[:, None], cuts])
        return Scores(self.n_models, self.first[row], self.second[row], own, -own, others)

    def _inside(self, x: Floats) -> bool:
        cuts = self.split(x)[2]
        return bool((np.diff(cuts, prepend=0.0) > 0).all())

    def _gathered(self, by_eta: Floats) -> Floats:
        """Bring derivatives by eta, (R,), to the parameters; those of b stay 0."""
        k, s = self.n_models, int(self.covariates.shape[1])
        out = np.zeros(self.size)
        out[:k] = np.bincount(self.first, by_eta, k) - np.bincount(self.second, by_eta, k)
        out[k : k + s] = self.covariates.T @ by_eta
        return out

    def _information(self, bends: Bends) -> Floats:
        k, s = self.n_models, int(self.covariates.shape[1])
        out = np.zeros((self.size, self.size))
        cell = np.bincount(self.first * k + self.second, bends.eta, k * k).reshape(k, k)
        out[:k, :k] = -cell - cell.T
        out[np.arange(k), np.arange(k)] += cell.sum(axis=1) + cell.sum(axis=0)
        weighted = self.covariates * bends.eta[:, None]
        out[k : k + s, k : k + s] = self.covariates.T @ weighted
        mixed = bends.mixed @ self.thresholds
        for column in range(s):
            out[:, k + column] += self._only_strengths(weighted[:, column])
        for column in range(mixed.shape[1]):
            out[: k + s, k + s + column] = self._gathered(mixed[:, column])[: k + s]
        out[k : k + s, :k] = out[:k, k : k + s].T
        out[k + s :, : k + s] = out[: k + s, k + s :].T
        out[k + s :, k + s :] = self.thresholds.T @ bends.cuts @ self.thresholds
        return out

    def _only_strengths(self, values: Floats) -> Floats:
        k = self.n_models
        out = np.zeros(self.size)
        out[:k] = np.bincount(self.first, values, k) - np.bincount(self.second, values, k)
        return out


@dataclass(frozen=True)
class OrdinalFit:
    """Where the likelihood is greatest.

    Attributes
    ----------
    model
        The likelihood.
    x
        (theta, gamma, b), (K + S + H,).
    value
        The log-likelihood.
    inverse
        The inverse information; zero for strengths that are held, (K + S + H,) squared.
    iterations
        Newton steps.
    """

    model: OrdinalModel
    x: Floats
    value: float
    inverse: Floats
    iterations: int

    @property
    def theta(self) -> Floats:
        """Strengths, (K,)."""
        return self.model.split(self.x)[0]

    @property
    def gamma(self) -> Floats:
        """Coefficients of the covariates, (S,)."""
        return self.model.split(self.x)[1]

    @property
    def cuts(self) -> Floats:
        """The thresholds above 0, (H,)."""
        return self.model.split(self.x)[2]

    @property
    def tie_cut(self) -> float:
        """The threshold between a tie and a win; 0 where there are no ties."""
        return float(self.cuts[0]) if self.model.n_verdicts % 2 else 0.0

    def probabilities(self) -> Floats:
        """P of each verdict in each row, (R, C)."""
        return np.exp(self.model.log_probabilities(self.x))


def fit_ordinal(model: OrdinalModel, *, held: Sequence[int]) -> OrdinalFit:
    """Find the maximum, with the strengths of some contenders held at 0.

    Parameters
    ----------
    model
        The likelihood.
    held
        Contenders whose strength is 0: one of each group that games join.

    Raises
    ------
    NotIdentifiedError
        There is no finite maximum: some parameter is the better the larger it is.

    Examples
    --------
    Of 20 games the first contender wins 12, and 4 are ties:

    >>> weight = np.array([[4.0, 4.0, 12.0]])
    >>> zero, one = np.array([0]), np.array([1])
    >>> fit = fit_ordinal(OrdinalModel(2, zero, one, weight, np.zeros((1, 0))), held=[1])
    >>> fit.probabilities().round(3)
    array([[0.2, 0.2, 0.6]])
    >>> float(expected_share(fit.theta[0], fit.tie_cut).round(3))
    0.7
    """
    try:
        found = maximise(model, groups=[], fixed=list(held), start=model.start())
        free = np.ones(model.size, dtype=bool)
        free[list(held)] = False
        part = found.information[np.ix_(free, free)]
        scale = np.sqrt(np.maximum(np.diag(part), np.finfo(float).tiny))
        scaled = part / np.outer(scale, scale)
        told = float(np.linalg.eigvalsh(scaled)[0]) > LEAST_TOLD
        inside = np.linalg.inv(scaled) / np.outer(scale, scale)
    except (NotConvergedError, np.linalg.LinAlgError):
        raise NotIdentifiedError(_UNTOLD) from None
    if not told or not np.isfinite(inside).all() or float(np.abs(found.x).max()) > FAR:
        raise NotIdentifiedError(_UNTOLD)
    inverse = np.zeros((model.size, model.size))
    inverse[np.ix_(free, free)] = (inside + inside.T) / 2.0
    return OrdinalFit(model, found.x, found.value, inverse, found.iterations)


_UNTOLD = (
    "the verdicts have no finite estimate: a strength, a threshold or a covariate fits the better "
    "the larger it is, or cannot be told from another"
)


def expected_share(eta: Floats | float, tie_cut: Floats | float) -> Floats:
    """P(win) + P(tie) / 2 of a contender that is ahead by eta.

    Examples
    --------
    >>> float(expected_share(0.0, 1.0))
    0.5
    """
    lead = np.asarray(eta, dtype=np.float64)
    return np.asarray((sigmoid(lead - tie_cut) + sigmoid(lead + tie_cut)) / 2.0)
