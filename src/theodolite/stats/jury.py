r"""Several judges in one likelihood: shared strengths, each judge's own reliability and biases.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
r         a verdict: judge j saw the answer of model a first and that of b second
y_r       the share of it that goes to a: 1, 1/2 (a tie) or 0, or a number between
theta     strengths of the K models, with mean 0
s_j       scale of judge j, with mean 1 over the judges: how strongly its verdicts follow the
          strengths. 0 is a judge that guesses; a negative one favours the worse answer
z_rt      covariate t of a verdict (1 for the first place; a difference of length; own family)
b_tj      what it adds to the log-odds for judge j: a bias
J         derivative of the log-odds eta by all parameters, one row a verdict
W         w p (1 - p), w the weight of a verdict
A         J' W J, with the squares of sum(theta) and sum(s) added, which the data cannot tell
U_g       sum over the verdicts of cluster g of J' w (y - p)
========  ==================================================================================

    logit p_r = s_j (theta_a - theta_b) + sum over t of z_rt b_tj,   p_r = E(y_r)

A quasi-likelihood: it asks only that the mean be right, so that ties are half a win each and no
law of ties is assumed. The scales have an arithmetic mean of 1 and not logarithms of mean 0: the
scale of a judge that guesses has no logarithm, and would take the strengths with it.

The covariance is the jackknife over clusters, one step each: V = (G - 1)/G sum over g of d_g d_g',
d_g = (A - A_g)^-1 U_g less its mean. With very many clusters times parameters it is
G/(G - 1) sum of d_g d_g' with d_g = A^-1 U_g. A parameter that no cluster moves (each verdict has
its mirror image) takes the variance that independent verdicts would have, from A^-1.

References
----------
R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029; P. McCullagh
(1983), Annals of Statistics 11, 59-67. doi:10.1214/aos/1176346056 (quasi-likelihood); R. M. Bell
and D. F. McCaffrey (2002), Survey Methodology 28, 169-181 (the jackknife over clusters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.means import cluster_order
from theodolite.stats.verdicts import Verdicts

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["STILL", "JuryFit", "Verdicts", "fit_jury", "identified"]

MOST_STEPS = 200
MOST_HALVINGS = 40
TOLERANCE = 1e-9
# Of a curvature against its largest possible: below it the optimum is at infinity.
FLAT = 1e-6
# Of a direction's share in what the data cannot tell, and of its curvature.
TOUCHED = 1e-5
NULL = 1e-9
# Floating-point operations that the jackknife may take.
MOST_WORK = 2e10
FARTHEST = 1e3
# A strength beyond so many log-odds is on its way to infinity.
ENDLESS = 30.0
# An error of so small a part of what independent verdicts would have is no error at all.
STILL = 0.1


@dataclass(frozen=True)
class JuryFit:
    """The maximum of the quasi-likelihood.

    Attributes
    ----------
    theta, scale
        Strengths, (K,), and scales, (J,).
    bias
        b, (T, J); 0 where a judge has no such term.
    covariance
        Of all parameters that were fitted, (P, P): strengths, then scales (none where they are
        held at 1), then the biases in the order of ``number``.
    plain
        The same if verdicts were independent, A^-1.
    number
        The place of each bias among the parameters, (T, J); -1 where there is none.
    places
        The place of each judge's scale, (J,); -1 where it is held at 1.
    weight
        The share of the information about the strengths that comes from each judge, (J,).
    expected
        p of every verdict, (N,).
    clusters
        G.
    """

    theta: Floats
    scale: Floats
    bias: Floats
    covariance: Floats
    plain: Floats
    number: Integers
    places: Integers
    weight: Floats
    expected: Floats
    clusters: int


@dataclass(frozen=True)
class _Layout:
    """Where each parameter stands."""

    n_models: int
    places: Integers
    number: Integers
    size: int

    @classmethod
    def of(cls, verdicts: Verdicts, terms: Flags, *, scales: bool) -> _Layout:
        k, judges = verdicts.n_models, verdicts.n_judges
        seen = np.bincount(verdicts.judge, minlength=judges) > 0
        free = seen & (scales and int(seen.sum()) > 1)
        places = np.where(free, k + np.cumsum(free) - 1, -1)
        terms = terms & seen
        start = k + int(free.sum())
        number = np.where(terms, start + np.cumsum(terms).reshape(terms.shape) - 1, -1)
        return cls(k, places, number, start + int(terms.sum()))


def fit_jury(
    verdicts: Verdicts, terms: Flags, *, scales: bool = True, errors: bool = True
) -> JuryFit:
    """Fit strengths, scales and biases together.

    Parameters
    ----------
    verdicts
        What the judges said. Every model must have won and lost something against the others,
        through chains of models if need be.
    terms
        Which judge has which bias, (T, J); all must be :func:`identified`.
    scales
        Whether judges may follow the strengths more and less strongly; otherwise every s is 1.
    errors
        Whether the covariance is wanted; otherwise it is ``nan``.

    Raises
    ------
    NotConvergedError
        There is no finite maximum.

    Examples
    --------
    Two judges see two models in both orders. Both lean towards the first place, the first one more:

    >>> wins = np.array([[70, 40], [80, 60]])  # of model 0 in 100: shown first, shown second
    >>> n = np.full((2, 2), 100)
    >>> rows = [(j, o, y, w) for j in (0, 1) for o in (0, 1)
    ...         for y, w in ((1.0, wins[j, o]), (0.0, n[j, o] - wins[j, o]))]
    >>> judge, order, won, weight = map(np.array, zip(*rows))
    >>> verdicts = Verdicts(judge, order, 1 - order, np.where(order == 0, won, 1 - won),
    ...                     weight.astype(float), np.arange(8), np.ones((8, 1)), 2, 2)
    >>> fit = fit_jury(verdicts, np.ones((1, 2), dtype=bool), scales=False)
    >>> fit.theta.round(3), fit.bias.round(3)
    (array([ 0.275, -0.275]), array([[0.665, 0.436]]))
    """
    layout, x = _solved(verdicts, terms, scales=scales)
    eta, jacobian = _linearised(verdicts, layout, x)
    p = sigmoid(eta)
    w = verdicts.weight * p * (1.0 - p)
    covariance = plain = np.full((layout.size, layout.size), np.nan)
    if errors:
        covariance, plain = _covariance(verdicts, layout, jacobian, p)
    scale = _scale(layout, x)
    told = np.bincount(verdicts.judge, w * scale[verdicts.judge] ** 2, verdicts.n_judges)
    total = float(told.sum())
    return JuryFit(
        theta=x[: layout.n_models],
        scale=scale,
        bias=np.where(layout.number >= 0, x[layout.number], 0.0),
        covariance=covariance,
        plain=plain,
        number=layout.number,
        places=layout.places,
        weight=told / total if total else np.full(verdicts.n_judges, np.nan),
        expected=p,
        clusters=len(np.unique(verdicts.cluster)),
    )


def identified(verdicts: Verdicts, terms: Flags) -> Flags:
    """Tell which biases the data can tell from strengths and from each other, (T, J).

    A bias that other parameters can take over is left out with all that can take it over: one
    judge's favour for its own family looks like that family's strength.

    Parameters
    ----------
    verdicts
        What the judges said.
    terms
        The biases that one would like to have, (T, J).
    """
    kept = terms.copy()
    while kept.any():
        layout = _Layout.of(verdicts, kept, scales=False)
        _, jacobian = _linearised(verdicts, layout, np.zeros(layout.size))
        gram = _grounded((jacobian.T @ jacobian).toarray(), layout)
        root = np.sqrt(np.maximum(np.diag(gram), 0.0))
        empty = root <= 0.0
        root[empty] = 1.0
        values, vectors = np.linalg.eigh(gram / np.outer(root, root))
        nothing = vectors[:, values < NULL * max(float(values[-1]), 1e-300)]
        touched = (np.abs(nothing) > TOUCHED).any(axis=1) | empty
        lost = (layout.number >= 0) & touched[layout.number]
        if not lost.any():
            return kept & (layout.number >= 0)
        kept &= (layout.number >= 0) & ~lost
    return kept


def _solved(verdicts: Verdicts, terms: Flags, *, scales: bool) -> tuple[_Layout, Floats]:
    """Fit with every scale at 1; then, from there, with the scales free."""
    plain = _Layout.of(verdicts, terms, scales=False)
    x = _maximise(verdicts, plain, np.zeros(plain.size))
    layout = _Layout.of(verdicts, terms, scales=scales)
    if layout.size == plain.size:
        return plain, x
    k = plain.n_models
    start = np.concatenate([x[:k], np.ones(layout.size - plain.size), x[k:]])
    return layout, _maximise(verdicts, layout, start)


def _scale(layout: _Layout, x: Floats) -> Floats:
    return np.where(layout.places >= 0, x[layout.places], 1.0)


def _log_odds(verdicts: Verdicts, layout: _Layout, x: Floats) -> Floats:
    gap = x[verdicts.first] - x[verdicts.second]
    eta = _scale(layout, x)[verdicts.judge] * gap
    beside = np.where(layout.number >= 0, x[layout.number], 0.0)[:, verdicts.judge]
    return np.asarray(eta + np.einsum("nt,tn->n", verdicts.covariates, beside))


def _linearised(verdicts: Verdicts, layout: _Layout, x: Floats) -> tuple[Floats, csr_array]:
    """Return eta, (N,), and its derivative J, (N, P)."""
    from scipy.sparse import csr_array  # noqa: PLC0415  (slow to import, and not always needed)

    n, judge = len(verdicts), verdicts.judge
    gap = x[verdicts.first] - x[verdicts.second]
    scale = _scale(layout, x)[judge]
    number = layout.number[:, judge].T
    z = np.where(number >= 0, verdicts.covariates, 0.0)
    place = layout.places[judge]
    columns = np.column_stack(
        [verdicts.first, verdicts.second, np.maximum(place, 0), np.maximum(number, 0)]
    )
    values = np.column_stack([scale, -scale, np.where(place >= 0, gap, 0.0), z])
    width = columns.shape[1]
    starts = np.arange(0, n * width + 1, width)
    jacobian = csr_array((values.ravel(), columns.ravel(), starts), shape=(n, layout.size))
    jacobian.sum_duplicates()
    return _log_odds(verdicts, layout, x), jacobian


def _grounded(information: Floats, layout: _Layout) -> Floats:
    """Add what holds the sums of strengths and of scales where they are."""
    k = layout.n_models
    out = information.copy()
    size = max(float(np.trace(out)) / max(len(out), 1), 1e-300)
    out[:k, :k] += size / k
    free = layout.places[layout.places >= 0]
    if len(free):
        out[np.ix_(free, free)] += size / len(free)
    return out


def _maximise(verdicts: Verdicts, layout: _Layout, x: Floats) -> Floats:
    """Newton's method with the expected curvature and halved steps."""
    value = -np.inf
    most = None
    for _ in range(MOST_STEPS):
        eta, jacobian = _linearised(verdicts, layout, x)
        if value == -np.inf:
            value = _value(verdicts, eta)
        p = sigmoid(eta)
        gradient = jacobian.T @ (verdicts.weight * (verdicts.share - p))
        curved = jacobian.T @ jacobian.multiply((verdicts.weight * p * (1.0 - p))[:, None])
        information = _grounded(curved.toarray(), layout)
        if most is None:
            most = np.sqrt(np.maximum(np.diag(information), 1e-300))
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            break
        decrement = float(gradient @ step)
        if not np.isfinite(decrement):
            break
        if decrement < TOLERANCE:
            lowest = np.linalg.eigvalsh(information / np.outer(most, most))[0]
            # With scales near nought strengths may run away though the log-odds stay.
            if lowest < FLAT or np.abs(x[: layout.n_models]).max() > ENDLESS:
                break
            return x
        for halving in range(MOST_HALVINGS):
            candidate = x + step * 0.5**halving
            reached = _value(verdicts, _log_odds(verdicts, layout, candidate))
            if reached >= value:
                x, value = candidate, reached
                break
    raise NotConvergedError(
        "the jury has no finite maximum: some model, or some judge's bias, tells verdicts without "
        "exception"
    )


