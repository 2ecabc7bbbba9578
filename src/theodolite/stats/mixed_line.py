r"""A line through estimates of unequal precision, in groups that share what the line lacks.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
z_i, v_i  estimate of unit i and its variance
x_i       its regressors, (P,), the first of them 1
u_f, w_i  what the group f and the unit i have beyond the line, variances tau_f^2 and tau_i^2
omega_i   weight of a unit in (0, 1]: an outlier counts as one measured less precisely
V_f       covariance of group f: diag((v_i + tau_i^2) / omega_i) + tau_f^2
c_f       weight of a group: 1, 0 where it is left out, or a draw
========  ==================================================================================

``z = X beta + u + w + e``. beta is generalised least squares; both variances maximise the
restricted likelihood -1/2 [sum_f c_f log|V_f| + log|X' V^-1 X| + r' V^-1 r] over a grid. With
kappa_f = tau_f^2 / (1 + tau_f^2 sum q_i), q_i = omega_i / (v_i + tau_i^2), a group's part of
[X z]' V^-1 [X z] is the sum of q_i a_i a_i' less kappa_f (sum q_i a_i)(sum q_i a_i)', so that any
number of weightings of the groups is one product of matrices.

References
----------
J. N. K. Rao and I. Molina (2015), Small Area Estimation, 2nd ed. (the model);
R. M. Bell and D. F. McCaffrey (2002), Survey Methodology 28, 169-181 (leaving groups out as a
covariance with few groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Grouped", "MixedLine", "fit_mixed_line", "leave_out_covariance", "weighted_lines"]

# Standard deviations that are tried: zero, and steps of a fifth.
COARSE = np.concatenate([[0.0], 0.02 * 1.21 ** np.arange(30)])
ZOOMS = 5
STEPS = 9
TWO = 2


@dataclass(frozen=True)
class Grouped:
    """Estimates in groups, sorted by group.

    Attributes
    ----------
    x, z, variance
        Regressors, (n, P), estimates and their variances, (n,).
    weight
        omega, (n,).
    starts
        Where each group starts, (F,).
    """

    x: Floats
    z: Floats
    variance: Floats
    weight: Floats
    starts: Integers

    @property
    def group(self) -> Integers:
        """The group of each unit, (n,)."""
        sizes = np.diff(np.append(self.starts, len(self.z)))
        return np.repeat(np.arange(len(self.starts)), sizes)


@dataclass(frozen=True)
class MixedLine:
    """A fitted line.

    Attributes
    ----------
    beta
        (P,).
    without
        beta with each group left out in turn, at the same variances, (F, P).
    information
        Each group's part of X' V^-1 X, (F, P, P).
    between, within
        tau_f^2 and tau_i^2.
    """

    beta: Floats
    without: Floats
    information: Floats
    between: float
    within: float

    @property
    def df(self) -> int:
        """Groups less coefficients."""
        return len(self.without) - len(self.beta)

    def variance(self, rows: Floats) -> Floats:
        """Of ``rows @ beta``, rows of any shape (..., P).

        The larger of two: what leaving each group out in turn says ((F - 1) / F times the sum of
        squares), and the inverse of X' V^-1 X. With few groups the first varies a lot.
        """
        return _variance(rows, self.without, self.information)

    def variance_without(self, group: int, rows: Floats) -> Floats:
        """Of ``rows @ without[group]``, by the other groups."""
        others = np.delete(np.arange(len(self.without)), group)
        return _variance(rows, self.without[others], self.information[others])

    def quantile(self, level: float) -> float:
        """Standard errors from the middle of an interval to its end."""
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        return float(stdtrit(self.df, 0.5 + level / 2.0))


def _variance(rows: Floats, without: Floats, information: Floats) -> Floats:
    model = np.linalg.inv(information.sum(axis=0))
    pair = np.stack([leave_out_covariance(without), model])
    both = np.einsum("...p,kpq,...q->k...", rows, pair, rows)
    largest: Floats = both.max(axis=0)
    return largest


def leave_out_covariance(without: Floats) -> Floats:
    """Jackknife covariance of what was computed without each of F groups, (F, P)."""
    f = len(without)
    gap = without - without.mean(axis=0)
    covariance: Floats = (f - 1.0) / f * (gap.T @ gap)
    return covariance


def fit_mixed_line(data: Grouped) -> MixedLine:
    """Fit the line, and the line without each group.

    Raises
    ------
    numpy.linalg.LinAlgError
        Without some group the regressors are collinear.

    Examples
    --------
    >>> x = np.stack([np.ones(6), np.arange(6.0)], axis=1)
    >>> noise = np.array([0.1, -0.1, 0.2, 0.0, -0.2, 0.0])
    >>> data = Grouped(x, 1 + 2 * x[:, 1] + noise, np.full(6, 0.01), np.ones(6), np.arange(0, 6, 2))
    >>> fit_mixed_line(data).beta.round(1)
    array([1.1, 2. ])
    """
    one = np.ones((1, len(data.starts)))
    between = within = COARSE
    for _ in range(ZOOMS):
        value = _likelihood(*_sums(data, between, within), one)[0]
        j, k = np.unravel_index(int(value.argmax()), value.shape)
        best = float(between[j]), float(within[k])
        between, within = _around(between, int(j)), _around(within, int(k))
    gram, _ = _sums(data, np.array(best[:1]), np.array(best[1:]))
    each = gram[0, 0]
    beta = _solve(each.sum(axis=0)[None])[0]
    without = _solve(each.sum(axis=0) - each)
    p = len(beta)
    return MixedLine(beta, without, each[:, :p, :p], best[0] ** 2, best[1] ** 2)


def weighted_lines(data: Grouped, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit lines and variances under many weightings of the groups.

    Parameters
    ----------
    data
        The estimates.
    weights
        c, (R, F).

    Returns
    -------
    tuple
        beta, (R, P), tau_f^2 and tau_i^2, (R,), to a step of the grid.
    """
    gram, logs = _sums(data, COARSE, COARSE)
    found = _likelihood(gram, logs, weights).reshape(len(weights), -1).argmax(axis=1)
    j, k = np.unravel_index(found, gram.shape[:2])
    beta = _solve(np.einsum("rf,rfpq->rpq", weights, gram[j, k]))
    return beta, COARSE[j] ** 2, COARSE[k] ** 2


