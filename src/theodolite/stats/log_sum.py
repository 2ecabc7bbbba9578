r"""Sums of power laws as log-sum-exp models, and their derivatives, for many sets at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     parameters, (R, P): R sets at once
u_k       log of term k, (R, n); a term uses some of the parameters
x_k       derivative of u_k by its parameters, (R or 1, q, n)
E         a constant term, itself a parameter: it may be 0, where its log has no end
m         log of the sum of the terms, (R, n)
p_k       share of term k in the sum, exp(u_k - m)
y, w      the observed value on the model's scale, (n,); weights, (R or 1, n)
r         y - m on the log scale, y - exp(m) on the scale of the loss
========  ==================================================================================

J = dm/dtheta = sum_k p_k x_k (exp(-m) for E), and the second derivative of m is
sum_k p_k x_k x_k' - J J' (plus the terms' own, which are 0 where u_k is linear in theta; E has
none).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from theodolite.stats.residual_loss import smooth_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Constant", "LinearTerm", "Linearised", "LogSum", "Scale", "Term", "TermValue"]

# A term of 0 is this small, so that its log is a number.
NOTHING = 1e-300

Scale = Literal["log", "loss"]


# A drawn log loss is no further than this from the prediction: a factor of 7.
LOUDEST = 2.0


@dataclass(frozen=True)
class TermValue:
    """One term at given parameters: ``u`` (R, n) and ``x`` (R or 1, q, n), q = len(columns).

    ``x`` is ``None`` for a constant, which is a parameter itself; ``where``, 1 or 0 at each point,
    says where it stands if not everywhere.
    """

    columns: tuple[int, ...]
    u: Array
    x: Array | None
    where: Array | None = None


class Term(Protocol):
    """The log of one term of the sum."""

    def at(self, theta: Array) -> TermValue:
        """Evaluate at (R, P) parameters."""


@dataclass(frozen=True)
class LinearTerm:
    """A term whose log is linear: u = sum_j values_j theta_(columns_j); ``values`` is (q, n)."""

    columns: tuple[int, ...]
    values: Array

    def at(self, theta: Array) -> TermValue:
        """Evaluate at (R, P) parameters."""
        return TermValue(
            self.columns, theta[:, list(self.columns)] @ self.values, self.values[None]
        )


@dataclass(frozen=True)
class Constant:
    """A term that is a parameter, at least 0, the same at all ``n`` points.

    ``where``, (n,) of 1 and 0, makes it nothing at some of the points.
    """

    column: int
    n: int
    where: Array | None = None

    def at(self, theta: Array) -> TermValue:
        """Evaluate at (R, P) parameters."""
        log = np.log(np.maximum(theta[:, [self.column]], NOTHING))
        if self.where is None:
            return TermValue((self.column,), np.broadcast_to(log, (len(theta), self.n)), None)
        u = np.where(self.where > 0, log, np.log(NOTHING))
        return TermValue((self.column,), u, None, self.where)


@dataclass(frozen=True)
class Linearised:
    """Objective, gradient and curvature at R parameter sets: (R,), (R, P), (R, P, P)."""

    value: Array
    gradient: Array
    curvature: Array


@dataclass(frozen=True)
class LogSum:
    """A sum of terms set against observed losses.

    Attributes
    ----------
    terms
        The terms of the sum.
    loss
        The observed losses, (n,); (R, n) where each parameter set has its own.
    scale
        Whether residuals are of log losses, or of losses.
    """

    terms: Sequence[Term]
    loss: Array
    scale: Scale = "log"

    def rows(self, which: slice | NDArray[np.intp]) -> LogSum:
        """Return the model of some of the parameter sets."""
        return self if self.loss.ndim == 1 else replace(self, loss=self.loss[which])

    def log_sum(self, theta: Array) -> Array:
        """Return the log of the predicted loss, (R, n)."""
        return _log_sum([term.at(theta).u for term in self.terms])

    def residuals(self, theta: Array) -> Array:
        """Return observed minus predicted on the model's scale, (R, n)."""
        logs = self.log_sum(theta)
        if self.scale == "log":
            return np.log(self.loss) - logs
        return self.loss - np.exp(logs)

    def noise(self, theta: Array) -> float:
        """Return the residuals' standard deviation on n - P degrees of freedom, at one theta."""
        residual = self.residuals(theta[None])[0]
        return float(np.sqrt(residual @ residual / max(len(residual) - len(theta), 1)))

    def with_residuals(self, theta: Array, residuals: Array) -> LogSum:
        """Return the model with losses that lie so far from its prediction at one theta.

        ``residuals`` are (R, n), on the model's scale; losses stay above 0, and finite.
        """
        mean = np.exp(self.log_sum(theta[None]))
        if self.scale == "log":
            return replace(self, loss=mean * np.exp(np.clip(residuals, -LOUDEST, LOUDEST)))
        return replace(self, loss=np.maximum(mean + residuals, mean * np.exp(-LOUDEST)))

    def value(self, theta: Array, weights: Array, delta: float) -> Array:
        """Return the Huber objective of each parameter set, (R,)."""
        cost = smooth_value(np.abs(self.residuals(theta)), delta)
        total: Array = np.einsum("rn,rn->r", cost, np.broadcast_to(weights, cost.shape))
        return total

    def jacobian(self, theta: Array) -> Array:
        """Return the derivative of the prediction on the model's scale, (R, P, n)."""
        parts = [term.at(theta) for term in self.terms]
        logs = _log_sum([part.u for part in parts])
        jacobian = _jacobian(parts, logs, theta.shape[1])
        return jacobian if self.scale == "log" else jacobian * np.exp(logs)[:, None, :]

    def linearise(self, theta: Array, weights: Array, delta: float) -> Linearised:
        """Return the Huber objective with its first and second derivatives.

        Parameters
        ----------
        theta
            (R, P).
        weights
            (R, n) or (1, n).
        delta
            Where squares end; infinite for least squares.
        """
        parts = [term.at(theta) for term in self.terms]
        logs = _log_sum([part.u for part in parts])
        jacobian = _jacobian(parts, logs, theta.shape[1])
        if self.scale == "log":
            residual = np.log(self.loss) - logs
            slope = np.ones_like(logs)
        else:
            slope = np.exp(logs)
            residual = self.loss - slope
        size = np.abs(residual)
        # psi is the derivative of the cost; its own derivative is 1 within delta, else 0.
        push = weights * np.clip(residual, -delta, delta) * slope
        pull = weights * (size <= delta) * slope * slope
        # On the scale of the loss, d2 exp(m) = exp(m) (d2 m + J J'), which takes the J J' away.
        outer = pull + push if self.scale == "log" else pull
        gradient = -np.matmul(jacobian, push[:, :, None])[:, :, 0]
        curvature = np.matmul(jacobian * outer[:, None, :], jacobian.transpose(0, 2, 1))
        _take_terms(curvature, parts, logs, push)
        value = np.sum(weights * smooth_value(size, delta), axis=1)
        return Linearised(value, gradient, curvature)