def _value(verdicts: Verdicts, eta: Floats) -> float:
    y = verdicts.share
    return float(verdicts.weight @ (y * log_sigmoid(eta) + (1.0 - y) * log_sigmoid(-eta)))


def _covariance(
    verdicts: Verdicts, layout: _Layout, jacobian: csr_array, p: Floats
) -> tuple[Floats, Floats]:
    """Leave out one cluster at a time, one step each; and what independent verdicts would give."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    residual = verdicts.weight * (verdicts.share - p)
    edge = verdicts.weight * p * (1.0 - p)
    order, starts = cluster_order(verdicts.cluster)
    groups = len(starts)
    sorted_rows = csr_array(jacobian[order])
    weighted = csr_array(sorted_rows.multiply(edge[order][:, None]))
    information = _grounded((sorted_rows.T @ weighted).toarray(), layout)
    inverse: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
    member = csr_array(
        (np.ones(len(order)), (np.repeat(np.arange(groups), _sizes(starts, len(order))),
                               np.arange(len(order)))),
        shape=(groups, len(order)),
    )  # fmt: skip
    pulls = (member @ sorted_rows.multiply(residual[order][:, None])).toarray()
    steps = pulls @ inverse
    if groups * float(layout.size) ** 3 > MOST_WORK:
        return _widened(groups / max(groups - 1.0, 1.0) * steps.T @ steps, inverse), inverse
    ends = np.append(starts[1:], len(order))
    for g, (start, end) in enumerate(zip(starts, ends, strict=True)):
        own = sorted_rows[start:end].T @ weighted[start:end]
        try:
            step = np.linalg.solve(information - own.toarray(), pulls[g])
        except np.linalg.LinAlgError:
            continue
        # Where a cluster alone holds a parameter, nothing is left to tell it: the plain step stays.
        if np.isfinite(step).all() and np.abs(step).max() < FARTHEST:
            steps[g] = step
    steps = steps - steps.mean(axis=0)
    return _widened((groups - 1.0) / groups * steps.T @ steps, inverse), inverse


def _widened(covariance: Floats, plain: Floats) -> Floats:
    """Give parameters that no cluster moves the errors of independent verdicts instead.

    That all clusters say the same, to the last digit, is luck of few verdicts and no certainty.
    """
    still = np.sqrt(np.diag(covariance)) < STILL * np.sqrt(np.abs(np.diag(plain)))
    return np.asarray(covariance + plain * np.outer(still, still))


def _sizes(starts: Integers, n: int) -> Integers:
    return np.diff(np.append(starts, n))
