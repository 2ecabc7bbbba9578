"""Likelihoods of pairwise outcomes, and their maximum under centring and fixed strengths.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
K, E      models, and parameters beside the strengths (ties, both_bad)
x         the parameters, (K + E,): theta first, then the others
d, m      theta_i - theta_j and (theta_i + theta_j) / 2 of a pair, (P,)
w_o       summed weight of outcome o of a pair, (P,)
g, H      gradient of the log-likelihood and its negative Hessian
========  ==================================================================================

Every family here is one object with the same few methods, so that one Newton method, one sandwich
and one profile serve them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["UNTOLD", "Derivatives", "Likelihood", "Maximum", "inverse_information", "maximise"]

# After a step so long Newton's method is off by about its square, where the surface is concave;
# where it was made so by a ridge, by no less than a part of the step.
TOLERANCE, TOLERANCE_RIDGED = 1e-7, 1e-10
MOST_STEPS = 200
MOST_HALVINGS = 60
# Where the likelihood is not concave a step can point anywhere, and must not go far.
LONGEST_STEP = 4.0
UNTOLD = (
    "the fit does not converge: these votes are too few, or too much alike, to tell every "
    "parameter. Collect more votes, or count ties and both_bad as half wins "
    "(--method bradley-terry)"
)


@dataclass(frozen=True)
class Derivatives:
    """Log-likelihood, its gradient, (K + E,), and negative Hessian, (K + E, K + E)."""

    value: float
    gradient: Floats
    information: Floats

    @classmethod
    def outside(cls, size: int) -> Derivatives:
        """Say that parameters are out of their range."""
        return cls(-np.inf, np.zeros(size), np.zeros((size, size)))


class Likelihood(Protocol):
    """What :func:`maximise` needs to know of a family."""

    @property
    def n_models(self) -> int:
        """K."""

    @property
    def is_concave(self) -> bool:
        """Whether the log-likelihood is concave everywhere."""

    def start(self) -> Floats:
        """Return parameters to start from, (K + E,)."""

    def value(self, x: Floats) -> float:
        """Return the log-likelihood; minus infinity outside the parameters' range."""

    def derivatives(self, x: Floats) -> Derivatives:
        """Return the log-likelihood with its first two derivatives, which do not matter at -inf."""


@dataclass(frozen=True)
class Maximum:
    """Where a likelihood is greatest.

    Attributes
    ----------
    x
        The parameters, (K + E,).
    value, information
        The log-likelihood and its negative Hessian there.
    iterations
        Newton steps that led there.
    """

    x: Floats
    value: float
    information: Floats
    iterations: int


def maximise(
    likelihood: Likelihood,
    *,
    groups: Sequence[Indices],
    fixed: Sequence[int] = (),
    start: Floats | None = None,
) -> Maximum:
    """Find the maximum by Newton's method, with the strengths of each group centred to mean 0.

    Parameters
    ----------
    likelihood
        A family with its data.
    groups
        Sets of models that share no other votes: each is centred by itself. Usually one.
    fixed
        Models whose strength stays as ``start`` has it.
    start
        Where to begin, (K + E,); it must be centred already.

    Raises
    ------
    NotConvergedError
        No maximum after 200 steps.
    """
    x = likelihood.start() if start is None else start.copy()
    free = np.ones(len(x), dtype=bool)
    free[list(fixed)] = False
    basis = _centres(groups, len(x))[:, free]
    at = likelihood.derivatives(x)
    for iteration in range(1, MOST_STEPS + 1):
        step = np.zeros(len(x))
        step[free] = _newton_step(
            at.information[np.ix_(free, free)],
            at.gradient[free],
            basis,
            concave=likelihood.is_concave,
        )
        step, at = _climb(likelihood, x, step, at)
        x, moved = x + step, float(np.abs(step).max())
        if moved < (TOLERANCE if likelihood.is_concave else TOLERANCE_RIDGED):
            return Maximum(x, at.value, at.information, iteration)
    raise NotConvergedError(
        f"the fit did not converge in {MOST_STEPS} Newton steps (the last one moved a parameter "
        f"by {moved:.2g}); what the votes say may have no finite maximum: collect more votes, or "
        "count ties and both_bad as half wins (--method bradley-terry)"
    )


def inverse_information(information: Floats, groups: Sequence[Indices]) -> Floats:
    """Inverse of the information among parameters whose groups are centred, (K + E, K + E)."""
    basis = _centres(groups, len(information))
    scale = float(np.trace(information)) / len(information)
    projected = _project(information, basis) + scale * basis.T @ basis
    try:
        inverse: Floats = np.linalg.inv(projected) - basis.T @ basis / scale
    except np.linalg.LinAlgError:
        raise NotConvergedError(UNTOLD) from None
    return (inverse + inverse.T) / 2.0


def _centres(groups: Sequence[Indices], size: int) -> Floats:
    """One unit vector a group: the direction in which its mean would move, (G, K + E)."""
    basis = np.zeros((len(groups), size))
    for row, group in zip(basis, groups, strict=True):
        row[group] = 1.0 / np.sqrt(len(group))
    return basis


def _project(matrix: Floats, basis: Floats) -> Floats:
    """Q M Q with Q = I - basis' basis."""
    half = matrix - basis.T @ (basis @ matrix)
    return np.asarray(half - (half @ basis.T) @ basis, dtype=np.float64)


def _newton_step(information: Floats, gradient: Floats, basis: Floats, *, concave: bool) -> Floats:
    """Solve for the step; where the likelihood is not concave, with a ridge that makes it so."""
    gradient = gradient - basis.T @ (basis @ gradient)
    scale = float(np.abs(np.diag(information)).mean()) or 1.0
    matrix = _project(information, basis) + scale * basis.T @ basis
    if not concave:
        matrix = _made_definite(matrix, scale)
    try:
        step = np.linalg.solve(matrix, gradient)
    except np.linalg.LinAlgError:
        raise NotConvergedError(UNTOLD) from None
    step = step - basis.T @ (basis @ step)
    return step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))


def _made_definite(matrix: Floats, scale: float) -> Floats:
    for ridge in (0.0, *(scale * 4.0**power for power in range(-8, 12))):
        ridged = matrix + ridge * np.eye(len(matrix)) if ridge else matrix
        try:
            np.linalg.cholesky(ridged)
        except np.linalg.LinAlgError:
            continue
        return ridged
    raise NotConvergedError("the fit met parameters at which the likelihood is not finite")


def _climb(
    likelihood: Likelihood, x: Floats, step: Floats, at: Derivatives
) -> tuple[Floats, Derivatives]:
    """Take the longest of the halved steps that does not lower the likelihood."""
    least = at.value - 1e-12 * (1.0 + abs(at.value))
    there = likelihood.derivatives(x + step)
    if there.value >= least:
        return step, there
    for _ in range(MOST_HALVINGS):
        step = step / 2.0
        if likelihood.value(x + step) >= least:
            break
    return step, likelihood.derivatives(x + step)