def _log_sum(logs: Sequence[Array]) -> Array:
    top = logs[0]
    for other in logs[1:]:
        top = np.maximum(top, other)
    total = np.exp(logs[0] - top)
    for other in logs[1:]:
        total += np.exp(other - top)
    return top + np.log(total)


def _jacobian(parts: Sequence[TermValue], logs: Array, count: int) -> Array:
    jacobian = np.zeros((len(logs), count, logs.shape[1]))
    for part in parts:
        if part.x is None:
            own = np.exp(-logs)
            jacobian[:, part.columns[0], :] += own if part.where is None else own * part.where
            continue
        share = np.exp(part.u - logs)
        for at, column in enumerate(part.columns):
            jacobian[:, column, :] += share * part.x[:, at, :]
    return jacobian


def _take_terms(curvature: Array, parts: Sequence[TermValue], logs: Array, push: Array) -> None:
    """Subtract sum_i push_i sum_k p_k x_k x_k' in place."""
    for part in parts:
        if part.x is None:
            continue
        share = np.exp(part.u - logs) * push
        for a, row in enumerate(part.columns):
            for b, column in enumerate(part.columns[: a + 1]):
                product = part.x[:, a, :] * part.x[:, b, :]
                if len(product) == 1:
                    total = share @ product[0]
                else:
                    total = np.einsum("rn,rn->r", share, product)
                curvature[:, row, column] -= total
                if row != column:
                    curvature[:, column, row] -= total