def _around(values: Floats, at: int) -> Floats:
    low, high = values[max(at - 1, 0)], values[min(at + 1, len(values) - 1)]
    return np.linspace(low, high, STEPS)


def _sums(data: Grouped, between: Floats, within: Floats) -> tuple[Floats, Floats]:
    """Each group's part of [X z]' V^-1 [X z], (J, K, F, P + 1, P + 1), and log|V_f|, (J, K, F)."""
    q = data.weight / (data.variance + within[:, None] ** 2)
    a = np.concatenate([data.x, data.z[:, None]], axis=1)
    first = np.add.reduceat(q[:, :, None] * a, data.starts, axis=1)
    second = np.add.reduceat(
        q[:, :, None, None] * (a[:, :, None] * a[:, None]), data.starts, axis=1
    )
    total = first[:, :, 0]
    tau = between[:, None, None] ** 2
    kappa = tau / (1.0 + tau * total)
    gram = second - kappa[..., None, None] * (first[..., None] * first[..., None, :])
    logs = np.log1p(tau * total) - np.add.reduceat(np.log(q), data.starts, axis=1)
    return gram, logs


def _likelihood(gram: Floats, logs: Floats, weights: Floats) -> Floats:
    """Restricted log-likelihood of each weighting on the grid, (R, J, K)."""
    shape = gram.shape[:2]
    p = gram.shape[-1] - 1
    all_ = np.tensordot(weights, gram, axes=(1, 2))
    xx, xz, zz = all_[..., :p, :p], all_[..., :p, p], all_[..., p, p]
    size, explained = _two(xx, xz) if p == TWO else _any(xx, xz)
    rest = zz - explained
    value = -0.5 * (np.tensordot(weights, logs, axes=(1, 2)) + size + rest)
    return np.asarray(value.reshape(len(weights), *shape), dtype=np.float64)


def _two(xx: Floats, xz: Floats) -> tuple[Floats, Floats]:
    """log|XX| and xz' XX^-1 xz of two columns: many times faster than a solver."""
    a, b, c = xx[..., 0, 0], xx[..., 0, 1], xx[..., 1, 1]
    u, v = xz[..., 0], xz[..., 1]
    size = a * c - b * b
    return np.log(size), (c * u * u - 2.0 * b * u * v + a * v * v) / size


def _any(xx: Floats, xz: Floats) -> tuple[Floats, Floats]:
    size = np.asarray(np.linalg.slogdet(xx)[1], dtype=np.float64)
    return size, np.asarray((xz * np.linalg.solve(xx, xz[..., None])[..., 0]).sum(axis=-1))


def _solve(gram: Floats) -> Floats:
    p = gram.shape[-1] - 1
    beta = np.linalg.solve(gram[..., :p, :p], gram[..., :p, p, None])[..., 0]
    return np.asarray(beta, dtype=np.float64)
