r"""Grades of several judges in one regression: leniency and favour for the own family together.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x_ij      the grade that judge j gave answer i (a model, item and turn)
a_i       the worth of answer i, whatever it be
l_j       leniency of judge j, with mean 0 over the judges
b_j       what j gives an answer of its own family beyond that
o_ij      1 where answer i is of j's own family, else 0
Z, A      the columns of l and b less their means within each answer; Z'Z
========  ==================================================================================

    x_ij = a_i + l_j + b_j o_ij + error

Least squares, with a_i taken off within each answer. All judges' favours are fitted together: one
that favours a family would else make the others look as if they held it down. Errors are the
jackknife over items, d_g = (A - A_g)^-1 Z_g' e_g less its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.stats.means import cluster_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["GradeFit", "fit_grades"]

NULL = 1e-9
TOUCHED = 1e-5


@dataclass(frozen=True)
class GradeFit:
    """The fitted effects.

    Attributes
    ----------
    leniency, own
        l less the mean of the other judges' l, and b, (J,); ``nan`` where it cannot be told: no
        chain of shared answers leads to all others, or nobody neutral graded the family's.
    leniency_variance, own_variance
        Of both, (J,).
    """

    leniency: Floats
    own: Floats
    leniency_variance: Floats
    own_variance: Floats


def fit_grades(
    judge: Integers, answer: Integers, item: Integers, score: Floats, own: Flags
) -> GradeFit:
    """Fit leniencies and favours together.

    Parameters
    ----------
    judge, answer, item
        Numbers from 0, (N,); every judge and answer has a grade.
    score
        x, (N,).
    own
        Whether the answer is of the judge's own family, (N,).

    Examples
    --------
    >>> judge, answer = np.tile([0, 1], 6), np.repeat(np.arange(6), 2)
    >>> own = (judge == 0) & (answer % 2 == 0)
    >>> score = answer + 0.5 * (judge == 0) + 2.0 * own
    >>> got = fit_grades(judge, answer, answer // 2, score, own)
    >>> got.leniency.round(6), got.own.round(6)
    (array([ 0.5, -0.5]), array([ 2., nan]))
    """
    judges = int(judge.max()) + 1
    rows = np.arange(len(judge))
    design = np.zeros((len(judge), 2 * judges))
    design[rows, judge] = 1.0
    design[rows, judges + judge] = own
    design = _within(design, answer)
    outcome = _within(score[:, None], answer)[:, 0]
    kept = _identified(design, judges)
    z = design[:, kept]
    a = z.T @ z
    # The shortest solution: what the grades cannot tell stays at nought, and is not reported.
    beta = np.linalg.pinv(a, rcond=NULL, hermitian=True) @ (z.T @ outcome)
    residual = outcome - z @ beta
    covariance = _jackknife(z, residual, a, item)
    # Each judge against the mean of the others, of those that share answers with somebody.
    shares = np.bincount(judge, np.bincount(answer)[answer] > 1, judges) > 0
    among = max(int(shares.sum()) - 1, 1)
    contrast = (np.eye(judges) * (among + 1.0) - 1.0) / among * np.outer(shares, shares)
    lenient = covariance[:judges, :judges]
    values, vectors = np.linalg.eigh(a)
    nothing = vectors[:judges, values < NULL * max(float(values[-1]), 1.0)]
    told = shares & (np.abs(contrast @ nothing) < TOUCHED).all(axis=1)
    favour, variance = np.full(judges, np.nan), np.full(judges, np.nan)
    there = kept[judges:]
    favour[there], variance[there] = beta[judges:], np.diag(covariance)[judges:]
    return GradeFit(
        leniency=np.where(told, contrast @ beta[:judges], np.nan),
        own=favour,
        leniency_variance=np.einsum("jk,kl,jl->j", contrast, lenient, contrast),
        own_variance=variance,
    )


def _within(columns: Floats, answer: Integers) -> Floats:
    """Take the mean within each answer off."""
    count = np.bincount(answer)
    means = np.column_stack([np.bincount(answer, column) / count for column in columns.T])
    return np.asarray(columns - means[answer])


def _identified(design: Floats, judges: int) -> Flags:
    """Tell which columns stay: all leniencies, and favours that nothing else can take over."""
    kept = np.ones(design.shape[1], dtype=bool)
    while True:
        z = design[:, kept]
        gram = z.T @ z
        gram[:judges, :judges] += 1.0
        root = np.sqrt(np.diag(gram))
        empty = root <= NULL
        root[empty] = 1.0
        values, vectors = np.linalg.eigh(gram / np.outer(root, root))
        nothing = vectors[:, values < NULL * values[-1]]
        lost = (np.abs(nothing) > TOUCHED).any(axis=1) | empty
        lost[:judges] = False
        if not lost.any():
            return kept
        kept[np.flatnonzero(kept)[lost]] = False


def _jackknife(z: Floats, residual: Floats, a: Floats, item: Integers) -> Floats:
    order, starts = cluster_order(item)
    ends = np.append(starts[1:], len(order))
    steps = np.zeros((len(starts), len(a)))
    for g, (start, end) in enumerate(zip(starts, ends, strict=True)):
        own = z[order[start:end]]
        pull = own.T @ residual[order[start:end]]
        # An item that alone tells an effect leaves nothing without it: the nearest step stands.
        steps[g] = np.linalg.lstsq(a - own.T @ own, pull, rcond=1e-10)[0]
    steps -= steps.mean(axis=0)
    groups = len(starts)
    return np.asarray((groups - 1.0) / groups * steps.T @ steps)
